//! Which ink among digits is none: letters, words, currency signs.
//!
//! Owns the choice, by how much each cluster of a line looks like digits. Most lines have digits alone, and what is none
//! stands before them or after them. Cells of forms have digits alone.

use super::reading::Digit;
use data::picture::{Bounds, Cluster, Sign};

/// What each cluster of what is no digit counts, in nats; what it costs to go over from digits to that and back; and how
/// likely something on the picture has to be a digit, else the network knows nothing of it.
const OTHER: f64 = 0.6;
const CHANGE: f64 = 2.0;
const SURE: f64 = 3.0;

/// How a cluster is read.
#[derive(Clone)]
pub(super) struct Read {
    pub(super) line: usize,
    pub(super) is_in_cell: bool,
    /// How likely it is that all of it is digits, as a logarithm.
    pub(super) likeness: f64,
    pub(super) digits: Vec<Digit>,
    pub(super) signs: Vec<Sign>,
}

/// A cluster that is no digit, by itself among digits, and what that counts: the sign that it looks like, or nothing.
pub(super) fn left_out(cluster: &Cluster) -> (f64, Read) {
    let sign = cluster.sign.and_then(|kind| {
        let parts = cluster.variants.iter().flat_map(|variant| &variant.parts);
        Some(Sign {
            kind,
            line: cluster.line,
            bounds: parts.map(|part| part.bounds).reduce(around)?,
        })
    });
    let counts = if sign.is_some() {
        0.0
    } else {
        OTHER - 2.0 * CHANGE
    };
    let read = Read {
        line: cluster.line,
        is_in_cell: cluster.is_in_cell,
        likeness: 0.0,
        digits: Vec::new(),
        signs: sign.into_iter().collect(),
    };
    (counts, read)
}

/// Whether each of these, in reading order, is no digit: of all ways to part their lines the likeliest.
pub(super) fn others(reads: &[Read]) -> Vec<bool> {
    if !reads.iter().any(|read| read.likeness >= SURE) {
        return vec![false; reads.len()];
    }
    let lines = reads.chunk_by(|left, right| left.line == right.line);
    lines.flat_map(in_line).collect()
}

fn in_line(reads: &[Read]) -> Vec<bool> {
    if reads.iter().any(|read| read.is_in_cell) {
        return vec![false; reads.len()];
    }
    // The best score of a way that ends in digits or in others, and where each came from.
    let (mut digit, mut other) = (0.0, 0.0);
    let mut came_from = Vec::new();
    for read in reads {
        let from_other = (other - CHANGE > digit, other >= digit - CHANGE);
        (digit, other) = (
            f64::max(digit, other - CHANGE) + read.likeness,
            f64::max(other, digit - CHANGE) + OTHER,
        );
        came_from.push(from_other);
    }
    let mut is_other = other > digit;
    let mut found: Vec<bool> = came_from
        .iter()
        .rev()
        .map(|&(digit_from_other, other_from_other)| {
            let here = is_other;
            is_other = if here {
                other_from_other
            } else {
                digit_from_other
            };
            here
        })
        .collect();
    found.reverse();
    // A line that has no digits at all is no more likely than one that has some.
    if found.iter().all(|&is_other| is_other) {
        let digits: f64 = reads.iter().map(|read| read.likeness).sum();
        found.fill(OTHER * reads.len() as f64 - CHANGE > digits);
    }
    found
}

/// The smallest rectangle around two.
pub(super) fn around(left: Bounds, right: Bounds) -> Bounds {
    let end = |bounds: Bounds| (bounds.left + bounds.width, bounds.top + bounds.height);
    let (end_left, end_right) = (end(left), end(right));
    let (first, top) = (left.left.min(right.left), left.top.min(right.top));
    Bounds {
        left: first,
        top,
        width: end_left.0.max(end_right.0) - first,
        height: end_left.1.max(end_right.1) - top,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: usize, likeness: f64) -> Read {
        Read {
            line,
            is_in_cell: false,
            likeness,
            digits: Vec::new(),
            signs: Vec::new(),
        }
    }

    fn found(likenesses: &[f64]) -> Vec<bool> {
        let reads = likenesses.iter().map(|&likeness| read(0, likeness));
        others(&reads.collect::<Vec<_>>())
    }

    #[test]
    fn what_looks_like_no_digit_is_told_before_and_after_digits() {
        assert_eq!(found(&[-2.0, 4.0, 3.0]), [true, false, false]);
        assert_eq!(found(&[4.0, 3.0, -2.0]), [false, false, true]);
        // Letters of a word need not all look like none.
        let word = found(&[-2.0, 0.2, -0.5, 4.0, 3.0]);
        assert_eq!(word, [true, true, true, false, false]);
    }

    #[test]
    fn among_digits_there_has_to_be_less_doubt() {
        assert_eq!(found(&[4.0, -2.0, 4.0]), [false; 3]);
        assert_eq!(found(&[4.0, -5.0, 4.0]), [false, true, false]);
        assert_eq!(found(&[4.0, 0.1, 4.0]), [false; 3]);
    }

    #[test]
    fn a_line_by_itself_may_be_none_where_others_are_digits() {
        let reads = |likeness| [read(0, 5.0), read(1, likeness), read(2, 5.0)];
        assert_eq!(others(&reads(-2.0)), [false, true, false]);
        assert_eq!(others(&reads(0.5)), [false; 3]);
    }

    #[test]
    fn cells_have_digits_alone() {
        let reads = [-3.0, 5.0].map(|likeness| Read {
            is_in_cell: true,
            ..read(0, likeness)
        });
        assert_eq!(others(&reads), [false; 2]);
    }

    #[test]
    fn where_nothing_looks_like_a_digit_nothing_is_told() {
        assert_eq!(found(&[-3.0, -3.0, -3.0]), [false; 3]);
        assert_eq!(found(&[]), [false; 0]);
    }
}
