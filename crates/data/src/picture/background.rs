//! Paper and ink under uneven light: which of the two is dark, and how far ink stands out.
//!
//! Owns the estimate of the bare paper and the contrast to it. Knows no shapes.

use image::{GrayImage, Luma, imageops};
use imageproc::filter::median_filter;
use imageproc::morphology::{Mask, grayscale_dilate, grayscale_erode};

use super::levels::{bright_part_of_border, histogram, median, threshold};
use crate::resize::{Filter, resized, thumbnail};

/// Longer side on which the paper is estimated, in pixels: its light changes slowly.
pub(super) const COARSE_LONGEST: u32 = 64;
/// Reach of the median that tells which of ink and paper is dark, in parts of the side.
const MEDIAN_REACH: f32 = 0.25;
/// Half the widest stroke that is still ink and no shadow, in parts of [`COARSE_LONGEST`].
const HALF_STROKE: f32 = 0.16;
/// Times the median deviation that noise does not reach.
const NOISE_DEVIATIONS: f32 = 6.0;

/// Whether ink is light on dark paper.
pub(super) fn is_ink_light(grey: &GrayImage) -> bool {
    lightness_of_ink(grey) > 0.0
}

/// Whether light and dark may both be ink, where ink is so much likelier light.
pub(super) fn is_doubtful(lightness: f32) -> bool {
    lightness.abs() < DOUBT
}

/// How much likelier it is that ink is light, as a logarithm: ink is less than half of any large part of a picture,
/// and paper is most of the border.
pub(super) fn lightness_of_ink(grey: &GrayImage) -> f32 {
    let coarse = coarse(grey, COARSE_LONGEST);
    let reach = |side: u32| ((side as f32 * MEDIAN_REACH) as u32).max(1);
    let usual = median_filter(&coarse, reach(coarse.width()), reach(coarse.height()));
    let pairs = || coarse.as_raw().iter().zip(usual.as_raw());
    let deviations: Vec<u8> = pairs()
        .map(|(level, usual)| level.abs_diff(*usual))
        .collect();
    let noise = NOISE_DEVIATIONS * f32::from(median(&histogram(&deviations)));
    let (mut light, mut dark) = (1.0_f32, 1.0_f32);
    for (&level, &usual) in pairs() {
        let beyond = f32::from(level.abs_diff(usual)) - noise;
        if beyond > 0.0 {
            *(if level > usual { &mut light } else { &mut dark }) += beyond * beyond;
        }
    }
    (light / dark).ln() + BORDER_WEIGHT * lightness_by_border(grey)
}

/// The same by the border alone: 1 where all of it is dark, -1 where all of it is bright.
pub(super) fn lightness_by_border(grey: &GrayImage) -> f32 {
    let limit = threshold(&histogram(grey.as_raw()));
    1.0 - 2.0 * limit.map_or(0.5, |limit| bright_part_of_border(grey, limit))
}

/// Under this, in logarithms of that ratio, light and dark may both be ink.
const DOUBT: f32 = 1.5;
/// How much a border all bright or all dark counts, in logarithms of the ratio of deviations.
const BORDER_WEIGHT: f32 = 2.0;

fn coarse(grey: &GrayImage, coarse_longest: u32) -> GrayImage {
    let longest = grey.width().max(grey.height());
    let side = |pixels: u32| (pixels * coarse_longest).div_ceil(longest).max(1);
    thumbnail(grey, side(grey.width()), side(grey.height()))
}

/// The paper as it would be without the ink: what is darker and narrower than a wide stroke is
/// filled with what is around it. It is estimated on `coarse_longest` pixels.
pub(super) fn paper(grey: &GrayImage, coarse_longest: u32) -> GrayImage {
    let coarse = median_filter(&coarse(grey, coarse_longest), 1, 1);
    let reach = (COARSE_LONGEST as f32 * HALF_STROKE) as u32;
    let (row, column) = (line(reach, true), line(reach, false));
    let grown = grayscale_dilate(&grayscale_dilate(&coarse, &row), &column);
    let closed = grayscale_erode(&grayscale_erode(&grown, &row), &column);
    let smooth = imageops::fast_blur(&closed, 2.0);
    resized(&smooth, grey.width(), grey.height(), Filter::Triangle)
}

/// A line of pixels that reaches so far both ways.
fn line(reach: u32, is_row: bool) -> Mask {
    let length = 2 * reach + 1;
    let (width, height) = if is_row { (length, 1) } else { (1, length) };
    let pixels = GrayImage::from_pixel(width, height, Luma([255]));
    Mask::from_image(&pixels, (width / 2) as u8, (height / 2) as u8)
}

/// How much light the ink takes from the paper: 0 none, 255 all.
pub(super) fn contrast(grey: &GrayImage, paper: &GrayImage) -> GrayImage {
    let pairs = grey.as_raw().iter().zip(paper.as_raw());
    let levels = pairs.map(|(&level, &paper)| {
        let taken = u32::from(paper.saturating_sub(level));
        (taken * 255 / u32::from(paper).max(1)) as u8
    });
    GrayImage::from_raw(grey.width(), grey.height(), levels.collect()).unwrap_or_default()
}
