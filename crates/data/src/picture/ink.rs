//! Which contrast is ink and which is the paper's grain.

use image::{GrayImage, Luma, imageops};

use super::levels::{Histogram, histogram, median, quantile, threshold};

/// Contrast, of 255, below which there is no ink but noise.
const MIN_CONTRAST: u8 = 20;
/// Standard deviations of the paper's grain that ink stands above.
const GRAIN_DEVIATIONS: f32 = 4.0;
/// Standard deviation of normal noise in median deviations.
const DEVIATION_OF_MEDIAN: f32 = 1.4826;
/// Ink covers much of a picture from this part on; it is plainly apart from the paper where it is darker by so many
/// times what the paper's own contrasts spread.
const MUCH_INK: f32 = 0.3;
const APART: f32 = 2.0;
/// Part of the ink that is fainter than what counts as full ink.
const FULL_INK_QUANTILE: f32 = 0.7;
/// Where ink ends and paper begins, in parts of full ink.
const EDGE: f32 = 0.5;

/// Levels of contrast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    /// What the grain of the paper does not reach.
    pub(super) grain: u8,
    /// Of full ink.
    pub(super) full: u8,
}

impl Levels {
    /// The contrast from which a pixel is ink.
    pub(super) fn edge(self) -> u8 {
        ((f32::from(self.full) * EDGE) as u8).max(self.grain)
    }
}

/// Takes the paper's own mean contrast away and smooths its grain. Returns the grain's limit.
pub(super) fn without_grain(contrast: &GrayImage) -> (GrayImage, u8) {
    let (level, deviation) = grain(contrast);
    let full = quantile(&histogram(contrast.as_raw()), 0.98);
    let mut contrast = contrast.clone();
    let relative = deviation / f32::from(full.saturating_sub(level).max(1));
    if relative > 0.03 {
        contrast = imageops::fast_blur(&contrast, if relative > 0.1 { 1.5 } else { 1.0 });
    }
    let (level, deviation) = grain(&contrast);
    for pixel in contrast.pixels_mut() {
        pixel.0[0] = pixel.0[0].saturating_sub(level);
    }
    (contrast, (GRAIN_DEVIATIONS * deviation).min(255.0) as u8)
}

/// The paper's contrast to its estimate, and the standard deviation of its grain: of what is
/// fainter than the middle, since what is stronger may be lines and ink. Where ink covers about as much as paper does,
/// the middle is that of the paper alone.
fn grain(contrast: &GrayImage) -> (u8, f32) {
    let counts = histogram(contrast.as_raw());
    let level = paper_alone(&counts).map_or_else(|| median(&counts), |paper| median(&paper));
    let fainter = contrast.as_raw().iter().filter(|&&pixel| pixel <= level);
    let deviations: Vec<u8> = fainter.map(|pixel| level - pixel).collect();
    let deviation = f32::from(median(&histogram(&deviations))) * DEVIATION_OF_MEDIAN;
    (level, deviation.max(1.0))
}

/// The contrasts of the paper, where they are few and plainly apart from those of the ink.
fn paper_alone(counts: &Histogram) -> Option<Histogram> {
    let limit = usize::from(threshold(counts)?);
    let mut paper = *counts;
    paper[limit + 1..].fill(0);
    let mut ink = *counts;
    ink[..=limit].fill(0);
    let sum = |counts: &Histogram| counts.iter().sum::<u32>() as f32;
    let is_covered = sum(&ink) > MUCH_INK * sum(counts);
    let gap = f32::from(median(&ink)) - f32::from(median(&paper));
    let spread = f32::from(quantile(&paper, 0.75)) - f32::from(quantile(&paper, 0.25));
    (is_covered && gap > f32::from(MIN_CONTRAST).max(APART * spread)).then_some(paper)
}

/// The levels of ink, `None` where nothing stands out.
pub(super) fn levels(contrast: &GrayImage, grain: u8) -> Option<Levels> {
    let counts = histogram(contrast.as_raw());
    let lowest = threshold(&counts)?.max(grain);
    let ink = contrast.as_raw().iter().filter(|&&level| level > lowest);
    let counts = histogram(ink);
    if counts.iter().sum::<u32>() == 0 {
        return None;
    }
    let full = quantile(&counts, FULL_INK_QUANTILE);
    (full >= MIN_CONTRAST.max(grain)).then_some(Levels { grain, full })
}

/// 255 where the contrast is above the level, else 0.
pub(super) fn above(contrast: &GrayImage, level: u8) -> GrayImage {
    GrayImage::from_fn(contrast.width(), contrast.height(), |x, y| {
        let is_ink = contrast.get_pixel(x, y).0[0] > level;
        Luma([if is_ink { 255 } else { 0 }])
    })
}
