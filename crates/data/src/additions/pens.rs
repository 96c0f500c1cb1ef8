//! Digits drawn again with other pens, to train on: thin lines, wide brushes, few pixels. What people
//! photograph was not written with the pens of MNIST's writers.
//!
//! Owns the pens. What becomes of the ink after that is what becomes of a picture's, by [`crate::picture`].

use image::GrayImage;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

use crate::bilevel::{ENLARGEMENT, at_level, enlarged, ink_box, stroke_width, thinned, widened};
use crate::finish::finish;
use crate::images::LabeledImages;
use crate::picture::stroke;
use crate::resize::{Filter, resized, thumbnail};
use base::random::{Purpose, stream};
use base::{BOX_SIDE, IMAGE_PIXELS};

/// The share of each pen; the rest is as it came.
const LINES: f64 = 0.45;
const BRUSHES: f64 = 0.2;
/// The width of lines, and how much wider brushes are, in pixels of a finished image.
const LINE: (f32, f32) = (1.2, 3.0);
const WIDER: (f32, f32) = (0.5, 2.5);
/// The share of digits that were seen in few pixels, and in how many for their height.
const COARSE: f64 = 0.4;
const COARSE_SIDE: (f32, f32) = (9.0, 24.0);
/// The level from which coarse pixels are ink.
const COARSE_LEVEL: (f32, f32) = (90.0, 165.0);

/// So many of the images drawn with another pen: pure functions of images, seed and number, with the
/// labels of the images. Images of other things than digits become what such pens make of them.
#[must_use]
pub fn redrawn(images: &LabeledImages, num: usize, seed: u64) -> LabeledImages {
    redrawn_watched(images, num, seed, &|| {})
}

/// [`redrawn`], telling of each.
pub(super) fn redrawn_watched(
    images: &LabeledImages,
    num: usize,
    seed: u64,
    one_more: &(dyn Fn() + Sync),
) -> LabeledImages {
    if images.is_empty() {
        return LabeledImages::default();
    }
    let drawn: Vec<([u8; IMAGE_PIXELS], u8)> = (0..num as u64)
        .into_par_iter()
        .inspect(|_| one_more())
        .filter_map(|number| {
            let mut rng = stream(seed, Purpose::Pens, number);
            let index = rng.random_range(0..images.len());
            let pen = Pen::any(&mut rng);
            let image = pen.redrawn(images.image(index)?)?;
            Some((image, *images.labels().get(index)?))
        })
        .collect();
    let pixels = drawn.iter().flat_map(|(pixels, _)| *pixels).collect();
    let labels = drawn.iter().map(|&(_, label)| label).collect();
    LabeledImages::new(pixels, labels).unwrap_or_default()
}

/// A pen, and how its ink is seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    stroke: Stroke,
    coarse: Option<Coarse>,
}

/// What becomes of strokes; widths are in pixels of the large ink.
#[derive(Clone, Copy, Debug)]
enum Stroke {
    AsItCame,
    /// A line so wide along the middle of each.
    Line(f32),
    /// So much wider.
    Wider(f32),
}

/// Few pixels.
#[derive(Clone, Copy, Debug)]
struct Coarse {
    /// Pixels in the height of a digit.
    side: f32,
    /// The level from which they are ink.
    level: u8,
}

impl Pen {
    pub(super) fn any(rng: &mut ChaCha8Rng) -> Self {
        let kind: f64 = rng.random();
        let mut between = |(low, high): (f32, f32)| rng.random_range(low..=high);
        let (line, wider) = (between(LINE), between(WIDER));
        let (side, level) = (between(COARSE_SIDE), between(COARSE_LEVEL) as u8);
        let stroke = if kind < LINES {
            Stroke::Line(line * ENLARGEMENT as f32)
        } else if kind < LINES + BRUSHES {
            Stroke::Wider(wider * ENLARGEMENT as f32)
        } else {
            Stroke::AsItCame
        };
        let is_coarse = rng.random_bool(COARSE);
        Self {
            stroke,
            coarse: is_coarse.then_some(Coarse { side, level }),
        }
    }

    /// One that draws a line of any width, seen sharply.
    pub(super) fn of_line(rng: &mut ChaCha8Rng) -> Self {
        let width = rng.random_range(LINE.0..=LINE.1);
        Self {
            stroke: Stroke::Line(width * ENLARGEMENT as f32),
            coarse: None,
        }
    }

    /// An image as this pen would have drawn it; `None` where nothing is left of it.
    pub(super) fn redrawn(self, image: &[u8; IMAGE_PIXELS]) -> Option<[u8; IMAGE_PIXELS]> {
        let ink = self.drawn(&enlarged(image));
        finished(&self.seen(ink, BOX_SIDE * ENLARGEMENT))
    }

    /// Large ink as this pen would have drawn it.
    pub(super) fn drawn(self, ink: &GrayImage) -> GrayImage {
        match self.stroke {
            Stroke::AsItCame => ink.clone(),
            Stroke::Line(width) => widened(&thinned(ink), 0.5 * width),
            Stroke::Wider(width) => widened(ink, 0.5 * width),
        }
    }

    /// Large ink of digits so high as it is seen.
    pub(super) fn seen(self, ink: GrayImage, height: u32) -> GrayImage {
        let seen = self.coarse.and_then(|coarse| coarse.seen(&ink, height));
        seen.unwrap_or(ink)
    }
}

impl Coarse {
    /// `None` where nothing is left.
    fn seen(self, ink: &GrayImage, height: u32) -> Option<GrayImage> {
        let scale = (self.side / height as f32).min(1.0);
        let scaled = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
        let small = thumbnail(ink, scaled(ink.width()), scaled(ink.height()));
        let (width, height) = ink.dimensions();
        let large = resized(&small, width, height, Filter::CatmullRom);
        let seen = at_level(large, self.level);
        let is_left = seen.pixels().any(|pixel| pixel.0[0] > 0);
        is_left.then_some(seen)
    }
}

/// In MNIST's form, as ink of a picture comes to it.
fn finished(ink: &GrayImage) -> Option<[u8; IMAGE_PIXELS]> {
    let (_, _, width, height) = ink_box(ink)?;
    finish(&stroke::normalised(
        ink,
        stroke_width(ink),
        width.max(height),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::synthetic::{SyntheticConfig, draw};

    fn digits() -> LabeledImages {
        let config = SyntheticConfig {
            num_train: 60,
            num_test: 1,
            seed: 3,
        };
        draw(&config).train
    }

    fn ink(image: &[u8]) -> u32 {
        image.iter().map(|&pixel| u32::from(pixel)).sum()
    }

    #[test]
    fn pens_are_thinner_and_wider_and_digits_keep_their_places() {
        let digits = digits();
        let drawn = redrawn(&digits, 200, 1);
        assert_eq!(drawn.len(), 200);
        let usual = ink(digits.pixels()) / digits.len() as u32;
        let amounts: Vec<u32> = (0..drawn.len())
            .map(|index| ink(drawn.image(index).unwrap()))
            .collect();
        let count = |is: &dyn Fn(u32) -> bool| amounts.iter().filter(|&&amount| is(amount)).count();
        assert!(count(&|amount| amount < usual * 8 / 10) > 20);
        assert!(count(&|amount| amount > usual * 12 / 10) > 20);
        for index in 0..drawn.len() {
            assert!(crate::finish::is_finished(drawn.image(index).unwrap()));
        }
    }

    #[test]
    fn they_are_functions_of_the_seed() {
        let digits = digits();
        assert_eq!(redrawn(&digits, 20, 1), redrawn(&digits, 20, 1));
        assert_ne!(redrawn(&digits, 20, 1), redrawn(&digits, 20, 2));
        assert!(redrawn(&LabeledImages::default(), 20, 1).is_empty());
        let blank = LabeledImages::new(vec![0; IMAGE_PIXELS], vec![0]).unwrap();
        assert!(redrawn(&blank, 5, 1).is_empty());
    }
}
