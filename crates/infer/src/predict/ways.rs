//! Ways from end to end of a cluster, from cut to cut, and which of them are the likeliest.
//!
//! Owns the search. What parts may be, and what that counts, are the candidates'.

use data::picture::Part;

use super::candidate::Candidate;
use crate::digits::Length;

/// The greatest sum of scores of parts up to each cut, less what each cut before it costs, and the last part on that way:
/// one for each number of digits on it that are counted. `between` has the cuts a part is between, in the order of the way;
/// 0 and `ends` are those at which all begins and ends.
pub(super) fn best_up_to(
    ends: usize,
    cut: f64,
    length: Length,
    candidates: &[Candidate<'_>],
    between: impl Fn(&Part) -> (usize, usize),
) -> Vec<Vec<Option<(f64, usize)>>> {
    let mut best = vec![vec![None; length.most() + 1]; ends + 1];
    for at in 1..=ends {
        for (index, candidate) in candidates.iter().enumerate() {
            let (from, to) = between(candidate.part);
            if to != at {
                continue;
            }
            let own = length.of(candidate.num_digits());
            for num_digits in own..=length.most() {
                let Some(before) = so_far(&best, from, num_digits - own, cut) else {
                    continue;
                };
                let (score, here) = (before + candidate.score, &mut best[at][num_digits]);
                if here.is_none_or(|(so_far, _)| score > so_far) {
                    *here = Some((score, index));
                }
            }
        }
    }
    best
}

/// What a way of so many digits has at a cut, that cut paid; nothing where it begins, and `None` where no way leads.
pub(super) fn so_far(
    best: &[Vec<Option<(f64, usize)>>],
    at: usize,
    num_digits: usize,
    cut: f64,
) -> Option<f64> {
    match at {
        0 => (num_digits == 0).then_some(0.0),
        at => best[at][num_digits].map(|(score, _)| score - cut),
    }
}

/// The parts from end to end with the greatest sum of scores, less what each cut costs, and that sum: one way for each
/// number of digits that are counted.
pub(super) fn best_ways<'a, 'b>(
    num_cuts: usize,
    cut: f64,
    length: Length,
    candidates: &'b [Candidate<'a>],
) -> Vec<Option<(f64, Vec<&'b Candidate<'a>>)>> {
    let ends = num_cuts + 1;
    let best = best_up_to(ends, cut, length, candidates, |part| (part.from, part.to));
    let way_of = |num_digits: usize| {
        let (score, _) = best[ends][num_digits]?;
        let mut way = Vec::new();
        let (mut at, mut rest) = (ends, num_digits);
        while at > 0 {
            let (_, index) = best[at][rest]?;
            let candidate = &candidates[index];
            way.push(candidate);
            at = candidate.part.from;
            rest -= length.of(candidate.num_digits());
        }
        way.reverse();
        Some((score, way))
    };
    (0..=length.most()).map(way_of).collect()
}
