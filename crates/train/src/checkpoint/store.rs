//! Checkpoints on disk: a sealed folder each, of which the newest ones are kept.

use super::{About, Checkpoint};
use base::files::{Existing, SealError, read_sealed, write_sealed};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where they are in a run's folder.
pub const CHECKPOINTS_FOLDER: &str = "checkpoints";
/// How their names begin; the rest is the number of steps.
const PREFIX: &str = "step-";
/// Largest checkpoint that is read, in bytes.
const MAX_BYTES: u64 = 8 << 30;

const ABOUT: &str = "state.json";
const MODEL: &str = "weights.bpk";
const OPTIMIZER: &str = "optimizer.bpk";
const AVERAGE: &str = "average.bpk";
const BEST: &str = "best.bpk";
const LAST: &str = "last.bpk";

/// Why a checkpoint could not be written, or none be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refused.
    #[error("{} ({} bytes): {source}", path.display(), base::with_separators(*num_bytes))]
    Write {
        /// The checkpoint's folder.
        path: PathBuf,
        /// What it takes.
        num_bytes: usize,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what was written.
    #[error(transparent)]
    Damaged(#[from] SealError),
    /// It is whole, and not of this version.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The checkpoint's folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The checkpoints of one run.
#[derive(Clone, Debug)]
pub struct CheckpointStore {
    folder: PathBuf,
    keep: usize,
}

impl CheckpointStore {
    /// Those of the run in this folder, of which the newest `keep` stay.
    #[must_use]
    pub fn of_run(run: &Path, keep: usize) -> Self {
        Self {
            folder: run.join(CHECKPOINTS_FOLDER),
            keep: keep.max(1),
        }
    }

    /// Writes one, reads it back, and only then removes the oldest ones.
    ///
    /// # Errors
    ///
    /// Where the system refuses, or what was read back is something else. What was there before stays.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let path = self.path_of(checkpoint.step());
        let failed = |num_bytes: usize, source: io::Error| CheckpointError::Write {
            path: path.clone(),
            num_bytes,
            source,
        };
        let about = serde_json::to_vec(&checkpoint.about);
        let about = about.map_err(|error| failed(0, error.into()))?;
        let mut files: Vec<(&str, &[u8])> = vec![
            (ABOUT, &about),
            (MODEL, &checkpoint.model),
            (OPTIMIZER, &checkpoint.optimizer),
        ];
        for (name, bytes) in [
            (AVERAGE, &checkpoint.average),
            (BEST, &checkpoint.best),
            (LAST, &checkpoint.last),
        ] {
            files.extend(bytes.as_ref().map(|bytes| (name, bytes.as_slice())));
        }
        let of_observers = checkpoint.of_observers.iter();
        files.extend(of_observers.map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let num_bytes = files.iter().map(|(_, bytes)| bytes.len()).sum();
        fs::create_dir_all(&self.folder)
            .and_then(|()| write_sealed(&path, &files, Existing::Replace))
            .map_err(|source| failed(num_bytes, source))?;
        read_sealed(&path, MAX_BYTES)?;
        for (_, old) in self.list().into_iter().skip(self.keep) {
            fs::remove_dir_all(&old).map_err(|source| failed(0, source))?;
        }
        Ok(())
    }

    /// Removes those of later steps: they are of a training that was given up.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn remove_later_than(&self, step: usize) -> io::Result<()> {
        for (_, path) in self.list().into_iter().filter(|(of, _)| *of > step) {
            fs::remove_dir_all(path)?;
        }
        Ok(())
    }

    /// When the last one was written, whole or not.
    #[must_use]
    pub fn last_written(&self) -> Option<SystemTime> {
        let (_, path) = self.list().into_iter().next()?;
        fs::metadata(path).ok()?.modified().ok()
    }

    /// The newest one that is whole, and what is wrong with those that are newer.
    #[must_use]
    pub fn newest(&self) -> (Option<Checkpoint>, Vec<CheckpointError>) {
        let mut problems = Vec::new();
        for (_, path) in self.list() {
            match read(&path) {
                Ok(checkpoint) => return (Some(checkpoint), problems),
                Err(problem) => problems.push(problem),
            }
        }
        (None, problems)
    }

    fn path_of(&self, step: usize) -> PathBuf {
        self.folder.join(format!("{PREFIX}{step:09}"))
    }

    /// All of them by their steps, the newest first. What another name has is none.
    fn list(&self) -> Vec<(usize, PathBuf)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let steps = entries.filter_map(|entry| {
            let name = entry.file_name();
            let step = name.to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
            entry.path().is_dir().then(|| (step, entry.path()))
        });
        let mut found: Vec<(usize, PathBuf)> = steps.collect();
        found.sort_by(|one, other| other.cmp(one));
        found
    }
}

fn read(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let mut files = read_sealed(path, MAX_BYTES)?;
    let wrong = |problem: String| CheckpointError::Unreadable {
        path: path.to_path_buf(),
        problem,
    };
    let mut needed = |name: &str| {
        let bytes = files.remove(name);
        bytes.ok_or_else(|| wrong(format!("it has no {name}")))
    };
    let (about, model, optimizer) = (needed(ABOUT)?, needed(MODEL)?, needed(OPTIMIZER)?);
    let about: About = serde_json::from_slice(&about)
        .map_err(|error| wrong(format!("{ABOUT} is of another version: {error}")))?;
    Ok(Checkpoint {
        about,
        model,
        optimizer,
        average: files.remove(AVERAGE),
        best: files.remove(BEST),
        last: files.remove(LAST),
        of_observers: files,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::state::LoopState;
    use std::collections::BTreeMap;

    fn checkpoint(step: usize) -> Checkpoint {
        Checkpoint {
            about: About {
                dataset_sha256: "aa".into(),
                version: "1".into(),
                git_commit: None,
                state: LoopState {
                    step,
                    ..LoopState::default()
                },
                best: None,
                last: None,
            },
            model: vec![1; step],
            optimizer: vec![2; 7],
            average: None,
            best: Some(vec![3]),
            last: None,
            of_observers: BTreeMap::from([("pictures.bin".to_string(), vec![4, 5])]),
        }
    }

    fn steps(store: &CheckpointStore) -> Vec<usize> {
        store.list().into_iter().map(|(step, _)| step).collect()
    }

    #[test]
    fn the_newest_ones_stay() {
        let run = tempfile::tempdir().unwrap();
        let store = CheckpointStore::of_run(run.path(), 2);
        assert!(store.last_written().is_none() && store.newest().0.is_none());
        for step in [5, 100, 4_000] {
            store.write(&checkpoint(step)).unwrap();
        }
        assert_eq!(steps(&store), [4_000, 100]);
        store.remove_later_than(200).unwrap();
        let (found, problems) = store.newest();
        let found = found.unwrap();
        assert!(problems.is_empty());
        assert_eq!((found.step(), found.model.len()), (100, 100));
        assert_eq!((found.best, found.last), (Some(vec![3]), None));
        assert_eq!(found.of_observers["pictures.bin"], [4, 5]);
    }

    #[test]
    fn a_damaged_one_is_named_and_the_one_before_it_taken() {
        let run = tempfile::tempdir().unwrap();
        let store = CheckpointStore::of_run(run.path(), 3);
        for step in [10, 20, 30] {
            store.write(&checkpoint(step)).unwrap();
        }
        fs::write(store.path_of(30).join(MODEL), [1; 29]).unwrap();
        fs::remove_file(store.path_of(20).join(OPTIMIZER)).unwrap();
        let (found, problems) = store.newest();
        assert_eq!(found.unwrap().step(), 10);
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(texts[0].contains("weights.bpk: damaged"), "{texts:?}");
        assert!(texts[1].contains("optimizer.bpk"), "{texts:?}");
    }

    #[test]
    fn one_that_cannot_be_written_is_named_with_its_size() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path().join("run");
        fs::write(&run, "a file where a folder is to be").unwrap();
        let store = CheckpointStore::of_run(&run, 1);
        let error = store.write(&checkpoint(2)).unwrap_err().to_string();
        assert!(
            error.contains("step-000000002 (") && error.contains("bytes)"),
            "{error}"
        );
    }

    /// What lies where a checkpoint is to be goes: nothing else has such a name.
    #[test]
    fn a_file_in_its_place_does_no_harm() {
        let run = tempfile::tempdir().unwrap();
        let store = CheckpointStore::of_run(run.path(), 1);
        store.write(&checkpoint(1)).unwrap();
        fs::write(store.path_of(2), "").unwrap();
        store.write(&checkpoint(2)).unwrap();
        assert_eq!(store.newest().0.unwrap().step(), 2);
        assert_eq!(fs::read_dir(&store.folder).unwrap().count(), 1);
    }
}
