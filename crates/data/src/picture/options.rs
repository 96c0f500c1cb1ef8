//! What may be asked of the preparation of pictures, and why it may fail.

use crate::decode::DecodeError;

/// What the preparation does where it is asked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureOptions {
    /// Sets slanting digits upright, by a shear along their rows.
    pub deskew: bool,
    /// Keeps slashes among the digits of a picture of many, since a 1 may look like one: they are clusters that know it.
    pub keeps_slashes: bool,
}

/// Why a picture does not become an image.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A side is zero pixels long.
    #[error("the picture is empty: {width}×{height} pixels")]
    Empty {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// A page of specks or patterns, and of no numbers.
    #[error(
        "the picture has {found} marks apart, expected at most {limit}: is it a page of numbers?"
    )]
    TooManyMarks {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// All paper, or all ink.
    #[error("no ink found: the picture is of one colour, or nearly")]
    NoInk,
    /// The file gives no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}
