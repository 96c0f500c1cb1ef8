//! Digits in forms: cells cut out of tables, boxes, combs and grids, tight crops, lines that lean, amounts.
//!
//! Owns the kinds of form and how they are drawn. A picture is a pure function of its digits, its form, the seed and
//! its index.

use std::fmt;
use std::str::FromStr;

use image::{GrayImage, Luma, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center_no_crop};
use rand::{Rng, RngExt as _};

use crate::chances::{between, chance, normal};
use crate::ink::{Nib, drawn, tilt};
use crate::signs;
use base::IMAGE_PIXELS;
use base::random::Purpose;

/// A kind of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One digit in a cell cut out of a table: rulings on the picture's edges, inside them, or off them.
    Cell,
    /// One digit in a closed box with paper around it.
    Boxed,
    /// One digit that fills the picture from edge to edge, large or of 16×16 or 8×8 pixels, light or dark.
    Tight,
    /// A line of boxes that share their sides, a digit in each.
    Joined,
    /// A line of boxes with gaps between them, a digit in each.
    Apart,
    /// A line with ticks that part the digits on it.
    Comb,
    /// Rows and columns of cells; some are empty.
    Grid,
    /// A line of digits that is turned by up to 15°.
    Turned,
    /// An amount with a point or a comma and two digits after it, some with a minus before.
    Amount,
}

impl Form {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Cell,
        Self::Boxed,
        Self::Tight,
        Self::Joined,
        Self::Apart,
        Self::Comb,
        Self::Grid,
        Self::Turned,
        Self::Amount,
    ];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Boxed => "boxed",
            Self::Tight => "tight",
            Self::Joined => "joined",
            Self::Apart => "apart",
            Self::Comb => "comb",
            Self::Grid => "grid",
            Self::Turned => "turned",
            Self::Amount => "amount",
        }
    }

    /// How many digits it has: at least, and at most.
    #[must_use]
    pub fn num_digits(self) -> (usize, usize) {
        match self {
            Self::Cell | Self::Boxed | Self::Tight => (1, 1),
            Self::Joined | Self::Apart | Self::Comb | Self::Grid => (4, 10),
            Self::Turned => (4, 8),
            Self::Amount => (3, 5),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No kind of form has this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "no form `{0}`: expected one of cell, boxed, tight, joined, apart, comb, grid, turned, amount"
)]
pub struct UnknownForm(String);

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, UnknownForm> {
        let mut kinds = Self::ALL.into_iter();
        kinds
            .find(|form| form.name() == name)
            .ok_or_else(|| UnknownForm(name.into()))
    }
}

/// A filled form.
#[derive(Clone, Debug)]
pub struct Filled {
    /// The picture, in shades of grey.
    pub picture: GrayImage,
    /// What is to be read of it, where that is more than its digits: with signs.
    pub signs: Signs,
}

/// Signs around the digits of an amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// A minus stands before them.
    pub is_negative: bool,
    /// This sign stands before the last two.
    pub mark: Option<char>,
}

impl Signs {
    /// The text of digits with these signs.
    #[must_use]
    pub fn around(self, digits: &str) -> String {
        let mut text = digits.to_owned();
        if let Some(mark) = self.mark {
            text.insert(text.len().saturating_sub(2), mark);
        }
        if self.is_negative {
            text.insert(0, '-');
        }
        text
    }
}

/// Ink on a sheet: 0 is paper, 255 full ink. Lines have their own, as they have their own colour.
struct Drawing {
    ink: GrayImage,
    lines: GrayImage,
}

/// Digits of MNIST's form, each `[IMAGE_PIXELS]`, written into a form.
#[must_use]
pub fn fill(digits: &[&[u8; IMAGE_PIXELS]], form: Form, seed: u64, index: u64) -> Filled {
    let place = (1 << 60) | (form as u64) << 48 | index;
    let rng = &mut base::random::stream(seed, Purpose::Papers, place);
    let mut signs = Signs::default();
    let drawing = match form {
        Form::Cell => cell(digits, rng),
        Form::Boxed => boxed(digits, rng),
        Form::Tight => return tight(digits, rng),
        Form::Joined | Form::Apart | Form::Comb => row(digits, form, rng),
        Form::Grid => grid(digits, rng),
        Form::Turned => turned(digits, rng),
        Form::Amount => amount(digits, &mut signs, rng),
    };
    Filled {
        picture: photographed(&drawing, rng),
        signs,
    }
}

/// In a cell of such a size, the longest side of a digit in parts of it.
const IN_CELL: (f32, f32) = (0.5, 0.78);

fn glyph(digit: &[u8; IMAGE_PIXELS], longest: f32, rng: &mut impl Rng) -> GrayImage {
    drawn(digit, Nib::any(rng), tilt(rng), longest as u32)
}

fn blank(width: f32, height: f32) -> Drawing {
    let sheet = GrayImage::new(width.max(1.0) as u32, height.max(1.0) as u32);
    Drawing {
        lines: sheet.clone(),
        ink: sheet,
    }
}

fn lay(sheet: &mut GrayImage, glyph: &GrayImage, left: f32, top: f32) {
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

/// A straight line between two points.
fn rule(sheet: &mut GrayImage, from: (f32, f32), to: (f32, f32), width: f32) {
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
fn lay_within(
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

fn line_width(side: f32, rng: &mut impl Rng) -> f32 {
    (side * between(rng, 0.008, 0.035)).max(1.0)
}

fn cell(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
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

fn frame(sheet: &mut GrayImage, (left, top, width, height): (f32, f32, f32, f32), thickness: f32) {
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

fn boxed(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
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

/// Turned by so many radians.
fn leaning(drawing: &Drawing, angle: f32) -> Drawing {
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

fn tight(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Filled {
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
fn square(sheet: &GrayImage, side: u32, is_stretched: bool) -> GrayImage {
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

fn row(digits: &[&[u8; IMAGE_PIXELS]], form: Form, rng: &mut impl Rng) -> Drawing {
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

fn grid(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
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
    for number in 0..=num_columns {
        let x = margin + number as f32 * side;
        let thickness = if number % num_columns == 0 || number % 3 == 0 {
            thick
        } else {
            thin
        };
        rule(
            &mut drawing.lines,
            (x, margin),
            (x, margin + height),
            thickness,
        );
    }
    for number in 0..=num_rows {
        let y = margin + number as f32 * side;
        let thickness = if number % num_rows == 0 || number % 3 == 0 {
            thick
        } else {
            thin
        };
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
fn line(
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

fn turned(digits: &[&[u8; IMAGE_PIXELS]], rng: &mut impl Rng) -> Drawing {
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

fn amount(digits: &[&[u8; IMAGE_PIXELS]], signs: &mut Signs, rng: &mut impl Rng) -> Drawing {
    let height = between(rng, 40.0, 80.0);
    signs.is_negative = chance(rng, 0.2);
    signs.mark = Some(if chance(rng, 0.6) { '.' } else { ',' });
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
        signs::mark(
            &mut drawing.ink,
            signs.mark == Some(','),
            (x, base),
            height,
            stroke,
        );
    }
    if signs.is_negative {
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

/// The drawing in its colours, a little blurred and with noise, as scanned.
fn photographed(drawing: &Drawing, rng: &mut impl Rng) -> GrayImage {
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
