//! Shades of grey on one size of sheet.
//!
//! Owns what becomes of colour and transparency, and the size at which ink is looked for.

use image::{DynamicImage, GrayImage, Luma};

use crate::resize::{self, Filter};

/// Shortest longer side at which ink is looked for, in pixels: a stroke is several pixels wide.
const MIN_LONGEST: u32 = 112;
/// Longest side at which ink is looked for: more detail would not be seen in 28 pixels.
const MAX_LONGEST: u32 = 256;
/// The same for pictures of many digits.
const MANY_LONGEST: u32 = 1600;
/// Pictures this many times too large are first shrunk in whole pixels, which is quick.
const QUICK_FACTOR: u32 = 4;
/// Opacity from which a pixel of a transparent picture counts as drawn.
const OPAQUE: u16 = 128;
/// Brightness from which what is drawn on nothing is taken for chalk.
const BRIGHT: u64 = 170;

/// Shades of grey; what is transparent shows white paper, or black under bright ink.
pub(super) fn shades(image: &DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.to_luma8();
    }
    let pixels = image.to_luma_alpha8();
    let (mut sum, mut num_drawn, mut num_clear) = (0_u64, 0_u64, 0_u64);
    for pixel in pixels.pixels() {
        let [luma, alpha] = pixel.0;
        if u16::from(alpha) >= OPAQUE {
            sum += u64::from(luma);
            num_drawn += 1;
        } else {
            num_clear += 1;
        }
    }
    let is_chalk = num_clear > 0 && sum > BRIGHT * num_drawn;
    let ground = if is_chalk { 0 } else { 255 };
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let [luma, alpha] = pixels.get_pixel(x, y).0.map(u16::from);
        Luma([((luma * alpha + ground * (255 - alpha) + 127) / 255) as u8])
    })
}

/// The picture at the size at which ink is looked for.
pub(super) fn at_working_size(grey: &GrayImage) -> GrayImage {
    let longest = grey.width().max(grey.height());
    let wanted = longest.clamp(MIN_LONGEST, MAX_LONGEST);
    if longest == wanted {
        return grey.clone();
    }
    if longest >= QUICK_FACTOR * wanted {
        let halfway = scaled(grey, 2 * wanted);
        return resized(&resize::thumbnail(grey, halfway.0, halfway.1), wanted);
    }
    resized(grey, wanted)
}

/// The picture at the size at which many digits are looked for.
pub(super) fn at_size_of_many(grey: &GrayImage) -> GrayImage {
    let (shorter, longest) = (
        grey.width().min(grey.height()),
        grey.width().max(grey.height()),
    );
    let wanted = (longest * MIN_LONGEST).div_ceil(shorter).max(longest);
    let wanted = wanted.min(MANY_LONGEST);
    if longest == wanted {
        grey.clone()
    } else {
        resized(grey, wanted)
    }
}

/// Scaled, with antialiasing, so that the longer side has `longest` pixels.
pub(super) fn resized(grey: &GrayImage, longest: u32) -> GrayImage {
    let (width, height) = scaled(grey, longest);
    let filter = if longest > grey.width().max(grey.height()) {
        Filter::CatmullRom
    } else {
        Filter::Triangle
    };
    resize::resized(grey, width, height, filter)
}

fn scaled(grey: &GrayImage, longest: u32) -> (u32, u32) {
    let factor = f64::from(longest) / f64::from(grey.width().max(grey.height()).max(1));
    let side = |pixels: u32| ((f64::from(pixels) * factor).round() as u32).max(1);
    (side(grey.width()), side(grey.height()))
}
