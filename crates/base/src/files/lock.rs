//! One program at a time writes a run or an output: it holds a lock on a file, which the system takes back when the
//! program ends, however that is.

use super::{SCRATCH_PREFIX, parent};
use crate::hexadecimal;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// How the names of files begin that stand for outputs which are not there yet.
const LOCK_MARK: &str = "lock-";
/// Letters of a name's sum that tell names of one folder apart.
const SUM_LETTERS: usize = 16;

/// A lock on a file, held until this is dropped.
#[derive(Debug)]
pub struct Lock {
    /// Nothing where the file system knows no locks.
    file: Option<File>,
    /// The file, where it is there for the lock alone.
    made: Option<PathBuf>,
}

impl Lock {
    /// Locks a file that is there; `None` where it is not.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] where another program has the lock, else what the system says.
    pub fn of_file(path: &Path) -> Result<Option<Self>, TryLockError> {
        match File::open(path) {
            Ok(file) => Ok(Some(Self {
                file: locked(file)?,
                made: None,
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TryLockError::Error(error)),
        }
    }

    /// Locks what is to be written at a path, whether something is there or not: a hidden file beside it, of a name
    /// that others never have, stands for it and goes with the lock.
    ///
    /// # Errors
    ///
    /// As of [`Lock::of_file`].
    pub fn of_output(target: &Path) -> Result<Self, TryLockError> {
        let name = target.file_name().unwrap_or_default().as_encoded_bytes();
        let sum = hexadecimal(&Sha256::digest(name));
        let name = format!("{SCRATCH_PREFIX}{LOCK_MARK}{}", &sum[..SUM_LETTERS]);
        Self::of_new_file(parent(target).join(name))
    }

    /// Locks what is to be written into a folder, by a hidden file in it.
    ///
    /// # Errors
    ///
    /// As of [`Lock::of_file`].
    pub fn of_folder(folder: &Path) -> Result<Self, TryLockError> {
        Self::of_new_file(folder.join(format!("{SCRATCH_PREFIX}{LOCK_MARK}folder")))
    }

    fn of_new_file(path: PathBuf) -> Result<Self, TryLockError> {
        loop {
            let mut options = OpenOptions::new();
            let opened = options.create(true).append(true).open(&path);
            let file = locked(opened.map_err(TryLockError::Error)?)?;
            // Whoever had it may have taken the file away meanwhile; then the lock is on nothing.
            if file.as_ref().is_none_or(|file| is_at(file, &path)) {
                let made = Some(path);
                return Ok(Self { file, made });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Where the system cannot tell one file from another, it stays: what is locked must not be taken away there.
        if let (Some(path), true) = (&self.made, cfg!(unix)) {
            let _ = std::fs::remove_file(path);
        }
        drop(self.file.take());
    }
}

fn locked(file: File) -> Result<Option<File>, TryLockError> {
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Whether that file is still the one of this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |about: std::fs::Metadata| (about.dev(), about.ino());
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(file), Ok(there)) => place(file) == place(there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn is_taken<T>(lock: &Result<T, TryLockError>) -> bool {
        matches!(lock, Err(TryLockError::WouldBlock))
    }

    #[test]
    fn a_file_is_locked_as_long_as_the_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        assert!(Lock::of_file(&path).unwrap().is_none());
        fs::write(&path, "").unwrap();
        let lock = Lock::of_file(&path).unwrap();
        assert!(lock.is_some() && is_taken(&Lock::of_file(&path)));
        drop(lock);
        assert!(Lock::of_file(&path).unwrap().is_some());
        assert!(path.exists());
    }

    #[test]
    fn an_output_is_locked_by_its_name_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let lock = Lock::of_output(&at("a.csv")).unwrap();
        assert!(is_taken(&Lock::of_output(&at("a.csv"))));
        drop(Lock::of_output(&at("b.csv")).unwrap());
        drop(Lock::of_output(&at(&"long".repeat(60))).unwrap());
        drop(lock);
        let lock = Lock::of_folder(folder.path()).unwrap();
        assert!(is_taken(&Lock::of_folder(folder.path())));
        drop(lock);
        #[cfg(unix)]
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(matches!(
            Lock::of_output(&at("nowhere/a.csv")),
            Err(TryLockError::Error(_))
        ));
    }

    #[test]
    fn what_a_killed_program_left_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let lock = Lock::of_output(&path).unwrap();
        let left = lock.made.clone().unwrap();
        drop(lock);
        fs::write(left, "").unwrap();
        drop(Lock::of_output(&path).unwrap());
    }

    /// Those who take it while others give it back, and take its file away, are never two.
    #[test]
    fn two_never_hold_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let (inside, times) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let Ok(_lock) = Lock::of_output(&path) else {
                            continue;
                        };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        times.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(times.into_inner() > 0);
    }
}
