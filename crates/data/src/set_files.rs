//! What the four files of a set must hold, and the check that they do.
//!
//! Owns [`SetFiles`] and the comparison with published sums. Which sets there are is `mnist`'s.

use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::idx;
use crate::unpack::Contents;
use base::IMAGE_PIXELS;
use base::hexadecimal;

/// The four files of a set and where they are published.
///
/// [`crate::KnownSet::files`] fills it in; a set of one's own in the same format can be described too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFiles {
    /// The name by which users know the set, and of its folder in the cache.
    pub name: String,
    /// The names of the classes, in the order of the labels.
    pub class_names: Vec<String>,
    /// Addresses of folders that hold each file as `NAME.gz`, in the order to try them.
    pub mirrors: Vec<String>,
    /// What else to try where it has no mirrors, in words.
    pub published: &'static str,
    /// Whether its images have x and y exchanged.
    pub is_transposed: bool,
    /// Whether the environment variable `MNIST_DIR` is about this set.
    pub reads_mnist_dir: bool,
    /// The training images.
    pub train_images: SetFile,
    /// The labels of the training images.
    pub train_labels: SetFile,
    /// The test images.
    pub test_images: SetFile,
    /// The labels of the test images.
    pub test_labels: SetFile,
}

impl SetFiles {
    /// All four files.
    pub(crate) fn all(&self) -> [&SetFile; 4] {
        [
            &self.train_images,
            &self.train_labels,
            &self.test_images,
            &self.test_labels,
        ]
    }
}

/// One file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFile {
    /// Its name without `.gz`, such as `train-images-idx3-ubyte`.
    pub name: String,
    /// What it holds.
    pub kind: FileKind,
    /// Number of its images or labels.
    pub num_items: usize,
    /// Their number in another edition of the set, where there is one.
    pub num_items_otherwise: Option<usize>,
    /// The published sum.
    pub sum: Sum,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Images, `[num_items * IMAGE_PIXELS]`.
    Images,
    /// Labels, `[num_items]`, numbered from `first` to `last` in the file and from 0 once they are read.
    Labels {
        /// The label of the first class.
        first: u8,
        /// The label of the last class.
        last: u8,
    },
}

impl FileKind {
    /// Labels that are digits.
    pub const DIGITS: Self = Self::Labels { first: 0, last: 9 };
}

/// The sum by which a file is known to be the published one, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sum {
    /// SHA-256 of the unpacked contents: holds however the file is packed.
    Sha256Unpacked(String),
    /// MD5 of the gzipped file as published: says nothing about a copy packed in another way.
    Md5Published(String),
    /// None is at hand: number and form of the items are all that is checked.
    Unknown,
}

/// Pixels or labels of a file, and whether a sum vouches for them.
pub(crate) struct Checked {
    pub(crate) items: Vec<u8>,
    pub(crate) is_verified: bool,
}

impl SetFile {
    fn item_bytes(&self) -> usize {
        match self.kind {
            FileKind::Images => IMAGE_PIXELS,
            FileKind::Labels { .. } => 1,
        }
    }

    fn most_items(&self) -> usize {
        self.num_items.max(self.num_items_otherwise.unwrap_or(0))
    }

    /// The most bytes that the file can have, packed or not: no packer makes it much longer.
    pub(crate) fn max_stored_bytes(&self) -> u64 {
        let num_bytes = (self.most_items() * self.item_bytes()) as u64;
        num_bytes + num_bytes / 8 + 4096
    }

    /// Reads the file from `bytes`, packed or not, and checks kind, number and sum. `path` is
    /// where they came from. Memory is bounded by the number of items the file should have.
    ///
    /// An MD5 that disagrees is no error here (the copy may be packed in another way); it shows in
    /// `is_verified`.
    pub(crate) fn check(&self, bytes: &[u8], path: &Path) -> Result<Checked, DataError> {
        let contents = Contents::from_bytes(bytes, path)?;
        let mut items = match self.kind {
            FileKind::Images => idx::decode_images(contents, self.most_items())?,
            FileKind::Labels { first, last } => {
                idx::decode_labels(contents, self.most_items(), &(first..=last))?
            }
        };
        let num_items = items.len() / self.item_bytes();
        if ![Some(self.num_items), self.num_items_otherwise].contains(&Some(num_items)) {
            return Err(DataError::Format {
                path: path.into(),
                offset: 4,
                expected: format!("{} items", self.num_items),
                found: num_items.to_string(),
            });
        }
        let is_verified = match &self.sum {
            Sum::Unknown => false,
            Sum::Md5Published(expected) => hexadecimal(&Md5::digest(bytes)) == *expected,
            Sum::Sha256Unpacked(expected) => {
                let header = match self.kind {
                    FileKind::Images => idx::image_header(num_items),
                    FileKind::Labels { .. } => idx::label_header(num_items),
                };
                // Header and items are the whole file: the reader has accepted nothing else.
                let digest = Sha256::new()
                    .chain_update(header)
                    .chain_update(&items)
                    .finalize();
                check_sum(path, "SHA-256 of the unpacked contents", expected, &digest)?;
                true
            }
        };
        if let FileKind::Labels { first, .. } = self.kind {
            for label in &mut items {
                *label -= first;
            }
        }
        Ok(Checked { items, is_verified })
    }

    /// Like [`Self::check`], for a file fresh from a mirror: every sum must agree.
    pub(crate) fn check_published(&self, bytes: &[u8], path: &Path) -> Result<(), DataError> {
        self.check(bytes, path)?;
        match &self.sum {
            Sum::Md5Published(expected) => check_sum(path, "MD5", expected, &Md5::digest(bytes)),
            Sum::Sha256Unpacked(_) | Sum::Unknown => Ok(()),
        }
    }
}

fn check_sum(
    path: &Path,
    algorithm: &'static str,
    expected: &str,
    digest: &[u8],
) -> Result<(), DataError> {
    let found = hexadecimal(digest);
    if found == expected {
        return Ok(());
    }
    Err(DataError::Checksum {
        path: path.into(),
        algorithm,
        expected: expected.into(),
        found,
    })
}
