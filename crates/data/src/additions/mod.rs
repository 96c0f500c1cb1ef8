//! What is added to a set of digits to train on: digits drawn again with other pens, digits that touch, cut apart, and
//! letters, which are none.
//!
//! Owns their drawing on all threads, and their place in the cache; how many there are is `config`'s. They are additions to the
//! data set and no augmentation: the same in every epoch, or drawn anew every few epochs.

mod config;
mod european;
mod letters;
mod pens;
mod touching;

pub use config::AdditionsConfig;
use config::Numbers;
use european::european;
use letters::letters;
use pens::redrawn;
pub use touching::Cuttings;
use touching::{NumPairs, cuttings};

use std::sync::atomic::{AtomicUsize, Ordering};

use base::IMAGE_PIXELS;
use base::random::{Purpose, stream};
use rand::Rng as _;

use crate::cache::{Cache, CacheUse, Kept, Key, Watch};
use crate::images::LabeledImages;

/// How many are drawn freshly for the key of the cache.
const PROBES: (usize, usize, usize, usize) = (64, 16, 30, 30);
/// Blocks of a file of the cache.
const NUM_BLOCKS: usize = 10;

/// What is added to training images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Digits drawn again with other pens.
    pub redrawn: LabeledImages,
    /// Digits that touched, cut apart.
    pub cuttings: Cuttings,
    /// Digits as they are written in Europe.
    pub european: LabeledImages,
    /// Letters and signs, which are no digits; `[num * IMAGE_PIXELS]`.
    pub letters: Vec<u8>,
}

impl Additions {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.redrawn.len() + self.cuttings.len() + self.european.len() + self.num_letters()
    }

    /// How many letters and signs there are.
    #[must_use]
    pub fn num_letters(&self) -> usize {
        self.letters.len() / IMAGE_PIXELS
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of each kind there are: digits drawn again, cuttings that are a digit, two digits and none, European
    /// digits, letters.
    #[must_use]
    pub fn counts(&self) -> [usize; 6] {
        let Cuttings {
            digits,
            pairs,
            none,
        } = &self.cuttings;
        let none = none.len() / IMAGE_PIXELS;
        let (redrawn, european) = (self.redrawn.len(), self.european.len());
        let letters = self.num_letters();
        [redrawn, digits.len(), pairs.len(), none, european, letters]
    }

    /// With so many of each kind: the last are left out, or the first are there again.
    fn with_counts(self, counts: [usize; 6]) -> Self {
        let [
            num_redrawn,
            num_cut,
            num_pairs,
            num_none,
            num_european,
            num_letters,
        ] = counts;
        Self {
            redrawn: with_count(self.redrawn, num_redrawn),
            cuttings: Cuttings {
                digits: with_count(self.cuttings.digits, num_cut),
                pairs: with_count(self.cuttings.pairs, num_pairs),
                none: pixels_with_count(&self.cuttings.none, num_none),
            },
            european: with_count(self.european, num_european),
            letters: pixels_with_count(&self.letters, num_letters),
        }
    }
}

fn with_count(images: LabeledImages, count: usize) -> LabeledImages {
    if images.len() == count {
        return images;
    }
    let all = (0..images.len()).cycle().take(count);
    images.select(&all.collect::<Vec<_>>())
}

/// Images without labels, so many.
fn pixels_with_count(pixels: &[u8], count: usize) -> Vec<u8> {
    let images = pixels.as_chunks::<IMAGE_PIXELS>().0.iter();
    images.cycle().take(count).flatten().copied().collect()
}

/// Draws what is added to `train`: a pure function of these images, `config` and `seed`. Where there is a cache, what
/// was drawn before is taken from it, and what is drawn now is kept in it. Also told is whether they came from there.
#[must_use]
pub fn draw(
    train: &LabeledImages,
    config: &AdditionsConfig,
    seed: u64,
    cache: Option<&Cache>,
    watch: Watch<'_>,
) -> (Additions, CacheUse) {
    let numbers = config.numbers(train.len());
    if numbers.total() == 0 {
        return (Additions::default(), CacheUse::Drawn);
    }
    let cache = cache.map(|cache| (cache, key(train, numbers, seed)));
    let mut cache_use = CacheUse::Drawn;
    if let Some((cache, key)) = &cache {
        match cache.read(key, NUM_BLOCKS) {
            Kept::Absent => {}
            Kept::Damaged(path) => cache_use = CacheUse::Damaged(path),
            Kept::Found(blocks) => match of_blocks(blocks) {
                Some(found) => return (found, CacheUse::Found),
                None => cache_use = CacheUse::Drawn,
            },
        }
    }
    let drawn = draw_now(train, numbers, seed, watch);
    if let Some((cache, key)) = cache {
        let blocks: [&[u8]; NUM_BLOCKS] = [
            drawn.redrawn.pixels(),
            drawn.redrawn.labels(),
            drawn.cuttings.digits.pixels(),
            drawn.cuttings.digits.labels(),
            drawn.cuttings.pairs.pixels(),
            drawn.cuttings.pairs.labels(),
            &drawn.cuttings.none,
            drawn.european.pixels(),
            drawn.european.labels(),
            &drawn.letters,
        ];
        cache.write(&key, &blocks);
    }
    (drawn, cache_use)
}

/// The `number`th drawing of the additions to the same images, with so many of each kind as `counts` says: number 0 is what
/// [`draw`] gives, each other number another one. A pure function of these.
#[must_use]
pub fn draw_anew(
    train: &LabeledImages,
    config: &AdditionsConfig,
    seed: u64,
    number: usize,
    counts: [usize; 6],
) -> Additions {
    let of_drawing = match number {
        0 => seed,
        number => stream(seed, Purpose::DrawingAnew, number as u64).next_u64(),
    };
    let numbers = config.numbers(train.len());
    draw_now(train, numbers, of_drawing, &|_, _| {}).with_counts(counts)
}

fn draw_now(train: &LabeledImages, numbers: Numbers, seed: u64, watch: Watch<'_>) -> Additions {
    let total = numbers.total();
    let done = AtomicUsize::new(0);
    let one_more = || watch(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    Additions {
        redrawn: pens::redrawn_watched(train, numbers.redrawn, seed, &one_more),
        cuttings: touching::cuttings_watched(train, numbers.pairs, seed, &one_more),
        european: european::european_watched(numbers.european, seed, &one_more),
        letters: letters::letters_watched(numbers.letters, seed, &one_more),
    }
}

fn key(train: &LabeledImages, numbers: Numbers, seed: u64) -> Key {
    let NumPairs { cut, whole } = numbers.pairs;
    let probed = NumPairs {
        cut: PROBES.1.min(cut),
        whole: PROBES.1.min(whole),
    };
    let probe = redrawn(train, PROBES.0.min(numbers.redrawn), seed);
    let cuttings = cuttings(train, probed, seed);
    let drawn = european(PROBES.2.min(numbers.european), seed);
    let letters = letters(PROBES.3.min(numbers.letters), seed);
    let bytes = |number: usize| (number as u64).to_le_bytes();
    Key::new(&[
        b"additions",
        train.sha256().as_bytes(),
        &bytes(numbers.redrawn),
        &bytes(cut),
        &bytes(whole),
        &bytes(numbers.european),
        &bytes(numbers.letters),
        &seed.to_le_bytes(),
        probe.sha256().as_bytes(),
        cuttings.digits.sha256().as_bytes(),
        cuttings.pairs.sha256().as_bytes(),
        &cuttings.none,
        drawn.sha256().as_bytes(),
        &letters,
    ])
}

fn of_blocks(blocks: Vec<Vec<u8>>) -> Option<Additions> {
    let [
        pixels,
        labels,
        digits,
        digit_labels,
        pairs,
        pair_labels,
        none,
        european,
        european_labels,
        letters,
    ] = <[Vec<u8>; NUM_BLOCKS]>::try_from(blocks).ok()?;
    Some(Additions {
        redrawn: LabeledImages::new(pixels, labels)?,
        cuttings: Cuttings {
            digits: LabeledImages::new(digits, digit_labels)?,
            pairs: LabeledImages::new(pairs, pair_labels)?,
            none,
        },
        european: LabeledImages::new(european, european_labels)?,
        letters,
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
        pairs: 0.15,
        european: 0.2,
        letters: 0.3,
    };

    fn digits(seed: u64) -> LabeledImages {
        let config = SyntheticConfig {
            num_train: 100,
            num_test: 0,
            seed,
        };
        draw_digits(&config).train
    }

    fn drawn(train: &LabeledImages, seed: u64, cache: Option<&Cache>) -> (Additions, CacheUse) {
        draw(train, &SOME, seed, cache, &|_, _| {})
    }

    #[test]
    fn what_is_found_is_what_was_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let train = digits(1);
        let (first, cache_use) = drawn(&train, 1, Some(&cache));
        assert_eq!((first.redrawn.len(), cache_use), (50, CacheUse::Drawn));
        assert_eq!(first, drawn(&train, 1, None).0);
        let found = drawn(&train, 1, Some(&cache));
        assert_eq!(found, (first, CacheUse::Found));
        // Another seed, other images: other additions.
        assert_eq!(drawn(&train, 2, Some(&cache)).1, CacheUse::Drawn);
        assert_eq!(drawn(&digits(2), 1, Some(&cache)).1, CacheUse::Drawn);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_damaged_file_is_drawn_anew_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let (first, _) = drawn(&digits(1), 1, Some(&cache));
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
        assert_eq!(again, (first, CacheUse::Damaged(path)));
        assert_eq!(drawn(&digits(1), 1, Some(&cache)).1, CacheUse::Found);
    }

    #[test]
    fn every_one_that_is_drawn_is_told() {
        let told = AtomicUsize::new(0);
        let watch = |done: usize, total: usize| {
            assert!(done <= total && total == 125);
            told.fetch_add(1, Ordering::Relaxed);
        };
        let _ = draw(&digits(1), &SOME, 1, None, &watch);
        assert_eq!(told.into_inner(), 125);
        let (none, _) = draw(&digits(1), &AdditionsConfig::default(), 1, None, &|_, _| {});
        assert!(none.is_empty());
    }

    #[test]
    fn drawn_anew_they_are_others_and_as_many() {
        let train = digits(1);
        let (first, _) = drawn(&train, 1, None);
        let counts = first.counts();
        let anew = |number, counts| draw_anew(&train, &SOME, 1, number, counts);
        let (second, third) = (anew(1, counts), anew(2, counts));
        assert_eq!(anew(0, counts), first);
        assert_eq!((second.counts(), third.counts()), (counts, counts));
        assert_eq!(second, anew(1, counts));
        for (one, other) in [(&first, &second), (&second, &third)] {
            assert_ne!(one.redrawn, other.redrawn);
            assert_ne!(one.cuttings.digits, other.cuttings.digits);
            assert_ne!(one.cuttings.pairs, other.cuttings.pairs);
            assert_ne!(one.cuttings.none, other.cuttings.none);
            assert_ne!(one.european, other.european);
            assert_ne!(one.letters, other.letters);
        }
        // However many there were the first time.
        let counts = [60, 40, 33, 99, 7, 35];
        let many = anew(1, counts);
        assert_eq!(many.counts(), counts);
        assert_eq!(many.redrawn.image(50), many.redrawn.image(0));
        assert_eq!(many.european.image(6), second.european.image(6));
    }
}
