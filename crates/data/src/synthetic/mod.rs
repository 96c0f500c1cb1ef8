//! Drawn digits: a stand-in for MNIST that needs no download.
//!
//! Owns which digit each image shows and who writes it. The forms of the digits are in
//! `skeletons`, the spread of hands in `writer`, the bending in `shape`, the ink in `nib`; the
//! finish is MNIST's own and shared with the pictures.
//!
//! Image `index` of a split is a pure function of the seed, the split and `index`: neither the
//! number of images nor the number of threads changes it.

mod config;
mod nib;
mod shape;
mod skeletons;
mod writer;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cache::{Cache, CacheUse, Kept, Key, Watch};
use crate::finish::finish;
use crate::images::{Dataset, LabeledImages, digit_names};
use base::{IMAGE_PIXELS, NUM_DIGITS};
pub use config::{SyntheticConfig, SyntheticSplit};
use writer::{Drawn, Habit, Hand, normal, stream};

/// How many are drawn freshly for the key of the cache, and the blocks of a file in it.
const NUM_PROBES: usize = 100;
const NUM_BLOCKS: usize = 4;
/// Writers of each split; no writer writes for both.
const NUM_WRITERS: u64 = 4096;
/// What is put over the seed of European digits: their writers are others.
const EUROPEAN: u64 = 0x6575_726f_7065_0000;
/// The same for letters.
const LETTERS: u64 = 0x6162_6364_6566_0000;

/// Draws both splits, in parallel.
///
/// Every ten images in a row hold each digit once, in random order.
#[must_use]
pub fn draw(config: &SyntheticConfig) -> Dataset {
    draw_watched(config, None, &|_, _| {}).0
}

/// [`draw`], telling how many of how many are drawn. Where there is a cache, what was drawn before is taken from it,
/// and what is drawn now is kept in it.
#[must_use]
pub fn draw_watched(
    config: &SyntheticConfig,
    cache: Option<&Cache>,
    watch: Watch<'_>,
) -> (Dataset, CacheUse) {
    let set = |train, test| Dataset {
        name: "synthetic".into(),
        class_names: digit_names(),
        train,
        validation: None,
        test: Some(test),
        origin: config.origin(),
    };
    let cache = cache.map(|cache| (cache, key(config)));
    let mut cache_use = CacheUse::Drawn;
    if let Some((cache, key)) = &cache {
        match cache.read(key, NUM_BLOCKS) {
            Kept::Absent => {}
            Kept::Damaged(path) => cache_use = CacheUse::Damaged(path),
            Kept::Found(blocks) => {
                if let Some((train, test)) = of_blocks(blocks) {
                    return (set(train, test), CacheUse::Found);
                }
            }
        }
    }
    let (done, total) = (AtomicUsize::new(0), config.num_train + config.num_test);
    let one_more = || watch(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let train = draw_split(
        config.seed,
        SyntheticSplit::Train,
        config.num_train,
        &one_more,
    );
    let test = draw_split(
        config.seed,
        SyntheticSplit::Test,
        config.num_test,
        &one_more,
    );
    if let Some((cache, key)) = cache {
        let blocks = [train.pixels(), train.labels(), test.pixels(), test.labels()];
        cache.write(&key, &blocks);
    }
    (set(train, test), cache_use)
}

fn key(config: &SyntheticConfig) -> Key {
    let probe = draw_split(config.seed, SyntheticSplit::Train, NUM_PROBES, &|| {});
    Key::new(&[
        b"synthetic",
        config.origin().as_bytes(),
        probe.sha256().as_bytes(),
    ])
}

fn of_blocks(blocks: Vec<Vec<u8>>) -> Option<(LabeledImages, LabeledImages)> {
    let [train, train_labels, test, test_labels] =
        <[Vec<u8>; NUM_BLOCKS]>::try_from(blocks).ok()?;
    let train = LabeledImages::new(train, train_labels)?;
    Some((train, LabeledImages::new(test, test_labels)?))
}

fn draw_split(
    seed: u64,
    split: SyntheticSplit,
    num_images: usize,
    one_more: &(dyn Fn() + Sync),
) -> LabeledImages {
    let mut pixels = vec![0; num_images * IMAGE_PIXELS];
    let mut labels = vec![0; num_images];
    let images = pixels.par_chunks_exact_mut(IMAGE_PIXELS).zip(&mut labels);
    images.enumerate().for_each(|(index, (image, label))| {
        *label = digit_at(seed, split, index as u64);
        image.copy_from_slice(&draw_digit(seed, split, index as u64, *label));
        one_more();
    });
    LabeledImages::new(pixels, labels).unwrap_or_default()
}

/// The digit that the `index`-th image of a split shows.
fn digit_at(seed: u64, split: SyntheticSplit, index: u64) -> u8 {
    let num_classes = NUM_DIGITS as u64;
    let mut digits: [u8; NUM_DIGITS] = std::array::from_fn(|digit| digit as u8);
    let mut rng = stream(seed, split, Drawn::Order, index / num_classes);
    digits.shuffle(&mut rng);
    digits[(index % num_classes) as usize]
}

/// Draws `digit` as the `index`-th image of a split: `[IMAGE_PIXELS]`, finished like MNIST.
///
/// All paper where `digit` is not below [`NUM_DIGITS`].
#[must_use]
pub fn draw_digit(seed: u64, split: SyntheticSplit, index: u64, digit: u8) -> [u8; IMAGE_PIXELS] {
    write(skeletons::forms(digit), seed, split, index, digit)
}

/// Draws `digit` in one of the ways in which it is written in Europe and hardly in America, as image `index`:
/// `[IMAGE_PIXELS]`; all paper where there is no such way.
pub(crate) fn draw_european(seed: u64, index: u64, digit: u8) -> [u8; IMAGE_PIXELS] {
    let forms = skeletons::european_forms(digit);
    write(forms, seed ^ EUROPEAN, SyntheticSplit::Train, index, digit)
}

/// Draws a letter or a sign that no digit looks like, as image `index`: `[IMAGE_PIXELS]`. They come in turn.
pub(crate) fn draw_letter(seed: u64, index: u64) -> [u8; IMAGE_PIXELS] {
    let letter = (index % skeletons::NUM_LETTERS as u64) as usize;
    let behind_digits = (NUM_DIGITS + letter) as u8;
    let forms = skeletons::letter_forms(letter);
    write(
        forms,
        seed ^ LETTERS,
        SyntheticSplit::Train,
        index,
        behind_digits,
    )
}

/// Writes a digit, or a letter whose number is behind those of the digits, in one of these forms.
fn write(
    forms: &[skeletons::Form],
    seed: u64,
    split: SyntheticSplit,
    index: u64,
    digit: u8,
) -> [u8; IMAGE_PIXELS] {
    let mut rng = stream(seed, split, Drawn::Image, index);

    let writer = rng.random_range(0..NUM_WRITERS);
    let hand = Hand::of_writer(&mut stream(seed, split, Drawn::Writer, writer));
    let habit_index = NUM_WRITERS + writer * NUM_DIGITS as u64 + u64::from(digit);
    let habit = Habit::new(forms, &mut stream(seed, split, Drawn::Writer, habit_index));

    let mut hand = hand.at_next_digit(&mut rng);
    if digit == 1 {
        // It is written smaller than others, and so its line is thicker beside it.
        hand.thickness += 0.12 + 0.2 * normal(&mut rng);
    }
    let Some((form, weights)) = habit.at_next_digit(forms, &mut rng) else {
        return [0; IMAGE_PIXELS];
    };
    let strokes = shape::write(form, &weights, &hand, &mut rng);
    let ink = nib::draw(&strokes, &hand, &mut rng);
    finish(&ink).unwrap_or([0; IMAGE_PIXELS])
}

#[cfg(test)]
mod tests;
