//! Streams of random numbers that are pure functions of a seed, a purpose and an index.
//!
//! Whatever is random in this project is drawn from such a stream, never from a generator of the whole
//! process: a run can be repeated, or gone on with at any place, without replaying what came before. Two
//! purposes of one seed never share a stream.

use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, SeedableRng as _};

/// What the numbers of a stream are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights; index 0.
    Weights,
    /// The order of the training images; the index is the epoch, from 1.
    Order,
    /// Which images are set aside; the index is `u64::MAX`.
    Split,
    /// How a training image is changed; the index tells the epoch and the image.
    Augmentation,
    /// Which units a step leaves out; the index tells the step and the layer.
    Dropout,
    /// Digits drawn again with other pens; the index is the image.
    Pens,
    /// Pairs of digits that touch; the index is the pair.
    Touching,
    /// Pairs of digits that touch, to be read as one; the index is the pair.
    Pairs,
    /// The pens that letters are drawn again with; the index is the letter's image.
    Letters,
    /// The seed of pens, pairs and digits that are drawn anew while training goes on; the index tells how often.
    DrawingAnew,
    /// Which rows of a file are taken; index 0.
    Rows,
    /// Which images are set aside for the test; index 0.
    TestSplit,
    /// Drawn digits; the index tells what of them and which, `synthetic`'s own writers included.
    DrawnDigits,
    /// Paper, and what is photographed on it; the index tells the kind and the picture.
    Papers,
}

impl Purpose {
    /// What is put over the seed. Some have the seed itself, so that a seed still means what it has meant from the
    /// start: the first three, whose indices differ, and the drawn digits, which have a seed of their own.
    fn key(self) -> u64 {
        match self {
            Self::Weights | Self::Order | Self::Split | Self::DrawnDigits => 0,
            Self::Augmentation => 0x6175_676d_656e_7400,
            Self::Dropout => 0x6472_6f70_6f75_7400,
            Self::Pens => 0x7065_6e73_0000_0000,
            Self::Touching => 0x746f_7563_6800_0000,
            Self::Pairs => 0x7061_6972_7300_0000,
            Self::Letters => 0x6c65_7474_6572_7300,
            Self::DrawingAnew => 0x616e_6577_0000_0000,
            Self::Rows => 0x726f_7773_0000_0000,
            Self::TestSplit => 0x7465_7374_0000_0000,
            Self::Papers => 0x7061_7065_7273_0000,
        }
    }
}

/// The start of the stream for `purpose` and `index`: `ChaCha8` with a key made of seed and purpose.
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ purpose.key());
    random.set_stream(index);
    random
}

/// A number below `bound`, each with the same probability (Lemire 2019, "Fast random integer generation in an
/// interval"). Written out here so that no release of a library can change what a seed draws. `bound` must not
/// be 0.
pub fn below(random: &mut ChaCha8Rng, bound: u32) -> u32 {
    let num_rejected = bound.wrapping_neg() % bound;
    loop {
        let product = u64::from(random.next_u32()) * u64::from(bound);
        if product as u32 >= num_rejected {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_seed_purpose_and_index() {
        let first = |seed, purpose, index| stream(seed, purpose, index).next_u64();
        let number = first(1, Purpose::Pens, 7);
        assert_eq!(number, first(1, Purpose::Pens, 7));
        assert_ne!(number, first(2, Purpose::Pens, 7));
        assert_ne!(number, first(1, Purpose::Touching, 7));
        assert_ne!(number, first(1, Purpose::Order, 7));
        assert_ne!(number, first(1, Purpose::Pens, 8));
    }

    #[test]
    fn purposes_do_not_share_a_stream() {
        // As in use: the first three with the indices that they are used with.
        let streams = [
            (Purpose::Weights, 0),
            (Purpose::Order, 1),
            (Purpose::Split, u64::MAX),
            (Purpose::Augmentation, 0),
            (Purpose::Dropout, 0),
            (Purpose::Pens, 0),
            (Purpose::Touching, 0),
            (Purpose::DrawingAnew, 1),
            (Purpose::Rows, 0),
            (Purpose::TestSplit, 0),
            (Purpose::Papers, 0),
        ];
        let mut firsts = streams.map(|(purpose, index)| stream(7, purpose, index).next_u64());
        firsts.sort_unstable();
        assert!(firsts.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn numbers_below_are_even() {
        let mut random = stream(1, Purpose::Weights, 0);
        let mut counts = [0_i32; 5];
        for _ in 0..50_000 {
            counts[below(&mut random, 5) as usize] += 1;
        }
        // Five standard deviations of a binomial with n = 50,000 and p = 1/5 are 447.
        assert!(
            counts.iter().all(|count| (count - 10_000).abs() < 447),
            "{counts:?}"
        );
    }
}
