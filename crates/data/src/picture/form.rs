//! Pictures that are in MNIST's form already.

use image::GrayImage;

use super::levels::{border, histogram, median, threshold};
use crate::finish::is_finished;
use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// The darkest border that is still as black as MNIST's.
const BLACK_BORDER: u8 = 16;

/// A picture of MNIST's size, light on a black border; or dark on a white one, and then only where
/// its ink is boxed and centred as in MNIST.
pub(super) fn in_mnist_form(grey: &GrayImage) -> Option<[u8; IMAGE_PIXELS]> {
    let side = IMAGE_SIDE as u32;
    if grey.dimensions() != (side, side) {
        return None;
    }
    let mut pixels: [u8; IMAGE_PIXELS] = grey.as_raw().as_slice().try_into().ok()?;
    if pixels.iter().all(|&pixel| pixel == pixels[0]) {
        return None;
    }
    let border = median(&histogram(&border(grey)));
    // Under a border of 0 there is nothing to compare: that is most pictures of MNIST's form.
    let is_black =
        border == 0 || (border <= BLACK_BORDER && border <= threshold(&histogram(grey.as_raw()))?);
    if is_black {
        return Some(pixels);
    }
    if border == u8::MAX {
        for pixel in &mut pixels {
            *pixel = u8::MAX - *pixel;
        }
        return is_finished(&pixels).then_some(pixels);
    }
    None
}
