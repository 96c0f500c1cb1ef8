//! MNIST's own finish: ink of any size becomes a 28×28 image.
//!
//! Owns the cropping to the ink, the size normalisation into a box of [`BOX_SIDE`] pixels with
//! antialiasing, and the placing by centre of mass, all as MNIST's authors describe them.
//! Does not know where the ink comes from: the drawn digits and the pictures both end here.

use image::imageops::{self, FilterType};
use image::{GrayImage, SubImage};

use crate::bilevel::ink_box;
use base::{BOX_SIDE, IMAGE_PIXELS, IMAGE_SIDE};

/// Source pixels a finished pixel is averaged over, per side, at least.
const MIN_OVERSAMPLING: u32 = 4;

/// Boxes, shrinks and centres `ink` (0 is paper, 255 is full ink).
///
/// Returns `None` where there is no ink at all.
pub(crate) fn finish(ink: &GrayImage) -> Option<[u8; IMAGE_PIXELS]> {
    let (left, top, width, height) = ink_box(ink)?;
    let cropped = imageops::crop_imm(ink, left, top, width, height);
    Some(centred(&shrunk(&cropped, width, height)))
}

/// Whether an image is as [`finish`] leaves it: boxed, and centred up to a pixel.
pub(crate) fn is_finished(pixels: &[u8; IMAGE_PIXELS]) -> bool {
    let side = IMAGE_SIDE as u32;
    let Some(ink) = GrayImage::from_raw(side, side, pixels.to_vec()) else {
        return false;
    };
    let Some((left, top, width, height)) = ink_box(&ink) else {
        return false;
    };
    let boxed = imageops::crop_imm(&ink, left, top, width, height).to_image();
    let (x, y) = corner(&boxed);
    width.max(height) == BOX_SIDE && x.abs_diff(left as usize) <= 1 && y.abs_diff(top as usize) <= 1
}

/// Scales so that the longer side becomes [`BOX_SIDE`], each pixel the mean of what it covers.
fn shrunk(ink: &SubImage<&GrayImage>, width: u32, height: u32) -> GrayImage {
    let longest = width.max(height);
    if longest == BOX_SIDE {
        return ink.to_image();
    }
    let scaled = |side: u32, longest_scaled: u32| {
        (f64::from(side) * f64::from(longest_scaled) / f64::from(longest))
            .round()
            .max(1.0) as u32
    };
    let target = (scaled(width, BOX_SIDE), scaled(height, BOX_SIDE));
    let oversampled = BOX_SIDE * MIN_OVERSAMPLING;
    if longest >= oversampled {
        return imageops::thumbnail(&**ink, target.0, target.1);
    }
    let (width, height) = (target.0 * MIN_OVERSAMPLING, target.1 * MIN_OVERSAMPLING);
    let enlarged = imageops::resize(&**ink, width, height, FilterType::Triangle);
    imageops::thumbnail(&enlarged, target.0, target.1)
}

/// Where the upper left corner of `boxed`, at most [`BOX_SIDE`] on a side, goes so that its centre
/// of mass comes nearest to the middle, whole pixels only and never over the edge.
fn corner(boxed: &GrayImage) -> (usize, usize) {
    let (mut mass, mut mass_x, mut mass_y) = (0.0, 0.0, 0.0);
    for (x, y, pixel) in boxed.enumerate_pixels() {
        let value = f64::from(pixel.0[0]);
        mass += value;
        mass_x += value * f64::from(x);
        mass_y += value * f64::from(y);
    }
    let middle = IMAGE_SIDE as f64 / 2.0;
    let corner = |moment: f64, side: u32| {
        let centre = if mass > 0.0 {
            moment / mass
        } else {
            f64::from(side) / 2.0
        };
        let room = IMAGE_SIDE.saturating_sub(side as usize);
        ((middle - centre).round().max(0.0) as usize).min(room)
    };
    (
        corner(mass_x, boxed.width()),
        corner(mass_y, boxed.height()),
    )
}

/// Places `boxed` by its centre of mass.
fn centred(boxed: &GrayImage) -> [u8; IMAGE_PIXELS] {
    let (left, top) = corner(boxed);
    let mut pixels = [0; IMAGE_PIXELS];
    for (x, y, pixel) in boxed.enumerate_pixels() {
        let place = (top + y as usize) * IMAGE_SIDE + left + x as usize;
        if let Some(target) = pixels.get_mut(place) {
            *target = pixel.0[0];
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use image::Luma;

    use super::*;

    /// A rectangle of ink on paper of 300×200 pixels.
    fn rectangle(left: u32, top: u32, width: u32, height: u32) -> GrayImage {
        GrayImage::from_fn(300, 200, |x, y| {
            let is_ink = (left..left + width).contains(&x) && (top..top + height).contains(&y);
            Luma([if is_ink { 255 } else { 0 }])
        })
    }

    #[test]
    fn the_ink_box_is_the_smallest() {
        assert_eq!(ink_box(&rectangle(7, 11, 30, 40)), Some((7, 11, 30, 40)));
        assert_eq!(ink_box(&rectangle(299, 199, 1, 1)), Some((299, 199, 1, 1)));
        assert_eq!(ink_box(&rectangle(0, 0, 0, 0)), None);
        assert_eq!(ink_box(&GrayImage::new(0, 0)), None);
    }

    #[test]
    fn a_rectangle_keeps_its_aspect_and_comes_to_the_middle() {
        for (width, height) in [(50, 100), (10, 20), (4, 8), (20, 40)] {
            let pixels = finish(&rectangle(150, 20, width, height)).unwrap();
            for (place, &pixel) in pixels.iter().enumerate() {
                let (x, y) = (place % IMAGE_SIDE, place / IMAGE_SIDE);
                // The mean index of ten pixels is a half, which rounds to either side.
                let is_ink = (9..19).contains(&x) && (4..24).contains(&y)
                    || (10..20).contains(&x) && (5..25).contains(&y);
                assert!(pixel == 0 || is_ink, "{width}×{height}: {x}, {y}");
            }
            assert_eq!(
                pixels.iter().map(|&pixel| u32::from(pixel)).sum::<u32>(),
                200 * 255
            );
        }
    }

    #[test]
    fn a_thin_line_does_not_vanish() {
        let pixels = finish(&rectangle(150, 0, 1, 200)).unwrap();
        assert_eq!(pixels.iter().filter(|&&pixel| pixel > 0).count(), 20);
    }
}
