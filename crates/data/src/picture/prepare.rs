//! A picture of one digit becomes 28×28 pixels, step after step.
//!
//! Owns the order of the steps and their record.

use image::imageops;
use image::{DynamicImage, GrayImage};
use std::path::Path;

use super::form::in_mnist_form;
use super::options::{PictureError, PictureOptions};
use super::pieces::{Extent, Pieces};
use super::sharp::{INK_LONGEST, Record, inked, sharp_ink};
use super::{background, grey, ink, slant, stroke};
use crate::bilevel::stroke_width;
use crate::decode::{DecodeLimits, decode, read_file};
use crate::finish::finish;
use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// Ink smaller than this, in pixels at the working size, is looked at again in more detail.
const SMALL_INK: u32 = 64;

/// Reads and decodes a picture from a file; the content decides on the format, not the name.
///
/// # Errors
/// [`PictureError::Decode`], also for what is over the default limits.
pub fn open(path: &Path) -> Result<DynamicImage, PictureError> {
    let limits = DecodeLimits::default();
    Ok(decode(&read_file(path, &limits)?, &limits)?)
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
    let ink = stroke::normalised(&ink, stroke_width(&ink), longest);
    record("strokes", &ink);
    let pixels = finish(&ink).ok_or(PictureError::NoInk)?;
    if let Some(finished) =
        GrayImage::from_raw(IMAGE_SIDE as u32, IMAGE_SIDE as u32, pixels.to_vec())
    {
        record("boxed", &finished);
    }
    Ok(pixels)
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

#[cfg(test)]
mod tests;
