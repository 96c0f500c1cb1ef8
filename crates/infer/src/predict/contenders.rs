//! Which parts of ink may be in the reading of a picture, by what one view shows: only those need be read at all views.
//!
//! Owns how unlikely a part must be to be left out.

use data::picture::{Cluster, Part};
use model::Temperature;

use super::candidate::Candidate;
use super::cuts::{candidates, price, price_of_cut, rows, seen};
use super::ways::{best_up_to, so_far};
use crate::digits::Length;

/// What is so many nats less likely than the best is not in the reading, whatever other views show of it.
const MARGIN: f64 = 12.0;

/// Whether each part of these clusters, in their order, may be in the reading. `logits` has a row for each.
pub(super) fn contenders(
    clusters: &[Cluster],
    logits: &[f32],
    temperature: Temperature,
) -> Vec<bool> {
    let mut rows = rows(clusters, logits);
    let mut found = Vec::new();
    for cluster in clusters {
        let cut = price_of_cut(cluster, clusters);
        let mut scores = Vec::new();
        for variant in &cluster.variants {
            let seen = seen(variant, &mut rows, temperature);
            let candidates = candidates(cluster.line, &seen, cut);
            let of_parts = best_through(variant.num_cuts, cut, &variant.parts, &candidates);
            let price = price(cluster, variant);
            scores.extend(of_parts.into_iter().map(|score| score - price));
        }
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        found.extend(scores.into_iter().map(|score| score > best - MARGIN));
        if cluster.with_next.is_some() {
            rows.next();
            found.push(true);
        }
    }
    found
}

/// The greatest sum of scores of a way from end to end through each part, less what each cut costs.
fn best_through(
    num_cuts: usize,
    cut: f64,
    parts: &[Part],
    candidates: &[Candidate<'_>],
) -> Vec<f64> {
    let ends = num_cuts + 1;
    let any_length = Length::default();
    let before = best_up_to(ends, cut, any_length, candidates, |part| {
        (part.from, part.to)
    });
    let after = best_up_to(ends, cut, any_length, candidates, |part| {
        (ends - part.to, ends - part.from)
    });
    let beside = |ways: &[_], at| so_far(ways, at, 0, cut).unwrap_or(f64::NEG_INFINITY);
    let through = |part: &Part| {
        let own = candidates
            .iter()
            .filter(|candidate| std::ptr::eq(candidate.part, part));
        let own = own
            .map(|candidate| candidate.score)
            .fold(f64::NEG_INFINITY, f64::max);
        own + beside(&before, part.from) + beside(&after, ends - part.to)
    };
    parts.iter().map(through).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{IMAGE_PIXELS, NUM_DIGITS};
    use data::picture::Variant;

    /// A cluster that is cut at two places into such parts.
    fn cluster(parts: &[(usize, usize)]) -> Cluster {
        let one = Cluster::of_digit([0; IMAGE_PIXELS]);
        let like = &one.variants[0].parts[0];
        let parts = parts.iter().map(|&(from, to)| Part {
            from,
            to,
            relative_size: (0.5, 1.0),
            ..like.clone()
        });
        let variant = Variant {
            num_cuts: 2,
            parts: parts.collect(),
            ..one.variants[0].clone()
        };
        Cluster {
            variants: vec![variant],
            ..one
        }
    }

    /// What is found of parts that look so much like a 3, and at 0 like nothing at all.
    fn found(clusters: &[Cluster], sure: &[f32]) -> Vec<bool> {
        let rows = sure.iter().map(|&by| -> [f32; NUM_DIGITS] {
            let other = if by > 0.0 { 0.0 } else { -10.0 };
            std::array::from_fn(|class| if class == 3 { other + by } else { other })
        });
        let logits: Vec<[f32; NUM_DIGITS]> = rows.collect();
        contenders(clusters, logits.as_flattened(), Temperature::default())
    }

    #[test]
    fn what_is_on_a_likely_way_may_be_read() {
        let all = [(0, 3), (0, 1), (1, 3), (0, 2), (2, 3), (1, 2)];
        let line = [cluster(&all)];
        // Both are sure: the whole, and its last part, before which there is nothing likely.
        let whole = found(&line, &[20.0, 0.0, 0.0, 0.0, 20.0, 0.0]);
        assert_eq!(whole, [true, false, false, false, false, false]);
        let halves = found(&line, &[0.0, 20.0, 20.0, 0.0, 0.0, 0.0]);
        assert_eq!(halves, [false, true, true, false, false, false]);
        let either = found(&line, &[20.0, 14.0, 14.0, 0.0, 0.0, 0.0]);
        assert_eq!(either, [true, true, true, false, false, false]);
    }

    /// Of what is not told apart by one view nothing is left out, nor the only way there is.
    #[test]
    fn what_is_doubtful_is_left_in() {
        let all = [(0, 3), (0, 1), (1, 3)];
        let mut first = cluster(&all);
        first.with_next = Some(first.variants[0].parts[0].clone());
        let line = [first, Cluster::of_digit([0; IMAGE_PIXELS])];
        assert_eq!(found(&line, &[4.0, 5.0, 5.0, 0.0, 0.0]), [true; 5]);
        assert!(found(&[], &[]).is_empty());
    }
}
