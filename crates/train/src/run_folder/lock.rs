//! One program at a time writes a run: it holds a lock on a file of the folder, which the system takes back when the
//! program ends, however that is.

use super::RunFolderError;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Locks the file of that name in a folder; nothing where there is no such file, or where the file system knows no
/// locks.
///
/// # Errors
///
/// Where another program has the lock, or the system refuses.
pub(super) fn take(folder: &Path, name: &str) -> Result<Option<File>, RunFolderError> {
    let file = match File::open(folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = folder.join(name);
            return Err(RunFolderError::Io { path, source });
        }
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(RunFolderError::InUse {
            path: folder.to_path_buf(),
        }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}
