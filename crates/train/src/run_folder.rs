//! The folder of one run: its number, its files, and how they are written so that nothing is lost.

use crate::config::Recipe;
use crate::observer::EvaluationRecord;
use crate::predictions::{self, PREDICTIONS_FILE, Prediction};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where run folders are made, where nobody says otherwise.
pub const ARTIFACTS: &str = "artifacts";
/// The resolved recipe.
pub const CONFIG_FILE: &str = "config.toml";
/// A line an evaluation, as JSON.
pub const METRICS_FILE: &str = "metrics.jsonl";
/// A line an evaluation, as a table.
pub const HISTORY_FILE: &str = "history.csv";
/// What the run came to.
pub const SUMMARY_FILE: &str = "summary.json";
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
    /// It is there, and it is no run folder.
    #[error("{}: has files but no {CONFIG_FILE}: not a run folder, so --force will not clear it", path.display())]
    NotARun {
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
            _ => None,
        }
    }
}

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
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
            None => Self::create_next(Path::new(ARTIFACTS), name),
        }
    }

    fn create_at(path: &Path, force: bool) -> Result<Self, RunFolderError> {
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
            if !path.join(CONFIG_FILE).is_file() {
                return Err(RunFolderError::NotARun {
                    path: path.to_path_buf(),
                });
            }
            fs::remove_dir_all(path).map_err(failed)?;
        }
        fs::create_dir_all(path).map_err(failed)?;
        Ok(Self {
            path: path.to_path_buf(),
        })
    }

    fn create_next(root: &Path, name: &str) -> Result<Self, RunFolderError> {
        let failed = |path: &Path, source| RunFolderError::Io {
            path: path.to_path_buf(),
            source,
        };
        fs::create_dir_all(root).map_err(|source| failed(root, source))?;
        let mut number = highest_number(root, name).map_err(|source| failed(root, source))? + 1;
        loop {
            let path = root.join(format!("{name}-{number:03}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                // Another run took it in between.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(failed(&path, source)),
            }
        }
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
        let text = toml::to_string(recipe).map_err(io::Error::other);
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
        let json = serde_json::to_vec_pretty(summary).map_err(io::Error::from);
        let json = json.map_err(|source| self.failed(SUMMARY_FILE, source))?;
        self.write(SUMMARY_FILE, &json)
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
        let write = || {
            let file = whole_file(&self.path, bytes)?;
            file.persist(self.path.join(name))?;
            Ok(())
        };
        write().map_err(|source| self.failed(name, source))
    }

    fn failed(&self, name: &str, source: io::Error) -> RunFolderError {
        RunFolderError::Io {
            path: self.path.join(name),
            source,
        }
    }
}

/// Writes a new file whole or not at all; one that is there is only replaced with `force`.
///
/// # Errors
///
/// Where it is there already, or the system refuses.
pub fn write_new(path: &Path, bytes: &[u8], force: bool) -> Result<PathBuf, RunFolderError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let file = whole_file(parent, bytes)?;
        if path.is_dir() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if force {
            file.persist(path)?;
        } else {
            file.persist_noclobber(path)?;
        }
        Ok(())
    };
    match write() {
        Ok(()) => Ok(path.to_path_buf()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(RunFolderError::Exists {
            path: path.to_path_buf(),
        }),
        Err(source) => Err(RunFolderError::Io {
            path: path.to_path_buf(),
            source,
        }),
    }
}

/// Writes the next free `<root>/<name>-NNN.html`.
///
/// # Errors
///
/// Where the system refuses.
pub fn write_next(root: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, RunFolderError> {
    let failed = |source| RunFolderError::Io {
        path: root.to_path_buf(),
        source,
    };
    fs::create_dir_all(root).map_err(failed)?;
    let mut number = highest_number(root, name).map_err(failed)? + 1;
    loop {
        let path = root.join(format!("{name}-{number:03}.html"));
        match write_new(&path, bytes, false) {
            Err(RunFolderError::Exists { .. }) => number += 1,
            result => return result,
        }
    }
}

/// A temporary file in `folder` with these bytes on disk.
fn whole_file(folder: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = ordinary_file().tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Temporary files are for their owner alone; these become files like any other.
fn ordinary_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".train-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// The highest number of a run of this name.
fn highest_number(root: &Path, name: &str) -> io::Result<u32> {
    let mut highest = 0;
    for entry in fs::read_dir(root)? {
        let file_name = entry?.file_name();
        let number = file_name.to_str().and_then(|file_name| {
            file_name
                .strip_prefix(name)?
                .strip_prefix('-')?
                .trim_end_matches(".html")
                .parse()
                .ok()
        });
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

/// The history of a run, written line by line while it runs.
pub struct History {
    jsonl: File,
    table: csv::Writer<File>,
}

impl History {
    /// Starts both files.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn create(folder: &RunFolder) -> Result<Self, RunFolderError> {
        let create = |name: &str| {
            let path = folder.path().join(name);
            File::create(path).map_err(|source| folder.failed(name, source))
        };
        Ok(Self {
            jsonl: create(METRICS_FILE)?,
            table: csv::Writer::from_writer(create(HISTORY_FILE)?),
        })
    }

    /// Adds a line to each and hands it to the system.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn add(&mut self, record: &EvaluationRecord) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.jsonl.write_all(&line)?;
        self.table.serialize(record)?;
        self.table.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_next_number_is_above_the_highest() {
        let root = tempfile::tempdir().unwrap();
        let next = |name| RunFolder::create_next(root.path(), name).unwrap().path;
        assert!(next("cnn").ends_with("cnn-001"));
        fs::create_dir(root.path().join("cnn-041")).unwrap();
        fs::create_dir(root.path().join("cnn-fast-099")).unwrap();
        fs::write(root.path().join("cnn-043"), "").unwrap();
        assert!(next("cnn").ends_with("cnn-044"));
        assert!(next("cnn-fast").ends_with("cnn-fast-100"));
    }

    #[test]
    fn a_run_is_never_overwritten_without_force() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("run");
        RunFolder::create_at(&path, false).unwrap();
        fs::write(path.join(CONFIG_FILE), "seed = 1").unwrap();
        let error = RunFolder::create_at(&path, false).unwrap_err();
        assert!(matches!(error, RunFolderError::Exists { .. }) && error.hint().is_some());
        assert!(path.join(CONFIG_FILE).is_file());
        RunFolder::create_at(&path, true).unwrap();
        assert!(!path.join(CONFIG_FILE).exists());
    }

    #[test]
    fn force_clears_nothing_but_runs() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("thesis.tex"), "").unwrap();
        let error = RunFolder::create_at(root.path(), true).unwrap_err();
        assert!(matches!(error, RunFolderError::NotARun { .. }));
        assert!(root.path().join("thesis.tex").exists());
    }
}
