//! Pictures of many digits: boxes in a row, combs, grids, lines that lean, amounts.

use image::GrayImage;
use rand::{Rng, RngExt as _};

use super::draw::{Drawing, IN_CELL, blank, frame, lay, lay_within, leaning, line_width, rule};
use super::{Form, Signs};
use crate::chances::{between, chance, normal};
use crate::ink::{Nib, drawn, tilt};
use crate::signs;
use base::IMAGE_PIXELS;

pub(super) fn row(digits: &[&[u8; IMAGE_PIXELS]], form: Form, rng: &mut impl Rng) -> Drawing {
    let height = between(rng, 40.0, 100.0);
    let width = height * between(rng, 0.75, 1.1);
    let margin = height * between(rng, 0.1, 0.6);
    let gap = if form == Form::Apart {
        height * between(rng, 0.08, 0.4)
    } else {
        0.0
    };
    let num = digits.len() as f32;
    let all = num * width + (num - 1.0) * gap;
    let mut drawing = blank(all + 2.0 * margin, height + 2.0 * margin);
    let thickness = line_width(height, rng);
    let tick = height * between(rng, 0.2, 0.7);
    let (bottom, top) = (margin + height, margin + height - tick);
    if form == Form::Comb {
        rule(
            &mut drawing.lines,
            (margin, bottom),
            (margin + all, bottom),
            thickness,
        );
        for number in 0..=digits.len() {
            let x = margin + number as f32 * width;
            rule(&mut drawing.lines, (x, top), (x, bottom), thickness);
        }
    }
    let nib = Nib::any(rng);
    for (number, digit) in digits.iter().enumerate() {
        let left = margin + number as f32 * (width + gap);
        if form != Form::Comb {
            frame(&mut drawing.lines, (left, margin, width, height), thickness);
        }
        let longest = height.min(1.2 * width) * between(rng, 0.5, 0.75);
        let glyph = drawn(digit, nib, 0.7 * tilt(rng), longest as u32);
        let inner = thickness + 1.0;
        let room = (width - 2.0 * inner, height - 2.0 * inner);
        lay_within(
            &mut drawing.ink,
            &glyph,
            (left + inner, margin + inner, room.0, room.1),
            rng,
        );
    }
    leaning(&drawing, 0.015 * normal(rng).clamp(-2.0, 2.0))
}

pub(super) fn grid(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let num_columns = rng.random_range(3..8_usize);
    let side = between(rng, 40.0, 70.0);
    let margin = side * between(rng, 0.1, 0.5);
    // Which cells are filled, row by row; no row is left empty.
    let mut cells: Vec<Option<usize>> = Vec::new();
    let emptiness = if chance(rng, 0.5) { 0.0 } else { 0.4 };
    let mut next = 0;
    while next < digits.len() || !cells.len().is_multiple_of(num_columns) {
        let is_filled = next < digits.len() && !chance(rng, emptiness);
        cells.push(is_filled.then_some(next));
        next += usize::from(is_filled);
    }
    let num_rows = cells.len() / num_columns;
    let (width, height) = (num_columns as f32 * side, num_rows as f32 * side);
    let mut drawing = blank(width + 2.0 * margin, height + 2.0 * margin);
    let thin = line_width(side, rng);
    let thick = thin * if chance(rng, 0.4) { 2.0 } else { 1.0 };
    // The outer ones, and each third.
    let line_of = |number: usize, last: usize| {
        let is_thick = number.is_multiple_of(last) || number.is_multiple_of(3);
        if is_thick { thick } else { thin }
    };
    for number in 0..=num_columns {
        let x = margin + number as f32 * side;
        let thickness = line_of(number, num_columns);
        rule(
            &mut drawing.lines,
            (x, margin),
            (x, margin + height),
            thickness,
        );
    }
    for number in 0..=num_rows {
        let y = margin + number as f32 * side;
        let thickness = line_of(number, num_rows);
        rule(
            &mut drawing.lines,
            (margin, y),
            (margin + width, y),
            thickness,
        );
    }
    let nib = Nib::any(rng);
    for (place, digit) in cells.iter().enumerate() {
        let Some(digit) = *digit else {
            continue;
        };
        let (column, row) = ((place % num_columns) as f32, (place / num_columns) as f32);
        let longest = side * between(rng, IN_CELL.0, IN_CELL.1);
        let glyph = drawn(digits[digit], nib, 0.7 * tilt(rng), longest as u32);
        let inner = thick + 1.0;
        let corner = (margin + column * side + inner, margin + row * side + inner);
        let room = side - 2.0 * inner;
        lay_within(
            &mut drawing.ink,
            &glyph,
            (corner.0, corner.1, room, room),
            rng,
        );
    }
    leaning(&drawing, 0.01 * normal(rng).clamp(-2.0, 2.0))
}

/// Where digits of a line stand: each with the next one's left edge.
pub(super) fn line(
    digits: &[&[u8; IMAGE_PIXELS]],
    height: f32,
    gaps: impl Fn(usize) -> f32,
    rng: &mut impl Rng,
) -> Vec<(GrayImage, f32, f32)> {
    let nib = Nib::any(rng);
    let mut left = 0.0;
    let mut placed = Vec::new();
    for (number, digit) in digits.iter().enumerate() {
        let longest = height * between(rng, 0.88, 1.1);
        let glyph = drawn(digit, nib, 0.6 * tilt(rng), longest as u32);
        let top = 0.05 * height * normal(rng) - 0.5 * glyph.height() as f32;
        let width = glyph.width() as f32;
        placed.push((glyph, left, top));
        left += width + height * between(rng, 0.1, 0.35) + gaps(number);
    }
    placed
}

pub(super) fn turned(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let height = between(rng, 40.0, 80.0);
    let placed = line(digits, height, |_| 0.0, rng);
    let end = placed
        .last()
        .map_or(1.0, |(glyph, left, _)| left + glyph.width() as f32);
    let margin = 0.4 * height;
    let mut drawing = blank(end + 2.0 * margin, 1.4 * height + 2.0 * margin);
    for (glyph, left, top) in &placed {
        lay(
            &mut drawing.ink,
            glyph,
            margin + left,
            margin + 0.7 * height + top,
        );
    }
    leaning(&drawing, between(rng, -15.0, 15.0).to_radians())
}

pub(super) fn amount(
    digits: &[&[u8; IMAGE_PIXELS]],
    signs: &mut Signs,
    rng: &mut impl Rng,
) -> Drawing {
    let height = between(rng, 40.0, 80.0);
    let is_negative = chance(rng, 0.2);
    let is_comma = !chance(rng, 0.6);
    if is_negative {
        signs.add(0, '-');
    }
    signs.add(
        digits.len().saturating_sub(2),
        if is_comma { ',' } else { '.' },
    );
    let before_mark = digits.len().saturating_sub(3);
    let room = 0.3 * height;
    let gaps = |number: usize| if number == before_mark { room } else { 0.0 };
    let placed = line(digits, height, gaps, rng);
    let end = placed
        .last()
        .map_or(1.0, |(glyph, left, _)| left + glyph.width() as f32);
    let margin = 1.0 * height;
    let mut drawing = blank(end + 2.0 * margin, 1.5 * height + 0.6 * margin);
    let middle = 0.3 * margin + 0.75 * height;
    for (glyph, left, top) in &placed {
        lay(&mut drawing.ink, glyph, margin + left, middle + top);
    }
    let stroke = height * between(rng, 0.06, 0.11);
    if let Some((glyph, left, _)) = placed.get(before_mark) {
        let next = placed
            .get(before_mark + 1)
            .map_or(end, |(_, left, _)| *left);
        let x = margin + 0.5 * (left + glyph.width() as f32 + next);
        let base = middle + height * between(rng, 0.42, 0.5);
        signs::mark(&mut drawing.ink, is_comma, (x, base), height, stroke);
    }
    if is_negative {
        let x = margin - height * between(rng, 0.25, 0.4);
        let y = middle + height * between(rng, -0.1, 0.1);
        let length = height * between(rng, 0.3, 0.5);
        rule(
            &mut drawing.ink,
            (x - length, y),
            (x, y + 0.1 * stroke),
            stroke,
        );
    }
    drawing
}
