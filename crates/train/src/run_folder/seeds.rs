//! The folder of the runs of several seeds.

use super::ownership::{self, SEEDS_MARKER_FILE};
use super::{RunFolder, RunFolderError, SEEDS_FILE, is_run, numbering};
use crate::config::Recipe;
use base::files::remove_scratch;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that holds a run folder a seed, the recipe, and a summary of them. No other program writes it while this
/// value is there.
pub struct SeedsFolder {
    folder: RunFolder,
}

impl SeedsFolder {
    /// Makes `out`, or the next free `artifacts/<name>-seeds-NNN`. One that is there is only replaced with
    /// `force`.
    ///
    /// # Errors
    ///
    /// Where it is there already, or the system refuses.
    pub fn create(out: Option<&Path>, name: &str, force: bool) -> Result<Self, RunFolderError> {
        let path = match out {
            Some(path) => {
                RunFolder::clear(path, force, ownership::foreign_entry_of_seeds)?;
                path.to_path_buf()
            }
            None => {
                numbering::create_next(Path::new(console::RUNS_FOLDER), &format!("{name}-seeds"))?
            }
        };
        let folder = RunFolder::unlocked(path);
        folder.write(
            SEEDS_MARKER_FILE,
            b"Runs of `train --seeds`: its --force may clear this folder.\n",
        )?;
        let folder = folder.locked(SEEDS_MARKER_FILE)?;
        Ok(Self { folder })
    }

    /// One that is there.
    ///
    /// # Errors
    ///
    /// Where another program writes it, or the system refuses.
    pub fn open(path: &Path) -> Result<Self, RunFolderError> {
        let folder = RunFolder::unlocked(path.to_path_buf()).locked(SEEDS_MARKER_FILE)?;
        // Nobody else writes here, so what is half-written is of a program that was killed.
        remove_scratch(path).map_err(|source| RunFolderError::Io {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self { folder })
    }

    /// The runs that are there, in no order.
    #[must_use]
    pub fn runs_in(path: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths.filter(|path| is_run(path)).collect()
    }

    /// Where the run of a seed is, or is to be.
    #[must_use]
    pub fn path_of(&self, seed: u64) -> PathBuf {
        let name = format!("{}{seed}", ownership::SEED_PREFIX);
        self.path().join(name)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the folder of a seed's run. What it came to before is cleared.
    ///
    /// # Errors
    ///
    /// Where another program writes it, it has something that no run writes, or the system refuses.
    pub fn create_run(&self, seed: u64) -> Result<RunFolder, RunFolderError> {
        RunFolder::create_at(&self.path_of(seed), true)
    }

    /// Writes the recipe of all the runs, each of which has another seed.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write_config(&self, recipe: &Recipe) -> Result<(), RunFolderError> {
        let comment = "Of all the runs; each has a seed of its own.";
        self.folder.write_config(recipe, Some(comment))
    }

    /// What the runs had come to when the folder was written last.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or is of a version that did not tell all the seeds.
    pub fn read_summary<T: DeserializeOwned>(&self) -> Result<T, RunFolderError> {
        let text = fs::read(self.path().join(SEEDS_FILE));
        let read = text.and_then(|text| Ok(serde_json::from_slice(&text)?));
        read.map_err(|source| self.folder.failed(SEEDS_FILE, source))
    }

    /// Writes what the runs came to.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write_summary(&self, summary: &impl Serialize) -> Result<(), RunFolderError> {
        self.folder.write_json(SEEDS_FILE, summary)
    }
}
