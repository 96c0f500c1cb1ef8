//! Folders that are written whole or not at all: what belongs together is put in place together.
//!
//! The new folder is written beside the old one under a scratch name; each file is flushed to disk; then both
//! names are exchanged in one step. Where the system has no such step (not Linux or macOS, or a file system that
//! cannot), the old folder is first set aside as [`former_folder`] and the new one renamed: should the program
//! be killed between the two, [`whole_folder`] still finds the old one.

use super::{Existing, SCRATCH_PREFIX, parent, sync_folder};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder in the making. Dropping it leaves what was there before.
#[derive(Debug)]
pub struct WholeFolder {
    scratch: TempDir,
    target: PathBuf,
}

impl WholeFolder {
    /// Starts a folder that is to be `target`. The folder it lies in must be there. What a killed program left of
    /// an earlier attempt at the same `target` is put right first; so only one program may write it at a time.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn create(target: &Path) -> io::Result<Self> {
        put_right(target)?;
        let mut builder = tempfile::Builder::new();
        let prefix = scratch_prefix(target);
        builder.prefix(&prefix);
        // Temporary folders are for their owner alone; this one becomes a folder like any other.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        Ok(Self {
            scratch: builder.tempdir_in(parent(target))?,
            target: target.to_path_buf(),
        })
    }

    /// Writes a file into it, all the way to disk.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(self.scratch.path().join(name))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Puts the folder in its place. A former one is replaced at once: a reader finds the one or the other.
    ///
    /// # Errors
    ///
    /// Where the system refuses, or something is there that is to stay. What was there before is there still.
    pub fn finish(self, existing: Existing) -> io::Result<()> {
        let target = &self.target;
        sync_folder(self.scratch.path())?;
        let is_there = target.symlink_metadata().is_ok();
        if is_there && existing == Existing::Keep {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if is_there && !exchange(self.scratch.path(), target)? {
            replace(self.scratch.path(), target)?;
        }
        if !is_there {
            fs::rename(self.scratch.path(), target)?;
        }
        sync_folder(parent(target))?;
        // After an exchange the former folder has the scratch name, and goes with it; else nothing is left there.
        let scratch = self.scratch.keep();
        remove_if_there(&scratch)?;
        remove_if_there(&former_folder(target))
    }
}

/// Where a whole folder is to be found: at `target`, or where it was set aside when a program was killed while it
/// put a new one in its place.
#[must_use]
pub fn whole_folder(target: &Path) -> PathBuf {
    let former = former_folder(target);
    if !target.exists() && former.is_dir() {
        former
    } else {
        target.to_path_buf()
    }
}

/// What a folder is called while another is put in its place.
#[must_use]
pub fn former_folder(target: &Path) -> PathBuf {
    let mut name = OsString::from(".former-");
    name.push(target.file_name().unwrap_or_default());
    parent(target).join(name)
}

/// How the names of folders begin that are to be `target`.
fn scratch_prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(SCRATCH_PREFIX);
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push("-");
    prefix
}

/// Puts right what a killed program left: a folder that was set aside goes back to its place, half-written ones go.
fn put_right(target: &Path) -> io::Result<()> {
    let former = former_folder(target);
    if former.is_dir() {
        if target.exists() {
            fs::remove_dir_all(&former)?;
        } else {
            fs::rename(&former, target)?;
        }
    }
    let prefix = scratch_prefix(target);
    for entry in fs::read_dir(parent(target))? {
        let entry = entry?;
        let name = entry.file_name();
        let is_scratch = name
            .as_encoded_bytes()
            .starts_with(prefix.as_encoded_bytes());
        if is_scratch && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Exchanges two names in one step, or says that this cannot be done here.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(first: &Path, second: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, first, CWD, second, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_first: &Path, _second: &Path) -> io::Result<bool> {
    Ok(false)
}

/// The same in two steps, with the old folder set aside between them.
fn replace(scratch: &Path, target: &Path) -> io::Result<()> {
    let former = former_folder(target);
    fs::rename(target, &former)?;
    fs::rename(scratch, target).inspect_err(|_| {
        // The error to report is the first one.
        let _ = fs::rename(&former, target);
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder_with(target: &Path, text: &str) -> WholeFolder {
        let folder = WholeFolder::create(target).unwrap();
        folder.write("weights", text.as_bytes()).unwrap();
        folder
    }

    fn text_in(target: &Path) -> String {
        fs::read_to_string(whole_folder(target).join("weights")).unwrap()
    }

    fn num_entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn nothing_is_there_before_it_is_whole() {
        let run = tempfile::tempdir().unwrap();
        let target = run.path().join("model");
        drop(folder_with(&target, "half"));
        assert_eq!(num_entries(run.path()), 0);
        folder_with(&target, "old").finish(Existing::Keep).unwrap();
        let error = folder_with(&target, "new")
            .finish(Existing::Keep)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(text_in(&target), "old");
        folder_with(&target, "new")
            .finish(Existing::Replace)
            .unwrap();
        assert_eq!(text_in(&target), "new");
        assert_eq!(num_entries(run.path()), 1);
    }

    #[test]
    fn a_reader_finds_a_whole_folder_at_every_moment() {
        let run = tempfile::tempdir().unwrap();
        let target = run.path().join("model");
        folder_with(&target, "0").finish(Existing::Keep).unwrap();
        let is_done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                    assert!(target.is_dir() || former_folder(&target).is_dir());
                }
            });
            for number in 1..20 {
                folder_with(&target, &number.to_string())
                    .finish(Existing::Replace)
                    .unwrap();
            }
            is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(text_in(&target), "19");
    }

    #[test]
    fn two_steps_do_where_one_is_not_to_be_had() {
        let run = tempfile::tempdir().unwrap();
        let (scratch, target) = (run.path().join("scratch"), run.path().join("model"));
        for (folder, text) in [(&scratch, "new"), (&target, "old")] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("weights"), text).unwrap();
        }
        replace(&scratch, &target).unwrap();
        assert_eq!(text_in(&target), "new");
        // The new one cannot be had: the old one is put back.
        fs::remove_dir_all(former_folder(&target)).unwrap();
        assert!(replace(&scratch, &target).is_err());
        assert_eq!(text_in(&target), "new");
    }

    #[test]
    fn what_a_killed_program_left_is_put_right() {
        let run = tempfile::tempdir().unwrap();
        let target = run.path().join("model");
        folder_with(&target, "old").finish(Existing::Keep).unwrap();
        fs::rename(&target, former_folder(&target)).unwrap();
        let half = run.path().join(".digits-model-x1");
        fs::create_dir(&half).unwrap();
        assert_eq!(text_in(&target), "old");
        let other = run.path().join(".digits-other-x1");
        fs::create_dir(&other).unwrap();
        drop(WholeFolder::create(&target).unwrap());
        assert_eq!(fs::read_to_string(target.join("weights")).unwrap(), "old");
        assert!(!half.exists() && other.exists() && !former_folder(&target).exists());
    }
}
