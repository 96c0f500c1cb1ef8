//! Slashes between digits, and percent signs, which are slashes between two rings.
//!
//! Owns what tells a slash from a 1, which a network does not: it is straight, leans to the right, and goes on above and below
//! the digits on both of its sides.

use super::cluster::SignKind;
use super::form::Form;
use super::group::Group;
use crate::picture::pieces::{Extent, Piece, Pieces};

/// A slash is so many times as high as the digits of its line are usually, and goes on above their tops and below their
/// bases by so many of their heights.
const TALL: f32 = 1.2;
const BEYOND: f32 = 0.05;
/// What is lower than this, in heights of a slash, is no digit beside it.
const LOWEST_DIGIT: f32 = 0.4;
/// It is no thicker than this, in parts of its length, and goes so many pixels to the side on one upwards, at least and at
/// most.
const THICKEST: f32 = 0.14;
const LEAN: (f32, f32) = (0.18, 1.2);
/// A ring of a percent sign is no higher than this, in heights of its slash, and as much wider or narrower than high.
const RING: f32 = 0.6;
const ROUND: (f32, f32) = (0.5, 1.8);
/// Paper to the digits beside it, at most, in heights.
const REACH: f32 = 1.0;

/// Notes of slashes and percent signs that they are such.
pub(super) fn mark(groups: &mut [Group], pieces: &Pieces) {
    let kind = |place: usize| {
        if is_slash(groups, place, pieces) {
            return Some((place, SignKind::Slash));
        }
        let has_digit_before = place > 0 && groups[place - 1].line == groups[place].line;
        (has_digit_before && is_percent(&groups[place], pieces)).then_some((place, SignKind::Other))
    };
    let signs: Vec<(usize, SignKind)> = (0..groups.len()).filter_map(kind).collect();
    for (place, kind) in signs {
        groups[place].sign = Some(kind);
    }
}

/// The groups that are no signs; each sign is beside the digit before it.
pub(super) fn taken(groups: Vec<Group>) -> Vec<Group> {
    let mut digits: Vec<Group> = Vec::with_capacity(groups.len());
    for group in groups {
        let Some(kind) = group.sign else {
            digits.push(group);
            continue;
        };
        if let Some(before) = digits.last_mut() {
            before.signs.push((kind, group.extent));
            before.signs.extend(group.signs);
        }
    }
    digits
}

/// A slash with a ring at its upper left and one at its lower right.
fn is_percent(group: &Group, pieces: &Pieces) -> bool {
    let fragments = group.fragments.iter().flat_map(|fragment| &fragment.pieces);
    let mut all: Vec<Piece> = group.pieces.iter().chain(fragments).copied().collect();
    all.sort_by_key(|piece| std::cmp::Reverse(piece.extent.height()));
    let [slash, one, other] = &all[..] else {
        return false;
    };
    let is_ring = |ring: &Piece| {
        let (width, height) = (ring.extent.width() as f32, ring.extent.height() as f32);
        height <= RING * slash.extent.height() as f32
            && (ROUND.0..=ROUND.1).contains(&(width / height))
    };
    let middle = |piece: &Piece| {
        let extent = piece.extent;
        (extent.left + extent.right, extent.top + extent.bottom)
    };
    let (left, right) = if middle(one).0 < middle(other).0 {
        (one, other)
    } else {
        (other, one)
    };
    let (at, of_left, of_right) = (middle(slash), middle(left), middle(right));
    let are_placed = of_left.0 < at.0 && of_left.1 < at.1 && of_right.0 > at.0 && of_right.1 > at.1;
    is_ring(one) && is_ring(other) && are_placed && is_straight(slash, pieces)
}

/// Whether a piece is straight and leans to the right.
fn is_straight(piece: &Piece, pieces: &Pieces) -> bool {
    let form = Form::of(pieces.points_of(piece));
    let lean = -1.0 / form.slope;
    form.thickness <= THICKEST * form.length && (LEAN.0..=LEAN.1).contains(&lean)
}

fn is_slash(groups: &[Group], place: usize, pieces: &Pieces) -> bool {
    let group = &groups[place];
    let [piece] = &group.pieces[..] else {
        return false;
    };
    let beside = |at: Option<usize>| {
        let other = groups.get(at?)?;
        (other.line == group.line && other.shares_cell(group)).then_some(other)
    };
    let (Some(before), Some(after)) = (beside(place.checked_sub(1)), beside(Some(place + 1)))
    else {
        return false;
    };
    let extent = group.extent;
    if group.cell.is_some() || (extent.height() as f32) < group.line_height {
        return false;
    }
    if !is_straight(piece, pieces) {
        return false;
    }
    let in_line = || {
        let others = groups.iter().enumerate();
        others.filter(|&(at, other)| {
            let is_digit = other.extent.height() as f32 >= LOWEST_DIGIT * extent.height() as f32;
            at != place && other.line == group.line && is_digit
        })
    };
    let middle = |of: fn(Extent) -> u32| {
        let mut all: Vec<u32> = in_line().map(|(_, other)| of(other.extent)).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or(0) as f32
    };
    let height = middle(|extent| extent.height());
    let top = middle(|extent| extent.top);
    let bottom = middle(|extent| extent.bottom);
    let is_tall = extent.height() as f32 >= TALL * height
        && top - extent.top as f32 >= BEYOND * height
        && extent.bottom as f32 - bottom >= BEYOND * height;
    let is_near = |other: &Group| other.extent.gap(&extent) as f32 <= REACH * height;
    height > 0.0 && is_tall && is_near(before) && is_near(after)
}
