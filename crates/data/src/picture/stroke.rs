//! The width of strokes, and bringing it to MNIST's.

use image::{GrayImage, Luma};
use imageproc::distance_transform::euclidean_squared_distance_transform;

use crate::finish::BOX_SIDE;

/// Narrowest strokes that are left as they are, in pixels of the finished image.
const NARROWEST: f32 = 2.2;
/// Widest.
const WIDEST: f32 = 4.5;

/// Mean width of the strokes in pixels; 0 where there is no ink.
pub(crate) fn width(ink: &GrayImage) -> f32 {
    let depths = euclidean_squared_distance_transform(&inverted(ink));
    let inside = depths.iter().filter(|&&depth| depth > 0.0);
    let (sum, count) = inside.fold((0.0, 0_u32), |(sum, count), depth| {
        (sum + depth.sqrt(), count + 1)
    });
    // Across a stroke, depths go from a half up to half the width and back.
    if count == 0 {
        0.0
    } else {
        (4.0 * sum / f64::from(count)) as f32 - 1.0
    }
}

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

/// All within `radius` pixels of bilevel ink.
pub(crate) fn widened(ink: &GrayImage, radius: f32) -> GrayImage {
    let distances = euclidean_squared_distance_transform(ink);
    let reach = f64::from(radius * radius);
    GrayImage::from_fn(ink.width(), ink.height(), |x, y| {
        let is_ink = distances.get_pixel(x, y).0[0] <= reach;
        Luma([if is_ink { 255 } else { 0 }])
    })
}

fn inverted(ink: &GrayImage) -> GrayImage {
    let mut inverted = ink.clone();
    image::imageops::invert(&mut inverted);
    inverted
}
