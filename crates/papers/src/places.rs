//! Where the digits stand on the sheet.
//!
//! Owns the size of the sheet, and the sizes and places of the digits.

use image::GrayImage;
use rand::{Rng, RngExt as _};

use crate::chances::{between, normal};
use crate::ink::{Nib, drawn, tilt};
use crate::kinds::Paper;
use base::IMAGE_PIXELS;

/// Shortest and longest side of an ordinary picture, in pixels.
const SIDES: (f32, f32) = (64.0, 400.0);
/// The side of a tiny picture, and of the digits on it, in pixels.
const TINY_SIDE: u32 = 16;
const TINY_DIGIT: (f32, f32) = (10.0, 15.0);
/// The longest side of a digit, in shorter sides of the picture, and at least in pixels.
const DIGIT_PART: (f32, f32) = (0.3, 0.85);
const MIN_DIGIT: f32 = 24.0;
/// Heights of the digits in a line, in pixels.
const LINE_HEIGHT: (f32, f32) = (40.0, 80.0);
const TINY_LINE_HEIGHT: f32 = 14.0;

/// The smallest rectangle with all of a digit's ink in it, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InkBox {
    /// Pixels left of it.
    pub left: u32,
    /// Pixels above it.
    pub top: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// How far the digits of a line stand from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// With paper between them, a tenth to four tenths of their height.
    Apart,
    /// Each runs into the next.
    Touching,
}

/// Ink and its places, before there is paper.
pub(crate) struct Placed {
    /// 255 is full ink.
    pub(crate) ink: GrayImage,
    pub(crate) boxes: Vec<InkBox>,
    /// The longest side of the digits, in pixels.
    pub(crate) digit_side: f32,
}

/// One digit anywhere on the sheet.
pub(crate) fn single(digit: &[u8; IMAGE_PIXELS], paper: Paper, rng: &mut impl Rng) -> Placed {
    let (width, height, digit_side) = if paper == Paper::Tiny {
        (
            TINY_SIDE,
            TINY_SIDE,
            between(rng, TINY_DIGIT.0, TINY_DIGIT.1),
        )
    } else {
        let shorter = between(rng, SIDES.0.ln(), (0.8 * SIDES.1).ln()).exp();
        let longer = (shorter * between(rng, 1.0, 1.4)).min(SIDES.1) as u32;
        let part = between(rng, DIGIT_PART.0, DIGIT_PART.1);
        let digit_side = (part * shorter).max(MIN_DIGIT);
        let shorter = shorter as u32;
        if rng.random() {
            (shorter, longer, digit_side)
        } else {
            (longer, shorter, digit_side)
        }
    };
    let glyph = drawn(digit, Nib::any(rng), tilt(rng), digit_side as u32);
    let anywhere = |rng: &mut _, side: u32, ink: u32| between(rng, 0.0, (side - ink) as f32 + 0.99);
    let left = anywhere(rng, width, glyph.width()) as u32;
    let top = anywhere(rng, height, glyph.height()) as u32;
    let mut sheet = Placed::new(width, height, digit_side);
    sheet.add(&glyph, left, top);
    sheet
}

/// Digits beside each other, of one nib.
pub(crate) fn line(
    digits: &[&[u8; IMAGE_PIXELS]],
    spacing: Spacing,
    paper: Paper,
    rng: &mut impl Rng,
) -> Placed {
    let height = if paper == Paper::Tiny {
        TINY_LINE_HEIGHT
    } else {
        between(rng, LINE_HEIGHT.0, LINE_HEIGHT.1)
    };
    let nib = Nib::any(rng);
    let turn = tilt(rng) * 0.5;
    let mut placed: Vec<(GrayImage, i64, i64)> = Vec::with_capacity(digits.len());
    for digit in digits {
        let longest = (height * between(rng, 0.88, 1.1)) as u32;
        let glyph = drawn(digit, nib, turn + 0.5 * tilt(rng), longest);
        let top = i64::from((0.05 * height * normal(rng)) as i32) - i64::from(glyph.height() / 2);
        let left = match placed.last() {
            None => 0,
            Some((last, left, last_top)) => {
                let gap = match spacing {
                    Spacing::Apart => (height * between(rng, 0.1, 0.4)).max(1.0) as i64,
                    Spacing::Touching => -((height * between(rng, 0.01, 0.06)) as i64) - 1,
                };
                let contact = contact(last, &glyph, top - last_top);
                // Apart means that a column of paper is between them, not only some paper.
                let contact = if spacing == Spacing::Apart {
                    i64::from(last.width())
                } else {
                    contact
                };
                left + contact + gap
            }
        };
        placed.push((glyph, left, top));
    }
    gathered(&placed, height, paper, rng)
}

/// How far right of `left_glyph`'s left edge `right_glyph`, set `down` pixels lower, first touches.
fn contact(left_glyph: &GrayImage, right_glyph: &GrayImage, down: i64) -> i64 {
    const INK: u8 = 128;
    let row_of = |glyph: &GrayImage, y: i64| -> Vec<bool> {
        let y = u32::try_from(y).ok().filter(|&y| y < glyph.height());
        y.map_or(Vec::new(), |y| {
            (0..glyph.width())
                .map(|x| glyph.get_pixel(x, y).0[0] >= INK)
                .collect()
        })
    };
    let rows = 0..i64::from(left_glyph.height());
    let reaches = rows.filter_map(|y| {
        let last = row_of(left_glyph, y).iter().rposition(|&ink| ink)?;
        let first = row_of(right_glyph, y - down).iter().position(|&ink| ink)?;
        let column = |place: usize| i64::try_from(place).unwrap_or(i64::MAX / 2);
        Some(column(last) + 1 - column(first))
    });
    reaches.max().unwrap_or(i64::from(left_glyph.width()))
}

fn gathered(
    placed: &[(GrayImage, i64, i64)],
    height: f32,
    paper: Paper,
    rng: &mut impl Rng,
) -> Placed {
    let edges = placed.iter().map(|(glyph, left, top)| {
        let (width, height) = (i64::from(glyph.width()), i64::from(glyph.height()));
        (*left, *top, left + width, top + height)
    });
    let (left, top, right, bottom) = edges.fold((0, 0, 1, 1), |all, one| {
        (
            all.0.min(one.0),
            all.1.min(one.1),
            all.2.max(one.2),
            all.3.max(one.3),
        )
    });
    let mut margin = || {
        let part = if paper == Paper::Tiny {
            0.1
        } else {
            between(rng, 0.2, 1.0)
        };
        (part * height) as i64 + 1
    };
    let (before, above, after, below) = (margin(), margin(), margin(), margin());
    let side = |low: i64, high: i64| u32::try_from(high - low).unwrap_or(1);
    let mut sheet = Placed::new(
        side(left - before, right + after),
        side(top - above, bottom + below),
        height,
    );
    for (glyph, x, y) in placed {
        let x = side(left - before, *x);
        sheet.add(glyph, x, side(top - above, *y));
    }
    sheet
}

impl Placed {
    fn new(width: u32, height: u32, digit_side: f32) -> Self {
        Self {
            ink: GrayImage::new(width, height),
            boxes: Vec::new(),
            digit_side,
        }
    }

    fn add(&mut self, glyph: &GrayImage, left: u32, top: u32) {
        for (x, y, pixel) in glyph.enumerate_pixels() {
            if let Some(under) = self.ink.get_pixel_mut_checked(left + x, top + y) {
                under.0[0] = under.0[0].max(pixel.0[0]);
            }
        }
        let (width, height) = glyph.dimensions();
        self.boxes.push(InkBox {
            left,
            top,
            width,
            height,
        });
    }
}
