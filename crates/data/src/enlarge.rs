//! An image of MNIST's form as large, smooth, bilevel ink: what [`finish`](crate::finish) makes small.

use image::GrayImage;
use image::imageops::{self, FilterType};

use base::IMAGE_SIDE;

/// Pixels of the large ink for one of the image, along each side.
pub(crate) const ENLARGEMENT: u32 = 4;
/// The level from which a pixel is ink.
const INK_LEVEL: u8 = 110;

/// `[IMAGE_PIXELS]` as ink of 0 and 255, [`ENLARGEMENT`] times as wide and high.
pub(crate) fn enlarged(image: &[u8]) -> GrayImage {
    let side = IMAGE_SIDE as u32;
    let small = GrayImage::from_raw(side, side, image.to_vec()).unwrap_or_default();
    let side = side * ENLARGEMENT;
    let large = imageops::resize(&small, side, side, FilterType::Triangle);
    bilevel(large, INK_LEVEL)
}

/// 255 from the level on, else 0.
pub(crate) fn bilevel(mut ink: GrayImage, level: u8) -> GrayImage {
    for pixel in ink.pixels_mut() {
        pixel.0[0] = if pixel.0[0] >= level { 255 } else { 0 };
    }
    ink
}
