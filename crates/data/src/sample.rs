//! Draws some of many things in one pass, without knowing how many there are.
//!
//! Owns which are drawn; the things themselves are the caller's.

use std::path::Path;

use rand::rngs::ChaCha8Rng;

use crate::error::DataError;
use base::random::{Purpose, below, stream};

/// How many to take of the images that a set has to train on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// How many, drawn at random and kept in their order; `None` for all.
    pub number: Option<usize>,
    /// The seed that decides which; without effect where all are taken.
    pub seed: u64,
}

/// Algorithm R (Vitter 1985): after every thing offered, each of them so far is in the sample with the same
/// probability. Which ones is a pure function of seed, wanted number and number of things.
pub(crate) struct Sample {
    wanted: Option<usize>,
    random: ChaCha8Rng,
    num_offered: usize,
    /// The number of what is in each slot.
    numbers: Vec<usize>,
}

impl Sample {
    pub(crate) fn new(rows: Rows) -> Self {
        Self {
            wanted: rows.number,
            random: stream(rows.seed, Purpose::Rows, 0),
            num_offered: 0,
            numbers: Vec::new(),
        }
    }

    /// How many were offered so far.
    pub(crate) fn num_offered(&self) -> usize {
        self.num_offered
    }

    /// The slot that the next thing goes into: a new one, or one whose thing it replaces. `None` where it is not
    /// drawn.
    pub(crate) fn offer(&mut self) -> Option<usize> {
        let number = self.num_offered;
        self.num_offered += 1;
        if self.wanted.is_none_or(|wanted| number < wanted) {
            self.numbers.push(number);
            return Some(number);
        }
        let slot = below(&mut self.random, self.num_offered as u32) as usize;
        let replaced = self.numbers.get_mut(slot)?;
        *replaced = number;
        Some(slot)
    }

    /// The slots in the order in which their things were offered; `path` is where these came from.
    pub(crate) fn finish(self, path: &Path) -> Result<Vec<usize>, DataError> {
        let available = self.num_offered;
        if let Some(requested) = self.wanted.filter(|&wanted| wanted > available) {
            return Err(DataError::TooFewRows {
                path: path.into(),
                requested,
                available,
            });
        }
        let mut slots: Vec<usize> = (0..self.numbers.len()).collect();
        slots.sort_unstable_by_key(|&slot| self.numbers[slot]);
        Ok(slots)
    }
}

/// Which of so many things are taken, in their order; `path` is where they come from.
pub(crate) fn chosen(number: usize, rows: Rows, path: &Path) -> Result<Vec<usize>, DataError> {
    let mut sample = Sample::new(rows);
    for _ in 0..number {
        sample.offer();
    }
    let mut numbers = sample.numbers.clone();
    sample.finish(path)?;
    numbers.sort_unstable();
    Ok(numbers)
}
