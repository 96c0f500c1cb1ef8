//! Any picture of one digit becomes 28×28 pixels like MNIST's.
//!
//! Owns the choice of polarity, the cutting of the paper, and nothing of
//! the boxing and centring, which are MNIST's own and shared with the drawn digits. Knows no
//! labels and no data sets; decoding is [`decode`](crate::decode)'s.

use std::path::Path;

use image::{DynamicImage, GrayImage, Luma};

use crate::decode::{DecodeError, DecodeLimits, decode, read_file};
use crate::finish::finish;
use crate::images::{IMAGE_PIXELS, IMAGE_SIDE};

/// Levels of grey, of 256, between paper and ink below which there is no ink but noise.
const MIN_CONTRAST: u8 = 20;
/// Paper ends this many times its median deviation above its median.
const PAPER_DEVIATIONS: f32 = 4.0;
/// Part of the ink's pixels that are darker than what counts as full ink.
const FULL_INK_QUANTILE: f32 = 0.9;

/// Why a picture does not become an image.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A side is zero pixels long.
    #[error("the picture is empty: {width}×{height} pixels")]
    Empty {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// All paper, or all ink.
    #[error("no ink found: the picture is of one colour, or nearly")]
    NoInk,
    /// The file gives no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Reads and decodes a picture from a file; the content decides on the format, not the name.
///
/// # Errors
/// [`PictureError::Decode`], also for what is over the default limits.
pub fn open(path: &Path) -> Result<DynamicImage, PictureError> {
    let limits = DecodeLimits::default();
    Ok(decode(&read_file(path, &limits)?, &limits)?)
}

/// Turns a picture into `[IMAGE_PIXELS]` pixels like MNIST's: 0 is paper, 255 is full ink.
///
/// What is transparent shows white paper. Where the border is bright, the picture is taken for
/// dark ink on light paper and turned round. A picture of 28×28 pixels that needs no turning is
/// taken for an image of MNIST's form and left as it is, to the bit. In any other, the paper is
/// cut away, the contrast stretched, and the ink boxed and centred as in MNIST.
///
/// # Errors
/// [`PictureError::Empty`] and [`PictureError::NoInk`].
pub fn to_mnist(image: &DynamicImage) -> Result<[u8; IMAGE_PIXELS], PictureError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    let mut grey = on_white_paper(image);
    let threshold = threshold(&histogram(grey.as_raw())).ok_or(PictureError::NoInk)?;
    let is_turned = median(&histogram(&border(&grey))) > threshold;
    let side = IMAGE_SIDE as u32;
    if !is_turned
        && (width, height) == (side, side)
        && let Ok(pixels) = grey.as_raw().as_slice().try_into()
    {
        return Ok(pixels);
    }
    if is_turned {
        image::imageops::invert(&mut grey);
    }
    let ink = without_paper(&grey).ok_or(PictureError::NoInk)?;
    finish(&ink).ok_or(PictureError::NoInk)
}

/// Shades of grey, laid over white where the picture is transparent.
fn on_white_paper(image: &DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.to_luma8();
    }
    let pixels = image.to_luma_alpha8();
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let [luma, alpha] = pixels.get_pixel(x, y).0.map(u16::from);
        Luma([((luma * alpha + 255 * (255 - alpha) + 127) / 255) as u8])
    })
}

/// Number of pixels of each level of grey.
type Histogram = [u32; 256];

fn histogram(pixels: &[u8]) -> Histogram {
    let mut counts = [0; 256];
    for &pixel in pixels {
        counts[usize::from(pixel)] += 1;
    }
    counts
}

/// The levels of grey with the number of their pixels, darkest first.
fn levels(counts: &[u32]) -> impl Iterator<Item = (u8, u32)> + '_ {
    (0..=u8::MAX).zip(counts.iter().copied())
}

/// The level of grey under which the given part of the pixels lies.
fn quantile(counts: &Histogram, part: f32) -> u8 {
    let total: u32 = counts.iter().sum();
    let wanted = (f64::from(part) * f64::from(total)).max(1.0);
    let mut num_below = 0;
    let reached = |&(_, count): &(u8, u32)| {
        num_below += count;
        f64::from(num_below) >= wanted
    };
    levels(counts)
        .find(reached)
        .map_or(u8::MAX, |(level, _)| level)
}

fn median(counts: &Histogram) -> u8 {
    quantile(counts, 0.5)
}

/// Otsu's threshold: the level up to which pixels belong together best, and so do those above.
///
/// `None` where all pixels are of one level.
fn threshold(counts: &Histogram) -> Option<u8> {
    let moment = |(level, count): (u8, u32)| f64::from(level) * f64::from(count);
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let total_moment: f64 = levels(counts).map(moment).sum();
    let (mut below, mut below_moment) = (0.0, 0.0);
    let mut best = None;
    let mut best_variance = 0.0;
    for (level, count) in levels(counts) {
        below += f64::from(count);
        below_moment += moment((level, count));
        let above = total - below;
        if below > 0.0 && above > 0.0 {
            let gap = (total_moment - below_moment) / above - below_moment / below;
            let variance = below * above * gap * gap;
            if variance > best_variance {
                (best, best_variance) = (Some(level), variance);
            }
        }
    }
    best
}

/// The pixels on the picture's four edges.
fn border(grey: &GrayImage) -> Vec<u8> {
    let (last_x, last_y) = (grey.width() - 1, grey.height() - 1);
    let on_edge =
        |&(x, y, _): &(u32, u32, &Luma<u8>)| x == 0 || y == 0 || x == last_x || y == last_y;
    grey.enumerate_pixels()
        .filter(on_edge)
        .map(|(_, _, pixel)| pixel.0[0])
        .collect()
}

/// Stretches bright ink on dark paper to 0 for paper and 255 for full ink.
///
/// Only ink and the pixels next to it are kept, so that grain far from it leaves no trace.
/// `None` where ink and paper hardly differ.
fn without_paper(grey: &GrayImage) -> Option<GrayImage> {
    let counts = histogram(grey.as_raw());
    let threshold = threshold(&counts)?;
    let (mut paper, mut ink) = (counts, counts);
    paper[usize::from(threshold) + 1..].fill(0);
    ink[..=usize::from(threshold)].fill(0);
    let (paper_level, full_ink) = (median(&paper), quantile(&ink, FULL_INK_QUANTILE));
    if full_ink.saturating_sub(paper_level) < MIN_CONTRAST {
        return None;
    }
    let mut deviations = [0; 256];
    for (level, count) in levels(&paper) {
        deviations[usize::from(level.abs_diff(paper_level))] += count;
    }
    let grain = PAPER_DEVIATIONS * f32::from(median(&deviations));
    let zero = (f32::from(paper_level) + grain).min(f32::from(threshold));
    let scale = 255.0 / (f32::from(full_ink) - zero);
    let near_ink = near_ink(grey, threshold);
    let stretched = grey.as_raw().iter().zip(near_ink).map(|(&level, is_near)| {
        let value = (f32::from(level) - zero) * scale;
        if is_near {
            value.round().clamp(0.0, 255.0) as u8
        } else {
            0
        }
    });
    GrayImage::from_raw(grey.width(), grey.height(), stretched.collect())
}

/// Whether each pixel, or one of the eight around it, is above the threshold.
fn near_ink(grey: &GrayImage, threshold: u8) -> Vec<bool> {
    let width = grey.width() as usize;
    let mut in_row: Vec<bool> = Vec::with_capacity(grey.as_raw().len());
    for row in grey.as_raw().chunks_exact(width) {
        let is_ink = |x: usize| row.get(x).is_some_and(|&level| level > threshold);
        in_row.extend((0..width).map(|x| is_ink(x.wrapping_sub(1)) || is_ink(x) || is_ink(x + 1)));
    }
    let is_near = |place: usize| in_row.get(place).is_some_and(|&near| near);
    (0..in_row.len())
        .map(|place| is_near(place.wrapping_sub(width)) || is_near(place) || is_near(place + width))
        .collect()
}

#[cfg(test)]
mod tests;
