//! Digits on rows of dots, and in boxes of dots or dashes.

use image::GrayImage;
use rand::{Rng, RngExt as _};

use super::draw::{Drawing, blank, lay, lay_within, leaning, rule};
use super::many::line;
use crate::chances::{between, normal};
use crate::ink::{Nib, drawn, tilt};
use base::IMAGE_PIXELS;

/// Dots or dashes in a row.
#[derive(Clone, Copy)]
struct Row {
    /// How thick they are, how long at least, and how far it is from one to the next, in pixels.
    thickness: f32,
    length: f32,
    spacing: f32,
}

impl Row {
    /// For digits of such a height.
    fn any(height: f32, rng: &mut impl Rng) -> Self {
        let thickness = (height * between(rng, 0.015, 0.05)).max(1.2);
        let length = thickness
            * if rng.random_range(0..3) == 0 {
                3.0
            } else {
                0.0
            };
        Self {
            thickness,
            length,
            spacing: length + thickness * between(rng, 2.0, 4.0),
        }
    }

    fn draw(self, sheet: &mut GrayImage, from: (f32, f32), to: (f32, f32)) {
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        let length = right.hypot(down).max(1.0);
        let (right, down) = (right / length, down / length);
        let num = (length / self.spacing) as usize;
        for number in 0..=num {
            let along = number as f32 * length / num.max(1) as f32;
            let start = (from.0 + along * right, from.1 + along * down);
            let end = (
                start.0 + (self.length + 0.01) * right,
                start.1 + (self.length + 0.01) * down,
            );
            rule(sheet, start, end, self.thickness);
        }
    }
}

pub(super) fn dotted(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let drawing = if rng.random_range(0..3) == 0 {
        boxes(digits, rng)
    } else {
        on_a_row(digits, rng)
    };
    leaning(&drawing, 0.008 * normal(rng).clamp(-2.0, 2.0))
}

/// A row of dots along the foot of the digits, which some of them run through.
fn on_a_row(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let height = between(rng, 40.0, 80.0);
    let placed = line(digits, height, |_| 0.0, rng);
    let end = placed
        .last()
        .map_or(1.0, |(glyph, left, _)| left + glyph.width() as f32);
    let (before, after) = (
        height * between(rng, 0.3, 1.2),
        height * between(rng, 0.3, 2.0),
    );
    let mut drawing = blank(before + end + after, 2.2 * height);
    let middle = 1.1 * height;
    for (glyph, left, top) in &placed {
        lay(&mut drawing.ink, glyph, before + left, middle + top);
    }
    let base = middle + height * between(rng, 0.42, 0.7);
    let margin = 0.1 * height;
    let row = Row::any(height, rng);
    let last = before + end + after - margin;
    row.draw(&mut drawing.lines, (margin, base), (last, base));
    drawing
}

fn boxes(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let height = between(rng, 50.0, 100.0);
    let width = height * between(rng, 0.75, 1.1);
    let margin = height * between(rng, 0.1, 0.6);
    let all = digits.len() as f32 * width;
    let mut drawing = blank(all + 2.0 * margin, height + 2.0 * margin);
    let row = Row::any(height, rng);
    for y in [margin, margin + height] {
        row.draw(&mut drawing.lines, (margin, y), (margin + all, y));
    }
    for number in 0..=digits.len() {
        let x = margin + number as f32 * width;
        row.draw(&mut drawing.lines, (x, margin), (x, margin + height));
    }
    let nib = Nib::any(rng);
    for (number, digit) in digits.iter().enumerate() {
        let longest = height.min(1.2 * width) * between(rng, 0.5, 0.75);
        let glyph = drawn(digit, nib, 0.7 * tilt(rng), longest as u32);
        let inner = row.thickness + 2.0;
        let corner = (margin + number as f32 * width + inner, margin + inner);
        let room = (width - 2.0 * inner, height - 2.0 * inner);
        lay_within(
            &mut drawing.ink,
            &glyph,
            (corner.0, corner.1, room.0, room.1),
            rng,
        );
    }
    drawing
}
