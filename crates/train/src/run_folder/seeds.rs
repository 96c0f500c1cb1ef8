//! The folder of the runs of several seeds.

use super::ownership::{self, SEEDS_MARKER_FILE};
use super::{RunFolder, RunFolderError, SEEDS_FILE, numbering};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A folder that holds a run folder a seed, and a summary of them.
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
        Ok(Self { folder })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the folder of a seed's run.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn create_run(&self, seed: u64) -> Result<RunFolder, RunFolderError> {
        let path: PathBuf = self
            .path()
            .join(format!("{}{seed}", ownership::SEED_PREFIX));
        RunFolder::create_at(&path, false)
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
