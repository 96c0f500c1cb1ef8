//! Pictures that are in MNIST's form already.

use image::GrayImage;

use super::levels::{border, histogram, median, threshold};
use crate::bilevel::ink_box;
use crate::finish::is_finished;
use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// The darkest border that is still as black as MNIST's.
const BLACK_BORDER: u8 = 16;

/// How far the centre of mass of a digit is from the middle, at most, and how long it is on its longer side, at least,
/// in pixels, where there is no doubt that it was boxed and centred.
const OFF_CENTRE: f32 = 2.5;
const LEAST_SIDE: u32 = 14;
/// Nats for each pixel more or less than that.
const DOUBT_A_PIXEL: f32 = 1.0;

/// A picture that is in MNIST's form.
pub(super) struct Form {
    pub(super) pixels: Box<[u8; IMAGE_PIXELS]>,
    /// How much less likely it is to be one of MNIST's form than one that was boxed and centred, in nats: 0 for those.
    pub(super) doubt: f32,
}

/// A picture of MNIST's size, light on a black border; or dark on a white one, and then only where
/// its ink is boxed and centred as in MNIST.
pub(super) fn in_mnist_form(grey: &GrayImage) -> Option<Form> {
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
        return Some(Form {
            doubt: doubt(grey),
            pixels: Box::new(pixels),
        });
    }
    if border == u8::MAX {
        for pixel in &mut pixels {
            *pixel = u8::MAX - *pixel;
        }
        return is_finished(&pixels).then(|| Form {
            pixels: Box::new(pixels),
            doubt: 0.0,
        });
    }
    None
}

fn doubt(grey: &GrayImage) -> f32 {
    let (mut mass, mut mass_x, mut mass_y) = (0.0, 0.0, 0.0);
    for (x, y, pixel) in grey.enumerate_pixels() {
        let level = f32::from(pixel.0[0]);
        (mass, mass_x, mass_y) = (
            mass + level,
            mass_x + level * x as f32,
            mass_y + level * y as f32,
        );
    }
    let middle = 0.5 * (IMAGE_SIDE as f32 - 1.0);
    let off = |moment: f32| (moment / mass.max(1.0) - middle).abs();
    let off_centre = (off(mass_x).max(off(mass_y)) - OFF_CENTRE).max(0.0);
    let longest = ink_box(grey).map_or(0, |(_, _, width, height)| width.max(height));
    DOUBT_A_PIXEL * (off_centre + LEAST_SIDE.saturating_sub(longest) as f32)
}
