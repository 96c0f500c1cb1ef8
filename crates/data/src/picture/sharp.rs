//! Ink parted from paper, and made sharp at one size.
//!
//! Owns the order of the steps from shades of grey to sharp ink. Which ink is of a digit is not known here.

use image::GrayImage;
use image::imageops;

use super::pieces::{self, Extent};
use super::{background, ink, lines};
use crate::resize::{Filter, resized};

/// The longer side of the ink before it is boxed, in pixels: five for each of the box.
pub(super) const INK_LONGEST: u32 = 100;
/// Paper around it for wider strokes, in parts of it.
pub(super) const MARGIN: f32 = 0.2;

/// Contrast, of 255, below which nothing is of print.
const FAINTEST: u8 = 5;

/// What happens to intermediate pictures.
pub(super) type Record<'a> = &'a mut dyn FnMut(&'static str, &GrayImage);

/// Ink on paper.
#[derive(Clone)]
pub(super) struct Inked {
    /// How much light the ink takes from the paper.
    pub(super) contrast: GrayImage,
    /// The contrast from which a pixel is ink.
    pub(super) edge: u8,
    /// What the grain of the paper does not reach.
    grain: u8,
}

impl Inked {
    /// Contrasts from which a pixel may be of print that is fainter than ink, each once.
    pub(super) fn fainter_levels(&self) -> Vec<u8> {
        let levels = [4, 12].map(|times| (self.edge / times).max(self.grain).max(FAINTEST));
        let mut fainter: Vec<u8> = levels
            .into_iter()
            .filter(|&level| level < self.edge)
            .collect();
        fainter.dedup();
        fainter
    }

    /// With other contrast, out of which printed lines are taken; and whether there were any. `None` where no ink is left.
    pub(super) fn without_lines(&self, contrast: GrayImage) -> Option<(Self, bool)> {
        let taken = lines::without_lines(&contrast, self.grain);
        let took_lines = taken.is_some();
        let contrast = taken.unwrap_or(contrast);
        let edge = ink::levels(&contrast, self.grain)?.edge();
        let grain = self.grain;
        let within = Self {
            contrast,
            edge,
            grain,
        };
        Some((within, took_lines))
    }

    /// Other contrast on the same paper.
    pub(super) fn with_contrast(&self, contrast: GrayImage) -> Self {
        Self { contrast, ..*self }
    }

    /// A part of it, with nothing around.
    pub(super) fn part(&self, extent: Extent) -> Self {
        self.with_contrast(pieces::cut(&self.contrast, extent, 0))
    }
}

/// Parts dark ink from paper, which is estimated on `coarse_longest` pixels. `None` where there is
/// no ink.
pub(super) fn inked(work: &GrayImage, coarse_longest: u32, record: Record<'_>) -> Option<Inked> {
    let paper = background::paper(work, coarse_longest);
    record("paper", &paper);
    let (contrast, grain) = ink::without_grain(&background::contrast(work, &paper));
    record("contrast", &contrast);
    let edge = ink::levels(&contrast, grain)?.edge();
    Some(Inked {
        contrast,
        edge,
        grain,
    })
}

/// The ink of a mask, enlarged or shrunk so that `size` pixels become [`INK_LONGEST`], and sharp;
/// with a margin for wider strokes, whose pixels before that are returned too.
pub(super) fn sharp_ink(
    inked: &Inked,
    mask: &GrayImage,
    extent: Extent,
    size: f32,
) -> (GrayImage, u32) {
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
        Filter::Triangle
    } else {
        Filter::CatmullRom
    };
    let (width, height) = (scaled(cut.width()), scaled(cut.height()));
    let resized = resized(&cut, width, height, filter);
    (ink::above(&resized, inked.edge), margin)
}
