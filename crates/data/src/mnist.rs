//! The known sets: what their files are called, where they are published and their sums.
//!
//! Owns [`KnownSet`] and its tables. How a file is checked against them is [`SetFiles`]', where
//! files are looked for [`crate::Lookup`]'s, how they are fetched `download`'s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::classes::are_digits;
use crate::error::DataError;
use crate::images::digit_names;
use crate::set_files::{FileKind, SetFile, SetFiles, Sum};

/// The names of the four files: images and labels for training, then for the test.
pub(crate) const FILE_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];
const NUM_TRAIN: usize = 60_000;
const NUM_TEST: usize = 10_000;
/// EMNIST has no files of its own anywhere.
const EMNIST_PUBLISHED: &str = "it is published in one archive with EMNIST's other sets, \
    https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip: unpack its four files into a folder";

/// SHA-256 of the unpacked files, which does not depend on how they were packed.
const MNIST_SHA256: [&str; 4] = [
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
];
/// MD5 of the gzipped files as published by Zalando Research.
const FASHION_MNIST_MD5: [&str; 4] = [
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
];
/// MD5 of the gzipped files as published by the ROIS-DS Center for Open Data in the Humanities.
const KMNIST_MD5: [&str; 4] = [
    "bdb82020997e1d708af4cf47b453dcf7",
    "e144d726b3acfaa3e44228e80efcd344",
    "5c965bf0a639b31b8f53240b1b52f4d7",
    "7320c461ea6c1c855c0b718fb2a4b134",
];

const MNIST_MIRRORS: [&str; 2] = [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
];
const FASHION_MNIST_MIRRORS: [&str; 2] = [
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
];
const KMNIST_MIRRORS: [&str; 2] = [
    "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
];

const FASHION_MNIST_CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];
/// The letters of `emnist-letters`, of which capitals and small ones are one class.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The classes of `emnist-balanced`: small letters that look like their capitals are one class with them.
const BALANCED: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";
const KMNIST_CLASSES: [&str; 10] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];

/// A set that the program knows by name; all but EMNIST's have ten classes, 60,000 training and 10,000 test images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownSet {
    /// Handwritten digits (`LeCun`, Cortes and Burges 1998), `mnist`.
    Mnist,
    /// Clothes (Xiao, Rasul and Vollgraf 2017), `fashion-mnist`.
    FashionMnist,
    /// Cursive Japanese characters (Clanuwat and others 2018), `kmnist`.
    Kmnist,
    /// The digits of EMNIST (Cohen, Afshar, Tapson and van Schaik 2017): 240,000 and 40,000, turned upright.
    EmnistDigits,
    /// The letters of EMNIST in 26 classes, `emnist-letters`: 124,800 and 20,800, or 88,800 and 14,800 of an older
    /// edition, turned upright.
    EmnistLetters,
    /// Digits and letters of EMNIST in 47 classes, `emnist-balanced`: 112,800 and 18,800, turned upright.
    EmnistBalanced,
}

impl KnownSet {
    /// All known sets.
    pub const ALL: [Self; 6] = [
        Self::Mnist,
        Self::FashionMnist,
        Self::Kmnist,
        Self::EmnistDigits,
        Self::EmnistLetters,
        Self::EmnistBalanced,
    ];

    /// The name by which users know the set.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Kmnist => "kmnist",
            Self::EmnistDigits => "emnist-digits",
            Self::EmnistLetters => "emnist-letters",
            Self::EmnistBalanced => "emnist-balanced",
        }
    }

    /// Whether the set is of digits, so that drawn digits may stand in for it.
    #[must_use]
    pub fn is_of_digits(self) -> bool {
        are_digits(&self.class_names())
    }

    /// The names of the classes, in the order of the labels.
    #[must_use]
    pub fn class_names(self) -> Vec<String> {
        match self {
            Self::Mnist | Self::EmnistDigits => digit_names(),
            Self::FashionMnist => FASHION_MNIST_CLASSES.map(String::from).to_vec(),
            Self::Kmnist => KMNIST_CLASSES.map(String::from).to_vec(),
            Self::EmnistLetters => LETTERS.chars().map(String::from).collect(),
            Self::EmnistBalanced => BALANCED.chars().map(String::from).collect(),
        }
    }

    /// Files, mirrors and sums of the set.
    #[must_use]
    pub fn files(self) -> SetFiles {
        let (sums, mirrors): (_, &[&str]) = match self {
            Self::Mnist => (MNIST_SHA256.map(sha256), &MNIST_MIRRORS),
            Self::FashionMnist => (FASHION_MNIST_MD5.map(md5), &FASHION_MNIST_MIRRORS),
            Self::Kmnist => (KMNIST_MD5.map(md5), &KMNIST_MIRRORS),
            Self::EmnistDigits | Self::EmnistLetters | Self::EmnistBalanced => (
                [Sum::Unknown, Sum::Unknown, Sum::Unknown, Sum::Unknown],
                &[],
            ),
        };
        let class_names = self.class_names();
        // EMNIST numbers its letters from 1.
        let first = u8::from(self == Self::EmnistLetters);
        let last = first + class_names.len().saturating_sub(1) as u8;
        let labels = FileKind::Labels { first, last };
        let [train, test] = self.num_images();
        let [train_images, train_labels, test_images, test_labels] = sums;
        let file = |index: usize, kind, (num_items, num_items_otherwise), sum| SetFile {
            name: self.file_name(index),
            kind,
            num_items,
            num_items_otherwise,
            sum,
        };
        SetFiles {
            name: self.name().to_owned(),
            class_names,
            mirrors: mirrors.iter().map(|&mirror| mirror.into()).collect(),
            published: if self.is_emnist() {
                EMNIST_PUBLISHED
            } else {
                ""
            },
            is_transposed: self.is_emnist(),
            reads_mnist_dir: self == Self::Mnist,
            train_images: file(0, FileKind::Images, train, train_images),
            train_labels: file(1, labels, train, train_labels),
            test_images: file(2, FileKind::Images, test, test_images),
            test_labels: file(3, labels, test, test_labels),
        }
    }

    fn is_emnist(self) -> bool {
        match self {
            Self::EmnistDigits | Self::EmnistLetters | Self::EmnistBalanced => true,
            Self::Mnist | Self::FashionMnist | Self::Kmnist => false,
        }
    }

    /// How many training and test images it has, and how many in another edition.
    fn num_images(self) -> [(usize, Option<usize>); 2] {
        match self {
            Self::Mnist | Self::FashionMnist | Self::Kmnist => {
                [(NUM_TRAIN, None), (NUM_TEST, None)]
            }
            Self::EmnistDigits => [(240_000, None), (40_000, None)],
            Self::EmnistLetters => [(124_800, Some(88_800)), (20_800, Some(14_800))],
            Self::EmnistBalanced => [(112_800, None), (18_800, None)],
        }
    }

    /// What the file at this place of [`FILE_NAMES`] is called; EMNIST's say which of its sets they are of.
    fn file_name(self, index: usize) -> String {
        if self.is_emnist() {
            let name = FILE_NAMES[index].replace("t10k", "test");
            return format!("{}-{name}", self.name());
        }
        FILE_NAMES[index].to_owned()
    }
}

impl fmt::Display for KnownSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for KnownSet {
    type Err = DataError;

    fn from_str(name: &str) -> Result<Self, DataError> {
        let known = Self::ALL.into_iter().find(|set| set.name() == name);
        known.ok_or_else(|| DataError::UnknownSet { name: name.into() })
    }
}

fn sha256(hexadecimal: &str) -> Sum {
    Sum::Sha256Unpacked(hexadecimal.into())
}

fn md5(hexadecimal: &str) -> Sum {
    Sum::Md5Published(hexadecimal.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for set in KnownSet::ALL {
            assert_eq!(set.to_string().parse::<KnownSet>().ok(), Some(set));
            assert_eq!(serde_name(set), set.name());
        }
        let error = "emnist"
            .parse::<KnownSet>()
            .err()
            .map(|error| error.to_string());
        let expected = "there is no known data set `emnist`: expected mnist, fashion-mnist, kmnist, \
            emnist-digits, emnist-letters or emnist-balanced";
        assert_eq!(error.as_deref(), Some(expected));
    }

    fn serde_name(set: KnownSet) -> String {
        use serde::de::{IntoDeserializer, value::Error};
        let name: serde::de::value::StrDeserializer<'_, Error> = set.name().into_deserializer();
        KnownSet::deserialize(name).map_or_else(|error| error.to_string(), |set| set.to_string())
    }

    #[test]
    fn every_set_has_sums_and_two_mirrors_with_https_first() {
        for set in KnownSet::ALL {
            let files = set.files();
            assert_eq!(files.is_transposed, set.is_emnist());
            if set.is_emnist() {
                assert!(files.mirrors.is_empty() && files.published.contains("https://"));
                continue;
            }
            assert!(files.mirrors.len() >= 2 && files.mirrors[0].starts_with("https://"));
            for file in files.all() {
                let (sum, num_digits) = match &file.sum {
                    Sum::Sha256Unpacked(sum) => (sum, 64),
                    Sum::Md5Published(sum) => (sum, 32),
                    Sum::Unknown => panic!("{} has no sum", file.name),
                };
                assert_eq!(sum.len(), num_digits, "{}", file.name);
            }
            assert_eq!(files.class_names.len(), 10);
            assert_eq!(files.reads_mnist_dir, set == KnownSet::Mnist);
            assert_eq!(set.is_of_digits(), set == KnownSet::Mnist);
        }
    }
    #[test]
    fn the_sets_of_emnist_have_their_own_files_and_classes() {
        let letters = KnownSet::EmnistLetters.files();
        assert_eq!(
            letters.train_images.name,
            "emnist-letters-train-images-idx3-ubyte"
        );
        assert_eq!(
            letters.test_labels.name,
            "emnist-letters-test-labels-idx1-ubyte"
        );
        assert_eq!(
            letters.train_labels.kind,
            FileKind::Labels { first: 1, last: 26 }
        );
        assert_eq!(letters.class_names.concat(), LETTERS);
        let balanced = KnownSet::EmnistBalanced.files();
        assert_eq!(
            balanced.test_images.name,
            "emnist-balanced-test-images-idx3-ubyte"
        );
        assert_eq!(
            balanced.test_labels.kind,
            FileKind::Labels { first: 0, last: 46 }
        );
        let names = &balanced.class_names;
        assert_eq!(
            (names.len(), &*names[10], &*names[36], &*names[46]),
            (47, "A", "a", "t")
        );
        assert_eq!(
            KnownSet::EmnistDigits.files().train_labels.kind,
            FileKind::DIGITS
        );
        assert!(KnownSet::EmnistDigits.is_of_digits() && !KnownSet::EmnistBalanced.is_of_digits());
    }
}
