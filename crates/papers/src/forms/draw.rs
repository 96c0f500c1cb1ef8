//! Ink and printed lines on a sheet, and what a scanner makes of them.

use image::{GrayImage, Luma, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center_no_crop};
use rand::Rng;

use crate::chances::{between, chance, normal};
use crate::ink::{Nib, drawn, tilt};
use base::IMAGE_PIXELS;

/// Ink on a sheet: 0 is paper, 255 full ink. Lines have their own, as they have their own colour.
pub(super) struct Drawing {
    pub(super) ink: GrayImage,
    pub(super) lines: GrayImage,
}

/// In a cell of such a size, the longest side of a digit in parts of it.
pub(super) const IN_CELL: (f32, f32) = (0.5, 0.78);

pub(super) fn glyph(digit: &[u8; IMAGE_PIXELS], longest: f32, rng: &mut impl Rng) -> GrayImage {
    drawn(digit, Nib::any(rng), tilt(rng), longest as u32)
}

pub(super) fn blank(width: f32, height: f32) -> Drawing {
    let sheet = GrayImage::new(width.max(1.0) as u32, height.max(1.0) as u32);
    Drawing {
        lines: sheet.clone(),
        ink: sheet,
    }
}

pub(super) fn lay(sheet: &mut GrayImage, glyph: &GrayImage, left: f32, top: f32) {
    for (x, y, pixel) in glyph.enumerate_pixels() {
        let place = (
            left.round() as i64 + i64::from(x),
            top.round() as i64 + i64::from(y),
        );
        if let (Ok(x), Ok(y)) = (u32::try_from(place.0), u32::try_from(place.1))
            && let Some(under) = sheet.get_pixel_mut_checked(x, y)
        {
            under.0[0] = under.0[0].max(pixel.0[0]);
        }
    }
}

/// A straight line of ink between two points; width in pixels.
pub fn rule(sheet: &mut GrayImage, from: (f32, f32), to: (f32, f32), width: f32) {
    let (right, down) = (to.0 - from.0, to.1 - from.1);
    let length = right.hypot(down).max(1e-3);
    for (x, y, pixel) in sheet.enumerate_pixels_mut() {
        let at = (x as f32 - from.0, y as f32 - from.1);
        let along = ((at.0 * right + at.1 * down) / length).clamp(0.0, length);
        let nearest = (at.0 - along * right / length, at.1 - along * down / length);
        let cover = 0.5 + 0.5 * width - nearest.0.hypot(nearest.1);
        pixel.0[0] = pixel.0[0].max((cover.clamp(0.0, 1.0) * 255.0) as u8);
    }
}

/// Somewhere in a rectangle.
pub(super) fn lay_within(
    sheet: &mut GrayImage,
    glyph: &GrayImage,
    (left, top, width, height): (f32, f32, f32, f32),
    rng: &mut impl Rng,
) {
    let room = (
        (width - glyph.width() as f32).max(0.0),
        (height - glyph.height() as f32).max(0.0),
    );
    let place = (between(rng, 0.15, 0.85), between(rng, 0.15, 0.85));
    lay(
        sheet,
        glyph,
        left + place.0 * room.0,
        top + place.1 * room.1,
    );
}

pub(super) fn line_width(side: f32, rng: &mut impl Rng) -> f32 {
    (side * between(rng, 0.008, 0.035)).max(1.0)
}

pub(super) fn frame(
    sheet: &mut GrayImage,
    (left, top, width, height): (f32, f32, f32, f32),
    thickness: f32,
) {
    let corners = [
        (left, top),
        (left + width, top),
        (left + width, top + height),
        (left, top + height),
    ];
    for (number, &corner) in corners.iter().enumerate() {
        rule(sheet, corner, corners[(number + 1) % 4], thickness);
    }
}

/// Turned by so many radians.
pub(super) fn leaning(drawing: &Drawing, angle: f32) -> Drawing {
    let turn = |sheet: &GrayImage| {
        rotate_about_center_no_crop(
            sheet,
            angle,
            Interpolation::Bilinear,
            Border::Constant(Luma([0])),
        )
    };
    Drawing {
        ink: turn(&drawing.ink),
        lines: turn(&drawing.lines),
    }
}

/// The drawing in its colours, a little blurred and with noise, as scanned.
pub(super) fn photographed(drawing: &Drawing, rng: &mut impl Rng) -> GrayImage {
    let is_light = chance(rng, 0.12);
    let paper = between(rng, 215.0, 255.0);
    let (pen, print) = (between(rng, 0.0, 90.0), between(rng, 0.0, 170.0));
    let noise = if chance(rng, 0.5) {
        between(rng, 0.5, 5.0)
    } else {
        0.0
    };
    let mut sheet = GrayImage::from_fn(drawing.ink.width(), drawing.ink.height(), |x, y| {
        let mut level = paper;
        for (layer, colour) in [(&drawing.lines, print), (&drawing.ink, pen)] {
            let cover = f32::from(layer.get_pixel(x, y).0[0]) / 255.0;
            level += cover * (colour - level).min(0.0);
        }
        let level = if is_light { 255.0 - level } else { level };
        Luma([level.round().clamp(0.0, 255.0) as u8])
    });
    if chance(rng, 0.5) {
        sheet = imageops::fast_blur(&sheet, between(rng, 0.3, 0.9));
    }
    for pixel in sheet.pixels_mut() {
        let level = f32::from(pixel.0[0]) + noise * normal(rng);
        pixel.0[0] = level.round().clamp(0.0, 255.0) as u8;
    }
    sheet
}
