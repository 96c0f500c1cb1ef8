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
}

/// An image as its file has it.
#[derive(Debug)]
pub enum Content {
    /// A picture's bytes, not decoded yet.
    Picture(Vec<u8>),
    /// `[IMAGE_PIXELS]` in MNIST's form.
    Pixels(Box<[u8; IMAGE_PIXELS]>),
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
