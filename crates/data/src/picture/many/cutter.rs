//! Sharp ink that is cut apart, and the parts made ready.
//!
//! Owns what a part is: which of them may be a digit, and what is left of its neighbours' ink.

use image::GrayImage;

use super::seams::{Seam, seams};
use crate::bilevel::stroke_width;
use crate::finish::finish;
use crate::picture::options::PictureOptions;
use crate::picture::pieces::{self, Extent, Pieces};
use crate::picture::sharp::MARGIN;
use crate::picture::{slant, stroke};
use base::IMAGE_PIXELS;

/// Parts are not wider than this, in heights of their line.
const WIDEST: f32 = 1.5;
/// What is wider than this before scraps are taken from it is not looked at.
const FAR_TOO_WIDE: f32 = 2.0 * WIDEST;
/// Parts that were cut off are not narrower, and not lower, than this.
const NARROWEST: f32 = 0.08;
const LOWEST: f32 = 0.45;
/// Pieces smaller than this part of the greatest piece of what was cut off are left out.
const SCRAP: f32 = 0.12;

/// Ink that hangs together, and where it may be cut.
pub(crate) struct Cutter {
    ink: GrayImage,
    /// Of all ink; `None` where there is none.
    extent: Option<Extent>,
    /// Of the line, in pixels.
    height: u32,
    stroke: f32,
    seams: Vec<Seam>,
}

/// What lies between two cuts, or a cut and an end.
pub(crate) struct Cutting {
    /// 255 on its ink, cut to it.
    pub(crate) ink: GrayImage,
    /// Where that is on the sheet of the whole.
    pub(crate) extent: Extent,
    /// Width and height in heights of the line.
    pub(crate) relative_size: (f32, f32),
}

impl Cutter {
    /// Of bilevel ink in a line `height` pixels high.
    pub(crate) fn new(ink: GrayImage, height: u32) -> Self {
        let whole = Self::uncut(ink, height);
        Self {
            seams: seams(&whole.ink, height as f32, whole.stroke),
            ..whole
        }
    }

    /// The same that is not to be cut.
    pub(crate) fn uncut(ink: GrayImage, height: u32) -> Self {
        Self {
            stroke: stroke_width(&ink),
            extent: Extent::of_ink(&ink),
            ink,
            height,
            seams: Vec::new(),
        }
    }

    pub(crate) fn num_cuts(&self) -> usize {
        self.seams.len()
    }

    /// Whether what lies between two cuts is so wide that it need not be cut out to see that. The whole never is.
    pub(crate) fn is_far_too_wide(&self, from: usize, to: usize) -> bool {
        let left = from.checked_sub(1).and_then(|index| self.seams.get(index));
        let right = self.seams.get(to - 1);
        let Some(all) = self.extent.filter(|_| left.is_some() || right.is_some()) else {
            return false;
        };
        let first = left.and_then(|seam| seam.columns.iter().max().copied());
        let end = right.and_then(|seam| seam.columns.iter().min().copied());
        let first = first.unwrap_or(all.left);
        let end = end.unwrap_or(all.right + 1);
        end.saturating_sub(first) as f32 > FAR_TOO_WIDE * self.height as f32
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
        let window = window(self.extent?, left, right)?;
        let ink = between(&self.ink, window, left, right);
        let ink = if is_whole { ink } else { without_scraps(&ink) };
        let within = Extent::of_ink(&ink)?;
        let extent = within.moved(window.left, window.top);
        let relative = |pixels: u32| pixels as f32 / self.height as f32;
        let (width, height) = (relative(extent.width()), relative(extent.height()));
        let is_scrap = !(NARROWEST..=WIDEST).contains(&width) || height < LOWEST;
        (is_whole || !is_scrap).then(|| Cutting {
            ink: pieces::cut(&ink, within, 0),
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
        let (width, height) = cutting.ink.dimensions();
        let mut ink = pieces::cut(&cutting.ink, Extent::of_picture(width, height), margin);
        let mut longest = width.max(height);
        if options.deskew {
            ink = slant::upright(&ink);
            longest = Extent::of_ink(&ink)?.longest();
        }
        finish(&stroke::normalised(&ink, self.stroke, longest))
    }
}

/// The rectangle of the sheet that has all ink between two seams in it; `None` where that is nothing.
fn window(all: Extent, left: Option<&Seam>, right: Option<&Seam>) -> Option<Extent> {
    let first = left.and_then(|seam| seam.columns.iter().min());
    let end = right.and_then(|seam| seam.columns.iter().max());
    let first = first.map_or(all.left, |&column| column.max(all.left));
    let end = end.map_or(all.right + 1, |&column| column.min(all.right + 1));
    (first < end).then_some(Extent {
        left: first,
        right: end - 1,
        ..all
    })
}

/// The ink right of one seam and left of another, cut to the window.
fn between(
    ink: &GrayImage,
    window: Extent,
    left: Option<&Seam>,
    right: Option<&Seam>,
) -> GrayImage {
    let mut part = pieces::cut(ink, window, 0);
    for (row, y) in part.rows_mut().zip(window.top as usize..) {
        let first = left.map_or(0, |seam| seam.columns[y]);
        let end = right.map_or(u32::MAX, |seam| seam.columns[y]);
        for (pixel, x) in row.zip(window.left..) {
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
