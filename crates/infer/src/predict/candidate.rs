//! What a part of ink may be: a digit, or two that are not cut apart.
//!
//! Owns what its size counts.

use base::NUM_DIGITS;
use data::picture::Part;

use super::look::{Look, Seen};
use super::reading::Digit;

/// Digits are seldom wider, or flatter, than this, in heights of their line; and what each height more, or less, costs, in
/// nats of how likely it is a digit. Fitted with the rest of what counts (docs/LOG.md).
const WIDE: f64 = 0.6;
const TOO_WIDE: f64 = 1.9;
const FLAT: f64 = 0.9;
const TOO_FLAT: f64 = 6.8;

/// A part and what it may be.
pub(super) struct Candidate<'a> {
    pub(super) part: &'a Part,
    pub(super) shown: Shown,
    /// Logarithm of how likely it is that by itself, in any line; and in its own, of the size that it has, and where it may
    /// be a piece of a digit.
    pub(super) likeness: f64,
    pub(super) score: f64,
}

/// What a part may show.
pub(super) enum Shown {
    Digit(Digit),
    /// Two digits: the part's place among all of its variant.
    Pair(usize),
}

impl<'a> Candidate<'a> {
    pub(super) fn of_digit(line: usize, part: &'a Part, seen: &Seen) -> Option<Self> {
        let Look {
            label,
            probability,
            runner_up,
            likeness,
        } = Look::first(NUM_DIGITS, seen)?;
        let too_wide = TOO_WIDE * (f64::from(part.relative_size.0) - WIDE).max(0.0);
        Some(Self {
            part,
            shown: Shown::Digit(Digit {
                line,
                bounds: part.bounds,
                label,
                probability,
                runner_up,
            }),
            likeness,
            score: likeness - (seen.doubt() + too_wide + too_low(part)),
        })
    }

    /// Two digits of such a likeness.
    pub(super) fn of_pair(place: usize, part: &'a Part, seen: &Seen, likeness: f64) -> Self {
        Self {
            part,
            shown: Shown::Pair(place),
            likeness,
            score: likeness - (seen.doubt() + too_low(part)),
        }
    }
}

impl Candidate<'_> {
    pub(super) fn num_digits(&self) -> usize {
        match self.shown {
            Shown::Digit(_) => 1,
            Shown::Pair(_) => 2,
        }
    }
}

/// What it costs a part that it is lower than digits of its line.
fn too_low(part: &Part) -> f64 {
    TOO_FLAT * (FLAT - f64::from(part.relative_size.1)).max(0.0)
}
