//! Pictures with the labels that people say are right, kept to train on.
//!
//! Owns the folder: `FOLDER/CLASS/HASH.png`, a set as `train` reads sets. A picture lies in one class, the one that
//! was said last.

use super::problem::{Problem, Reason};
use base::files::{Existing, write_whole};
use base::hexadecimal;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Letters of a picture's sum that its name has.
const NAME_LETTERS: usize = 16;

/// The folder, and how many pictures are in it.
pub(super) struct Collection {
    folder: PathBuf,
    max_pictures: usize,
    num_pictures: Mutex<usize>,
}

impl Collection {
    /// Opens the folder, which is made where it is not there.
    pub(super) fn open(folder: &Path, max_pictures: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut num_pictures = 0;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                num_pictures += fs::read_dir(&path)?.count();
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            max_pictures,
            num_pictures: Mutex::new(num_pictures),
        })
    }

    /// Keeps a picture, whose `bytes` are of the format that `extension` names; returns its path below the folder.
    pub(super) fn keep(
        &self,
        bytes: &[u8],
        extension: &str,
        class: &str,
        classes: &[String],
    ) -> Result<String, Problem> {
        let sum = hexadecimal(&Sha256::digest(bytes));
        let file = format!("{}.{extension}", &sum[..NAME_LETTERS]);
        let mut num_pictures = self
            .num_pictures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let path_in = |class: &str| self.folder.join(folder_name(class)).join(&file);
        let others = classes.iter().filter(|other| *other != class);
        let others: Vec<PathBuf> = others.map(|other| path_in(other)).collect();
        let num_before = others.iter().filter(|path| path.exists()).count();
        let path = path_in(class);
        let is_new = num_before == 0 && !path.exists();
        if is_new && *num_pictures >= self.max_pictures {
            let most = self.max_pictures;
            let message = format!("{most} pictures were kept already, which is all there may be");
            let hint = "start the service with another folder for --collect";
            return Err(Problem::new(Reason::CollectionFull, message, hint));
        }
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            write_whole(&path, bytes, Existing::Replace)?;
            for other in others.iter().filter(|other| other.exists()) {
                fs::remove_file(other)?;
            }
            Ok(())
        };
        write().map_err(|error: io::Error| {
            Problem::failed(format!("the picture could not be kept: {error}"))
        })?;
        *num_pictures += usize::from(is_new);
        Ok(format!("{}/{file}", folder_name(class)))
    }
}

/// No name of a class may lead out of the folder.
fn folder_name(class: &str) -> String {
    class.replace(['/', '\\'], "-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_last_word_counts_and_there_is_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let classes = ["3", "../4", "5"].map(String::from);
        let collection = Collection::open(folder.path(), 2).unwrap();
        let keep = |bytes: &[u8], class: &str| collection.keep(bytes, "png", class, &classes).ok();
        let first = keep(b"one", "3").unwrap();
        assert!(folder.path().join(&first).is_file());
        let moved = keep(b"one", "../4").unwrap();
        assert!(moved.starts_with("..-4/") && folder.path().join(&moved).is_file());
        assert!(!folder.path().join(&first).exists());
        assert!(keep(b"two", "5").is_some() && keep(b"three", "5").is_none());
        assert!(keep(b"two", "3").is_some(), "one that is there may move");
        let again = Collection::open(folder.path(), 2).unwrap();
        assert!(again.keep(b"four", "png", "5", &classes).is_err());
    }
}
