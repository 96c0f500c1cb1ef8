//! What is added to a set of digits to train on: digits drawn again with other pens, and digits that touch, cut apart.
//!
//! Owns how many there are, their drawing on all threads, and their place in the cache. They are additions to the
//! data set and no augmentation: the same in every epoch.

mod european;
mod pens;
mod touching;

use european::european;
pub use pens::redrawn;
pub use touching::{Cuttings, cuttings};

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cache::{Cache, CacheUse, Kept, Key, Watch};
use crate::images::LabeledImages;

/// How many are drawn freshly for the key of the cache.
const PROBES: (usize, usize, usize) = (64, 16, 30);
/// Blocks of a file of the cache.
const NUM_BLOCKS: usize = 7;

/// How many there are, for each training image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AdditionsConfig {
    /// Digits drawn again with other pens.
    pub pens: f64,
    /// Pairs of digits that touch.
    pub touching: f64,
    /// Digits as they are written in Europe.
    pub european: f64,
}

impl AdditionsConfig {
    /// How many digits are drawn again, of so many training images.
    #[must_use]
    pub fn num_redrawn(&self, num_images: usize) -> usize {
        number(self.pens, num_images)
    }

    /// How many European digits are drawn, of so many training images.
    #[must_use]
    pub fn num_european(&self, num_images: usize) -> usize {
        number(self.european, num_images)
    }

    /// How many pairs are drawn, of so many training images.
    #[must_use]
    pub fn num_pairs(&self, num_images: usize) -> usize {
        number(self.touching, num_images)
    }
}

/// So many for each image.
fn number(for_each: f64, num_images: usize) -> usize {
    (for_each * num_images as f64).round() as usize
}

/// What is added to training images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Additions {
    /// Digits drawn again with other pens.
    pub redrawn: LabeledImages,
    /// Digits that touched, cut apart.
    pub cuttings: Cuttings,
    /// Digits as they are written in Europe.
    pub european: LabeledImages,
    /// Whether they came from the cache.
    pub cache_use: CacheUse,
}

/// Draws what is added to `train`: a pure function of these images, `config` and `seed`. Where there is a cache, what
/// was drawn before is taken from it, and what is drawn now is kept in it.
#[must_use]
pub fn draw(
    train: &LabeledImages,
    config: &AdditionsConfig,
    seed: u64,
    cache: Option<&Cache>,
    watch: Watch<'_>,
) -> Additions {
    let num_redrawn = config.num_redrawn(train.len());
    let num_pairs = config.num_pairs(train.len());
    let num_european = config.num_european(train.len());
    let total = num_redrawn + num_pairs + num_european;
    if total == 0 {
        return Additions {
            redrawn: LabeledImages::default(),
            cuttings: Cuttings::default(),
            european: LabeledImages::default(),
            cache_use: CacheUse::Drawn,
        };
    }
    let cache = cache.map(|cache| {
        (
            cache,
            key(train, [num_redrawn, num_pairs, num_european], seed),
        )
    });
    let mut cache_use = CacheUse::Drawn;
    if let Some((cache, key)) = &cache {
        match cache.read(key, NUM_BLOCKS) {
            Kept::Absent => {}
            Kept::Damaged(path) => cache_use = CacheUse::Damaged(path),
            Kept::Found(blocks) => match of_blocks(blocks) {
                Some(found) => return found,
                None => cache_use = CacheUse::Drawn,
            },
        }
    }
    let done = AtomicUsize::new(0);
    let one_more = || watch(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let redrawn = pens::redrawn_watched(train, num_redrawn, seed, &one_more);
    let cuttings = touching::cuttings_watched(train, num_pairs, seed, &one_more);
    let european = european::european_watched(num_european, seed, &one_more);
    if let Some((cache, key)) = cache {
        let blocks: [&[u8]; NUM_BLOCKS] = [
            redrawn.pixels(),
            redrawn.labels(),
            cuttings.digits.pixels(),
            cuttings.digits.labels(),
            &cuttings.none,
            european.pixels(),
            european.labels(),
        ];
        cache.write(&key, &blocks);
    }
    Additions {
        redrawn,
        cuttings,
        european,
        cache_use,
    }
}

fn key(train: &LabeledImages, counts: [usize; 3], seed: u64) -> Key {
    let [num_redrawn, num_pairs, num_european] = counts;
    let probe = redrawn(train, PROBES.0.min(num_redrawn), seed);
    let pairs = cuttings(train, PROBES.1.min(num_pairs), seed);
    let drawn = european(PROBES.2.min(num_european), seed);
    let bytes = |number: usize| (number as u64).to_le_bytes();
    Key::new(&[
        b"additions",
        train.sha256().as_bytes(),
        &bytes(num_redrawn),
        &bytes(num_pairs),
        &bytes(num_european),
        &seed.to_le_bytes(),
        probe.sha256().as_bytes(),
        pairs.digits.sha256().as_bytes(),
        &pairs.none,
        drawn.sha256().as_bytes(),
    ])
}

fn of_blocks(blocks: Vec<Vec<u8>>) -> Option<Additions> {
    let [
        pixels,
        labels,
        digits,
        digit_labels,
        none,
        european,
        european_labels,
    ] = <[Vec<u8>; NUM_BLOCKS]>::try_from(blocks).ok()?;
    Some(Additions {
        redrawn: LabeledImages::new(pixels, labels)?,
        cuttings: Cuttings {
            digits: LabeledImages::new(digits, digit_labels)?,
            none,
        },
        european: LabeledImages::new(european, european_labels)?,
        cache_use: CacheUse::Found,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::synthetic::{SyntheticConfig, draw as draw_digits};
    use std::fs;

    const SOME: AdditionsConfig = AdditionsConfig {
        pens: 0.5,
        touching: 0.1,
        european: 0.2,
    };

    fn digits(seed: u64) -> LabeledImages {
        let config = SyntheticConfig {
            num_train: 100,
            num_test: 0,
            seed,
        };
        draw_digits(&config).train
    }

    fn drawn(train: &LabeledImages, seed: u64, cache: Option<&Cache>) -> Additions {
        draw(train, &SOME, seed, cache, &|_, _| {})
    }

    #[test]
    fn what_is_found_is_what_was_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let train = digits(1);
        let first = drawn(&train, 1, Some(&cache));
        assert_eq!(first, drawn(&train, 1, None));
        assert_eq!(
            (first.redrawn.len(), first.cache_use.clone()),
            (50, CacheUse::Drawn)
        );
        let found = drawn(&train, 1, Some(&cache));
        assert_eq!(found.cache_use, CacheUse::Found);
        assert_eq!(
            (&found.redrawn, &found.cuttings, &found.european),
            (&first.redrawn, &first.cuttings, &first.european)
        );
        // Another seed, other images: other additions.
        assert_eq!(drawn(&train, 2, Some(&cache)).cache_use, CacheUse::Drawn);
        assert_eq!(
            drawn(&digits(2), 1, Some(&cache)).cache_use,
            CacheUse::Drawn
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_damaged_file_is_drawn_anew_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let first = drawn(&digits(1), 1, Some(&cache));
        let path = fs::read_dir(folder.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let mut bytes = fs::read(&path).unwrap();
        bytes[1_000] ^= 4;
        fs::write(&path, bytes).unwrap();
        let again = drawn(&digits(1), 1, Some(&cache));
        assert_eq!(again.cache_use, CacheUse::Damaged(path));
        assert_eq!(again.redrawn, first.redrawn);
        assert_eq!(
            drawn(&digits(1), 1, Some(&cache)).cache_use,
            CacheUse::Found
        );
    }

    #[test]
    fn every_one_that_is_drawn_is_told() {
        let told = AtomicUsize::new(0);
        let watch = |done: usize, total: usize| {
            assert!(done <= total && total == 80);
            told.fetch_add(1, Ordering::Relaxed);
        };
        let _ = draw(&digits(1), &SOME, 1, None, &watch);
        assert_eq!(told.into_inner(), 80);
        let none = draw(&digits(1), &AdditionsConfig::default(), 1, None, &|_, _| {});
        assert!(none.redrawn.is_empty() && none.cuttings.is_empty() && none.european.is_empty());
    }
}
