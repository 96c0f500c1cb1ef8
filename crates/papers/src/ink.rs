//! One digit of MNIST's form becomes large, sharp ink of another pen.
//!
//! Owns the enlarging, the pen's width and the turning. Does not place the ink.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center_no_crop};
use rand::Rng;

use crate::chances::{between, chance, normal};
use base::{BOX_SIDE, IMAGE_PIXELS, IMAGE_SIDE};
use data::bilevel::{ink_box, thinned, widened};

/// Pixels of the raster on which ink is bilevel, per pixel of MNIST's.
const ENLARGEMENT: u32 = 8;
/// The level from which an enlarged pixel is ink.
const INK_LEVEL: u8 = 110;
/// Paper around the enlarged digit, in pixels, for wider pens.
const MARGIN: u32 = 16;
/// Deviation and greatest value of the turn, in radians.
const TILT: (f32, f32) = (0.09, 0.26);

/// What the digits are written with. Widths are parts of the digit's longest side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nib {
    /// As it came.
    Same,
    /// A line of this width along the middle of the strokes.
    Line(f32),
    /// So much wider than it came.
    Wider(f32),
}

impl Nib {
    /// Pencils and ballpoint pens in three cases of ten, markers in one.
    pub(crate) fn any(rng: &mut impl Rng) -> Self {
        if chance(rng, 0.3) {
            Self::Line(between(rng, 0.035, 0.08))
        } else if chance(rng, 0.15) {
            Self::Wider(between(rng, 0.02, 0.05))
        } else {
            Self::Same
        }
    }
}

/// A turn in radians.
pub(crate) fn tilt(rng: &mut impl Rng) -> f32 {
    (TILT.0 * normal(rng)).clamp(-TILT.1, TILT.1)
}

/// The digit with `longest` pixels on its longer side, cut to its ink: 255 is full ink.
pub(crate) fn drawn(digit: &[u8; IMAGE_PIXELS], nib: Nib, tilt: f32, longest: u32) -> GrayImage {
    let bilevel = enlarged(digit);
    let pixels = |part: f32| part * (BOX_SIDE * ENLARGEMENT) as f32;
    let ink = match nib {
        Nib::Same => bilevel,
        Nib::Line(width) => widened(&thinned(&bilevel), 0.5 * pixels(width)),
        Nib::Wider(width) => widened(&bilevel, 0.5 * pixels(width)),
    };
    let turned = rotate_about_center_no_crop(
        &ink,
        tilt,
        Interpolation::Bilinear,
        Border::Constant(Luma([0])),
    );
    let Some((left, top, width, height)) = ink_box(&turned) else {
        return GrayImage::new(1, 1);
    };
    let cut = imageops::crop_imm(&turned, left, top, width, height).to_image();
    let scale = longest as f32 / width.max(height) as f32;
    let scaled = |side: u32| ((side as f32 * scale).round() as u32).max(1);
    if scale < 1.0 {
        imageops::thumbnail(&cut, scaled(width), scaled(height))
    } else {
        imageops::resize(&cut, scaled(width), scaled(height), FilterType::Triangle)
    }
}

/// The digit on the large raster, smooth and bilevel.
fn enlarged(digit: &[u8; IMAGE_PIXELS]) -> GrayImage {
    let side = IMAGE_SIDE as u32;
    let small = GrayImage::from_fn(side, side, |x, y| {
        Luma([digit[y as usize * IMAGE_SIDE + x as usize]])
    });
    let large_side = side * ENLARGEMENT;
    let large = imageops::resize(&small, large_side, large_side, FilterType::CatmullRom);
    let full = large_side + 2 * MARGIN;
    GrayImage::from_fn(full, full, |x, y| {
        let pixel = (x.checked_sub(MARGIN).zip(y.checked_sub(MARGIN)))
            .and_then(|(x, y)| large.get_pixel_checked(x, y));
        Luma([if pixel.is_some_and(|pixel| pixel.0[0] >= INK_LEVEL) {
            255
        } else {
            0
        }])
    })
}
