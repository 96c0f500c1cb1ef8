//! The known sets: what their files are called, where they are published and their sums.
//!
//! Owns [`KnownSet`] and its tables. How a file is checked against them is [`SetFiles`]', where
//! files are looked for [`crate::Lookup`]'s, how they are fetched `download`'s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
/// Those of EMNIST's digits, and their numbers.
const EMNIST_DIGITS_FILES: [&str; 4] = [
    "emnist-digits-train-images-idx3-ubyte",
    "emnist-digits-train-labels-idx1-ubyte",
    "emnist-digits-test-images-idx3-ubyte",
    "emnist-digits-test-labels-idx1-ubyte",
];
const EMNIST_DIGITS_TRAIN: usize = 240_000;
const EMNIST_DIGITS_TEST: usize = 40_000;
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
const KMNIST_CLASSES: [&str; 10] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];

/// A set that the program knows by name, in ten classes; all but EMNIST's have 60,000 training and 10,000 test images.
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
}

impl KnownSet {
    /// All known sets.
    pub const ALL: [Self; 4] = [
        Self::Mnist,
        Self::FashionMnist,
        Self::Kmnist,
        Self::EmnistDigits,
    ];

    /// The name by which users know the set.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Kmnist => "kmnist",
            Self::EmnistDigits => "emnist-digits",
        }
    }

    /// Whether the set is of digits, so that drawn digits may stand in for it.
    #[must_use]
    pub fn is_of_digits(self) -> bool {
        self.class_names() == digit_names()
    }

    /// The names of the ten classes, in the order of the labels.
    #[must_use]
    pub fn class_names(self) -> Vec<String> {
        match self {
            Self::Mnist | Self::EmnistDigits => digit_names(),
            Self::FashionMnist => FASHION_MNIST_CLASSES.map(String::from).to_vec(),
            Self::Kmnist => KMNIST_CLASSES.map(String::from).to_vec(),
        }
    }

    /// Files, mirrors and sums of the set.
    #[must_use]
    pub fn files(self) -> SetFiles {
        let (sums, mirrors): (_, &[&str]) = match self {
            Self::Mnist => (MNIST_SHA256.map(sha256), &MNIST_MIRRORS),
            Self::FashionMnist => (FASHION_MNIST_MD5.map(md5), &FASHION_MNIST_MIRRORS),
            Self::Kmnist => (KMNIST_MD5.map(md5), &KMNIST_MIRRORS),
            Self::EmnistDigits => (
                [Sum::Unknown, Sum::Unknown, Sum::Unknown, Sum::Unknown],
                &[],
            ),
        };
        let is_emnist = self == Self::EmnistDigits;
        let (names, num_train, num_test) = if is_emnist {
            (EMNIST_DIGITS_FILES, EMNIST_DIGITS_TRAIN, EMNIST_DIGITS_TEST)
        } else {
            (FILE_NAMES, NUM_TRAIN, NUM_TEST)
        };
        let [train_images, train_labels, test_images, test_labels] = sums;
        let file = |index: usize, kind, num_items, sum| SetFile {
            name: names[index].to_owned(),
            kind,
            num_items,
            sum,
        };
        SetFiles {
            name: self.name().to_owned(),
            class_names: self.class_names(),
            mirrors: mirrors.iter().map(|&mirror| mirror.into()).collect(),
            published: if is_emnist { EMNIST_PUBLISHED } else { "" },
            is_transposed: is_emnist,
            reads_mnist_dir: self == Self::Mnist,
            train_images: file(0, FileKind::Images, num_train, train_images),
            train_labels: file(1, FileKind::Labels, num_train, train_labels),
            test_images: file(2, FileKind::Images, num_test, test_images),
            test_labels: file(3, FileKind::Labels, num_test, test_labels),
        }
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
        let expected = "there is no known data set `emnist`: expected mnist, fashion-mnist, kmnist or emnist-digits";
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
            assert_eq!(files.class_names.len(), 10);
            assert_eq!(files.is_transposed, set == KnownSet::EmnistDigits);
            if set == KnownSet::EmnistDigits {
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
            assert_eq!(files.reads_mnist_dir, set == KnownSet::Mnist);
            assert_eq!(set.is_of_digits(), set == KnownSet::Mnist);
        }
    }
}
