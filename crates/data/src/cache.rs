//! Images that were drawn before, kept on disk: drawing them takes seconds, reading them a moment.
//!
//! Owns the files of the cache, which are written whole, checked when they are read, and bounded in number and
//! bytes. A cache that cannot be written is none: nothing depends on it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use base::files::{Existing, SCRATCH_PREFIX, WholeFile};
use base::hexadecimal;

/// The program's folder in the user's cache.
const PROGRAM_FOLDER: &str = "digits";
const DRAWN_FOLDER: &str = "drawn";
const FILE_END: &str = ".images";
/// At the start of every file; the number is the format's.
const START: &[u8] = b"digits: drawn images, format 1\n";
const SUM_BYTES: usize = 32;
/// The most that is kept; the files that were not used for longest go first.
const MAX_FILES: usize = 12;
const MAX_BYTES: u64 = 512 << 20;
/// What was being written so long ago will not be finished.
const STALE: Duration = Duration::from_hours(24);

/// `$XDG_CACHE_HOME/digits` or its like; `None` where there is no home folder.
#[must_use]
pub fn program_cache() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.cache_dir().join(PROGRAM_FOLDER))
}

/// Where drawn images are kept.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// Whether images came from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheUse {
    /// They were drawn now.
    Drawn,
    /// They had been drawn before.
    Found,
    /// They were drawn now, because this file of the cache is damaged. It has been replaced.
    Damaged(PathBuf),
}

/// Is told how many of how many images are drawn; called from any thread, for every one of them.
pub type Watch<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What is in the cache under a key.
pub(crate) enum Kept {
    Found(Vec<Vec<u8>>),
    Absent,
    Damaged(PathBuf),
}

impl Cache {
    /// In the user's cache folder; `None` where there is no home folder.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        Some(Self::in_folder(&program_cache()?.join(DRAWN_FOLDER)))
    }

    /// In a folder of one's own, which need not be there yet.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}{FILE_END}", key.0))
    }

    /// The blocks under a key, where they are there and sound.
    pub(crate) fn read(&self, key: &Key, num_blocks: usize) -> Kept {
        let path = self.path(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Kept::Absent,
            Err(_) => return Kept::Damaged(path),
        };
        match blocks(&bytes).filter(|blocks| blocks.len() == num_blocks) {
            None => Kept::Damaged(path),
            Some(blocks) => {
                // So that it is not the one that was not used for longest. Where that fails, it may go.
                let _ = File::options()
                    .append(true)
                    .open(&path)
                    .and_then(|file| file.set_modified(SystemTime::now()));
                Kept::Found(blocks)
            }
        }
    }

    /// Keeps blocks under a key, and makes room for them; where that fails, they are not kept.
    pub(crate) fn write(&self, key: &Key, blocks: &[&[u8]]) {
        let _ = self.try_write(key, blocks);
        self.prune();
    }

    fn try_write(&self, key: &Key, blocks: &[&[u8]]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = WholeFile::create(&self.path(key))?;
        let mut digest = Sha256::new();
        let mut put = |bytes: &[u8]| {
            digest.update(bytes);
            file.write_all(bytes)
        };
        put(START)?;
        for block in blocks {
            put(&(block.len() as u64).to_le_bytes())?;
            put(block)?;
        }
        file.write_all(&digest.finalize())?;
        file.finish(Existing::Replace)
    }

    /// Removes what is too much, and what was never finished.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let name = entry.file_name().to_string_lossy().into_owned();
            let age = SystemTime::now()
                .duration_since(modified)
                .unwrap_or_default();
            if name.ends_with(FILE_END) {
                files.push((modified, metadata.len(), entry.path()));
            } else if name.starts_with(SCRATCH_PREFIX) && age > STALE {
                let _ = fs::remove_file(entry.path());
            }
        }
        files.sort_unstable_by(|left, right| right.cmp(left));
        let mut num_bytes = 0;
        for (index, (_, bytes, path)) in files.iter().enumerate() {
            num_bytes += bytes;
            // The newest stays, however large it is.
            if index >= MAX_FILES || (index > 0 && num_bytes > MAX_BYTES) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// The blocks of a file; `None` where it is damaged.
fn blocks(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
    if Sha256::digest(body).as_slice() != sum {
        return None;
    }
    let mut rest = body.strip_prefix(START)?;
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (block, after) = after.split_at_checked(length)?;
        blocks.push(block.to_vec());
        rest = after;
    }
    Some(blocks)
}

/// What tells drawn images from all others.
pub(crate) struct Key(String);

impl Key {
    /// Of all that the drawing depends on. A few images drawn now are among the parts, so that images that another
    /// version of the program drew are not taken for these.
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self(hexadecimal(&digest.finalize()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(number: u8) -> Key {
        Key::new(&[&[number]])
    }

    #[test]
    fn what_is_kept_is_found_and_damage_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(&folder.path().join("new/drawn"));
        assert!(matches!(cache.read(&key(1), 2), Kept::Absent));
        cache.write(&key(1), &[b"abc", b""]);
        let Kept::Found(found) = cache.read(&key(1), 2) else {
            panic!("it was kept");
        };
        assert_eq!(found, [b"abc".to_vec(), Vec::new()]);
        assert!(matches!(cache.read(&key(1), 3), Kept::Damaged(_)));
        assert!(matches!(cache.read(&key(2), 2), Kept::Absent));
        let path = cache.path(&key(1));
        let sound = fs::read(&path).unwrap();
        for place in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[place] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(
                matches!(cache.read(&key(1), 2), Kept::Damaged(_)),
                "{place}"
            );
            fs::write(&path, &sound[..place]).unwrap();
            assert!(
                matches!(cache.read(&key(1), 2), Kept::Damaged(_)),
                "{place}"
            );
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let age = |number: u8, seconds: u64| {
            let file = File::options().append(true).open(cache.path(&key(number)));
            let time = SystemTime::now() - Duration::from_secs(seconds);
            file.unwrap().set_modified(time).unwrap();
        };
        for number in 0..MAX_FILES as u8 {
            cache.write(&key(number), &[&[number]]);
            age(number, 1_000 - u64::from(number));
        }
        // The oldest is used again.
        assert!(matches!(cache.read(&key(0), 1), Kept::Found(_)));
        cache.write(&key(100), &[b"new"]);
        assert!(matches!(cache.read(&key(0), 1), Kept::Found(_)));
        assert!(matches!(cache.read(&key(1), 1), Kept::Absent));
        assert!(matches!(cache.read(&key(2), 1), Kept::Found(_)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), MAX_FILES);
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        let cache = Cache::in_folder(&file);
        cache.write(&key(1), &[b"abc"]);
        assert!(!matches!(cache.read(&key(1), 1), Kept::Found(_)));
        assert_eq!(fs::read(&file).unwrap(), b"in the way");
    }
}
