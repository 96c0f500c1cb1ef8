//! Ink of 0 (paper) and 255 (ink), and what pens do to it: larger, thinner, wider, and how wide it is.
//!
//! Owns the operations on such ink that pictures, drawn digits and papers share. Knows neither MNIST's form nor
//! where the ink comes from.

mod depth;
mod enlarge;
mod thin;
mod widen;

pub use depth::stroke_width;
pub(crate) use enlarge::{ENLARGEMENT, at_level, enlarged};
pub use thin::thinned;
pub use widen::widened;

use image::GrayImage;

/// The smallest rectangle with all ink in it: left, top, width and height in pixels. `None` where there is no ink.
#[must_use]
pub fn ink_box(ink: &GrayImage) -> Option<(u32, u32, u32, u32)> {
    let width = ink.width() as usize;
    if width == 0 {
        return None;
    }
    let (mut left, mut right) = (usize::MAX, 0);
    let (mut top, mut bottom) = (None, 0);
    for (row, y) in ink.as_raw().chunks_exact(width).zip(0..) {
        let Some(first) = row.iter().position(|&pixel| pixel > 0) else {
            continue;
        };
        let last = row.iter().rposition(|&pixel| pixel > 0).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last));
        top = top.or(Some(y));
        bottom = y;
    }
    let top: u32 = top?;
    Some((
        left as u32,
        top,
        (right - left + 1) as u32,
        bottom - top + 1,
    ))
}

/// Ink and paper exchanged.
pub(crate) fn inverted(ink: &GrayImage) -> GrayImage {
    let mut inverted = ink.clone();
    image::imageops::invert(&mut inverted);
    inverted
}
