//! Why a model could not be saved or loaded, in words for the user.

use crate::exchange_error::ExchangeError;
use crate::manifest::{MANIFEST_FILE, MODEL_FOLDER};
use base::files::SealError;
use std::io;
use std::path::PathBuf;

/// Why a model could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// No saved model is there.
    #[error("{}: no saved model: expected {MODEL_FOLDER}/{MANIFEST_FILE} in it", path.display())]
    NotFound {
        /// The run folder.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is too large to be what it should be.
    #[error("{}: {found} bytes, expected at most {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The manifest is not what this program writes.
    #[error("{}: {problem}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// A file is not the one that was saved.
    #[error(transparent)]
    Damaged(#[from] SealError),
    /// A weight is no finite number.
    #[error("{}: it has weights that are no finite numbers, which answer nothing", path.display())]
    NotFinite {
        /// The weights file.
        path: PathBuf,
    },
    /// The weights are not those that were saved.
    #[error(
        "{}: damaged: expected SHA-256 {expected}, found {found}",
        path.display()
    )]
    Checksum {
        /// The weights file.
        path: PathBuf,
        /// The sum in the manifest.
        expected: String,
        /// The file's sum.
        found: String,
    },
    /// A file of weights alone cannot be used.
    #[error("{}: {problem}", path.display())]
    Exchange {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: ExchangeError,
    },
    /// The weights do not fit the network of the manifest.
    #[error("{}: the weights do not fit the manifest's network: {problem}", path.display())]
    Mismatch {
        /// The weights file.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
}

impl ArtifactError {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => {
                Some("give a run folder that `train` wrote, such as artifacts/cnn-001".into())
            }
            Self::Checksum { .. } | Self::Mismatch { .. } | Self::Damaged(_) => Some(
                "the file was changed after it was saved: copy the run again, or train again"
                    .into(),
            ),
            Self::Exchange { problem, .. } => Some(problem.hint().into()),
            _ => None,
        }
    }
}
