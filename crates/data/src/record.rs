//! One image of a file of many, as its reader hands it over.
//!
//! Owns [`Record`], and that panics of others' readers are errors. Knows no format.

use std::path::Path;

use crate::error::DataError;
use base::{IMAGE_PIXELS, guarded};

/// One image of a file of many.
#[derive(Debug)]
pub struct Record {
    /// `FILE#INDEX`, counted from 0, or `FILE#MEMBER`.
    pub name: String,
    /// The image.
    pub content: Content,
    /// The label as the file has it; -1 often stands for none.
    pub label: Option<i64>,
    /// What it is for, where its file says so.
    pub part: Part,
}

/// What an image is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Nothing says so.
    #[default]
    Unknown,
    /// To train on.
    Train,
    /// To choose the weights by.
    Validation,
    /// For the test.
    Test,
}

/// An image as its file has it.
#[derive(Debug)]
pub enum Content {
    /// A picture's bytes, not decoded yet.
    Picture(Vec<u8>),
    /// `[IMAGE_PIXELS]` in MNIST's form.
    Pixels(Box<[u8; IMAGE_PIXELS]>),
}

impl Part {
    /// What the name of a folder, an array or a file begins with: `train`, `x_test`, `T10K`, `val` …
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
        words
            .map(Self::of_word)
            .find(|part| *part != Self::Unknown)
            .unwrap_or_default()
    }

    /// A word in lower case.
    fn of_word(word: &str) -> Self {
        match word {
            "train" | "training" => Self::Train,
            "val" | "valid" | "validation" | "dev" => Self::Validation,
            "test" | "testing" | "t10k" => Self::Test,
            _ => Self::Unknown,
        }
    }
}

/// What a reader made by others yields: its panics are errors.
pub(crate) fn guarded_reading<T>(
    path: &Path,
    place: &str,
    read: impl FnOnce() -> Result<T, String>,
) -> Result<T, DataError> {
    let outcome = guarded(read).unwrap_or_else(|panic| Err(format!("the reader failed: {panic}")));
    outcome.map_err(|reason| DataError::Container {
        path: path.into(),
        place: place.into(),
        reason,
    })
}
