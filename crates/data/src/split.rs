//! Sets images aside for validation, and shuffles by seed.
//!
//! Owns [`split`], [`set_test_aside`] and [`permutation`]. All are pure functions of their arguments: the same on
//! every machine, whatever ran before. Batches and epochs are the trainer's.

use base::random::{Purpose, below};

use crate::error::DataError;
use crate::images::LabeledImages;

/// The index of the stream that [`split`] draws from. Shuffling by epoch takes the epoch's number, and never
/// meets this one.
const SPLIT_INDEX: u64 = u64::MAX;
/// Of a set without test images, one image in so many is set aside for the test.
const TEST_SHARE: usize = 10;

/// How many images to set aside for validation, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitConfig {
    /// Number of images to set aside; 0 for none.
    pub validation: usize,
    /// Which of the images these are.
    pub order: SplitOrder,
}

/// Which images are set aside for validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitOrder {
    /// Drawn at random; the same seed draws the same images.
    Seeded {
        /// The seed.
        seed: u64,
    },
    /// The last ones of the file.
    Last,
}

/// Images to train on and images to select by; no image is in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Images to train on, in the order of the file.
    pub train: LabeledImages,
    /// Images to select by, in the order of the file; `None` where none were set aside.
    pub validation: Option<LabeledImages>,
}

/// Parts `images` into training and validation images.
///
/// # Errors
/// [`DataError::Split`] where nothing would be left to train on.
pub fn split(images: LabeledImages, config: SplitConfig) -> Result<Split, DataError> {
    let requested = config.validation;
    if requested == 0 {
        return Ok(Split {
            train: images,
            validation: None,
        });
    }
    let aside: Vec<u32> = match config.order {
        SplitOrder::Seeded { seed } => shuffled(images.len(), seed, Purpose::Split, SPLIT_INDEX),
        SplitOrder::Last => (0..images.len() as u32).rev().collect(),
    };
    let (train, validation) = part(images, &aside, requested)?;
    Ok(Split {
        train,
        validation: Some(validation),
    })
}

/// Training and test images of a set that comes without test images: a tenth of it, drawn by the seed. Drawn apart
/// from the images for validation: the two draws do not know of each other.
///
/// # Errors
/// [`DataError::Split`] where there is no image at all.
pub fn set_test_aside(
    images: LabeledImages,
    seed: u64,
) -> Result<(LabeledImages, LabeledImages), DataError> {
    let order = shuffled(images.len(), seed, Purpose::TestSplit, 0);
    let num_test = images.len() / TEST_SHARE;
    part(images, &order, num_test)
}

/// All but the first `requested` of an order, and these; both in the order of the file.
fn part(
    mut images: LabeledImages,
    order: &[u32],
    requested: usize,
) -> Result<(LabeledImages, LabeledImages), DataError> {
    let available = images.len();
    if requested >= available {
        return Err(DataError::Split {
            requested,
            available,
        });
    }
    let mut is_aside = vec![false; available];
    for &index in order.iter().take(requested) {
        is_aside[index as usize] = true;
    }
    let aside = images.take_out(&is_aside);
    Ok((images, aside))
}

/// The numbers below `len` in an order that is a pure function of `len`, `seed` and `stream`.
///
/// Fisher–Yates over `ChaCha8`, whose key is made from `seed` and whose stream is `stream`:
/// different streams of a seed are independent, so a trainer shuffles epoch `e` by `(seed, e)` and
/// can go on at any epoch without replaying those before. `len` must fit into 32 bits, as the
/// number of images of every reader does; numbers beyond are left out.
#[must_use]
pub fn permutation(len: usize, seed: u64, stream: u64) -> Vec<u32> {
    shuffled(len, seed, Purpose::Order, stream)
}

fn shuffled(len: usize, seed: u64, purpose: Purpose, index: u64) -> Vec<u32> {
    let mut rng = base::random::stream(seed, purpose, index);
    let mut order: Vec<u32> = (0..u32::try_from(len).unwrap_or(u32::MAX)).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, below(&mut rng, last as u32 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use base::IMAGE_PIXELS;

    /// Image `i` consists of pixels `i` and has label `i % 10`.
    fn numbered(num_images: u8) -> LabeledImages {
        let pixels = (0..num_images)
            .flat_map(|number| [number; IMAGE_PIXELS])
            .collect();
        LabeledImages::new(pixels, (0..num_images).map(|number| number % 10).collect()).unwrap()
    }

    fn numbers(images: &LabeledImages) -> Vec<u8> {
        images
            .pixels()
            .chunks(IMAGE_PIXELS)
            .map(|image| image[0])
            .collect()
    }

    fn seeded(validation: usize, seed: u64) -> SplitConfig {
        SplitConfig {
            validation,
            order: SplitOrder::Seeded { seed },
        }
    }

    #[test]
    fn parts_are_disjoint_and_complete() {
        let images = numbered(100);
        for order in [SplitOrder::Seeded { seed: 7 }, SplitOrder::Last] {
            let parts = split(
                images.clone(),
                SplitConfig {
                    validation: 30,
                    order,
                },
            )
            .unwrap();
            let (train, validation) = (parts.train, parts.validation.unwrap());
            assert_eq!((train.len(), validation.len()), (70, 30));
            let mut all = [numbers(&train), numbers(&validation)].concat();
            assert!(numbers(&train).is_sorted() && numbers(&validation).is_sorted());
            all.sort_unstable();
            assert_eq!(all, numbers(&images));
            assert!(
                numbers(&train)
                    .iter()
                    .zip(train.labels())
                    .all(|(n, label)| n % 10 == *label)
            );
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let images = numbered(50);
        let first = split(images.clone(), seeded(10, 1)).unwrap();
        assert_eq!(first, split(images.clone(), seeded(10, 1)).unwrap());
        assert_ne!(first, split(images.clone(), seeded(10, 2)).unwrap());
    }

    #[test]
    fn last_takes_the_last_and_none_takes_none() {
        let last = SplitConfig {
            validation: 2,
            order: SplitOrder::Last,
        };
        let parts = split(numbered(5), last).unwrap();
        assert_eq!(numbers(&parts.validation.unwrap()), [3, 4]);
        let whole = split(numbered(5), seeded(0, 1)).unwrap();
        assert_eq!((whole.train, whole.validation), (numbered(5), None));
    }

    #[test]
    fn a_tenth_is_set_aside_for_the_test() {
        let images = numbered(95);
        let (train, test) = set_test_aside(images.clone(), 1).unwrap();
        assert_eq!((train.len(), test.len()), (86, 9));
        let mut all = [numbers(&train), numbers(&test)].concat();
        all.sort_unstable();
        assert_eq!(all, numbers(&images));
        assert_ne!(set_test_aside(images.clone(), 2).unwrap().1, test);
        let validation = split(images.clone(), seeded(9, 1)).unwrap().validation;
        assert_ne!(validation, Some(test), "drawn apart from each other");
        let (train, test) = set_test_aside(numbered(9), 1).unwrap();
        assert_eq!((train.len(), test.len()), (9, 0));
        assert!(set_test_aside(numbered(0), 1).is_err());
    }

    #[test]
    fn something_must_be_left_to_train_on() {
        assert!(split(numbered(5), seeded(4, 1)).is_ok());
        let error = split(numbered(5), seeded(5, 1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot set 5 images aside for validation: expected fewer than the 5 there are"
        );
        assert_eq!(error.hint().unwrap(), "set at most 4 images aside");
    }

    #[test]
    fn permutations_hold_every_number_once_and_differ_by_seed_and_stream() {
        let order = permutation(1000, 3, 5);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
        assert_eq!(order, permutation(1000, 3, 5));
        assert_ne!(order, permutation(1000, 3, 6));
        assert_ne!(order, permutation(1000, 4, 5));
        assert_eq!(
            permutation(10, 1, 0),
            [4, 8, 6, 9, 2, 1, 0, 7, 3, 5],
            "pinned: a seed means the same in every release"
        );
        assert!(permutation(0, 1, 1).is_empty());
        assert_eq!(permutation(1, 1, 1), [0]);
    }
}
