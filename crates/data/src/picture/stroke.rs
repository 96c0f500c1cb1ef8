//! Strokes brought to MNIST's width.

use image::GrayImage;

use crate::bilevel::{inverted, widened};
use base::BOX_SIDE;

/// Narrowest strokes that are left as they are, in pixels of the finished image.
const NARROWEST: f32 = 2.2;
/// Widest.
const WIDEST: f32 = 4.5;

/// Bilevel ink, `longest` pixels on its longer side and with strokes of width `now`, with strokes
/// that come to a width between MNIST's narrow and wide ones once the ink is boxed.
pub(crate) fn normalised(ink: &GrayImage, now: f32, longest: u32) -> GrayImage {
    let (longest, side) = (longest as f32, BOX_SIDE as f32);
    let finished = now * side / longest;
    let wanted = finished.clamp(NARROWEST, WIDEST);
    // Wider ink also makes the box larger, and all in it smaller.
    let radius = 0.5 * (wanted * longest - side * now) / (side - wanted);
    if radius >= 0.5 {
        widened(ink, radius)
    } else if radius <= -0.5 {
        inverted(&widened(&inverted(ink), -radius))
    } else {
        ink.clone()
    }
}
