//! Digits that touch, cut apart rightly and wrongly, and uncut, to train on: a network that has only seen whole
//! digits is as sure of half a digit, or of two, as of one.
//!
//! Owns which cuttings are digits, and which are pairs. Where cuts are possible is [`crate::picture`]'s, as in use.

use image::GrayImage;
use image::imageops;
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
    /// Those that are two digits, whole and uncut, with the label of the left one times ten plus that of the right one.
    /// Empty where no pairs were asked for: they are none then.
    pub pairs: LabeledImages,
    /// Those that are none: two digits, or parts of them; `[num * IMAGE_PIXELS]`.
    pub none: Vec<u8>,
}

/// How many pairs of digits that touch are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumPairs {
    /// To be cut apart.
    pub cut: usize,
    /// To be read as pairs.
    pub whole: usize,
}

impl Cuttings {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.num_cut() + self.pairs.len()
    }

    /// How many there are but for pairs.
    #[must_use]
    pub fn num_cut(&self) -> usize {
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
pub fn cuttings(images: &LabeledImages, num_pairs: NumPairs, seed: u64) -> Cuttings {
    cuttings_watched(images, num_pairs, seed, &|| {})
}

/// [`cuttings`], telling of each pair.
pub(super) fn cuttings_watched(
    images: &LabeledImages,
    num_pairs: NumPairs,
    seed: u64,
    one_more: &(dyn Fn() + Sync),
) -> Cuttings {
    if images.is_empty() {
        return Cuttings::default();
    }
    let drawn =
        |purpose: Purpose, num: usize, take: &(dyn Fn(Pair, ChaCha8Rng) -> Vec<Found> + Sync)| {
            let numbers = (0..num as u64).into_par_iter().inspect(|_| one_more());
            let found = numbers.map(|index| {
                let mut rng = stream(seed, purpose, index);
                Pair::draw(images, &mut rng).map_or_else(Vec::new, |pair| take(pair, rng))
            });
            found.collect::<Vec<_>>()
        };
    let cut = drawn(Purpose::Touching, num_pairs.cut, &|pair, mut rng| {
        pair.cuttings(&mut rng)
    });
    let whole = drawn(Purpose::Pairs, num_pairs.whole, &|pair, _| {
        pair.whole().into_iter().collect()
    });
    let mut cuttings = Cuttings::default();
    let (mut digits, mut pairs) = (Vec::new(), Vec::new());
    for found in cut.iter().chain(&whole).flatten() {
        match found.verdict {
            Verdict::Digit(label) => digits.push((&found.pixels, label)),
            Verdict::Pair(label) if num_pairs.whole > 0 => pairs.push((&found.pixels, label)),
            Verdict::Pair(_) | Verdict::None => cuttings.none.extend_from_slice(&found.pixels),
        }
    }
    cuttings.digits = labeled(&digits);
    cuttings.pairs = labeled(&pairs);
    cuttings
}

fn labeled(found: &[(&[u8; IMAGE_PIXELS], u8)]) -> LabeledImages {
    let pixels = found.iter().flat_map(|(pixels, _)| **pixels).collect();
    let labels = found.iter().map(|&(_, label)| label).collect();
    LabeledImages::new(pixels, labels).unwrap_or_default()
}

struct Found {
    pixels: [u8; IMAGE_PIXELS],
    verdict: Verdict,
}

/// What a cutting is.
#[derive(Clone, Copy)]
enum Verdict {
    Digit(u8),
    /// Both digits, with the label of a pair.
    Pair(u8),
    None,
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

    /// The ink of both.
    fn both(&self) -> GrayImage {
        let [left, right] = &self.digits;
        let mut both = left.clone();
        for (pixel, other) in both.iter_mut().zip(right.iter()) {
            *pixel = (*pixel).max(*other);
        }
        match self.pen {
            Some(pen) => pen.seen(both, HEIGHT),
            None => both,
        }
    }

    /// Uncut.
    fn whole(&self) -> Option<Found> {
        let cutter = Cutter::uncut(self.both(), HEIGHT);
        let cutting = cutter.part(0, 1)?;
        Some(Found {
            pixels: cutter.finished(&cutting, PictureOptions::default())?,
            verdict: self.pair(),
        })
    }

    fn cuttings(&self, rng: &mut ChaCha8Rng) -> Vec<Found> {
        let cutter = Cutter::new(self.both(), HEIGHT);
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
            let verdict = match self.verdict(&cutting)? {
                Verdict::None if (from, to) == (0, ends) => self.pair(),
                verdict => verdict,
            };
            Some(Found {
                pixels: cutter.finished(&cutting, PictureOptions::default())?,
                verdict,
            })
        };
        choices.into_iter().filter_map(finished).collect()
    }

    fn pair(&self) -> Verdict {
        let [left, right] = self.labels;
        Verdict::Pair(10 * left + right)
    }

    /// Whether a cutting is a digit or none; `None` where it is neither clearly.
    fn verdict(&self, cutting: &Cutting) -> Option<Verdict> {
        let [left, right] = self.digits.each_ref().map(|digit| alike(digit, cutting));
        let (best, label) = if left > right {
            (left, self.labels[0])
        } else {
            (right, self.labels[1])
        };
        if best >= IS_DIGIT {
            Some(Verdict::Digit(label))
        } else if best < IS_NONE && cutting.relative_size.0 > NARROW {
            Some(Verdict::None)
        } else {
            None
        }
    }
}

/// The part of their joint ink that a digit and a cutting have in common.
fn alike(digit: &GrayImage, cutting: &Cutting) -> f32 {
    let num_ink = |image: &GrayImage| image.iter().filter(|&&pixel| pixel > 0).count();
    let (left, top) = (cutting.extent.left as usize, cutting.extent.top as usize);
    let (width, sheet_width) = (cutting.ink.width() as usize, digit.width() as usize);
    let rows = cutting.ink.as_raw().chunks_exact(width.max(1));
    let in_common = rows.zip(top..).map(|(row, y)| {
        let below = &digit.as_raw()[y * sheet_width + left..][..width];
        let pairs = row.iter().zip(below);
        pairs.filter(|&(&cut, &ink)| cut > 0 && ink > 0).count()
    });
    let common: usize = in_common.sum();
    let joint = num_ink(digit) + num_ink(&cutting.ink) - common;
    common as f32 / joint.max(1) as f32
}

/// How far right the second, set `down` pixels lower, first touches the first.
fn contact(left: &GrayImage, right: &GrayImage, down: i32) -> i32 {
    let row = |image: &GrayImage, y: i32| -> Option<(i32, i32)> {
        let y = usize::try_from(y).ok()?;
        let row = image.as_raw().chunks_exact(image.width() as usize).nth(y)?;
        let first = row.iter().position(|&pixel| pixel > 0)?;
        let last = row.iter().rposition(|&pixel| pixel > 0)?;
        Some((i32::try_from(first).ok()?, i32::try_from(last).ok()?))
    };
    let height = i32::try_from(left.height()).unwrap_or(0);
    let reaches = (0..height).filter_map(|y| Some(row(left, y)?.1 + 1 - row(right, y - down)?.0));
    let apart = i32::try_from(left.width()).unwrap_or(0);
    reaches.max().unwrap_or(apart)
}

#[cfg(test)]
mod tests;
