//! Fragments: ink too low to be a digit, or of dots alone, and the digits that they may belong to.
//!
//! Owns what a fragment is and which digit it is nearest to. Whether it belongs to that, the bar of a 5
//! that the pen left, or is dirt beside it, is for a network to say.

use super::form::Form;
use super::group::Group;
use super::signs;
use crate::picture::pieces::{Pieces, shared};

/// What is lower than this, in heights of its line, is no digit, and neither are pieces above each other of
/// which none is so long: dots.
const LOW: f32 = 0.45;
const DOT: f32 = 0.35;
/// A digit that lies flat, as some 2s and 5s do, is lower than [`LOW`], too, but no lower, and no narrower and no wider, than
/// this, in heights of its line; stands beside others, whose columns it shares no more of than this part of its width; and
/// is no bar: a bar's ink fills more than this part of its own ellipse.
const LYING: f32 = 0.22;
const LYING_WIDTH: (f32, f32) = (0.5, 1.4);
const LYING_SHARED: f32 = 0.2;
const BAR: f32 = 0.7;
/// A digit's fragments are not farther away than this, in heights of its line.
const REACH: f32 = 0.4;
/// What is lower than this, in heights of its line, or of dots, and in nobody's reach is left out.
const SPECK: f32 = 0.3;
/// A line of so few groups and lower than [`LOW`], in heights of the highest line, is of fragments of that.
const FEW: usize = 2;

/// Takes the fragments out of the groups, and gives each to the digit that it is nearest to. Returns the digits, and
/// what is none and in nobody's reach.
pub(super) fn gathered(mut groups: Vec<Group>, pieces: &Pieces) -> (Vec<Group>, Vec<Group>) {
    let highest = groups.iter().map(|group| group.line_height);
    let highest = highest.fold(0.0, f32::max);
    let counts = counts_of_lines(&groups);
    for group in &mut groups {
        if counts[group.line] <= FEW && group.line_height < LOW * highest {
            group.line_height = highest;
        }
    }
    let (low_signs, groups) = low_signs(groups, &counts);
    let (fragments, mut digits): (Vec<Group>, Vec<Group>) =
        groups.into_iter().partition(is_fragment);
    let (lying, fragments): (Vec<Group>, Vec<Group>) = fragments
        .into_iter()
        .partition(|group| is_lying(group, &digits, pieces));
    digits.extend(lying);
    let mut alone: Vec<Group> = Vec::new();
    for fragment in fragments.into_iter().chain(low_signs) {
        let nearest = digits
            .iter_mut()
            .filter(|digit| digit.shares_cell(&fragment))
            .min_by_key(|digit| digit.extent.gap(&fragment.extent));
        match nearest {
            Some(digit)
                if digit.extent.gap(&fragment.extent) as f32 <= REACH * digit.line_height =>
            {
                digit.fragments.push(fragment);
            }
            _ => alone.push(fragment),
        }
    }
    let (large, small): (Vec<Group>, Vec<Group>) = alone.into_iter().partition(|group| {
        group.extent.height() as f32 >= SPECK * group.line_height && !is_dotted(group)
    });
    digits.extend(large);
    digits.sort_by_key(|group| (group.line, group.extent.left));
    (without_gaps(digits), small)
}

/// Parts points and commas that hang so low beside a digit that they are lines of their own, which are taken into that
/// digit's, from all others.
fn low_signs(groups: Vec<Group>, counts: &[usize]) -> (Vec<Group>, Vec<Group>) {
    let line = |mark: &Group| {
        let digits = groups.iter().filter(|digit| {
            digit.line != mark.line
                && digit.shares_cell(mark)
                && digit.extent.gap(&mark.extent) as f32 <= REACH * digit.line_height
                && mark.extent.height() < digit.extent.height()
                && signs::may_be_sign(mark.extent, digit.extent, digit.line_height)
        });
        let nearest = digits.min_by_key(|digit| digit.extent.gap(&mark.extent))?;
        Some((nearest.line, nearest.line_height))
    };
    let lines: Vec<Option<(usize, f32)>> = groups
        .iter()
        .map(|mark| (counts[mark.line] == 1).then(|| line(mark)).flatten())
        .collect();
    let (mut low, mut others) = (Vec::new(), Vec::new());
    for (mut group, line) in groups.into_iter().zip(lines) {
        if let Some(line) = line {
            (group.line, group.line_height) = line;
            low.push(group);
        } else {
            others.push(group);
        }
    }
    (low, others)
}

fn is_fragment(group: &Group) -> bool {
    (group.extent.height() as f32) < LOW * group.line_height || is_dotted(group)
}

/// Whether it may be a digit that lies flat.
fn is_lying(group: &Group, digits: &[Group], pieces: &Pieces) -> bool {
    let height = group.line_height;
    let (width, own) = (group.extent.width() as f32, group.extent.height() as f32);
    let is_beside = |digit: &Group| {
        digit.line != group.line
            || shared(digit.extent.columns(), group.extent.columns()) <= LYING_SHARED * width
    };
    own >= LYING * height
        && (LYING_WIDTH.0 * height..=LYING_WIDTH.1 * height).contains(&width)
        && digits.iter().any(|digit| digit.line == group.line)
        && digits.iter().all(is_beside)
        && !is_bar(group, pieces)
}

fn is_bar(group: &Group, pieces: &Pieces) -> bool {
    let points = group
        .pieces
        .iter()
        .flat_map(|piece| pieces.points_of(piece));
    let form = Form::of(points);
    let ellipse = 0.25 * std::f32::consts::PI * form.length * form.thickness;
    group.area() as f32 > BAR * ellipse
}

/// Whether it is of dots alone.
fn is_dotted(group: &Group) -> bool {
    let longest = group.pieces.iter().map(|piece| piece.extent.longest());
    (longest.max().unwrap_or(0) as f32) < DOT * group.line_height
}

/// The number of groups of every line.
fn counts_of_lines(groups: &[Group]) -> Vec<usize> {
    let num_lines = groups.iter().map(|group| group.line + 1).max().unwrap_or(0);
    let mut counts = vec![0; num_lines];
    for group in groups {
        counts[group.line] += 1;
    }
    counts
}

/// Numbers the lines anew where some were of fragments alone.
fn without_gaps(mut groups: Vec<Group>) -> Vec<Group> {
    let (mut last, mut number) = (None, 0);
    for group in &mut groups {
        if last.is_some_and(|last| last != group.line) {
            number += 1;
        }
        last = Some(group.line);
        group.line = number;
    }
    groups
}
