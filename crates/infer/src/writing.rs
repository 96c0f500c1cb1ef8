//! Pictures of many digits: which cuts through touching ink are right, and what it then says.
//!
//! Owns the choice. Where ink can be cut is the data crate's, what each part may be the network's.

use data::picture::{Bounds, Cluster, Part};
use model::{NUM_CLASSES, Temperature};

/// How much the network's word counts: it is the logarithm of the highest probability, and never less
/// than this.
const WORD: f64 = 2.4;
const LEAST_WORD: f64 = -6.0;
/// What a cut costs, and each stroke that it goes through, in nats.
const CUT: f64 = 0.5;
const STROKE: f64 = 0.2;
/// Digits are seldom wider, or lower, than this, in heights of their line; and what each height more, or
/// less, costs, in nats.
const WIDE: f64 = 1.1;
const TOO_WIDE: f64 = 6.0;
const LOW: f64 = 0.7;
const TOO_LOW: f64 = 18.0;

/// A digit of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Digit {
    /// The line of writing, from 0.
    pub(crate) line: usize,
    /// Where it is, in pixels.
    pub(crate) bounds: Bounds,
    /// Its class, and the probability of that.
    pub(crate) label: usize,
    pub(crate) probability: f64,
}

/// The digits of a picture in reading order. `logits` has a row of classes for every part of every
/// cluster.
///
/// Which part is a digit is judged by the network's own probabilities; what a digit's probability is, is
/// scaled by the temperature, which is fitted to whole digits.
pub(crate) fn read(clusters: &[Cluster], logits: &[f32], temperature: Temperature) -> Vec<Digit> {
    let mut rows = logits.chunks_exact(NUM_CLASSES);
    let mut digits = Vec::new();
    for cluster in clusters {
        let candidates: Vec<Candidate<'_>> = cluster
            .parts
            .iter()
            .zip(&mut rows)
            .filter_map(|(part, logits)| Candidate::new(cluster, part, logits, temperature))
            .collect();
        digits.extend(best_way(cluster, &candidates));
    }
    digits
}

/// A part and what it may be.
struct Candidate<'a> {
    part: &'a Part,
    digit: Digit,
    /// Logarithm of how likely it is a digit by itself.
    score: f64,
}

impl<'a> Candidate<'a> {
    fn new(
        cluster: &Cluster,
        part: &'a Part,
        logits: &[f32],
        temperature: Temperature,
    ) -> Option<Self> {
        let highest = |probabilities: Vec<f64>| {
            let all = probabilities.into_iter().enumerate();
            all.max_by(|left, right| left.1.total_cmp(&right.1))
        };
        let (_, word) = highest(Temperature::default().probabilities(logits))?;
        let (label, probability) = highest(temperature.probabilities(logits))?;
        let (width, height) = part.relative_size;
        let odd = TOO_WIDE * (f64::from(width) - WIDE).max(0.0)
            + TOO_LOW * (LOW - f64::from(height)).max(0.0);
        let cut = |&strokes: &f32| CUT + STROKE * f64::from(strokes);
        let cut = cluster.cuts.get(part.to - 1).map_or(0.0, cut);
        Some(Self {
            part,
            digit: Digit {
                line: cluster.line,
                bounds: part.bounds,
                label,
                probability,
            },
            score: WORD * word.ln().max(LEAST_WORD) - odd - cut,
        })
    }
}

/// The parts from end to end with the greatest sum of scores.
fn best_way(cluster: &Cluster, candidates: &[Candidate<'_>]) -> Vec<Digit> {
    let ends = cluster.cuts.len() + 1;
    // The best score up to each cut, and the last part on the way.
    let mut best: Vec<Option<(f64, usize)>> = vec![None; ends + 1];
    for at in 1..=ends {
        for (index, candidate) in candidates.iter().enumerate() {
            if candidate.part.to != at {
                continue;
            }
            let before = match candidate.part.from {
                0 => Some(0.0),
                from => best[from].map(|(score, _)| score),
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
    digits
}
