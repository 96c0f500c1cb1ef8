//! Why shards are no whole.

use std::path::PathBuf;

/// Why shards cannot be joined, or a share cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// There are none.
    #[error("{}: no shard of it is there that is done", output.display())]
    None {
        /// What they were to become.
        output: PathBuf,
    },
    /// Not all are there.
    #[error("{missing} missing: {found} are done")]
    Missing {
        /// Which are not, in words.
        missing: String,
        /// How many are, of how many.
        found: String,
    },
    /// One is there more than once.
    #[error("shard {shard} is there twice: {} and {}", first.display(), second.display())]
    Twice {
        /// Which.
        shard: String,
        /// A file of it.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// They are of different jobs.
    #[error("{} and {} are not of one job: {difference}", first.display(), second.display())]
    Different {
        /// A shard.
        first: PathBuf,
        /// One that differs.
        second: PathBuf,
        /// In what.
        difference: String,
    },
    /// A file has no record.
    #[error("{}: no shard that is done: {} is not there", file.display(), record.display())]
    NoRecord {
        /// The file.
        file: PathBuf,
        /// Where its record would be.
        record: PathBuf,
    },
    /// What a record says is no record.
    #[error("{}: damaged: {problem}", path.display())]
    BadRecord {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A shard's rows are not those that its record speaks of.
    #[error("{}: not as it was written: {problem}", file.display())]
    Changed {
        /// The shard.
        file: PathBuf,
        /// In what it differs.
        problem: String,
    },
    /// A file or a folder cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The environment does not say which share is meant.
    #[error("which shard is meant is not clear: {problem}")]
    Unclear {
        /// Why.
        problem: String,
        /// How it is said.
        hint: String,
    },
}

impl ShardError {
    /// The way out.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::None { .. } => {
                "each shard is `infer predict … --shard I/N --output FILE`; give merge the same FILE"
            }
            Self::Missing { .. } => "run these again; those that are done are skipped",
            Self::Twice { .. } => "name each shard once",
            Self::Different { .. } => {
                "run again what is of another job, or name the shards that belong together"
            }
            Self::NoRecord { .. } => "run this shard to its end; its record lies beside it",
            Self::BadRecord { .. } | Self::Changed { .. } => {
                "remove this shard and its record, and run it again"
            }
            Self::Unclear { hint, .. } => return Some(hint.clone()),
            Self::Read { .. } => return None,
        };
        Some(hint.into())
    }
}
