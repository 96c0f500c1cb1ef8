//! Combs: a line with ticks, between which digits stand.

use super::segments::{Bitmap, SEEN, SMALLEST, Segment};

/// A comb has so many cells, its ticks are apart by the same up to this part of it, and so many of them are seen.
const LEAST_CELLS: usize = 2;
const MOST_CELLS: usize = 40;
const EVEN: f32 = 0.1;
const MATCHED: f32 = 0.9;
/// Ticks are as high, and not wider than this, in pixels.
const LOWEST_STEM: usize = 4;
const WIDEST_STEM: usize = 9;

/// The base line and the ticks of a comb.
pub(super) fn comb(bitmap: &Bitmap, level: &[Segment]) -> Option<(Segment, Vec<Segment>)> {
    let width = bitmap.width as f32;
    let is_base = |line: &&Segment| line.length() as f32 >= SEEN * width;
    let base = *level.iter().rev().find(is_base)?;
    let stems = stems(bitmap, &base);
    let (first, last) = (stems.first()?, stems.last()?);
    let middle = |stem: &Stem| 0.5 * (stem.first + stem.last) as f32;
    let (start, end) = (middle(first), middle(last));
    // Digits stand on the base, too: ticks are those that are apart by the same.
    let nearest = |place: f32| {
        stems.iter().min_by(|left, right| {
            let far = |stem: &Stem| (middle(stem) - place).abs();
            far(left).total_cmp(&far(right))
        })
    };
    let even = (LEAST_CELLS..=MOST_CELLS).rev().find_map(|num| {
        let spacing = (end - start) / num as f32;
        let places = (0..=num).map(|number| start + spacing * number as f32);
        let ticks: Vec<&Stem> = places
            .filter_map(|place| {
                nearest(place).filter(|stem| (middle(stem) - place).abs() <= EVEN * spacing)
            })
            .collect();
        let is_cell = spacing >= SMALLEST as f32;
        (is_cell && ticks.len() as f32 >= MATCHED * (num + 1) as f32).then_some(ticks)
    })?;
    let mut tops: Vec<usize> = even.iter().map(|stem| stem.top).collect();
    tops.sort_unstable();
    // All are as high as most of those that are whole: a digit may go on from one, and others may be broken.
    let usual = tops[tops.len() / 4];
    let ticks = even
        .iter()
        .map(|stem| bitmap.upright((stem.first, stem.last), (usual, base.last_row())));
    Some((base, ticks.collect()))
}

/// What stands upright on the base of a comb.
struct Stem {
    /// Its first and its last column.
    first: usize,
    last: usize,
    /// Its highest row.
    top: usize,
}

/// Narrow stems on a base, from left to right.
fn stems(bitmap: &Bitmap, base: &Segment) -> Vec<Stem> {
    let row = (base.first_row()).saturating_sub(1);
    let top_at = |column: usize| {
        let rows = (0..=row).rev();
        // A thin stem steps from column to column, once it is turned.
        let near = column.saturating_sub(1)..=(column + 1).min(bitmap.width - 1);
        let has_ink = |row: usize| near.clone().any(|column| bitmap.has_ink(column, row));
        let run = rows.take_while(|&row| has_ink(row));
        run.last().filter(|&top| row - top + 1 >= LOWEST_STEM)
    };
    let widest = (2 * base.thickness() + 2).max(WIDEST_STEM);
    let mut stems: Vec<Stem> = Vec::new();
    for column in 0..bitmap.width {
        let Some(top) = top_at(column) else {
            continue;
        };
        match stems.last_mut() {
            Some(stem) if column <= stem.last + 2 => {
                stem.last = column;
                stem.top = stem.top.min(top);
            }
            _ => stems.push(Stem {
                first: column,
                last: column,
                top,
            }),
        }
    }
    stems.retain(|stem| stem.last - stem.first < widest);
    stems
}
