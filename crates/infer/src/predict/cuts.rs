//! Pictures of many digits: which cuts through touching ink are right, and what it then says.
//!
//! Owns the choice. Where ink can be cut is the data crate's, what each part may be the network's.

use base::NUM_DIGITS;
use data::picture::{Cluster, Part, Sign, SignKind, Variant};
use model::Temperature;

use super::candidate::{Candidate, Shown};
use super::joins::{AsOne, Found, Joined, joined};
use super::look::Seen;
use super::others::{Read, around, left_out, others};
use super::pairs;
use super::reading::{Fit, Reading};
use super::ways::best_ways;
use crate::digits::Length;

/// Of what a part counts, in nats of how likely it is a digit. Fitted to digits of MNIST that no network had
/// been trained on, apart and touching on ten kinds of paper, so that the right readings are likely among all
/// (docs/LOG.md).
///
/// What a cut costs.
const CUT: f64 = 3.9;
/// What it costs to leave out all ink as dirt; of less, less.
const LEFT_OUT: f64 = 0.1;
/// What it costs to take for a part of a digit what looks like a sign beside it.
const TAKEN_SIGN: f64 = 3.0;
/// What it costs to take for a digit what looks like a slash. With less, a slash is read as the digit that a cut between
/// touching digits would have given.
const TAKEN_SLASH: f64 = 6.0;

/// The digits of a picture in reading order, and the signs beside them. `logits` has a row of classes for every part of
/// every cluster, or of classes and pairs of digits: then two digits may also be read as one part that is not cut.
///
/// Where it is known how many digits there are, `length`, these are read, and all else is left out: signs, and what is no
/// digit. Where so many cannot be read, or fewer are far likelier, it is read as if that were not known.
///
/// Whoever leaves paper between digits elsewhere in a line is less likely to let them touch.
#[must_use]
pub fn read_digits(
    clusters: &[Cluster],
    logits: &[f32],
    temperature: Temperature,
    length: Length,
) -> Reading {
    let read = |length| joined(found(clusters, logits, temperature, length), length);
    let of_length = length.is_known().then(|| read(length)).flatten();
    let Some(Joined { reads, has_more }) = of_length else {
        let mut reading = assembled(read(Length::default()).map_or_else(Vec::new, |any| any.reads));
        if !length.fits(reading.digits.len()) {
            reading.fit = Fit::OtherLength;
        }
        return reading;
    };
    let is_left_out = |read: &Read| read.digits.is_empty() && read.signs.is_empty();
    let fit = if has_more {
        Fit::OtherLength
    } else if reads.iter().any(is_left_out) {
        Fit::LeavesMarks
    } else {
        Fit::Whole
    };
    Reading {
        digits: reads.into_iter().flat_map(|read| read.digits).collect(),
        signs: Vec::new(),
        fit,
    }
}

/// How each cluster may be read.
fn found(
    clusters: &[Cluster],
    logits: &[f32],
    temperature: Temperature,
    length: Length,
) -> Vec<Found> {
    let mut rows = rows(clusters, logits);
    let mut found: Vec<Found> = Vec::new();
    for cluster in clusters {
        if cluster.sign.is_some() && !length.is_known() {
            found.push(Found {
                ways: vec![Some(left_out(cluster))],
                with_next: None,
            });
            rows.by_ref().take(cluster.parts().count()).for_each(drop);
            continue;
        }
        let cut = price_of_cut(cluster, clusters);
        let mut ways: Vec<Option<(f64, Read)>> = Vec::new();
        if length.is_known() {
            ways.push(Some(left_out(cluster)));
        }
        for variant in &cluster.variants {
            let seen = seen(variant, &mut rows, temperature);
            let candidates = candidates(cluster.line, &seen, cut);
            let of_variant = best_ways(variant.num_cuts, cut, length, &candidates);
            ways.resize_with(ways.len().max(of_variant.len()), || None);
            for (so_far, way) in ways.iter_mut().zip(of_variant) {
                let Some((score, way)) = way else { continue };
                let score = score - price(cluster, variant);
                if so_far.as_ref().is_none_or(|&(so_far, _)| score > so_far) {
                    *so_far = Some((score, read(cluster, variant, cut, &seen, &way)));
                }
            }
        }
        let with_next = cluster.with_next.as_ref();
        let with_next = with_next.and_then(|part| {
            let seen = Seen::at(rows.next()?, temperature);
            AsOne::new(Candidate::of_digit(cluster.line, part, &seen)?)
        });
        if ways.iter().any(Option::is_some) {
            found.push(Found { ways, with_next });
        } else if let Some(last) = found.last_mut() {
            last.with_next = None;
        }
    }
    found
}

/// What a cluster says on such a way through one of its variants.
fn read(
    cluster: &Cluster,
    variant: &Variant,
    cut: f64,
    seen: &[(&Part, Seen)],
    way: &[&Candidate<'_>],
) -> Read {
    let likeness = way.iter().map(|candidate| candidate.likeness).sum::<f64>();
    let digits = way.iter().flat_map(|candidate| match &candidate.shown {
        Shown::Digit(digit) => vec![digit.clone()],
        Shown::Pair(place) => pairs::digits(cluster.line, *place, seen),
    });
    Read {
        line: cluster.line,
        is_in_cell: cluster.is_in_cell,
        likeness: likeness - cut * (way.len() as f64 - 1.0),
        digits: digits.collect(),
        signs: variant.signs.clone(),
    }
}

/// What is seen of each part, in the order of [`Cluster::parts`]: as many logits as there are.
pub(super) fn rows<'a>(clusters: &[Cluster], logits: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
    let num_parts: usize = clusters.iter().map(|cluster| cluster.parts().count()).sum();
    let num_logits = logits.len() / num_parts.max(1);
    logits.chunks_exact(num_logits.max(NUM_DIGITS))
}

/// What it costs to cut a cluster, among all of its picture.
pub(super) fn price_of_cut(cluster: &Cluster, all: &[Cluster]) -> f64 {
    let in_line = all.iter().filter(|other| other.line == cluster.line);
    // By Laplace's rule of succession: each gap is a place where they did not touch.
    CUT + (in_line.count().max(1) as f64).ln()
}

/// What it costs to take a cluster so.
pub(super) fn price(cluster: &Cluster, variant: &Variant) -> f64 {
    let taken_slash = if cluster.sign.is_some() {
        TAKEN_SLASH
    } else {
        0.0
    };
    let taken_signs = TAKEN_SIGN * variant.num_taken_signs as f64;
    LEFT_OUT * f64::from(variant.left_out) + taken_signs + taken_slash
}

/// What is seen of the parts of a variant.
pub(super) fn seen<'a, 'b>(
    variant: &'a Variant,
    rows: &mut impl Iterator<Item = &'b [f32]>,
    temperature: Temperature,
) -> Vec<(&'a Part, Seen)> {
    let seen = variant.parts.iter().zip(rows);
    seen.map(|(part, logits)| (part, Seen::at(logits, temperature)))
        .collect()
}

/// What the parts of a variant may be.
pub(super) fn candidates<'a>(
    line: usize,
    seen: &[(&'a Part, Seen)],
    cut: f64,
) -> Vec<Candidate<'a>> {
    let digits = seen
        .iter()
        .filter_map(|(part, seen)| Candidate::of_digit(line, part, seen));
    digits.chain(pairs::of_parts(seen, cut)).collect()
}

/// What clusters say together: what is no digit, however many clusters it has, is one sign.
fn assembled(reads: Vec<Read>) -> Reading {
    let mut reading = Reading::default();
    // The line of what was no digit, where that came last, and the place of its sign.
    let mut last: Option<(usize, usize)> = None;
    for (is_other, read) in others(&reads).into_iter().zip(reads) {
        let bounds = read.digits.iter().map(|digit| digit.bounds);
        if let Some(bounds) = bounds.reduce(around).filter(|_| is_other) {
            if let Some((_, place)) = last.filter(|&(line, _)| line == read.line) {
                let sign: &mut Sign = &mut reading.signs[place];
                sign.bounds = around(sign.bounds, bounds);
            } else {
                last = Some((read.line, reading.signs.len()));
                reading.signs.push(Sign {
                    kind: SignKind::Other,
                    line: read.line,
                    bounds,
                });
            }
        } else {
            last = None;
            reading.digits.extend(read.digits);
        }
        reading.signs.extend(read.signs);
    }
    reading
}

#[cfg(test)]
mod tests;
