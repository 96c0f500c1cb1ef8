//! Sharp ink that is cut apart, and the parts made ready.
//!
//! Owns what a part is: which of them may be a digit, and what is left of its neighbours' ink.

use image::GrayImage;

use super::seams::{Seam, seams};
use crate::finish::finish;
use crate::images::IMAGE_PIXELS;
use crate::picture::pieces::{self, Extent, Pieces};
use crate::picture::{MARGIN, PictureOptions, slant, stroke};

/// Parts are not wider than this, in heights of their line.
const WIDEST: f32 = 1.5;
/// Parts that were cut off are not narrower, and not lower, than this.
const NARROWEST: f32 = 0.08;
const LOWEST: f32 = 0.45;
/// Pieces smaller than this part of the greatest piece of what was cut off are left out.
const SCRAP: f32 = 0.12;

/// Ink that hangs together, and where it may be cut.
pub(crate) struct Cutter {
    ink: GrayImage,
    /// Of the line, in pixels.
    height: u32,
    stroke: f32,
    seams: Vec<Seam>,
}

/// What lies between two cuts, or a cut and an end.
pub(crate) struct Cutting {
    /// 255 on its ink, on the sheet of the whole.
    pub(crate) ink: GrayImage,
    pub(crate) extent: Extent,
    /// Width and height in heights of the line.
    pub(crate) relative_size: (f32, f32),
}

impl Cutter {
    /// Of bilevel ink in a line `height` pixels high.
    pub(crate) fn new(ink: GrayImage, height: u32) -> Self {
        let stroke = stroke::width(&ink);
        let seams = seams(&ink, height as f32, stroke);
        Self {
            ink,
            height,
            stroke,
            seams,
        }
    }

    pub(crate) fn num_cuts(&self) -> usize {
        self.seams.len()
    }

    /// How many strokes each cut goes through, from left to right.
    pub(crate) fn strokes(&self) -> Vec<f32> {
        self.seams.iter().map(|seam| seam.strokes).collect()
    }

    /// From cut to cut: 0 is the left end, 1 the first cut, one more than there are cuts the right end.
    /// `None` where it can be no digit: nothing, too wide, or a scrap. The whole always may.
    pub(crate) fn part(&self, from: usize, to: usize) -> Option<Cutting> {
        let left = from.checked_sub(1).and_then(|index| self.seams.get(index));
        let right = self.seams.get(to - 1);
        let is_whole = left.is_none() && right.is_none();
        let ink = between(&self.ink, left, right);
        let ink = if is_whole { ink } else { without_scraps(&ink) };
        let extent = Extent::of_ink(&ink)?;
        let relative = |pixels: u32| pixels as f32 / self.height as f32;
        let (width, height) = (relative(extent.width()), relative(extent.height()));
        let is_scrap = !(NARROWEST..=WIDEST).contains(&width) || height < LOWEST;
        (is_whole || !is_scrap).then_some(Cutting {
            ink,
            extent,
            relative_size: (width, height),
        })
    }

    /// In MNIST's form.
    pub(crate) fn finished(
        &self,
        cutting: &Cutting,
        options: PictureOptions,
    ) -> Option<[u8; IMAGE_PIXELS]> {
        let margin = (self.height as f32 * MARGIN) as u32;
        let mut ink = pieces::cut(&cutting.ink, cutting.extent, margin);
        let mut longest = cutting.extent.longest();
        if options.deskew {
            ink = slant::upright(&ink);
            longest = Extent::of_ink(&ink)?.longest();
        }
        finish(&stroke::normalised(&ink, self.stroke, longest))
    }
}

/// The ink right of one seam and left of another.
fn between(ink: &GrayImage, left: Option<&Seam>, right: Option<&Seam>) -> GrayImage {
    let mut part = ink.clone();
    for (row, y) in part.rows_mut().zip(0..) {
        let first = left.map_or(0, |seam| seam.columns[y]);
        let end = right.map_or(u32::MAX, |seam| seam.columns[y]);
        for (pixel, x) in row.zip(0..) {
            if x < first || x >= end {
                pixel.0[0] = 0;
            }
        }
    }
    part
}

/// What was cut off, without the ends of strokes of what it was cut from.
fn without_scraps(part: &GrayImage) -> GrayImage {
    let pieces = Pieces::of(part);
    let greatest = pieces.pieces.iter().map(|piece| piece.area).max();
    let least = SCRAP * greatest.unwrap_or(0) as f32;
    let mut kept = pieces.pieces.clone();
    kept.retain(|piece| piece.area as f32 >= least);
    pieces.drawn(&kept)
}
