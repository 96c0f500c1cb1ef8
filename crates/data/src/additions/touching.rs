//! Digits that touch, cut apart rightly and wrongly, to train on: a network that has only seen whole
//! digits is as sure of half a digit, or of two, as of one.
//!
//! Owns which cuttings are digits. Where cuts are possible is [`crate::picture`]'s, as in use.

use image::imageops;
use image::{GrayImage, Luma};
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

use super::pens::Pen;
use crate::bilevel::{ENLARGEMENT, enlarged};
use crate::images::LabeledImages;
use crate::picture::{Cutter, Cutting, PictureOptions};
use base::IMAGE_PIXELS;
use base::random::{Purpose, stream};

/// Height of a digit, in pixels of the sheet.
const HEIGHT: u32 = 20 * ENLARGEMENT;
/// Between the digits, where ink first meets, in pixels of the sheet: most overlap a little.
const GAPS: (i32, i32) = (-8, 2);
/// The share of pairs that are drawn with other pens.
const OTHER_PENS: f64 = 0.4;
/// Steps up or down of the second digit, at most.
const STEP: i32 = 8;
/// A cutting is its digit where the two have this part of their joint ink in common; and none where
/// it is less than the other.
const IS_DIGIT: f32 = 0.85;
const IS_NONE: f32 = 0.7;
/// None is narrower than this, in heights: what is may be a 1.
const NARROW: f32 = 0.35;

/// Cuttings of digits that touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuttings {
    /// Those that are a digit, a little cut or with a little of its neighbour.
    pub digits: LabeledImages,
    /// Those that are none: two digits, or parts of them; `[num * IMAGE_PIXELS]`.
    pub none: Vec<u8>,
}

impl Cuttings {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.digits.len() + self.none.len() / IMAGE_PIXELS
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Of so many pairs of images: pure functions of images, seed and number. Images of other things than
/// digits give cuttings too, for what they are worth.
#[must_use]
pub fn cuttings(images: &LabeledImages, num_pairs: usize, seed: u64) -> Cuttings {
    cuttings_watched(images, num_pairs, seed, &|| {})
}

/// [`cuttings`], telling of each pair.
pub(super) fn cuttings_watched(
    images: &LabeledImages,
    num_pairs: usize,
    seed: u64,
    one_more: &(dyn Fn() + Sync),
) -> Cuttings {
    if images.is_empty() {
        return Cuttings::default();
    }
    let pairs: Vec<Vec<Found>> = (0..num_pairs as u64)
        .into_par_iter()
        .inspect(|_| one_more())
        .map(|index| {
            let mut rng = stream(seed, Purpose::Touching, index);
            Pair::draw(images, &mut rng).map_or_else(Vec::new, |pair| pair.cuttings(&mut rng))
        })
        .collect();
    let (mut pixels, mut labels, mut none) = (Vec::new(), Vec::new(), Vec::new());
    for found in pairs.iter().flatten() {
        if let Some(label) = found.label {
            pixels.extend_from_slice(&found.pixels);
            labels.push(label);
        } else {
            none.extend_from_slice(&found.pixels);
        }
    }
    Cuttings {
        digits: LabeledImages::new(pixels, labels).unwrap_or_default(),
        none,
    }
}

struct Found {
    pixels: [u8; IMAGE_PIXELS],
    /// `None` for none.
    label: Option<u8>,
}

/// What a cutting is.
enum Verdict {
    Digit(u8),
    None,
    /// Neither clearly.
    Unclear,
}

/// Two digits on one sheet.
struct Pair {
    /// What it is seen by, where that is not as it came.
    pen: Option<Pen>,
    digits: [GrayImage; 2],
    labels: [u8; 2],
}

impl Pair {
    fn draw(images: &LabeledImages, rng: &mut ChaCha8Rng) -> Option<Self> {
        let mut digit = || {
            let index = rng.random_range(0..images.len());
            let label = images.labels().get(index)?;
            Some((enlarged(images.image(index)?), *label))
        };
        let (mut left, mut right) = (digit()?, digit()?);
        let pen = Pen::any(rng);
        let pen = rng.random_bool(OTHER_PENS).then_some(pen);
        if let Some(pen) = pen {
            for (ink, _) in [&mut left, &mut right] {
                *ink = pen.drawn(ink);
            }
        }
        let step = rng.random_range(-STEP..=STEP);
        let gap = rng.random_range(GAPS.0..=GAPS.1);
        let shift = contact(&left.0, &right.0, step) + gap;
        let side = left.0.width();
        let width = side + shift.max(0).unsigned_abs() + STEP.unsigned_abs();
        let height = left.0.height() + 2 * STEP.unsigned_abs();
        let placed = |digit: &GrayImage, x: i32, y: i32| {
            let mut sheet = GrayImage::new(width, height);
            imageops::replace(&mut sheet, digit, x.into(), (STEP + y).into());
            sheet
        };
        Some(Self {
            pen,
            digits: [placed(&left.0, 0, 0), placed(&right.0, shift.max(0), step)],
            labels: [left.1, right.1],
        })
    }

    fn cuttings(&self, rng: &mut ChaCha8Rng) -> Vec<Found> {
        let [left, right] = &self.digits;
        let both = GrayImage::from_fn(left.width(), left.height(), |x, y| {
            Luma([left.get_pixel(x, y).0[0].max(right.get_pixel(x, y).0[0])])
        });
        let both = match self.pen {
            Some(pen) => pen.seen(both, HEIGHT),
            None => both,
        };
        let cutter = Cutter::new(both, HEIGHT);
        let ends = cutter.num_cuts() + 1;
        let anywhere = rng.random_range(0..ends);
        let mut choices = vec![match rng.random_range(0..4) {
            0 => (0, ends - anywhere),
            1 => (anywhere, ends),
            _ => (0, ends),
        }];
        let strokes = cutter.strokes();
        let cheapest = (0..strokes.len()).min_by(|&a, &b| strokes[a].total_cmp(&strokes[b]));
        choices.extend(cheapest.map(|cut| (0, cut + 1)));
        choices.extend(cheapest.map(|cut| (cut + 1, ends)));
        let finished = |(from, to)| {
            let cutting = cutter.part(from, to)?;
            let label = match self.verdict(&cutting) {
                Verdict::Digit(label) => Some(label),
                Verdict::None => None,
                Verdict::Unclear => return None,
            };
            Some(Found {
                pixels: cutter.finished(&cutting, PictureOptions::default())?,
                label,
            })
        };
        choices.into_iter().filter_map(finished).collect()
    }

    /// What a cutting is.
    fn verdict(&self, cutting: &Cutting) -> Verdict {
        let [left, right] = self.digits.each_ref().map(|digit| alike(digit, cutting));
        let (best, label) = if left > right {
            (left, self.labels[0])
        } else {
            (right, self.labels[1])
        };
        if best >= IS_DIGIT {
            Verdict::Digit(label)
        } else if best < IS_NONE && cutting.relative_size.0 > NARROW {
            Verdict::None
        } else {
            Verdict::Unclear
        }
    }
}

/// The part of their joint ink that a digit and a cutting have in common.
fn alike(digit: &GrayImage, cutting: &Cutting) -> f32 {
    let num_ink = |image: &GrayImage| image.pixels().filter(|pixel| pixel.0[0] > 0).count();
    let (left, top) = (cutting.extent.left, cutting.extent.top);
    let in_common = cutting
        .ink
        .enumerate_pixels()
        .filter(|&(x, y, pixel)| pixel.0[0] > 0 && digit.get_pixel(left + x, top + y).0[0] > 0);
    let common = in_common.count();
    let joint = num_ink(digit) + num_ink(&cutting.ink) - common;
    common as f32 / joint.max(1) as f32
}

/// How far right the second, set `down` pixels lower, first touches the first.
fn contact(left: &GrayImage, right: &GrayImage, down: i32) -> i32 {
    let row = |image: &GrayImage, y: i32| -> Option<(i32, i32)> {
        let y = u32::try_from(y).ok().filter(|&y| y < image.height())?;
        let is_ink = |&x: &u32| image.get_pixel(x, y).0[0] > 0;
        let first = (0..image.width()).find(is_ink)?;
        let last = (0..image.width()).rev().find(is_ink)?;
        Some((i32::try_from(first).ok()?, i32::try_from(last).ok()?))
    };
    let height = i32::try_from(left.height()).unwrap_or(0);
    let reaches = (0..height).filter_map(|y| Some(row(left, y)?.1 + 1 - row(right, y - down)?.0));
    let apart = i32::try_from(left.width()).unwrap_or(0);
    reaches.max().unwrap_or(apart)
}

#[cfg(test)]
mod tests;
