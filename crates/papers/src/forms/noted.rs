//! Numbers with slashes between them, and with words and signs beside them that are no digits.

use image::GrayImage;
use rand::{Rng, RngExt as _};

use super::Signs;
use super::draw::{Drawing, blank, lay, rule};
use super::letters::{UNLIKE_DIGITS, WORDS, letter, percent};
use super::many::line;
use crate::chances::{between, chance};
use crate::signs;
use base::IMAGE_PIXELS;

/// A number on its line, and room beside it.
struct Number {
    /// Each digit with its left and its top edge; the top one from the middle of the line.
    placed: Vec<(GrayImage, f32, f32)>,
    end: f32,
    /// The usual height of its digits, and the width of strokes beside them, in pixels.
    height: f32,
    stroke: f32,
}

impl Number {
    /// With so much more room before a digit, in heights.
    fn of(
        digits: &[&[u8; IMAGE_PIXELS]],
        room_after: impl Fn(usize) -> f32,
        rng: &mut impl Rng,
    ) -> Self {
        let height = between(rng, 40.0, 80.0);
        let placed = line(digits, height, |number| height * room_after(number), rng);
        let end = placed
            .last()
            .map_or(1.0, |(glyph, left, _)| left + glyph.width() as f32);
        Self {
            placed,
            end,
            height,
            stroke: height * between(rng, 0.06, 0.11),
        }
    }

    /// The middle between a digit and the next one.
    fn between(&self, number: usize) -> f32 {
        let right = self
            .placed
            .get(number)
            .map_or(0.0, |(glyph, left, _)| left + glyph.width() as f32);
        let next = self
            .placed
            .get(number + 1)
            .map_or(right, |(_, left, _)| *left);
        0.5 * (right + next)
    }

    /// On a sheet with so much paper before and after it; returns where it begins, and its middle.
    fn drawn(&self, before: f32, after: f32) -> (Drawing, (f32, f32)) {
        let mut drawing = blank(before + self.end + after, 2.2 * self.height);
        let middle = 1.1 * self.height;
        for (glyph, left, top) in &self.placed {
            lay(&mut drawing.ink, glyph, before + left, middle + top);
        }
        (drawing, (before, middle))
    }
}

/// After which digits of so many slashes stand.
fn slashes(num_digits: usize) -> &'static [usize] {
    match num_digits {
        0..=3 => &[0],
        4 => &[1],
        _ => &[1, 3],
    }
}

pub(super) fn date(
    digits: &[&[u8; IMAGE_PIXELS]],
    signs: &mut Signs,
    rng: &mut impl Rng,
) -> Drawing {
    let after = slashes(digits.len());
    let wide = between(rng, 0.3, 0.7);
    let room = |number: usize| {
        if after.contains(&number) {
            wide + 0.1
        } else {
            0.0
        }
    };
    let number = Number::of(digits, room, rng);
    let height = number.height;
    let margin = height * between(rng, 0.3, 0.8);
    let (mut drawing, (left, middle)) = number.drawn(margin, margin);
    for &place in after {
        signs.add(place + 1, '/');
        let x = left + number.between(place);
        let half = 0.5 * wide * height * between(rng, 0.85, 1.0);
        let (rise, fall) = (
            height * between(rng, 0.58, 0.8),
            height * between(rng, 0.58, 0.8),
        );
        rule(
            &mut drawing.ink,
            (x - half, middle + fall),
            (x + half, middle - rise),
            number.stroke,
        );
    }
    drawing
}

pub(super) fn price(
    digits: &[&[u8; IMAGE_PIXELS]],
    signs: &mut Signs,
    rng: &mut impl Rng,
) -> Drawing {
    let is_percent = chance(rng, 0.5);
    let point_after = (digits.len() >= 3 && chance(rng, 0.5)).then(|| digits.len() - 3);
    let room = |number: usize| {
        if Some(number) == point_after {
            0.3
        } else {
            0.0
        }
    };
    let number = Number::of(digits, room, rng);
    let height = number.height;
    let margin = height * between(rng, 0.3, 0.8);
    let sign = if is_percent {
        percent(height * between(rng, 0.85, 1.1), number.stroke, rng)
    } else {
        let kind = b"$el"[rng.random_range(0..3)];
        let tall = height * between(rng, 0.85, 1.1);
        let size = (tall * between(rng, 0.5, 0.7), tall);
        letter(kind, size, number.stroke, 0.02, rng)
    };
    let room = sign.width() as f32 + height * between(rng, 0.15, 0.4);
    let (before, after) = if is_percent {
        (margin, margin + room)
    } else {
        (margin + room, margin)
    };
    let (mut drawing, (left, middle)) = number.drawn(before, after);
    let x = if is_percent {
        left + number.end + room - sign.width() as f32
    } else {
        margin
    };
    let top = middle - 0.5 * sign.height() as f32;
    lay(&mut drawing.ink, &sign, x, top);
    if !is_percent {
        signs.add(0, '?');
    }
    if let Some(place) = point_after {
        signs.add(place + 1, '.');
        let at = left + number.between(place);
        let base = middle + height * between(rng, 0.42, 0.5);
        signs::mark(&mut drawing.ink, false, (at, base), height, number.stroke);
    }
    if is_percent {
        signs.add(digits.len(), '?');
    }
    drawing
}

pub(super) fn worded(
    digits: &[&[u8; IMAGE_PIXELS]],
    signs: &mut Signs,
    rng: &mut impl Rng,
) -> Drawing {
    let number = Number::of(digits, |_| 0.0, rng);
    let height = number.height;
    let margin = height * between(rng, 0.3, 0.8);
    let is_printed = chance(rng, 0.6);
    let word: &[u8] = if is_printed {
        WORDS[rng.random_range(0..WORDS.len())]
    } else {
        let place = rng.random_range(0..UNLIKE_DIGITS.len());
        &UNLIKE_DIGITS[place..=place]
    };
    let (tall, stroke, uneven, spacing) = if is_printed {
        let tall = height * between(rng, 0.5, 0.9);
        (tall, tall * between(rng, 0.08, 0.16), 0.0, 0.1 * tall)
    } else {
        (height * between(rng, 0.85, 1.1), number.stroke, 0.03, 0.0)
    };
    let size = (tall * between(rng, 0.6, 0.8), tall);
    let letters: Vec<GrayImage> = word
        .iter()
        .map(|&name| letter(name, size, stroke, uneven, rng))
        .collect();
    // Each has a margin of its own around it.
    let step = size.0 + stroke + spacing + 0.08 * tall;
    let wide = step * (letters.len() as f32 - 1.0) + letters[0].width() as f32;
    let room = wide + height * between(rng, 0.1, 0.6);
    let is_before = chance(rng, 0.8);
    let (before, after) = if is_before {
        (margin + room, margin)
    } else {
        (margin, margin + room)
    };
    let (mut drawing, (left, middle)) = number.drawn(before, after);
    let mut x = if is_before {
        margin
    } else {
        left + number.end + room - wide
    };
    signs.add(if is_before { 0 } else { digits.len() }, '?');
    // Printed words stand on the line of the digits.
    let base = middle + 0.5 * height;
    for glyph in &letters {
        let below = 0.15 * tall + stroke;
        let top = base + below - glyph.height() as f32;
        let layer = if is_printed {
            &mut drawing.lines
        } else {
            &mut drawing.ink
        };
        lay(layer, glyph, x, top);
        x += step;
    }
    drawing
}
