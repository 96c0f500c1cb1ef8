//! Files and folders that are written whole or not at all: a reader never sees half of one, and whatever was
//! there before stays until the new one is on disk. The only writer of such files in the workspace.

mod folder;
mod lock;
mod open;
mod pattern;
mod seal;

pub use folder::{WholeFolder, former_folder, whole_folder};
pub use lock::Lock;
pub use open::{BoundedLines, open_file};
pub use pattern::{is_hidden, is_pattern, matched};
pub use seal::{SealError, read_sealed, read_sealed_file, write_sealed};

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How the names of files begin that are being written.
pub const SCRATCH_PREFIX: &str = ".digits-";

/// What happens where a file of that name is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced.
    Replace,
    /// It stays, and the writing fails with [`io::ErrorKind::AlreadyExists`].
    Keep,
}

/// A file in the making. Dropping it leaves what was there before.
#[derive(Debug)]
pub struct WholeFile {
    scratch: BufWriter<NamedTempFile>,
    target: PathBuf,
}

impl WholeFile {
    /// Starts a file that is to be `target`, in the same folder, which must be there.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn create(target: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(SCRATCH_PREFIX);
        // Temporary files are for their owner alone; this one becomes a file like any other.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let scratch = builder.tempfile_in(parent(target))?;
        Ok(Self {
            scratch: BufWriter::new(scratch),
            target: target.to_path_buf(),
        })
    }

    /// What it is going to be called.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// What it is called until it is whole.
    #[must_use]
    pub fn scratch_path(&self) -> &Path {
        self.scratch.get_ref().path()
    }

    /// Forgets all but the first `length` bytes, which are on disk or on their way there; also what could
    /// not be written. So the good part of a file can be kept after an error.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn cut_to(self, length: u64) -> io::Result<Self> {
        let (mut scratch, _unwritten) = self.scratch.into_parts();
        scratch.as_file().set_len(length)?;
        scratch.seek(SeekFrom::Start(length))?;
        Ok(Self {
            scratch: BufWriter::new(scratch),
            target: self.target,
        })
    }

    /// Puts the file, whole and on disk, in its place.
    ///
    /// # Errors
    ///
    /// Where the system refuses, or a file is there that is to stay.
    pub fn finish(self, existing: Existing) -> io::Result<()> {
        let target = self.target.clone();
        self.finish_as(&target, existing)
    }

    /// Puts what there is under another name of the same folder: a part of the work, say.
    ///
    /// # Errors
    ///
    /// As of [`WholeFile::finish`].
    pub fn finish_as(self, path: &Path, existing: Existing) -> io::Result<()> {
        let scratch = self
            .scratch
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        scratch.as_file().sync_all()?;
        match existing {
            Existing::Replace => scratch.persist(path)?,
            Existing::Keep => scratch.persist_noclobber(path)?,
        };
        sync_folder(parent(path))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.scratch.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.scratch.flush()
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
///
/// Where the system refuses, or a file is there that is to stay.
pub fn write_whole(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish(existing)
}

/// Removes what killed programs left half-written in a folder, which nobody else may be writing in. A folder that is
/// not there has none of it.
///
/// # Errors
///
/// Where the system refuses.
pub fn remove_scratch(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if !is_scratch(&name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file or folder of this name is one that is being written, or what a killed program left of one.
#[must_use]
pub fn is_scratch(name: &OsStr) -> bool {
    name.as_encoded_bytes()
        .starts_with(SCRATCH_PREFIX.as_bytes())
}

/// Makes the names in a folder last through a loss of power, where the system can.
///
/// # Errors
///
/// Where the system refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The path of a file that goes with another one: `digits.partial.csv` for `digits.csv` and `partial`.
#[must_use]
pub fn beside(path: &Path, mark: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(mark);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The folder that a path lies in; the current one for a bare name.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_left_half_written_goes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at(".digits-a1"), "half").unwrap();
        fs::create_dir(at(".digits-model-b2")).unwrap();
        fs::write(at("model.csv"), "whole").unwrap();
        remove_scratch(folder.path()).unwrap();
        remove_scratch(&at("nowhere")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn nothing_is_there_before_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("figures.csv");
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_whole(&path, b"old", Existing::Keep).unwrap();
        let error = write_whole(&path, b"new", Existing::Keep).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_whole(&path, b"new", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_of_files_that_go_together() {
        let beside = |path: &str| beside(Path::new(path), "partial");
        assert_eq!(beside("a/digits.csv"), Path::new("a/digits.partial.csv"));
        assert_eq!(beside("rows"), Path::new("rows.partial"));
    }

    #[test]
    fn a_part_is_kept_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = WholeFile::create(&folder.path().join("digits.csv")).unwrap();
        file.write_all(b"part").unwrap();
        file.flush().unwrap();
        file.write_all(b", and more").unwrap();
        let file = file.cut_to(4).unwrap();
        let partial = folder.path().join("digits.partial.csv");
        file.finish_as(&partial, Existing::Replace).unwrap();
        assert_eq!(fs::read(partial).unwrap(), b"part");
        assert!(!folder.path().join("digits.csv").exists());
    }
}
