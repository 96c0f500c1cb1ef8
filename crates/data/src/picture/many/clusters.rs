//! Which pieces of ink belong to one digit, and which digits to one line of writing.

use super::fragments;
use super::group::{Cell, Group};
use super::signs;
use super::slashes;
use crate::picture::lines::Frame;
use crate::picture::options::{PictureError, PictureOptions};
use crate::picture::pieces::{Extent, Piece, Pieces, shared};

/// Pieces lower than this, in heights of a usual digit, are specks, and so are those of less ink
/// than this part of a usual digit's.
const SPECK_SIDE: f32 = 0.12;
const SPECK_AREA: f32 = 0.03;
/// Marks of a picture, at most, specks not counted.
const MAX_MARKS: usize = 2_000;
/// A piece over or under another is of the same digit where the two share so much of the narrower
/// one's width, are not farther apart, and together not higher than this, in usual heights.
const SHARED_WIDTH: f32 = 0.5;
const MAX_GAP: f32 = 0.35;
const MAX_HEIGHT: f32 = 1.5;
/// A piece lower than this is of the digit beside it where it is as near as this.
const FRAGMENT: f32 = 0.5;
const NEAR: f32 = 0.08;
/// Digits that share so much of the lower one's height stand in one line.
const SHARED_HEIGHT: f32 = 0.4;

/// The groups in reading order.
///
/// # Errors
/// [`PictureError::TooManyMarks`]: each of them is held against each other one.
pub(super) fn groups(
    pieces: &Pieces,
    frames: &[Frame],
    options: PictureOptions,
) -> Result<Vec<Group>, PictureError> {
    let free: Vec<Piece> = pieces.off_border();
    let Some(height) = usual(&free, |piece| piece.extent.height()) else {
        return Ok(Vec::new());
    };
    let area = usual(&free, |piece| piece.area).unwrap_or(0.0);
    let group = |piece: Piece| Group {
        pieces: vec![piece],
        extent: piece.extent,
        cell: cell_of(piece.extent, frames),
        line: 0,
        line_height: height,
        fragments: Vec::new(),
        sign: None,
        signs: Vec::new(),
    };
    let (marks, specks): (Vec<Piece>, Vec<Piece>) = free.into_iter().partition(|piece| {
        piece.extent.longest() as f32 >= SPECK_SIDE * height
            && piece.area as f32 >= SPECK_AREA * area
    });
    let mut groups: Vec<Group> = marks.into_iter().map(group).collect();
    if groups.len() > MAX_MARKS {
        return Err(PictureError::TooManyMarks {
            found: groups.len(),
            limit: MAX_MARKS,
        });
    }
    join(&mut groups, |left, right| are_stacked(left, right, height));
    join(&mut groups, |left, right| {
        is_fragment(left, right, height) && !signs::may_be_sign(left, right, height)
    });
    let (mut digits, beside) = fragments::gathered(in_lines(groups), pieces);
    slashes::mark(&mut digits, pieces);
    if !options.keeps_slashes {
        digits = slashes::taken(digits);
    }
    let specks = specks.into_iter().map(group);
    signs::found(&mut digits, beside.into_iter().chain(specks), pieces);
    Ok(digits)
}

/// The cell with the middle of a piece in it.
fn cell_of(extent: Extent, frames: &[Frame]) -> Option<Cell> {
    let middle = |low: u32, high: u32| 0.5 * (low + high) as f32;
    let middle = (
        middle(extent.left, extent.right),
        middle(extent.top, extent.bottom),
    );
    frames.iter().enumerate().find_map(|(frame, cells)| {
        let (cell, (top, bottom)) = cells.cell_at(middle)?;
        Some(Cell {
            number: (frame, cell),
            rows: (top.max(0.0) as u32, bottom.max(0.0) as u32),
        })
    })
}

/// The median of a measure, where each piece counts by its area.
fn usual(pieces: &[Piece], measure: impl Fn(&Piece) -> u32) -> Option<f32> {
    let mut weighted: Vec<(u32, u64)> = pieces
        .iter()
        .map(|piece| (measure(piece), u64::from(piece.area)))
        .collect();
    weighted.sort_unstable();
    let half = weighted.iter().map(|&(_, weight)| weight).sum::<u64>() / 2;
    let mut sum = 0;
    let middle = weighted.iter().find(|&&(_, weight)| {
        sum += weight;
        sum > half
    });
    middle.map(|&(value, _)| value as f32)
}

/// Joins groups as long as two of them belong together.
fn join(groups: &mut Vec<Group>, belong: impl Fn(Extent, Extent) -> bool) {
    let mut index = 0;
    while index < groups.len() {
        let group = &groups[index];
        let belongs =
            |other: &Group| belong(group.extent, other.extent) && group.shares_cell(other);
        let other = (0..groups.len()).find(|&other| other != index && belongs(&groups[other]));
        if let Some(other) = other {
            let joined = groups.swap_remove(index.max(other));
            let index_kept = index.min(other);
            let kept = &mut groups[index_kept];
            kept.extent = kept.extent.joined(joined.extent);
            kept.pieces.extend(joined.pieces);
            index = 0;
        } else {
            index += 1;
        }
    }
}

fn are_stacked(left: Extent, right: Extent, height: f32) -> bool {
    let width = shared(left.columns(), right.columns());
    let narrower = left.width().min(right.width()) as f32;
    width >= SHARED_WIDTH * narrower
        && left.gap(&right) as f32 <= MAX_GAP * height
        && left.joined(right).height() as f32 <= MAX_HEIGHT * height
}

fn is_fragment(left: Extent, right: Extent, height: f32) -> bool {
    let lower = left.height().min(right.height()) as f32;
    lower < FRAGMENT * height
        && left.gap(&right) as f32 <= NEAR * height
        && left.joined(right).height() as f32 <= MAX_HEIGHT * height
}

/// How much of the lower one's height two have in common, and how many pixels that is.
fn shared_height(left: (u32, u32), right: (u32, u32)) -> (f32, u32) {
    let pixels = shared(left, right);
    let lower = height(left).min(height(right));
    (pixels / lower as f32, pixels as u32)
}

/// Of so many rows.
fn height((first, last): (u32, u32)) -> u32 {
    last - first + 1
}

/// Where the last group of a line is that is not much lower than its highest: bars and dots stand high or
/// low in it.
fn last_digit(line: &[Group]) -> (u32, u32) {
    let rows = || line.iter().map(Group::rows);
    let highest = rows().map(height).max().unwrap_or(0);
    let mut digits = rows().filter(|&rows| 2 * height(rows) >= highest);
    digits.next_back().unwrap_or((0, 0))
}

/// Numbers the lines and sorts by them.
fn in_lines(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_key(|group| group.extent.left);
    let mut lines: Vec<Vec<Group>> = Vec::new();
    for group in groups {
        let best = lines
            .iter_mut()
            .map(|line| (shared_height(last_digit(line), group.rows()), line))
            .filter(|&((part, _), _)| part >= SHARED_HEIGHT)
            .max_by_key(|&((_, pixels), _)| pixels);
        match best {
            Some((_, line)) => line.push(group),
            None => lines.push(vec![group]),
        }
    }
    let middle = |line: &Vec<Group>| {
        let sum: u32 = line
            .iter()
            .map(|group| {
                let (first, last) = group.rows();
                first + last
            })
            .sum();
        f64::from(sum) / line.len() as f64
    };
    lines.sort_by(|left, right| middle(left).total_cmp(&middle(right)));
    for (number, line) in lines.iter_mut().enumerate() {
        let heights: Vec<Piece> = line
            .iter()
            .flat_map(|group| group.pieces.iter().copied())
            .collect();
        let height = usual(&heights, |piece| piece.extent.height());
        for group in line {
            group.line = number;
            group.line_height = height.unwrap_or(group.line_height).max(1.0);
        }
    }
    lines.into_iter().flatten().collect()
}
