//! Pictures of one digit: cells, boxes, tight crops.

use image::{GrayImage, Luma, imageops};
use rand::{Rng, RngExt as _};

use super::draw::{
    Drawing, IN_CELL, blank, frame, glyph, lay, lay_within, leaning, line_width, rule,
};
use super::{Filled, Signs};
use crate::chances::{between, chance, normal};
use base::IMAGE_PIXELS;

pub(super) fn cell(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let height = between(rng, 50.0, 200.0);
    let width = height * between(rng, 0.8, 1.3);
    let mut drawing = blank(width, height);
    let thickness = line_width(height, rng);
    // How far inside each edge the cell begins: on it, inside, or off the picture.
    let mut inside = || match rng.random_range(0..4) {
        0 => -10.0,
        1 | 2 => 0.3 * thickness,
        _ => between(rng, 0.02, 0.1) * height,
    };
    let (left, top, right, bottom) = (
        inside(),
        inside(),
        width - 1.0 - inside(),
        height - 1.0 - inside(),
    );
    let lean = 0.012 * normal(rng);
    let (far, shift) = (2.0 * (width + height), 0.5 * lean * width);
    for y in [top, bottom] {
        let ends = (
            (-far, y - lean * far - shift),
            (far, y + lean * far - shift),
        );
        rule(&mut drawing.lines, ends.0, ends.1, thickness);
    }
    for x in [left, right] {
        let ends = ((x + lean * far, -far), (x - lean * far, far));
        rule(&mut drawing.lines, ends.0, ends.1, thickness);
    }
    let (left, top) = (
        left.max(0.0) + thickness + 2.0,
        top.max(0.0) + thickness + 2.0,
    );
    let (right, bottom) = (
        right.min(width) - thickness - 2.0,
        bottom.min(height) - thickness - 2.0,
    );
    let room = (right - left).min(bottom - top);
    let glyph = glyph(digits[0], room * between(rng, 0.55, 0.9), rng);
    lay_within(
        &mut drawing.ink,
        &glyph,
        (left, top, right - left, bottom - top),
        rng,
    );
    drawing
}

pub(super) fn boxed(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
    let side = between(rng, 50.0, 160.0);
    let (width, height) = (side * between(rng, 0.8, 1.2), side);
    let margin = side * between(rng, 0.08, 0.5);
    let mut drawing = blank(width + 2.0 * margin, height + 2.0 * margin);
    let thickness = line_width(side, rng);
    frame(
        &mut drawing.lines,
        (margin, margin, width, height),
        thickness,
    );
    let glyph = glyph(digits[0], side * between(rng, IN_CELL.0, IN_CELL.1), rng);
    let inner = margin + thickness + 1.0;
    let room = (
        width - 2.0 * thickness - 2.0,
        height - 2.0 * thickness - 2.0,
    );
    lay_within(
        &mut drawing.ink,
        &glyph,
        (inner, inner, room.0, room.1),
        rng,
    );
    leaning(&drawing, 0.05 * normal(rng).clamp(-1.5, 1.5))
}

pub(super) fn tight(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Filled {
    let glyph = glyph(digits[0], 160.0, rng);
    let pad = |part: f32| (part * 160.0) as u32;
    let margins = [0; 4].map(|_| pad(between(rng, 0.0, 0.03)));
    let (width, height) = (
        glyph.width() + margins[0] + margins[1],
        glyph.height() + margins[2] + margins[3],
    );
    let mut sheet = GrayImage::new(width, height);
    lay(&mut sheet, &glyph, margins[0] as f32, margins[2] as f32);
    let kind = rng.random_range(0..3);
    let sheet = match kind {
        // As in the sets of 16×16 and of 8×8 pixels: the box is the picture, whatever its form.
        0 => square(&sheet, 16, chance(rng, 0.5)),
        1 => square(&sheet, 8, chance(rng, 0.5)),
        _ => {
            let side = between(rng, 0.3, 1.0);
            let scaled = |side_pixels: u32| ((side_pixels as f32 * side) as u32).max(12);
            imageops::thumbnail(&sheet, scaled(width), scaled(height))
        }
    };
    let is_light = kind < 2 || chance(rng, 0.3);
    let (paper, ink) = if is_light {
        (between(rng, 0.0, 30.0), between(rng, 200.0, 255.0))
    } else {
        (between(rng, 150.0, 255.0), between(rng, 0.0, 70.0))
    };
    let blurred = if kind == 2 && chance(rng, 0.3) {
        imageops::fast_blur(&sheet, between(rng, 0.5, 2.0))
    } else {
        sheet
    };
    let picture = GrayImage::from_fn(blurred.width(), blurred.height(), |x, y| {
        let cover = f32::from(blurred.get_pixel(x, y).0[0]) / 255.0;
        Luma([(paper + cover * (ink - paper)).round().clamp(0.0, 255.0) as u8])
    });
    Filled {
        picture,
        signs: Signs::default(),
    }
}

/// So many pixels on a side: stretched to that, or with paper beside it.
pub(super) fn square(sheet: &GrayImage, side: u32, is_stretched: bool) -> GrayImage {
    let longest = sheet.width().max(sheet.height());
    let mut whole = GrayImage::new(longest, longest);
    let middle = (
        (longest - sheet.width()) / 2,
        (longest - sheet.height()) / 2,
    );
    lay(&mut whole, sheet, middle.0 as f32, middle.1 as f32);
    // A 1 is not drawn out to a block.
    let is_wide = 2 * sheet.width() > sheet.height();
    let source = if is_stretched && is_wide {
        sheet
    } else {
        &whole
    };
    imageops::thumbnail(source, side, side)
}
