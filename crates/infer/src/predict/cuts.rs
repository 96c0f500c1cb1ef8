//! Pictures of many digits: which cuts through touching ink are right, and what it then says.
//!
//! Owns the choice. Where ink can be cut is the data crate's, what each part may be the network's.

use base::NUM_DIGITS;
use data::picture::{Cluster, Part, Sign};
use model::Temperature;

use super::look::Look;
use super::reading::{Digit, Reading};

/// Of what a part counts, in nats of how likely it is a digit. Fitted to digits of MNIST that no network had
/// been trained on, apart and touching on ten kinds of paper, so that the right readings are likely among all
/// (docs/LOG.md).
///
/// What a cut costs.
const CUT: f64 = 3.9;
/// Digits are seldom wider, or lower, than this, in heights of their line; and what each height more, or
/// less, costs.
const WIDE: f64 = 0.6;
const TOO_WIDE: f64 = 1.9;
const LOW: f64 = 0.9;
const TOO_LOW: f64 = 6.8;
/// What it costs to leave out all ink as dirt; of less, less.
const LEFT_OUT: f64 = 0.1;
/// What it costs to take for a part of a digit what looks like a sign beside it.
const TAKEN_SIGN: f64 = 3.0;

/// The digits of a picture in reading order, and the signs beside them. `logits` has a row of classes for every part of
/// every cluster.
///
/// Whoever leaves paper between digits elsewhere in a line is less likely to let them touch.
#[must_use]
pub fn read_digits(clusters: &[Cluster], logits: &[f32], temperature: Temperature) -> Reading {
    let mut rows = logits.chunks_exact(NUM_DIGITS);
    let mut reading = Reading::default();
    for cluster in clusters {
        let in_line = clusters.iter().filter(|other| other.line == cluster.line);
        // By Laplace's rule of succession: each gap is a place where they did not touch.
        let cut = CUT + (in_line.count().max(1) as f64).ln();
        let mut best: Option<(f64, Vec<Digit>, &[Sign])> = None;
        for variant in &cluster.variants {
            let candidates: Vec<Candidate<'_>> = variant
                .parts
                .iter()
                .zip(&mut rows)
                .filter_map(|(part, logits)| {
                    Candidate::new(cluster.line, part, logits, temperature)
                })
                .collect();
            let Some((score, found)) = best_way(variant.num_cuts, cut, &candidates) else {
                continue;
            };
            let score = score
                - LEFT_OUT * f64::from(variant.left_out)
                - TAKEN_SIGN * variant.num_taken_signs as f64;
            if best.as_ref().is_none_or(|&(so_far, ..)| score > so_far) {
                best = Some((score, found, &variant.signs));
            }
        }
        if let Some((_, digits, signs)) = best {
            reading.digits.extend(digits);
            reading.signs.extend_from_slice(signs);
        }
    }
    reading
}

/// A part and what it may be.
struct Candidate<'a> {
    part: &'a Part,
    digit: Digit,
    /// Logarithm of how likely it is a digit by itself.
    score: f64,
}

impl<'a> Candidate<'a> {
    fn new(line: usize, part: &'a Part, logits: &[f32], temperature: Temperature) -> Option<Self> {
        let Look {
            label,
            probability,
            runner_up,
            likeness,
        } = Look::at(logits, temperature)?;
        let (width, height) = part.relative_size;
        let odd = TOO_WIDE * (f64::from(width) - WIDE).max(0.0)
            + TOO_LOW * (LOW - f64::from(height)).max(0.0);
        Some(Self {
            part,
            digit: Digit {
                line,
                bounds: part.bounds,
                label,
                probability,
                runner_up,
            },
            score: likeness - odd,
        })
    }
}

/// The parts from end to end with the greatest sum of scores, less what each cut costs, and that sum.
fn best_way(num_cuts: usize, cut: f64, candidates: &[Candidate<'_>]) -> Option<(f64, Vec<Digit>)> {
    let ends = num_cuts + 1;
    // The best score up to each cut, and the last part on the way.
    let mut best: Vec<Option<(f64, usize)>> = vec![None; ends + 1];
    for at in 1..=ends {
        for (index, candidate) in candidates.iter().enumerate() {
            if candidate.part.to != at {
                continue;
            }
            let before = match candidate.part.from {
                0 => Some(0.0),
                from => best[from].map(|(score, _)| score - cut),
            };
            if let Some(before) = before {
                let score = before + candidate.score;
                if best[at].is_none_or(|(so_far, _)| score > so_far) {
                    best[at] = Some((score, index));
                }
            }
        }
    }
    let mut digits = Vec::new();
    let mut at = ends;
    while let Some((_, index)) = best[at] {
        let candidate = &candidates[index];
        digits.push(candidate.digit.clone());
        at = candidate.part.from;
        if at == 0 {
            break;
        }
    }
    digits.reverse();
    best[ends].map(|(score, _)| (score, digits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::IMAGE_PIXELS;
    use data::picture::{Bounds, SignKind, Variant};

    fn part(from: usize, to: usize, width: f32) -> Part {
        let bounds = Bounds {
            left: from as u32,
            top: 0,
            width: 1,
            height: 1,
        };
        Part {
            from,
            to,
            bounds,
            relative_size: (width, 1.0),
            pixels: Box::new([0; IMAGE_PIXELS]),
        }
    }

    /// Logits of which one stands out by so much.
    fn logits(label: usize, by: f32) -> [f32; NUM_DIGITS] {
        std::array::from_fn(|class| if class == label { by } else { 0.0 })
    }

    fn labels(cluster: &Cluster, logits: &[[f32; NUM_DIGITS]]) -> Vec<usize> {
        let digits = read_digits(
            std::slice::from_ref(cluster),
            logits.as_flattened(),
            Temperature::default(),
        );
        digits.digits.iter().map(|digit| digit.label).collect()
    }

    fn pair(width: f32) -> Cluster {
        let parts = vec![
            part(0, 2, width),
            part(0, 1, width / 2.0),
            part(1, 2, width / 2.0),
        ];
        Cluster {
            line: 2,
            variants: vec![Variant {
                num_cuts: 1,
                parts,
                left_out: 0.0,
                signs: Vec::new(),
                num_taken_signs: 0,
            }],
            is_uncut: false,
        }
    }

    #[test]
    fn the_network_says_whether_to_cut() {
        let sure = |label| logits(label, 12.0);
        let none = |label| logits(label, 0.5);
        assert_eq!(labels(&pair(0.8), &[sure(8), none(3), none(3)]), [8]);
        assert_eq!(labels(&pair(0.8), &[none(8), sure(1), sure(7)]), [1, 7]);
        // Both may be: one digit of an ordinary width, two where it is too wide for one.
        let both = [logits(8, 16.0), logits(1, 11.8), logits(7, 11.8)];
        assert_eq!(labels(&pair(0.8), &both), [8]);
        assert_eq!(labels(&pair(1.6), &both), [1, 7]);
    }

    #[test]
    fn where_others_stand_apart_cuts_are_less_likely() {
        let both = [logits(8, 14.0), logits(1, 12.0), logits(7, 12.0)];
        assert_eq!(labels(&pair(0.8), &both), [1, 7]);
        let apart = Cluster {
            line: 2,
            ..Cluster::of_digit([0; IMAGE_PIXELS])
        };
        let line = [pair(0.8), apart.clone(), apart.clone(), apart];
        let logits = [&both[..], &[logits(4, 9.0); 3]].concat();
        let digits = read_digits(&line, logits.as_flattened(), Temperature::default()).digits;
        let labels: Vec<usize> = digits.iter().map(|digit| digit.label).collect();
        assert_eq!(labels, [8, 4, 4, 4]);
    }

    #[test]
    fn dirt_is_left_out_where_the_network_knows_the_rest() {
        let point = Sign {
            kind: SignKind::Point,
            line: 0,
            bounds: part(1, 2, 0.1).bounds,
        };
        let variant = |left_out| Variant {
            num_cuts: 0,
            parts: vec![part(0, 1, 0.6)],
            left_out,
            signs: if left_out > 0.0 {
                vec![point]
            } else {
                Vec::new()
            },
            num_taken_signs: 0,
        };
        let cluster = Cluster {
            line: 0,
            variants: vec![variant(0.2), variant(0.0)],
            is_uncut: false,
        };
        let (sure, none) = (logits(5, 12.0), logits(6, 0.5));
        for (logits, signs) in [([sure, none], &[point][..]), ([none, sure], &[])] {
            let found = read_digits(
                std::slice::from_ref(&cluster),
                logits.as_flattened(),
                Temperature::default(),
            );
            let labels: Vec<usize> = found.digits.iter().map(|digit| digit.label).collect();
            assert_eq!(labels, [5]);
            // What a digit has as a part of it is no sign.
            assert_eq!(found.signs, signs);
        }
    }

    #[test]
    fn a_way_needs_all_of_its_parts() {
        // The part from the cut to the end is missing: it could be no digit.
        let mut cluster = pair(1.4);
        cluster.variants[0].parts.truncate(2);
        assert_eq!(labels(&cluster, &[logits(8, 0.5), logits(1, 12.0)]), [8]);
    }

    #[test]
    fn digits_know_their_line_place_and_scaled_probability() {
        let logits = [logits(8, 0.5), logits(1, 6.0), logits(7, 6.0)];
        let digits =
            read_digits(&[pair(1.2)], logits.as_flattened(), Temperature::default()).digits;
        assert_eq!(digits[1].line, 2);
        assert_eq!(digits[1].bounds.left, 1);
        let expected = 6.0_f64.exp() / (6.0_f64.exp() + 9.0);
        assert!((digits[1].probability - expected).abs() < 1e-6);
        assert_ne!(digits[1].runner_up.0, digits[1].label);
        assert!((digits[1].runner_up.1 - (1.0 - expected) / 9.0).abs() < 1e-6);
        assert_eq!(
            read_digits(&[], &[], Temperature::default()),
            Reading::default()
        );
    }
}
