//! Names that go together: those of images and of their labels.
//!
//! Owns the words by which a name says which of the two it is, for files beside each other and for arrays in one
//! file alike: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, `x_train` and `y_train`.

use std::fs;
use std::path::{Path, PathBuf};

/// Words for images and for labels in names.
const IMAGE_WORDS: [&str; 9] = [
    "images", "image", "imgs", "img", "x", "data", "pixels", "inputs", "features",
];
const LABEL_WORDS: [&str; 7] = [
    "labels", "label", "lbls", "y", "target", "targets", "outputs",
];
/// Words that tell of the format alone.
const FORMAT_WORDS: [&str; 14] = [
    "ubyte", "byte", "short", "int", "float", "double", "idx", "idx1", "idx2", "idx3", "idx4",
    "npy", "npz", "gz",
];
const PACKING_WORDS: [&str; 4] = ["bz2", "xz", "zst", "zip"];

/// What a name says that something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Images,
    Labels,
}

/// A name without what tells images from labels and formats from each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stem {
    pub(crate) role: Option<Role>,
    rest: Vec<String>,
}

impl Stem {
    /// Of the name of a file or an array.
    pub(crate) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let (mut role, mut rest) = (None, Vec::new());
        for word in name.split(|letter: char| !letter.is_ascii_alphanumeric()) {
            if FORMAT_WORDS.contains(&word) || PACKING_WORDS.contains(&word) {
                continue;
            }
            let of_word = if IMAGE_WORDS.contains(&word) {
                Some(Role::Images)
            } else if LABEL_WORDS.contains(&word) {
                Some(Role::Labels)
            } else {
                None
            };
            match of_word {
                // The last word counts: `emnist-digits-train-images` is of images.
                Some(found) => role = Some(found),
                None => rest.push(word.to_owned()),
            }
        }
        Self { role, rest }
    }

    /// Whether the two are images and their labels, as far as names tell.
    pub(crate) fn goes_with(&self, labels: &Self) -> bool {
        labels.role == Some(Role::Labels) && self.role != labels.role && self.rest == labels.rest
    }
}

/// The file of labels that lies beside a file of images, packed or not. Of several, the one whose name is most like
/// that of the images.
pub(crate) fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let stem = Stem::of(name);
    stem.role.filter(|role| *role == Role::Images)?;
    let extension = images.extension();
    let entries = fs::read_dir(base::files::parent(images)).ok()?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|other| !other.starts_with('.') && stem.goes_with(&Stem::of(other)))
        .map(|other| images.with_file_name(other))
        .filter(|path| path.is_file())
        .collect();
    found.sort_by_key(|path| (path.extension() != extension, path.clone()));
    found.into_iter().next()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn images_and_labels_find_each_other_by_their_names() {
        let pairs = [
            ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
            ("TRAIN-IMAGES-IDX3-UBYTE.gz", "train-labels.idx1-ubyte"),
            ("t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
            (
                "qmnist-test-images-idx3-ubyte.gz",
                "qmnist-test-labels-idx2-int.gz",
            ),
            (
                "emnist-digits-test-images-idx3-ubyte",
                "emnist-digits-test-labels-idx1-ubyte",
            ),
            ("x_train.npy", "y_train.npy"),
            ("X.npy", "Y.npy"),
            ("kmnist-train-imgs.npz", "kmnist-train-labels.npz"),
            ("data", "target"),
        ];
        for (images, labels) in pairs {
            assert!(
                Stem::of(images).goes_with(&Stem::of(labels)),
                "{images}, {labels}"
            );
            assert!(
                !Stem::of(labels).goes_with(&Stem::of(images)),
                "{images}, {labels}"
            );
        }
        for (images, labels) in [
            ("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
            ("x_train.npy", "y_test.npy"),
            ("x_train.npy", "x_train.npz"),
        ] {
            assert!(
                !Stem::of(images).goes_with(&Stem::of(labels)),
                "{images}, {labels}"
            );
        }
    }

    #[test]
    fn of_several_files_of_labels_the_one_packed_alike_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert_eq!(labels_beside(&at("images.npy")), None);
        for name in [
            "labels.npy.gz",
            "labels.npy",
            ".labels.npy",
            "test-labels.npy",
        ] {
            fs::write(at(name), "").unwrap();
        }
        assert_eq!(labels_beside(&at("images.npy")), Some(at("labels.npy")));
        assert_eq!(
            labels_beside(&at("images.npy.gz")),
            Some(at("labels.npy.gz"))
        );
    }
}
