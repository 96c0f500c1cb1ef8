//! Folders that tell whether they are as they were written: a list of their files, with sizes and SHA-256 sums, and
//! a sum of the list itself.

use super::{Existing, WholeFolder, open_file};
use crate::hexadecimal;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The list: a line a file, `SHA-256  bytes  name`, and a last line with the sum of those before it.
const SEAL_FILE: &str = "seal.txt";
/// Longest list that is read, in bytes.
const MAX_SEAL_BYTES: u64 = 1 << 16;
/// What stands in the last line in the place of a name.
const END: &str = "end";

/// Why a sealed folder is not as it was written.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file is not there, or cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The list is damaged.
    #[error("{}: {problem}", path.display())]
    Seal {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file is not the one that was written.
    #[error("{}: damaged: its SHA-256 is not the one in {SEAL_FILE}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// Writes a folder of these files, sealed, whole or not at all.
///
/// # Errors
///
/// Where the system refuses, or something is there that is to stay.
pub fn write_sealed(target: &Path, files: &[(&str, &[u8])], existing: Existing) -> io::Result<()> {
    let folder = WholeFolder::create(target)?;
    let mut seal = String::new();
    for (name, bytes) in files {
        folder.write(name, bytes)?;
        seal.push_str(&line(bytes, name));
    }
    let end = line(seal.as_bytes(), END);
    folder.write(SEAL_FILE, format!("{seal}{end}").as_bytes())?;
    folder.finish(existing)
}

fn line(bytes: &[u8], name: &str) -> String {
    let sum = hexadecimal(&Sha256::digest(bytes));
    format!("{sum}  {}  {name}\n", bytes.len())
}

/// Reads a sealed folder of at most `limit` bytes, and checks every one of them.
///
/// # Errors
///
/// Where a file is missing, damaged, or too large.
pub fn read_sealed(folder: &Path, limit: u64) -> Result<BTreeMap<String, Vec<u8>>, SealError> {
    let mut left = limit;
    let mut files = BTreeMap::new();
    for entry in read_list(folder)? {
        left = left
            .checked_sub(entry.size)
            .ok_or_else(|| too_large(folder))?;
        let bytes = entry.read(folder)?;
        files.insert(entry.name, bytes);
    }
    Ok(files)
}

/// Reads one file of a sealed folder, of at most `limit` bytes; nothing where there is no seal at all.
///
/// # Errors
///
/// Where the file or the seal is missing, damaged, or too large.
pub fn read_sealed_file(
    folder: &Path,
    name: &str,
    limit: u64,
) -> Result<Option<Vec<u8>>, SealError> {
    if folder.join(SEAL_FILE).symlink_metadata().is_err() {
        return Ok(None);
    }
    let entry = read_list(folder)?
        .into_iter()
        .find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| SealError::Seal {
        path: folder.join(SEAL_FILE),
        problem: "the file that is looked for is not in it",
    })?;
    if entry.size > limit {
        return Err(too_large(folder));
    }
    entry.read(folder).map(Some)
}

fn too_large(folder: &Path) -> SealError {
    SealError::Seal {
        path: folder.join(SEAL_FILE),
        problem: "its files are larger than what is read",
    }
}

/// A line of the list.
struct Entry {
    line: String,
    name: String,
    size: u64,
}

impl Entry {
    /// None where it is damaged; a name with a folder in it is none of ours.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, "  ");
        let (_sum, size, name) = (parts.next()?, parts.next()?, parts.next()?);
        let is_plain = Path::new(name).file_name() == Some(name.as_ref());
        is_plain.then_some(())?;
        Some(Self {
            line: format!("{text}\n"),
            name: name.to_string(),
            size: size.parse().ok()?,
        })
    }

    fn read(&self, folder: &Path) -> Result<Vec<u8>, SealError> {
        let path = folder.join(&self.name);
        let bytes = read_file(&path, Some(self.size), self.size)?;
        if self.line != line(&bytes, &self.name) {
            return Err(SealError::Damaged { path });
        }
        Ok(bytes)
    }
}

fn read_list(folder: &Path) -> Result<Vec<Entry>, SealError> {
    let path = folder.join(SEAL_FILE);
    let seal = read_file(&path, None, MAX_SEAL_BYTES)?;
    let wrong = |problem| SealError::Seal {
        path: path.clone(),
        problem,
    };
    let seal = String::from_utf8(seal).map_err(|_| wrong("damaged: no text"))?;
    let seal = seal.trim_end_matches('\n');
    let (list, end) = seal
        .rsplit_once('\n')
        .ok_or_else(|| wrong("damaged: no list"))?;
    let list = format!("{list}\n");
    if format!("{end}\n") != line(list.as_bytes(), END) {
        return Err(wrong("damaged: it does not have the sum in its last line"));
    }
    let entries = list.lines().map(Entry::parse);
    entries
        .collect::<Option<_>>()
        .ok_or_else(|| wrong("damaged: a line"))
}

/// An ordinary file, of that size where one is expected, and no longer than `limit`.
fn read_file(path: &Path, expected: Option<u64>, limit: u64) -> Result<Vec<u8>, SealError> {
    let failed = |source| SealError::Io {
        path: path.to_path_buf(),
        source,
    };
    let file = open_file(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if expected.is_some_and(|size| size != about.len()) || about.len() > limit {
        let path = path.to_path_buf();
        return Err(SealError::Damaged { path });
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    const FILES: [(&str, &[u8]); 3] = [("a.bin", b"weights"), ("b.json", b"{}"), ("empty", b"")];

    fn sealed() -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("step-1");
        write_sealed(&target, &FILES, Existing::Keep).unwrap();
        (place, target)
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let (_place, target) = sealed();
        let files = read_sealed(&target, 9).unwrap();
        assert_eq!(files.len(), 3);
        for (name, bytes) in FILES {
            assert_eq!(files[name], bytes);
        }
        assert!(matches!(
            read_sealed(&target, 8),
            Err(SealError::Seal { .. })
        ));
    }

    #[test]
    fn every_byte_that_changes_and_every_one_that_is_missing_is_seen() {
        let (_place, target) = sealed();
        for name in ["a.bin", "b.json", "empty", SEAL_FILE] {
            let path = target.join(name);
            let whole = fs::read(&path).unwrap();
            for place in 0..whole.len() {
                for bit in [0x01, 0x80] {
                    let mut changed = whole.clone();
                    changed[place] ^= bit;
                    fs::write(&path, changed).unwrap();
                    assert!(read_sealed(&target, 99).is_err(), "{name}, byte {place}");
                }
                fs::write(&path, &whole[..place]).unwrap();
                // The last line's end alone is nothing.
                let is_end = name == SEAL_FILE && place + 1 == whole.len();
                assert_eq!(
                    read_sealed(&target, 99).is_err(),
                    !is_end,
                    "{name}, cut to {place} bytes"
                );
            }
            fs::write(&path, [&whole[..], b"!"].concat()).unwrap();
            assert!(read_sealed(&target, 99).is_err(), "{name}, longer");
            fs::remove_file(&path).unwrap();
            assert!(read_sealed(&target, 99).is_err(), "{name}, missing");
            fs::write(&path, whole).unwrap();
        }
        assert!(read_sealed(&target, 99).is_ok());
    }

    #[test]
    fn nothing_outside_of_the_folder_is_read() {
        let (place, target) = sealed();
        assert_eq!(
            read_sealed_file(&target, "b.json", 9).unwrap().unwrap(),
            b"{}"
        );
        assert!(read_sealed_file(&target, "b.json", 1).is_err());
        assert!(read_sealed_file(&target, "c", 9).is_err());
        assert!(
            read_sealed_file(place.path(), "b.json", 9)
                .unwrap()
                .is_none()
        );
        fs::write(place.path().join("secret"), "x").unwrap();
        let list = line(b"x", "../secret");
        let seal = format!("{list}{}", line(list.as_bytes(), END));
        fs::write(target.join(SEAL_FILE), seal).unwrap();
        assert!(matches!(
            read_sealed(&target, 99),
            Err(SealError::Seal { .. })
        ));
    }
}
