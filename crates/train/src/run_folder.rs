//! The folder of one run: its files, and how they are written so that nothing is lost. Which folders
//! are runs is `ownership`'s, their numbers are `numbering`'s, and that one program writes at a time is
//! [`Lock`]'s.

mod history;
mod numbering;
mod ownership;
mod seeds;

pub use history::History;
pub use numbering::write_next;
pub use ownership::{is_run, is_seeds};
pub use seeds::SeedsFolder;

use crate::checkpoint::CHECKPOINTS_FOLDER;
use crate::config::Recipe;
use crate::predictions::{self, PREDICTIONS_FILE, Prediction};
use base::files::{Existing, Lock, remove_scratch, write_whole};
use ownership::{MARKER_FILE, SEEDS_MARKER_FILE, foreign_entry};
use serde::Serialize;
use std::fs::{self, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The resolved recipe.
pub const CONFIG_FILE: &str = "config.toml";
/// A line an evaluation, as JSON.
pub const METRICS_FILE: &str = "metrics.jsonl";
/// A line an evaluation, as a table.
pub const HISTORY_FILE: &str = "history.csv";
/// What the run came to.
pub const SUMMARY_FILE: &str = "summary.json";
/// What the runs of several seeds came to, in the folder that they are in.
pub const SEEDS_FILE: &str = "seeds.json";
/// Event files for TensorBoard, where they are asked for.
pub const TENSORBOARD_FOLDER: &str = "tensorboard";
/// What was said.
pub const LOG_FILE: &str = "log.txt";

/// Why a run folder could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    /// It is there already.
    #[error("{}: is there already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// It is there, and something in it is of no run.
    #[error("{}: has files and is no run of this program ({}), so --force will not clear it", path.display(), because)]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What speaks against it.
        because: String,
    },
    /// Another program writes it.
    #[error("{}: another program is at work on this run", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl RunFolderError {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Exists { .. } => {
                Some("give another --out, leave it out for the next free number, or add --force")
            }
            Self::NotARun { .. } => {
                Some("give another --out, or take your own files out of it first")
            }
            Self::InUse { .. } => Some("wait until it is done, or end it first"),
            Self::Io { .. } => None,
        }
    }
}

/// The folder of one run, which no other program writes while this value or a clone of it is there.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: Option<Arc<Lock>>,
}

impl RunFolder {
    /// Makes `out`, or the next free `artifacts/<name>-NNN`. A run that is there is only replaced
    /// with `force`.
    ///
    /// # Errors
    ///
    /// Where it is there already, or the system refuses.
    pub fn create(out: Option<&Path>, name: &str, force: bool) -> Result<Self, RunFolderError> {
        match out {
            Some(path) => Self::create_at(path, force),
            None => Self::marked(numbering::create_next(
                Path::new(console::RUNS_FOLDER),
                name,
            )?),
        }
    }

    fn create_at(path: &Path, force: bool) -> Result<Self, RunFolderError> {
        Self::clear(path, force, foreign_entry)?;
        Self::marked(path.to_path_buf())
    }

    /// Makes an empty folder. One that has something in it is only cleared with `force`, and where nothing
    /// `speaks_against` it.
    fn clear(
        path: &Path,
        force: bool,
        speaks_against: fn(&Path) -> io::Result<Option<String>>,
    ) -> Result<(), RunFolderError> {
        let failed = |source| RunFolderError::Io {
            path: path.to_path_buf(),
            source,
        };
        let is_empty = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(failed(error)),
        };
        if !is_empty {
            if !force {
                return Err(RunFolderError::Exists {
                    path: path.to_path_buf(),
                });
            }
            // Until it is cleared; a program that is at work there goes on.
            let _locks = [lock(path, MARKER_FILE)?, lock(path, SEEDS_MARKER_FILE)?];
            if let Some(because) = speaks_against(path).map_err(failed)? {
                return Err(RunFolderError::NotARun {
                    path: path.to_path_buf(),
                    because,
                });
            }
            fs::remove_dir_all(path).map_err(failed)?;
        }
        fs::create_dir_all(path).map_err(failed)
    }

    /// A new folder, which says from now on that it is a run's.
    fn marked(path: PathBuf) -> Result<Self, RunFolderError> {
        let folder = Self::unlocked(path);
        folder.write(
            MARKER_FILE,
            b"A run of `train`: its --force may clear this folder.\n",
        )?;
        folder.locked(MARKER_FILE)
    }

    /// The folder of a run that is there.
    ///
    /// # Errors
    ///
    /// Where another program writes it, or the system refuses.
    pub fn open(path: &Path) -> Result<Self, RunFolderError> {
        let folder = if path.join(MARKER_FILE).is_file() {
            Self::unlocked(path.to_path_buf()).locked(MARKER_FILE)?
        } else {
            Self::marked(path.to_path_buf())?
        };
        // Nobody else writes here, so what is half-written is of a program that was killed.
        for place in [path.to_path_buf(), path.join(CHECKPOINTS_FOLDER)] {
            let removed = remove_scratch(&place);
            removed.map_err(|source| RunFolderError::Io {
                path: place,
                source,
            })?;
        }
        Ok(folder)
    }

    fn unlocked(path: PathBuf) -> Self {
        Self { path, _lock: None }
    }

    fn locked(self, marker: &str) -> Result<Self, RunFolderError> {
        let lock = lock(&self.path, marker)?;
        Ok(Self {
            _lock: lock.map(Arc::new),
            ..self
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the resolved recipe, before training, under a comment where there is one.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write_config(
        &self,
        recipe: &Recipe,
        comment: Option<&str>,
    ) -> Result<(), RunFolderError> {
        let text = recipe.to_toml().map_err(io::Error::other);
        let text = text.map_err(|source| self.failed(CONFIG_FILE, source))?;
        let comment = comment.map_or(String::new(), |comment| format!("# {comment}\n"));
        self.write(CONFIG_FILE, format!("{comment}{text}").as_bytes())
    }

    /// Writes what the run came to.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write_summary(&self, summary: &impl Serialize) -> Result<(), RunFolderError> {
        self.write_json(SUMMARY_FILE, summary)
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), RunFolderError> {
        let json = serde_json::to_vec_pretty(value).map_err(io::Error::from);
        let json = json.map_err(|source| self.failed(name, source))?;
        self.write(name, &json)
    }

    /// Writes what was said of each test image.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn write_predictions(
        &self,
        predictions: &[Prediction],
    ) -> Result<(), RunFolderError> {
        let bytes = predictions::to_csv(predictions)
            .map_err(|source| self.failed(PREDICTIONS_FILE, source))?;
        self.write(PREDICTIONS_FILE, &bytes)
    }

    /// Its own name, without the folders that it is in.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.path.file_name();
        name.map_or_else(
            || self.path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunFolderError> {
        write_whole(&self.path.join(name), bytes, Existing::Replace)
            .map_err(|source| self.failed(name, source))
    }

    fn failed(&self, name: &str, source: io::Error) -> RunFolderError {
        RunFolderError::Io {
            path: self.path.join(name),
            source,
        }
    }
}

/// Locks a run, or the runs of several seeds, by the file that marks it; nothing where there is none.
fn lock(folder: &Path, marker: &str) -> Result<Option<Lock>, RunFolderError> {
    let marker = folder.join(marker);
    Lock::of_file(&marker).map_err(|error| match error {
        TryLockError::WouldBlock => RunFolderError::InUse {
            path: folder.to_path_buf(),
        },
        TryLockError::Error(source) => RunFolderError::Io {
            path: marker,
            source,
        },
    })
}

/// Writes a new file whole or not at all; one that is there is only replaced with `force`.
///
/// # Errors
///
/// Where it is there already, or the system refuses.
pub fn write_new(path: &Path, bytes: &[u8], force: bool) -> Result<PathBuf, RunFolderError> {
    let existing = if force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let written = if path.is_dir() {
        Err(io::ErrorKind::AlreadyExists.into())
    } else {
        write_whole(path, bytes, existing)
    };
    let path = path.to_path_buf();
    match written {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(RunFolderError::Exists { path })
        }
        Err(source) => Err(RunFolderError::Io { path, source }),
    }
}

#[cfg(test)]
mod tests;
