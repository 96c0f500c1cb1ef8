//! An image of MNIST's form as large, smooth ink.

use image::GrayImage;

use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// Pixels of the large ink for one of the image, along each side.
pub(crate) const ENLARGEMENT: u32 = 4;
/// The level from which a pixel is ink.
const INK_LEVEL: u8 = 110;
/// Side of the large ink.
const LARGE_SIDE: usize = IMAGE_SIDE * ENLARGEMENT as usize;

/// `[IMAGE_PIXELS]` as ink of 0 and 255, [`ENLARGEMENT`] times as wide and high. Levels between pixels are on
/// straight lines from one to the next.
pub(crate) fn enlarged(image: &[u8]) -> GrayImage {
    let mut large = vec![0_u8; LARGE_SIDE * LARGE_SIDE];
    if image.len() == IMAGE_PIXELS {
        let mut wide = [0_u16; IMAGE_SIDE * LARGE_SIDE];
        for (row, wide) in image
            .chunks_exact(IMAGE_SIDE)
            .zip(wide.chunks_exact_mut(LARGE_SIDE))
        {
            for (x, level) in wide.iter_mut().enumerate() {
                let (near, far, share) = neighbours(x);
                *level = u16::from(row[near]) * (8 - share) + u16::from(row[far]) * share;
            }
        }
        for (y, row) in large.chunks_exact_mut(LARGE_SIDE).enumerate() {
            let (near, far, share) = neighbours(y);
            let near = &wide[near * LARGE_SIDE..][..LARGE_SIDE];
            let far = &wide[far * LARGE_SIDE..][..LARGE_SIDE];
            for ((pixel, near), far) in row.iter_mut().zip(near).zip(far) {
                let level = (near * (8 - share) + far * share + 32) / 64;
                *pixel = if level >= u16::from(INK_LEVEL) {
                    u8::MAX
                } else {
                    0
                };
            }
        }
    }
    let side = LARGE_SIDE as u32;
    GrayImage::from_raw(side, side, large).unwrap_or_default()
}

/// The two pixels of the image that a place of the large ink lies between, and the eighths of the second.
fn neighbours(place: usize) -> (usize, usize, u16) {
    const ENLARGED: usize = ENLARGEMENT as usize;
    let (pixel, within) = (place / ENLARGED, place % ENLARGED);
    // The middle of the place is (2 · within + 1) eighths into its pixel, whose own is at four eighths.
    let eighths = 2 * within + 1;
    if eighths < 4 {
        (pixel, pixel.saturating_sub(1), (4 - eighths) as u16)
    } else {
        (pixel, (pixel + 1).min(IMAGE_SIDE - 1), (eighths - 4) as u16)
    }
}

/// 255 from the level on, else 0.
pub(crate) fn at_level(mut ink: GrayImage, level: u8) -> GrayImage {
    for pixel in ink.iter_mut() {
        *pixel = if *pixel >= level { u8::MAX } else { 0 };
    }
    ink
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops::{self, FilterType};

    #[test]
    fn it_is_what_a_triangle_filter_gives() {
        let image: Vec<u8> = (0..IMAGE_PIXELS)
            .map(|place| (place * 37 % 256) as u8)
            .collect();
        let side = IMAGE_SIDE as u32;
        let small = GrayImage::from_raw(side, side, image.clone()).unwrap_or_default();
        let large = side * ENLARGEMENT;
        let expected = imageops::resize(&small, large, large, FilterType::Triangle);
        let expected = at_level(expected, INK_LEVEL);
        let found = enlarged(&image);
        let pairs = expected.iter().zip(found.iter());
        let num_different = pairs.filter(|(left, right)| left != right).count();
        assert!(num_different * 200 < found.len(), "{num_different}");
        assert_eq!(enlarged(&[]).iter().filter(|&&pixel| pixel > 0).count(), 0);
    }
}
