//! Any picture of one digit becomes 28×28 pixels like MNIST's.
//!
//! Owns the order of the steps and their record; each step has its own module. The boxing and
//! centring are MNIST's own and shared with the drawn digits, decoding is
//! [`decode`](crate::decode)'s. Knows no labels and no data sets.

mod background;
mod grey;
mod ink;
mod levels;
mod lines;
mod many;
mod pieces;
mod slant;
pub(crate) mod stroke;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage};
use std::path::Path;

use crate::decode::{DecodeError, DecodeLimits, decode, read_file};
use crate::finish::{finish, is_finished};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use levels::{border, histogram, median, threshold};
pub use many::{Bounds, Cluster, Part, Variant, find_digits};
pub(crate) use many::{Cutter, Cutting};
use pieces::{Extent, Pieces};

/// The darkest border that is still as black as MNIST's.
const BLACK_BORDER: u8 = 16;
/// The longer side of the ink before it is boxed, in pixels: five for each of the box.
const INK_LONGEST: u32 = 100;
/// Paper around it for wider strokes, in parts of it.
const MARGIN: f32 = 0.2;
/// Ink smaller than this, in pixels at the working size, is looked at again in more detail.
const SMALL_INK: u32 = 64;

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

/// What the preparation does where it is asked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureOptions {
    /// Sets slanting digits upright, by a shear along their rows.
    pub deskew: bool,
}

/// One step of the preparation.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was done, in a word or two.
    pub name: &'static str,
    /// What came of it.
    pub image: GrayImage,
}

/// The preparation of a picture, step after step.
#[derive(Debug)]
pub struct Trace {
    /// The steps that were taken, in order.
    pub steps: Vec<Step>,
    /// What [`to_mnist`] returns.
    pub result: Result<[u8; IMAGE_PIXELS], PictureError>,
}

/// What happens to intermediate pictures.
type Record<'a> = &'a mut dyn FnMut(&'static str, &GrayImage);

/// Turns a picture into `[IMAGE_PIXELS]` pixels like MNIST's: 0 is paper, 255 is full ink.
///
/// A picture of 28×28 pixels on a black border is taken for an image of MNIST's form and left as
/// it is, to the bit. In any other, ink is parted from paper under whatever light there is, may
/// the ink be dark or light; printed lines, specks and what hangs on the border are left out; and
/// the strokes are brought to MNIST's width, boxed and centred as in MNIST.
///
/// # Errors
/// [`PictureError::Empty`] and [`PictureError::NoInk`].
pub fn to_mnist(
    image: &DynamicImage,
    options: PictureOptions,
) -> Result<[u8; IMAGE_PIXELS], PictureError> {
    prepare(image, options, &mut |_, _| {})
}

/// Does what [`to_mnist`] does and keeps every step.
#[must_use]
pub fn trace(image: &DynamicImage, options: PictureOptions) -> Trace {
    let mut steps = Vec::new();
    let result = prepare(image, options, &mut |name, image| {
        steps.push(Step {
            name,
            image: image.clone(),
        });
    });
    Trace { steps, result }
}

fn prepare(
    image: &DynamicImage,
    options: PictureOptions,
    record: Record<'_>,
) -> Result<[u8; IMAGE_PIXELS], PictureError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    let grey = grey::shades(image);
    record("grey", &grey);
    if let Some(pixels) = in_mnist_form(&grey) {
        return Ok(pixels);
    }
    let mut ink = ink_of(&grey, true, record).ok_or(PictureError::NoInk)?;
    let mut longest = INK_LONGEST;
    if options.deskew {
        ink = slant::upright(&ink);
        longest = Extent::of_ink(&ink).map_or(longest, |extent| extent.longest());
        record("upright", &ink);
    }
    let ink = stroke::normalised(&ink, stroke::width(&ink), longest);
    record("strokes", &ink);
    let pixels = finish(&ink).ok_or(PictureError::NoInk)?;
    if let Some(finished) =
        GrayImage::from_raw(IMAGE_SIDE as u32, IMAGE_SIDE as u32, pixels.to_vec())
    {
        record("boxed", &finished);
    }
    Ok(pixels)
}

/// A picture of MNIST's size, light on a black border; or dark on a white one, and then only where
/// its ink is boxed and centred as in MNIST.
fn in_mnist_form(grey: &GrayImage) -> Option<[u8; IMAGE_PIXELS]> {
    let side = IMAGE_SIDE as u32;
    if grey.dimensions() != (side, side) {
        return None;
    }
    let mut pixels: [u8; IMAGE_PIXELS] = grey.as_raw().as_slice().try_into().ok()?;
    if pixels.iter().all(|&pixel| pixel == pixels[0]) {
        return None;
    }
    let border = median(&histogram(&border(grey)));
    // Under a border of 0 there is nothing to compare: that is most pictures of MNIST's form.
    let is_black =
        border == 0 || (border <= BLACK_BORDER && border <= threshold(&histogram(grey.as_raw()))?);
    if is_black {
        return Some(pixels);
    }
    if border == u8::MAX {
        for pixel in &mut pixels {
            *pixel = u8::MAX - *pixel;
        }
        return is_finished(&pixels).then_some(pixels);
    }
    None
}

/// Bilevel ink, [`INK_LONGEST`] on its longer side. `None` where there is none.
fn ink_of(grey: &GrayImage, may_zoom: bool, record: Record<'_>) -> Option<GrayImage> {
    let (work, _) = background::with_dark_ink(grey::at_working_size(grey));
    record("ink dark", &work);
    let inked = inked(&work, background::COARSE_LONGEST, record)?;
    let pieces = Pieces::of(&ink::above(&inked.contrast, inked.edge));
    let chosen = pieces.of_digit();
    let extent = chosen
        .iter()
        .map(|piece| piece.extent)
        .reduce(Extent::joined)?;
    let mask = pieces.drawn(&chosen);
    record("pieces", &mask);
    let detail = grey.width().max(grey.height()) > work.width().max(work.height());
    if may_zoom && detail && extent.longest() < SMALL_INK {
        let closer = cut_out(grey, &work, extent);
        return ink_of(&closer, false, record);
    }
    let (sharp, _) = sharp_ink(&inked, &mask, extent, extent.longest() as f32);
    Some(sharp)
}

/// Ink on paper.
struct Inked {
    /// How much light the ink takes from the paper.
    contrast: GrayImage,
    /// The contrast from which a pixel is ink.
    edge: u8,
}

/// Parts dark ink from paper, which is estimated on `coarse_longest` pixels. `None` where there is
/// no ink.
fn inked(work: &GrayImage, coarse_longest: u32, record: Record<'_>) -> Option<Inked> {
    let paper = background::paper(work, coarse_longest);
    record("paper", &paper);
    let (mut contrast, grain) = ink::without_grain(&background::contrast(work, &paper));
    record("contrast", &contrast);
    if let Some(cleaned) = lines::without_lines(&contrast, grain) {
        contrast = cleaned;
        record("no lines", &contrast);
    }
    let edge = ink::levels(&contrast, grain)?.edge();
    Some(Inked { contrast, edge })
}

/// The part of the picture around the ink, in its full detail.
fn cut_out(grey: &GrayImage, work: &GrayImage, extent: Extent) -> GrayImage {
    let scale = f64::from(grey.width()) / f64::from(work.width());
    let margin = extent.longest() / 2;
    let low = |edge: u32| (f64::from(edge.saturating_sub(margin)) * scale) as u32;
    let high = |edge: u32, side: u32| ((f64::from(edge + 1 + margin) * scale) as u32).min(side);
    let (left, top) = (low(extent.left), low(extent.top));
    let (right, bottom) = (
        high(extent.right, grey.width()),
        high(extent.bottom, grey.height()),
    );
    imageops::crop_imm(grey, left, top, right - left, bottom - top).to_image()
}

/// The ink of a mask, enlarged or shrunk so that `size` pixels become [`INK_LONGEST`], and sharp;
/// with a margin for wider strokes, whose pixels before that are returned too.
fn sharp_ink(inked: &Inked, mask: &GrayImage, extent: Extent, size: f32) -> (GrayImage, u32) {
    let scale = INK_LONGEST as f32 / size;
    let margin = (MARGIN * size).ceil() as u32;
    let near = imageops::fast_blur(&pieces::cut(mask, extent, margin), 1.0);
    let mut cut = pieces::cut(&inked.contrast, extent, margin);
    for (level, near) in cut.pixels_mut().zip(near.pixels()) {
        if near.0[0] == 0 {
            level.0[0] = 0;
        }
    }
    let scaled = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
    let filter = if scale < 1.0 {
        FilterType::Triangle
    } else {
        FilterType::CatmullRom
    };
    let (width, height) = (scaled(cut.width()), scaled(cut.height()));
    let resized = imageops::resize(&cut, width, height, filter);
    (ink::above(&resized, inked.edge), margin)
}

#[cfg(test)]
mod tests;
