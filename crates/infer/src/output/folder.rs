//! A folder of results that belong together: it appears once it is whole, and never in the place of another's files.

use crate::error::Error;
use base::files::{Existing, WholeFolder, parent};
use std::io;
use std::path::{Path, PathBuf};

/// A folder in the making. Dropping it leaves nothing.
pub struct NewFolder {
    folder: WholeFolder,
    target: PathBuf,
}

impl NewFolder {
    /// Starts a folder that is to be `target`, where nothing is yet, or an empty folder.
    ///
    /// # Errors
    ///
    /// Where something is there, or the system refuses: said before any work is done.
    pub fn create(target: &Path) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::Write {
            path: target.to_path_buf(),
            source,
        };
        let around = parent(target);
        if !around.is_dir() {
            let path = around.to_path_buf();
            return Err(Error::NoFolder { path });
        }
        if target.exists() {
            let mut files = target.read_dir().map_err(failed)?;
            if files.next().is_some() {
                let path = target.to_path_buf();
                return Err(Error::FolderNotEmpty { path });
            }
        }
        Ok(Self {
            folder: WholeFolder::create(target).map_err(failed)?,
            target: target.to_path_buf(),
        })
    }

    /// Writes these files, by name, and puts the folder in its place.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(self, files: &[(&str, Vec<u8>)]) -> Result<(), Error> {
        let Self { folder, target } = self;
        let write = || {
            for (name, bytes) in files {
                folder.write(name, bytes)?;
            }
            folder.finish(Existing::Replace)
        };
        write().map_err(|source| Error::Write {
            path: target,
            source,
        })
    }
}
