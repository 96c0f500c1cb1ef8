//! Files that lie on other machines, by their addresses.
//!
//! Owns what an address is, and that files here and there are read in the same way. Who speaks with the other machine is
//! not known here: a program supplies it.

mod chunks;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::OnceLock;

use base::files::open_file;

/// What an address begins with.
const SCHEMES: [&str; 5] = ["s3://", "gs://", "az://", "https://", "http://"];

/// A file on another machine that is being read.
pub trait RemoteFile: Read + Seek + Send + Sync {
    /// How long it is.
    fn num_bytes(&self) -> u64;

    /// The same file, read from its start by somebody else.
    fn reopened(&self) -> Box<dyn RemoteFile>;
}

/// Who fetches from other machines.
pub trait Remote: Send + Sync {
    /// A file, to be read from any place.
    ///
    /// # Errors
    ///
    /// Where it is not there, or the other machine does not hand it out; says the way out, but not the address.
    fn open(&self, address: &str) -> io::Result<AnyFile>;

    /// A whole file of at most so many bytes.
    ///
    /// # Errors
    ///
    /// As of [`Remote::open`], and where it is longer.
    fn read(&self, address: &str, max_bytes: u64) -> io::Result<Vec<u8>>;
}

static REMOTE: OnceLock<&'static dyn Remote> = OnceLock::new();

/// From here on, files of other machines are fetched so. The first one stays.
pub fn supply(remote: &'static dyn Remote) {
    REMOTE.get_or_init(|| remote);
}

/// A path as the address of a file on another machine, where it is one.
#[must_use]
pub fn address(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    let is_address = SCHEMES.iter().any(|scheme| text.starts_with(scheme));
    is_address.then_some(text)
}

fn remote() -> io::Result<&'static dyn Remote> {
    let remote = REMOTE.get().copied();
    remote.ok_or_else(|| io::Error::other("nothing here reads files of other machines"))
}

/// A whole file on another machine, of at most so many bytes.
///
/// # Errors
///
/// As of [`Remote::read`].
pub(crate) fn read(address: &str, max_bytes: u64) -> io::Result<Vec<u8>> {
    remote()?.read(address, max_bytes)
}

/// A file without a name, for what has to be copied here.
///
/// # Errors
///
/// Where the system refuses.
pub fn temporary_file() -> io::Result<File> {
    tempfile::tempfile()
}

/// A file to be read, here or elsewhere.
pub enum AnyFile {
    /// On this machine.
    Here(File),
    /// On another one.
    Elsewhere(Box<dyn RemoteFile>),
}

impl AnyFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Where it is not there, is no ordinary file or cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        match address(path) {
            Some(address) => remote()?.open(address),
            None => open_file(path).map(Self::Here),
        }
    }

    /// How long it is.
    ///
    /// # Errors
    ///
    /// Where the system does not say.
    pub fn num_bytes(&self) -> io::Result<u64> {
        match self {
            Self::Here(file) => Ok(file.metadata()?.len()),
            Self::Elsewhere(file) => Ok(file.num_bytes()),
        }
    }

    /// The same file, read from this place on, while nobody else reads it.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn from_place(&self, place: u64) -> io::Result<Self> {
        let mut file = match self {
            Self::Here(file) => Self::Here(file.try_clone()?),
            Self::Elsewhere(file) => Self::Elsewhere(file.reopened()),
        };
        file.seek(SeekFrom::Start(place))?;
        Ok(file)
    }
}

impl Read for AnyFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Here(file) => file.read(buffer),
            Self::Elsewhere(file) => file.read(buffer),
        }
    }
}

impl Seek for AnyFile {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Here(file) => file.seek(place),
            Self::Elsewhere(file) => file.seek(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        for path in [
            "s3://b/k.png",
            "gs://b/",
            "az://c/d",
            "http://h/x",
            "https://h/x",
        ] {
            assert_eq!(address(Path::new(path)), Some(path));
        }
        for path in ["s3", "s3:/b/k", "a/s3://b", "ftp://h/x", "file:///x"] {
            assert_eq!(address(Path::new(path)), None, "{path}");
        }
    }
}
