//! Signs beside digits: points, commas and minus signs.
//!
//! Owns what a mark has to look like, beside which digits, to be one. A mark that a digit may have as a part of it is
//! one only where a network reads that digit without it.

use super::cluster::SignKind;
use super::form::Form;
use super::group::Group;
use crate::picture::pieces::{Extent, Pieces, shared};

/// Digits lower than this, in heights of their line, do not tell where the line stands where others are near, but where
/// there is room in it.
const DIGIT: f32 = 0.7;
/// A sign is no farther from a digit than this, in heights of the line, and shares no more of its own width with one.
const REACH: f32 = 1.0;
const SHARED: f32 = 0.5;
/// The usual length of a digit's stroke, in its heights.
const STROKE_LENGTH: f32 = 2.6;
/// How thick a sign is: in strokes, at least, a point and others, among them a point that plainly has its own place between
/// two digits; in heights of the line, at least and at most.
const THINNEST_POINT: f32 = 0.9;
const THINNEST: f32 = 0.4;
const THICKNESS: (f32, f32) = (0.055, 0.3);
/// The middle of a point or a comma is no higher above the line's base than this, and no deeper under it, in heights.
const ABOVE_BASE: f32 = 0.22;
const BELOW_BASE: f32 = 0.3;
/// A place between two digits: paper from one to the other and on each side of the mark, at least, and how far its middle
/// is from the base, at most; in heights of the line. In a wide one the mark may be as thin and as far from the base as a
/// point ever is.
const PLACE: (f32, f32, f32) = (0.3, 0.06, 0.14);
const WIDE_PLACE: (f32, f32) = (0.5, 0.15);
/// A point is no longer than this, in times its thickness and in heights; a comma's least and greatest length in heights,
/// and how many pixels it falls on one to the side, at most: upright ones are of printed lines.
const LONGEST_POINT: (f32, f32) = (1.45, 0.36);
const COMMA: (f32, f32) = (0.15, 0.55);
const STEEPEST_COMMA: f32 = 20.0;
/// A minus is longer than this, in times its thickness and in heights of its line, and no longer than so many of these.
const SLIMMEST_MINUS: f32 = 2.0;
const MINUS: (f32, f32) = (0.2, 1.0);
/// Where its middle is, from the line's top to its base; and how much it rises on its length, at most.
const MINUS_MIDDLE: (f32, f32) = (0.15, 0.85);
const STEEPEST_MINUS: f32 = 0.5;

/// Finds the signs among the fragments of the digits, and among what stands beside them.
pub(super) fn found(digits: &mut [Group], beside: impl Iterator<Item = Group>, pieces: &Pieces) {
    let mut beside_digit = Vec::new();
    for mark in beside {
        let nearest = digits
            .iter()
            .enumerate()
            .filter(|(_, digit)| digit.shares_cell(&mark))
            .min_by_key(|(_, digit)| digit.extent.gap(&mark.extent));
        if let Some((index, digit)) = nearest
            && let Some(kind) = sign(digits, digit, &mark, pieces)
        {
            beside_digit.push((index, (kind, mark.extent)));
        }
    }
    let mut of_fragments = Vec::new();
    for (index, digit) in digits.iter().enumerate() {
        for (number, fragment) in digit.fragments.iter().enumerate() {
            if let Some(kind) = sign(digits, digit, fragment, pieces) {
                of_fragments.push((index, number, kind));
            }
        }
    }
    for (index, sign) in beside_digit {
        digits[index].signs.push(sign);
    }
    for (index, number, kind) in of_fragments {
        digits[index].fragments[number].sign = Some(kind);
    }
}

/// Whether the smaller of two marks may be a point or a comma beside the other: then it is not joined to that unseen, and
/// makes no line of its own.
pub(super) fn may_be_sign(left: Extent, right: Extent, height: f32) -> bool {
    let (mark, digit) = if left.height() < right.height() {
        (left, right)
    } else {
        (right, left)
    };
    let middle = |low: u32, high: u32| 0.5 * (low + high) as f32;
    let across = middle(mark.left, mark.right);
    let under = (middle(mark.top, mark.bottom) - digit.bottom as f32) / height;
    let is_beside = across < digit.left as f32 || across > digit.right as f32;
    is_beside
        && mark.height() as f32 <= COMMA.1 * height
        && mark.width() as f32 <= LONGEST_POINT.1 * height
        && (-ABOVE_BASE..=BELOW_BASE).contains(&under)
}

/// Which sign a mark beside a digit is.
fn sign(digits: &[Group], digit: &Group, mark: &Group, pieces: &Pieces) -> Option<SignKind> {
    let [piece] = &mark.pieces[..] else {
        return None;
    };
    if piece.extent.longest() as f32 > MINUS.1 * digit.line_height {
        return None;
    }
    let line = Line::around(digits, digit, mark)?;
    line.sign(&Form::of(pieces.points_of(piece)))
}

/// A line of writing where a mark stands.
struct Line {
    /// Rows of its top and its base.
    top: f32,
    base: f32,
    /// The usual height of its digits, and the width of their strokes.
    height: f32,
    stroke: f32,
    /// Paper between the digits before and after the mark, and on its narrower side; 0 where there are not both.
    room: f32,
    least_room: f32,
}

/// The digits of a line that are nearest to a mark, before and after it.
fn neighbours<'a>(mark: Extent, digits: impl Iterator<Item = &'a Group>) -> [Option<&'a Group>; 2] {
    let middle = |extent: Extent| extent.left + extent.right;
    let (before, after): (Vec<&Group>, Vec<&Group>) =
        digits.partition(|digit| middle(digit.extent) < middle(mark));
    [before, after].map(|side| side.into_iter().min_by_key(|digit| digit.extent.gap(&mark)))
}

impl Line {
    /// As the digits next to a mark have it; `None` where none is near, or the mark stands over or under one.
    fn around<'a>(digits: &'a [Group], of: &Group, mark: &Group) -> Option<Self> {
        let (cell, mark) = (mark.cell, mark.extent);
        let height = of.line_height;
        let in_line = || {
            let is_in_line = |digit: &&Group| digit.line == of.line && digit.shares_cell(of);
            digits.iter().filter(is_in_line)
        };
        let high = || in_line().filter(|digit| digit.extent.height() as f32 >= DIGIT * height);
        let is_over = |digit: &Group| {
            shared(digit.extent.columns(), mark.columns()) > SHARED * mark.width() as f32
        };
        if high().any(is_over) {
            return None;
        }
        // A 1 has less ink than others of the same pen: the greater half tells.
        let mut areas: Vec<u32> = high().map(Group::area).collect();
        areas.sort_unstable();
        let usual_area = *areas.get(areas.len() / 2)?;
        let is_near = |digit: &&Group| digit.extent.gap(&mark) as f32 <= REACH * height;
        let near = |beside: [Option<&'a Group>; 2]| -> Vec<&'a Group> {
            beside.into_iter().flatten().filter(is_near).collect()
        };
        let beside = neighbours(mark, in_line());
        let near = Some(near(neighbours(mark, high())))
            .filter(|high| !high.is_empty())
            .unwrap_or_else(|| near(beside));
        // In a box of its own a digit has no signs.
        if near.is_empty() || near.len() < 2 && cell.is_some() {
            return None;
        }
        let num = near.len() as f32;
        let mean =
            |of: fn(&Group) -> u32| near.iter().map(|digit| of(digit) as f32).sum::<f32>() / num;
        let (mut room, mut least_room) = (0.0, 0.0);
        if let [Some(before), Some(after)] = beside {
            let between = |low: u32, high: u32| high.saturating_sub(low) as f32;
            room = between(before.extent.right, after.extent.left);
            least_room =
                between(before.extent.right, mark.left).min(between(mark.right, after.extent.left));
        }
        Some(Self {
            top: mean(|digit| digit.extent.top),
            base: mean(|digit| digit.extent.bottom + 1),
            height,
            stroke: usual_area as f32 / (STROKE_LENGTH * height),
            room: room / height,
            least_room: least_room / height,
        })
    }

    fn sign(&self, mark: &Form) -> Option<SignKind> {
        let Form {
            middle,
            length,
            thickness,
            slope,
        } = *mark;
        let slope = slope.abs();
        let is_of_strokes = |least: f32| thickness >= least * self.stroke;
        let has_wide_place = self.room >= WIDE_PLACE.0 && self.least_room >= WIDE_PLACE.1;
        let relative = thickness / self.height;
        if !is_of_strokes(THINNEST) && !has_wide_place
            || relative < THICKNESS.0
            || relative > THICKNESS.1
        {
            return None;
        }
        let part = (middle - self.top) / (self.base - self.top).max(1.0);
        let is_minus = length >= SLIMMEST_MINUS * thickness
            && length >= MINUS.0 * self.height
            && slope <= STEEPEST_MINUS
            && (MINUS_MIDDLE.0..=MINUS_MIDDLE.1).contains(&part);
        if is_minus {
            return Some(SignKind::Minus);
        }
        let under = (middle - self.base) / self.height;
        if !(-ABOVE_BASE..=BELOW_BASE).contains(&under) {
            return None;
        }
        let length_in_line = length / self.height;
        if length > LONGEST_POINT.0 * thickness {
            let is_comma = (COMMA.0..=COMMA.1).contains(&length_in_line)
                && (STEEPEST_MINUS..=STEEPEST_COMMA).contains(&slope);
            return is_comma.then_some(SignKind::Comma);
        }
        let has_place = has_wide_place
            || self.room >= PLACE.0 && self.least_room >= PLACE.1 && under.abs() <= PLACE.2;
        let is_point =
            length_in_line <= LONGEST_POINT.1 && (is_of_strokes(THINNEST_POINT) || has_place);
        is_point.then_some(SignKind::Point)
    }
}
