//! Clusters so close that two may be one digit whose strokes do not meet, as those of an open 4.
//!
//! Owns the choice. Which clusters are so close is the data crate's.

use super::candidate::{Candidate, Shown};
use super::others::Read;
use super::reading::Digit;

/// How a cluster is read, and how it and the next one may be read as one digit.
pub(super) struct Found {
    /// Of its best reading, and that.
    pub(super) score: f64,
    pub(super) read: Read,
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

/// Clusters read each by itself, or two together: of all ways the likeliest.
pub(super) fn joined(found: Vec<Found>) -> Vec<Read> {
    // The best score of all clusters up to each, and whether the last two are one digit.
    let mut best = vec![(0.0, false); found.len() + 1];
    for place in 0..found.len() {
        best[place + 1] = (best[place].0 + found[place].score, false);
        let with_last = place.checked_sub(1).and_then(|last| {
            let one = found[last].with_next.as_ref()?;
            Some(best[last].0 + one.score)
        });
        if let Some(score) = with_last.filter(|&score| score > best[place + 1].0) {
            best[place + 1] = (score, true);
        }
    }
    let mut reads = Vec::with_capacity(found.len());
    let mut is_one = false;
    for (place, cluster) in found.into_iter().enumerate().rev() {
        if is_one {
            // The last read is that of the next cluster.
            if let (Some(one), Some(next)) = (cluster.with_next, reads.pop()) {
                reads.push(as_one(cluster.read, next, one));
            }
            is_one = false;
        } else {
            is_one = best[place + 1].1;
            reads.push(cluster.read);
        }
    }
    reads.reverse();
    reads
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
    use super::*;
    use base::IMAGE_PIXELS;
    use data::picture::{Bounds, Cluster, Sign, SignKind};

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
        Found {
            score,
            read: Read {
                line: 0,
                is_in_cell: false,
                likeness: score,
                digits: vec![digit(label)],
                signs: vec![sign],
            },
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
        let reads = joined(line(4.0));
        assert_eq!(labels(&reads), [3, 4, 5]);
        assert_eq!((reads[1].likeness, reads[1].signs.len()), (4.0, 2));
        assert_eq!(labels(&joined(line(0.5))), [3, 6, 1, 5]);
        assert!(joined(Vec::new()).is_empty());
    }

    /// Of three strokes one next to the other the middle one belongs to one side alone.
    #[test]
    fn a_stroke_belongs_to_one_digit() {
        for (left, right, expected) in [(9.0, 5.0, [4, 2]), (5.0, 9.0, [0, 7])] {
            let mut line = [0, 1, 2].map(|label| found(label, 1.0, SignKind::Comma));
            line[0].with_next = Some(one(4, left));
            line[1].with_next = Some(one(7, right));
            assert_eq!(labels(&joined(Vec::from(line))), expected);
        }
    }
}
