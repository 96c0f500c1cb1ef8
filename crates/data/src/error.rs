//! What can go wrong between bytes and images, said so that users can mend it.
//!
//! Owns [`DataError`]: every message says what, where (path with byte offset, line or column) and
//! what was expected. Does not decide what a program does about it.

mod hint;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::foreign::Foreign;

/// Why images or labels could not be had.
#[derive(Debug, Error)]
pub enum DataError {
    /// The operating system refused to open, read or write something.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, such as "read".
        action: &'static str,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// A binary file is not what it should be.
    #[error("{}, byte {offset}: expected {expected}, found {found}", path.display())]
    Format {
        /// The file, or the address it was fetched from.
        path: PathBuf,
        /// Where in the (unpacked) contents, in bytes from their start.
        offset: u64,
        /// What a sound file has there.
        expected: String,
        /// What this file has there.
        found: String,
    },
    /// A text file has a record that cannot be an image.
    #[error("{}, line {line}{}: expected {expected}, found {found}", path.display(), in_column(column.as_deref()))]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The column by number and, where there is a header, by name; `None` for a whole record.
        column: Option<String>,
        /// What a sound record has there.
        expected: String,
        /// What this record has there.
        found: String,
    },
    /// More rows were asked for than there are.
    #[error("{} has {available} rows, but {requested} were asked for", path.display())]
    TooFewRows {
        /// The file.
        path: PathBuf,
        /// How many rows were asked for.
        requested: usize,
        /// How many rows there are.
        available: usize,
    },
    /// Images and labels do not pair up.
    #[error("{} has {num_images} images, but {} has {num_labels} labels", images.display(), labels.display())]
    CountMismatch {
        /// The file of the images.
        images: PathBuf,
        /// The file of the labels.
        labels: PathBuf,
        /// Number of images.
        num_images: usize,
        /// Number of labels.
        num_labels: usize,
    },
    /// A folder is not laid out as folders of classes.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Layout {
        /// The folder.
        path: PathBuf,
        /// What a sound folder has.
        expected: String,
        /// What this folder has.
        found: String,
    },
    /// There is nothing there to train or to be measured on.
    #[error("{}: expected {expected}, found {found}", path.display())]
    NoSet {
        /// The file or folder.
        path: PathBuf,
        /// What was looked for.
        expected: String,
        /// What is there instead.
        found: String,
    },
    /// A class of test images that the training images have not.
    #[error("{}: expected the classes to train on ({}), found `{class}`", path.display(), known.join(", "))]
    UnknownClass {
        /// The file or folder of the test images.
        path: PathBuf,
        /// The class, by its name or number.
        class: String,
        /// The classes of the training images, in the order of their labels.
        known: Vec<String>,
    },
    /// A picture cannot be decoded or turned into 28×28 pixels.
    #[error("{}: {reason}", path.display())]
    Picture {
        /// The picture.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file of a kind that is not read.
    #[error("{} is {what}, which is not read", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do with it.
        way_out: &'static str,
    },
    /// A file of many images cannot be read on from some place.
    #[error("{}, {place}: {reason}", path.display())]
    Container {
        /// The file.
        path: PathBuf,
        /// Where: its footer, its schema, a row counted from 0.
        place: String,
        /// Why not.
        reason: String,
    },
    /// A file does not hold what was published under its name.
    #[error("{} is not the published file: expected {algorithm} {expected}, found {found}", path.display())]
    Checksum {
        /// The file, or the address it was fetched from.
        path: PathBuf,
        /// Which checksum, and of what.
        algorithm: &'static str,
        /// The published checksum, in lower-case hexadecimal.
        expected: String,
        /// The checksum of this file.
        found: String,
    },
    /// A folder that the user named lacks files of the set.
    #[error("{named_by} {} {}", dir.display(), lacking(*exists, set, missing))]
    MissingFiles {
        /// The set's name.
        set: String,
        /// Who named the folder: "the data folder" or "`MNIST_DIR`".
        named_by: String,
        /// The folder.
        dir: PathBuf,
        /// Whether the folder exists at all.
        exists: bool,
        /// The files it lacks.
        missing: Vec<String>,
    },
    /// The set is neither on disk nor to be had from any mirror: the one error after which drawn
    /// digits may stand in, and only for a set of digits. A file that is there but wrong is never reported as this.
    #[error("{set} is not available:{}", listed(tried))]
    NotAvailable {
        /// The set's name.
        set: String,
        /// Whether the set is of digits, so that drawn digits may stand in for it.
        stand_in: bool,
        /// Whether downloads were forbidden.
        offline: bool,
        /// Each place that was tried, with what was wrong there.
        tried: Vec<String>,
    },
    /// No known set has this name.
    #[error(
        "there is no known data set `{name}`: expected mnist, fashion-mnist, kmnist, emnist-digits, \
         emnist-letters or emnist-balanced"
    )]
    UnknownSet {
        /// What was asked for.
        name: String,
    },
    /// No format of sets has this name.
    #[error("there is no format `{name}`: expected csv, png, idx or parquet")]
    UnknownFormat {
        /// What was asked for.
        name: String,
    },
    /// The validation part would leave nothing to train on.
    #[error(
        "cannot set {requested} images aside for validation: \
         expected fewer than the {available} there are"
    )]
    Split {
        /// How many images were to be set aside.
        requested: usize,
        /// How many images there are.
        available: usize,
    },
}

impl DataError {
    /// Of a file of a kind that is not read.
    pub(crate) fn foreign(path: &Path, foreign: Foreign) -> Self {
        Self::Foreign {
            path: path.into(),
            what: foreign.what,
            way_out: foreign.way_out,
        }
    }

    /// About a file that has another name for people: `from` becomes `to` in its path.
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        if let Self::Format { path, .. }
        | Self::Record { path, .. }
        | Self::Picture { path, .. }
        | Self::Container { path, .. } = &mut self
        {
            *path = path.display().to_string().replacen(from, to, 1).into();
        }
        self
    }

    /// Whether it is about one image, and others of its file may be read all the same.
    pub(crate) fn is_of_one_image(&self) -> bool {
        matches!(self, Self::Picture { .. } | Self::Record { .. })
    }

    /// For `map_err`: an [`DataError::Io`] about `path`.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.into(),
            action,
            source,
        }
    }
}

fn in_column(column: Option<&str>) -> String {
    column
        .map(|column| format!(", column {column}"))
        .unwrap_or_default()
}

fn lacking(exists: bool, set: &str, missing: &[String]) -> String {
    if exists {
        format!("lacks {} of {set}", missing.join(", "))
    } else {
        format!("does not exist, so {set} cannot be read from it")
    }
}

fn listed(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + "\n  " + line)
}

#[cfg(test)]
mod tests;
