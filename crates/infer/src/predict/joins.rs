//! Clusters so close that two may be one digit whose strokes do not meet, as those of an open 4.
//!
//! Owns the choice. Which clusters are so close is the data crate's.

use super::candidate::{Candidate, Shown};
use super::others::Read;
use super::reading::Digit;
use crate::digits::Length;

/// Fewer digits than are known to be there are believed, instead, where they are so many nats likelier: then one is missing.
/// Of strings with all their digits one in 200 is, of those with one less 19 of 20 are.
const FAR: f64 = 5.0;
/// From so many nats on one digit more is likelier than none, so that what is left out may be one.
const MORE: f64 = 2.0;

/// How a cluster is read, and how it and the next one may be read as one digit.
pub(super) struct Found {
    /// Its best readings and their scores, by how many digits of them are counted; `None` where there is no such.
    pub(super) ways: Vec<Option<(f64, Read)>>,
    /// Both as one digit.
    pub(super) with_next: Option<AsOne>,
}

/// Two clusters as one digit.
pub(super) struct AsOne {
    digit: Digit,
    likeness: f64,
    score: f64,
}

impl AsOne {
    /// `None` where it is no single digit.
    pub(super) fn new(candidate: Candidate<'_>) -> Option<Self> {
        let Shown::Digit(digit) = candidate.shown else {
            return None;
        };
        Some(Self {
            digit,
            likeness: candidate.likeness,
            score: candidate.score,
        })
    }
}

/// The likeliest way to read all clusters.
pub(super) struct Joined {
    pub(super) reads: Vec<Read>,
    /// Whether one digit more than are wanted would be likelier.
    pub(super) has_more: bool,
}

/// How the last cluster of a way is read.
#[derive(Clone, Copy)]
enum Step {
    /// By itself, with so many digits that are counted.
    Alone(usize),
    /// Together with the one before it.
    AsOne,
}

/// Clusters read each by itself, or two together: of all ways that have as many digits as are wanted the likeliest;
/// `None` where there is none, or where fewer digits are far likelier.
pub(super) fn joined(found: Vec<Found>, length: Length) -> Option<Joined> {
    let best = best_steps(&found, length);
    let score = |num_digits: usize| best[found.len()][num_digits].map(|(score, _)| score);
    let wanted = score(length.wanted())?;
    let of_fewer = (0..length.wanted()).filter_map(score);
    if of_fewer.fold(f64::NEG_INFINITY, f64::max) > wanted + FAR {
        return None;
    }
    let has_more = score(length.most()).is_some_and(|more| more > wanted + MORE);
    let mut reads = Vec::with_capacity(found.len());
    let mut num_digits = length.wanted();
    let mut rest = found;
    while let Some(mut cluster) = rest.pop() {
        let (_, step) = best[rest.len() + 1][num_digits]?;
        match step {
            Step::Alone(of_it) => {
                let (_, read) = cluster.ways.swap_remove(of_it)?;
                reads.push(read);
                num_digits -= of_it;
            }
            Step::AsOne => {
                let before = rest.pop()?;
                let one = before.with_next?;
                let both = [before.ways, cluster.ways].map(|ways| ways.into_iter().next());
                let [Some(Some((_, before))), Some(Some((_, next)))] = both else {
                    return None;
                };
                reads.push(as_one(before, next, one));
                num_digits -= length.of(1);
            }
        }
    }
    reads.reverse();
    (num_digits == 0).then_some(Joined { reads, has_more })
}

/// Of all clusters up to each, and for each number of digits that are counted so far: the best score, and how the last of
/// them is read for it.
fn best_steps(found: &[Found], length: Length) -> Vec<Vec<Option<(f64, Step)>>> {
    let nothing = vec![None; length.most() + 1];
    let mut best = vec![nothing; found.len() + 1];
    best[0][0] = Some((0.0, Step::Alone(0)));
    for (place, cluster) in found.iter().enumerate() {
        let alone = cluster.ways.iter().enumerate().filter_map(|(of_it, way)| {
            let (score, _) = way.as_ref()?;
            Some((place, of_it, *score, Step::Alone(of_it)))
        });
        let with_last = place.checked_sub(1).and_then(|last| {
            let one = found[last].with_next.as_ref()?;
            Some((last, length.of(1), one.score, Step::AsOne))
        });
        for (before, of_it, score, step) in alone.chain(with_last) {
            for num_before in 0..=length.most().saturating_sub(of_it) {
                let Some((so_far, _)) = best[before][num_before] else {
                    continue;
                };
                let (score, here) = (so_far + score, &mut best[place + 1][num_before + of_it]);
                if here.is_none_or(|(so_far, _)| score > so_far) {
                    *here = Some((score, step));
                }
            }
        }
    }
    best
}

/// Two clusters as one digit, with the signs beside both.
fn as_one(cluster: Read, next: Read, one: AsOne) -> Read {
    Read {
        likeness: one.likeness,
        digits: vec![one.digit],
        signs: [cluster.signs, next.signs].concat(),
        ..cluster
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::IMAGE_PIXELS;
    use data::picture::{Bounds, Cluster, Sign, SignKind};
    use std::cell::Cell;

    fn bounds() -> Bounds {
        Cluster::of_digit([0; IMAGE_PIXELS]).variants[0].parts[0].bounds
    }

    fn digit(label: usize) -> Digit {
        Digit {
            line: 0,
            bounds: bounds(),
            label,
            probability: 1.0,
            runner_up: (0, 0.0),
        }
    }

    fn found(label: usize, score: f64, kind: SignKind) -> Found {
        let bounds = bounds();
        let sign = Sign {
            kind,
            line: 0,
            bounds,
        };
        let read = Read {
            line: 0,
            is_in_cell: false,
            likeness: score,
            digits: vec![digit(label)],
            signs: vec![sign],
        };
        Found {
            ways: vec![Some((score, read))],
            with_next: None,
        }
    }

    fn one(label: usize, score: f64) -> AsOne {
        AsOne {
            digit: digit(label),
            likeness: score,
            score,
        }
    }

    fn any(line: Vec<Found>) -> Vec<Read> {
        joined(line, Length::default()).unwrap().reads
    }

    fn labels(reads: &[Read]) -> Vec<usize> {
        reads.iter().map(|read| read.digits[0].label).collect()
    }

    #[test]
    fn two_strokes_are_one_digit_where_that_is_likelier() {
        let line = |score: f64| {
            let mut line = [(3, 4.0), (6, -1.0), (1, 2.0), (5, 4.0)]
                .map(|(label, score)| found(label, score, SignKind::Point));
            line[1].with_next = Some(one(4, score));
            Vec::from(line)
        };
        let reads = any(line(4.0));
        assert_eq!(labels(&reads), [3, 4, 5]);
        assert_eq!((reads[1].likeness, reads[1].signs.len()), (4.0, 2));
        assert_eq!(labels(&any(line(0.5))), [3, 6, 1, 5]);
        assert!(any(Vec::new()).is_empty());
    }

    #[test]
    fn two_strokes_are_as_many_digits_as_are_wanted() {
        let of_stroke = Cell::new(2.0);
        let read = |num_digits: u8| {
            let mut line = [(3, 4.0), (1, of_stroke.get()), (7, of_stroke.get())]
                .map(|(label, score)| found(label, score, SignKind::Point));
            for cluster in &mut line {
                // Each may be left out, or one digit.
                let read = cluster.ways[0].take();
                let nothing = read.clone().map(|(_, read)| {
                    let digits = Vec::new();
                    (-3.0, Read { digits, ..read })
                });
                cluster.ways = vec![nothing, read];
            }
            line[1].with_next = Some(one(4, 3.0));
            let length = Length::exactly(num_digits.try_into().unwrap());
            let joined = joined(Vec::from(line), length)?;
            let digits = joined.reads.iter().flat_map(|read| &read.digits);
            Some(digits.map(|digit| digit.label).collect::<Vec<_>>())
        };
        assert_eq!(read(2), Some(vec![3, 4]));
        assert_eq!(read(3), Some(vec![3, 1, 7]));
        assert_eq!(read(4), None);
        // The strokes by themselves are hardly digits: there are two.
        for (likeness, found) in [(-0.5, Some(vec![3, 1, 7])), (-1.5, None)] {
            of_stroke.set(likeness);
            assert_eq!(read(3), found);
        }
    }

    /// Of three strokes one next to the other the middle one belongs to one side alone.
    #[test]
    fn a_stroke_belongs_to_one_digit() {
        for (left, right, expected) in [(9.0, 5.0, [4, 2]), (5.0, 9.0, [0, 7])] {
            let mut line = [0, 1, 2].map(|label| found(label, 1.0, SignKind::Comma));
            line[0].with_next = Some(one(4, left));
            line[1].with_next = Some(one(7, right));
            assert_eq!(labels(&any(Vec::from(line))), expected);
        }
    }
}
