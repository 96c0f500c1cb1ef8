//! Files by the names that users give them, wherever they lie.

use crate::remote;
use base::files::{Existing, write_whole};
use data::remote::{AnyFile, address};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// All of a small file.
///
/// # Errors
///
/// Where it is not there, cannot be read or has more than so many bytes.
pub(crate) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut start = open(path)?.take(max_bytes.saturating_add(1));
    start.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        let problem = format!("expected at most {max_bytes} bytes, found more");
        return Err(io::Error::other(problem));
    }
    Ok(bytes)
}

/// A file, to be read.
///
/// # Errors
///
/// Where it is not there or cannot be read.
pub(crate) fn open(path: &Path) -> io::Result<AnyFile> {
    remote::install();
    AnyFile::open(path)
}

/// How long a file is.
///
/// # Errors
///
/// Where it is not there.
pub(crate) fn num_bytes(path: &Path) -> io::Result<u64> {
    match address(path) {
        Some(address) => remote::num_bytes(address),
        None => Ok(fs::metadata(path)?.len()),
    }
}

/// How long a file is; `None` of what is no file.
pub(crate) fn num_bytes_of_file(path: &Path) -> Option<u64> {
    if let Some(address) = address(path) {
        return remote::num_bytes(address).ok();
    }
    let about = fs::metadata(path).ok()?;
    about.is_file().then_some(about.len())
}

/// Writes a small file, whole or not at all, in the place of one that may be there.
///
/// # Errors
///
/// Where the system refuses.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match address(path) {
        Some(address) => remote::write(address, bytes),
        None => write_whole(path, bytes, Existing::Replace),
    }
}

/// Removes a file, where it is there.
///
/// # Errors
///
/// Where the system refuses.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if let Some(address) = address(path) {
        return remote::remove(address);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The files of a folder whose names begin so, by their names.
///
/// # Errors
///
/// Where the folder cannot be read.
pub(crate) fn beginning_with(folder: &Path, start: &str) -> io::Result<Vec<PathBuf>> {
    if let Some(address) = address(folder) {
        let names = remote::names_beginning_with(address, start)?;
        return Ok(names.into_iter().map(PathBuf::from).collect());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(start) {
            // Not the entry's own path: it would begin with `./` where no folder was named.
            found.push(name);
        }
    }
    found.sort();
    Ok(found.into_iter().map(|name| folder.join(name)).collect())
}
