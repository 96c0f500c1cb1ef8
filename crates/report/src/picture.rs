//! Pixels: PNG files, sheets of tiles for pages, and how weights become pixels.

mod encode;
mod sheet;
mod weights;

pub(crate) use encode::{Pixels8, encode};
pub(crate) use sheet::Sheet;
pub(crate) use weights::{Steps, ZERO, first_and_last};

/// Side of a digit in pixels.
pub(crate) const SIDE: usize = 28;
