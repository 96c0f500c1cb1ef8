//! Two digits that touch, read as one part that is not cut: where strokes lie over each other no cut leaves two digits.
//!
//! Owns how likely a part is two digits, and where each of them is.

use base::NUM_DIGITS;
use data::picture::{Bounds, Part};

use super::candidate::Candidate;
use super::look::{Seen, likeliest_of, likeness};
use super::reading::Digit;

/// Its energy counts for each of its digits. That and the price of a cut, which it pays as digits do that are cut apart,
/// are all: numbers fitted for pairs alone were no better on others (docs/LOG.md).
const ENERGIES: f64 = 2.0;

/// What these parts may be as pairs of digits, less the price of the place where each two touch. What is seen of a part has
/// a probability for each digit, and behind them one for each pair.
pub(super) fn of_parts<'a, 'b>(
    parts: &'b [(&'a Part, Seen)],
    price: f64,
) -> impl Iterator<Item = Candidate<'a>> + use<'a, 'b> {
    parts
        .iter()
        .enumerate()
        .filter_map(move |(place, (part, seen))| {
            let (_, probability) = likeliest_of(pairs_of(seen), None)?;
            let likeness = likeness(probability, ENERGIES * seen.energy) - price;
            Some(Candidate::of_pair(place, part, seen, likeness))
        })
}

/// The two digits that the part at a place is likeliest to be.
pub(super) fn digits(line: usize, place: usize, parts: &[(&Part, Seen)]) -> Vec<Digit> {
    let Some((part, seen)) = parts.get(place) else {
        return Vec::new();
    };
    let Some((pair, _)) = likeliest_of(pairs_of(seen), None) else {
        return Vec::new();
    };
    let labels = [pair / NUM_DIGITS, pair % NUM_DIGITS];
    let bounds = halves(part, labels, parts);
    let of_each = digits_of(pairs_of(seen));
    let digits = labels.into_iter().zip(bounds).zip(of_each);
    let digits = digits.filter_map(|((label, bounds), probabilities)| {
        Some(Digit {
            line,
            bounds,
            label,
            probability: probabilities[label],
            runner_up: likeliest_of(&probabilities, Some(label))?,
        })
    });
    digits.collect()
}

/// The probabilities of pairs.
fn pairs_of(seen: &Seen) -> &[f64] {
    seen.probabilities.get(NUM_DIGITS..).unwrap_or_default()
}

/// Probabilities of the left digit and of the right one, among pairs.
fn digits_of(pairs: &[f64]) -> [[f64; NUM_DIGITS]; 2] {
    let total = pairs.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut of_each = [[0.0; NUM_DIGITS]; 2];
    for (pair, probability) in pairs.iter().enumerate() {
        of_each[0][pair / NUM_DIGITS] += probability / total;
        of_each[1][pair % NUM_DIGITS] += probability / total;
    }
    of_each
}

/// Where each of two digits is: on either side of the cut between whose parts they look most like them, or of the
/// middle where there is none.
fn halves(whole: &Part, labels: [usize; 2], parts: &[(&Part, Seen)]) -> [Bounds; 2] {
    let lefts = parts
        .iter()
        .filter(|(part, _)| part.from == whole.from && part.to < whole.to);
    let cut = lefts
        .flat_map(|left| {
            let rights = parts.iter();
            let rights = rights.filter(|(part, _)| part.from == left.0.to && part.to == whole.to);
            rights.map(move |right| (left, right))
        })
        .max_by(|one, other| {
            let likeness = |((_, left), (_, right)): &(&(&Part, Seen), &(&Part, Seen))| {
                left.probabilities[labels[0]] * right.probabilities[labels[1]]
            };
            likeness(one).total_cmp(&likeness(other))
        });
    if let Some(((left, _), (right, _))) = cut {
        return [left.bounds, right.bounds];
    }
    let bounds = whole.bounds;
    let half = Bounds {
        width: (bounds.width / 2).max(1),
        ..bounds
    };
    let right = Bounds {
        left: bounds.left + bounds.width / 2,
        width: (bounds.width - bounds.width / 2).max(1),
        ..bounds
    };
    [half, right]
}
