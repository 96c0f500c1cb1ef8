//! Drawn digits: a stand-in for MNIST that needs no download.
//!
//! Owns which digit each image shows and who writes it. The forms of the digits are in
//! `skeletons`, the spread of hands in `writer`, the bending in `shape`, the ink in `pen`; the
//! finish is MNIST's own and shared with the pictures.
//!
//! Image `index` of a split is a pure function of the seed, the split and `index`: neither the
//! number of images nor the number of threads changes it.

mod origin;
mod pen;
mod shape;
mod skeletons;
mod writer;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use crate::finish::finish;
use crate::images::{Dataset, LabeledImages, digit_names};
use base::{IMAGE_PIXELS, NUM_CLASSES};
use writer::{Habit, Hand, Purpose, stream};

/// Writers of each split; no writer writes for both.
const NUM_WRITERS: u64 = 4096;

/// How many digits to draw, and from which seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticConfig {
    /// Number of training images.
    pub num_train: usize,
    /// Number of test images.
    pub num_test: usize,
    /// Same seed, same images.
    pub seed: u64,
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self {
            num_train: 60_000,
            num_test: 10_000,
            seed: 1,
        }
    }
}

/// Which of the two sets of writers an image is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntheticSplit {
    /// Training images.
    Train,
    /// Test images.
    Test,
}

/// Draws both splits, in parallel.
///
/// Every ten images in a row hold each digit once, in random order.
#[must_use]
pub fn draw(config: &SyntheticConfig) -> Dataset {
    let seed = config.seed;
    Dataset {
        name: "synthetic".into(),
        class_names: digit_names(),
        train: draw_split(seed, SyntheticSplit::Train, config.num_train),
        test: Some(draw_split(seed, SyntheticSplit::Test, config.num_test)),
        origin: config.origin(),
    }
}

fn draw_split(seed: u64, split: SyntheticSplit, num_images: usize) -> LabeledImages {
    let mut pixels = vec![0; num_images * IMAGE_PIXELS];
    let mut labels = vec![0; num_images];
    let images = pixels.par_chunks_exact_mut(IMAGE_PIXELS).zip(&mut labels);
    images.enumerate().for_each(|(index, (image, label))| {
        *label = digit_at(seed, split, index as u64);
        image.copy_from_slice(&draw_digit(seed, split, index as u64, *label));
    });
    LabeledImages::new(pixels, labels).unwrap_or_default()
}

/// The digit that the `index`-th image of a split shows.
fn digit_at(seed: u64, split: SyntheticSplit, index: u64) -> u8 {
    let num_classes = NUM_CLASSES as u64;
    let mut digits: [u8; NUM_CLASSES] = std::array::from_fn(|digit| digit as u8);
    let mut rng = stream(seed, split, Purpose::Order, index / num_classes);
    digits.shuffle(&mut rng);
    digits[(index % num_classes) as usize]
}

/// Draws `digit` as the `index`-th image of a split: `[IMAGE_PIXELS]`, finished like MNIST.
///
/// All paper where `digit` is not below [`NUM_CLASSES`].
#[must_use]
pub fn draw_digit(seed: u64, split: SyntheticSplit, index: u64, digit: u8) -> [u8; IMAGE_PIXELS] {
    let forms = skeletons::forms(digit);
    let mut rng = stream(seed, split, Purpose::Image, index);

    let writer = rng.random_range(0..NUM_WRITERS);
    let hand = Hand::of_writer(&mut stream(seed, split, Purpose::Writer, writer));
    let habit_index = NUM_WRITERS + writer * NUM_CLASSES as u64 + u64::from(digit);
    let habit = Habit::new(
        forms,
        &mut stream(seed, split, Purpose::Writer, habit_index),
    );

    let hand = hand.at_next_digit(&mut rng);
    let Some((form, weights)) = habit.at_next_digit(forms, &mut rng) else {
        return [0; IMAGE_PIXELS];
    };
    let strokes = shape::write(form, &weights, &hand, &mut rng);
    let ink = pen::draw(&strokes, &hand, &mut rng);
    finish(&ink).unwrap_or([0; IMAGE_PIXELS])
}

#[cfg(test)]
mod tests;
