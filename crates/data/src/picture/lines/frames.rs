//! Boxes, combs and grids: straight parts of ink that meet, and the cells that they part.
//!
//! Owns which pieces of ink are made of such parts, at angles up to a few degrees, and where these are. Taking them
//! away is the parent module's.

use super::find::Line;
use crate::picture::angle::Turn;
use crate::picture::pieces::{Extent, Piece, Pieces};

mod comb;
mod level;
mod segments;

use comb::comb;
use level::angle;
use segments::{Bitmap, SEEN, SMALLEST, Segment};

/// The depth in which a side is looked for in parts of the other side, and how many sides there are to be at least: a
/// comb has no top.
const STRIP: f32 = 0.12;
const LEAST_SIDES: usize = 3;
/// How much deeper it is looked for where a frame leans, in parts of its side, and at most of the other one: of a box,
/// and of a comb, which is wide and low.
const LEAN: f32 = 0.05;
const DEEPEST_LEAN: f32 = 0.25;
const DEEPEST_LEAN_OF_COMB: f32 = 0.7;
/// What is left of a line is not farther from it than this, in its own widths and at least in pixels.
const LEFT_OVER: f32 = 1.2;
const LEFT_OVER_PIXELS: f32 = 2.5;
/// Ends meet a line that is not farther than this, in parts of the frame's shorter side, and in pixels.
const MEETING: f32 = 0.07;
const MEETING_PIXELS: f32 = 3.0;
/// A digit of a comb stands so many times as high as ticks are apart.
const ABOVE_COMB: f32 = 1.5;
/// A comb is so many times as wide as high, digits that touch it counted.
const WIDE: f32 = 1.6;

/// A piece of ink that is a box, a comb or a grid.
pub(in crate::picture) struct Frame {
    pub(super) lines: Vec<Line>,
    /// Where it is.
    extent: Extent,
    /// The width of the widest line, in pixels.
    thickest: usize,
    turn: Turn,
    /// Cells in turned pixels: left, top, right and bottom.
    cells: Vec<[f32; 4]>,
}

impl Frame {
    /// The cell with this point in it, and the rows of the picture from the cell's top to its bottom there.
    pub(in crate::picture) fn cell_at(&self, (x, y): (f32, f32)) -> Option<(usize, (f32, f32))> {
        let (along, across) = self.turn.turned((x, y));
        let place = self.cells.iter().position(|&[left, top, right, bottom]| {
            (left..right).contains(&along) && (top..bottom).contains(&across)
        })?;
        let [_, top, _, bottom] = self.cells[place];
        Some((place, (y + top - across, y + bottom - across)))
    }
}

impl Frame {
    /// Whether there is paper all round it, so that it is no squared paper.
    pub(in crate::picture) fn is_whole(&self, size: (u32, u32)) -> bool {
        cut_off(self.extent, size) == [false; 4]
    }

    /// Whether two are about the same, or one is a part of the other.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.extent.gap(&other.extent) == 0
    }

    /// Whether a rectangle is so near to one of the lines that what is in it is left of that.
    pub(in crate::picture) fn has_left(&self, extent: Extent) -> bool {
        let near = (LEFT_OVER * self.thickest as f32).max(LEFT_OVER_PIXELS);
        let corners = [
            (extent.left, extent.top),
            (extent.right, extent.top),
            (extent.left, extent.bottom),
            (extent.right, extent.bottom),
        ];
        let corners = corners.map(|(x, y)| (x as f32, y as f32));
        let is_along = |line: &Line| corners.iter().all(|&corner| line.distance(corner) <= near);
        self.lines.iter().any(is_along)
    }
}

/// The frames among pieces of ink.
pub(in crate::picture) fn frames(pieces: &Pieces) -> Vec<Frame> {
    let (width, height) = pieces.dimensions();
    let candidates = pieces.pieces.iter();
    candidates
        .filter(|piece| may_be_frame(pieces, piece, (width, height)))
        .filter_map(|piece| frame(pieces, piece, (width, height)))
        .collect()
}

/// Which edges of the picture a rectangle lies on: left, top, right, bottom.
fn cut_off(extent: Extent, (width, height): (u32, u32)) -> [bool; 4] {
    [
        extent.left == 0,
        extent.top == 0,
        extent.right + 1 == width,
        extent.bottom + 1 == height,
    ]
}

/// A quick look: ink along nearly all of three sides at least; what lies on the picture's edge may go on beyond. Or all
/// along the bottom of what is wide.
fn may_be_frame(pieces: &Pieces, piece: &Piece, size: (u32, u32)) -> bool {
    let extent = piece.extent;
    let (width, height) = (extent.width(), extent.height());
    if width.min(height) < SMALLEST || piece.area > width * height / 2 {
        return false;
    }
    let deep = |side: u32, along: u32, deepest: f32| {
        let lean = (LEAN * along as f32).min(deepest * side as f32);
        ((STRIP * side as f32 + lean) as u32).max(2)
    };
    let deep_x = deep(width, height, DEEPEST_LEAN);
    let deep_y = deep(height, width, DEEPEST_LEAN);
    let deep_base = deep(height, width, DEEPEST_LEAN_OF_COMB);
    // Of the columns, ink at the top and at the bottom; of the rows, at the left and at the right.
    let (mut at_top, mut at_bottom) = (vec![false; width as usize], vec![false; width as usize]);
    let (mut at_left, mut at_right) = (vec![false; height as usize], vec![false; height as usize]);
    let mut at_base = vec![false; width as usize];
    for (x, y) in pieces.points_of(piece) {
        let (x, y) = (x - extent.left, y - extent.top);
        at_top[x as usize] |= y < deep_y;
        at_bottom[x as usize] |= y + deep_y >= height;
        at_base[x as usize] |= y + deep_base >= height;
        at_left[y as usize] |= x < deep_x;
        at_right[y as usize] |= x + deep_x >= width;
    }
    let sides = [at_left, at_top, at_right, at_bottom];
    let is_seen = |side: &[bool]| {
        side.iter().filter(|&&seen| seen).count() as f32 >= SEEN * side.len() as f32
    };
    let beyond = cut_off(extent, size);
    let num_seen = sides.iter().filter(|side| is_seen(side)).count();
    let num_beyond = (0..4)
        .filter(|&side| beyond[side] && !is_seen(&sides[side]))
        .count();
    let is_comb = is_seen(&at_base) && width as f32 >= WIDE * height as f32;
    is_comb || num_seen + num_beyond.min(2) >= LEAST_SIDES && num_seen >= 2
}

fn frame(pieces: &Pieces, piece: &Piece, size: (u32, u32)) -> Option<Frame> {
    let points: Vec<(f32, f32)> = pieces
        .points_of(piece)
        .map(|(x, y)| (x as f32, y as f32))
        .collect();
    let turn = Turn::by(angle(&points));
    let bitmap = Bitmap::of(
        &points,
        |point| turn.turned(point),
        |place| {
            let (x, y) = turn.back(place);
            pieces.is_of(piece, x.round(), y.round())
        },
    );
    let (level, upright) = (bitmap.level_segments(), bitmap.upright_segments());
    let meeting = (MEETING * bitmap.width.min(bitmap.height) as f32).max(MEETING_PIXELS);
    let beyond = cut_off(piece.extent, size);
    let box_lines = boxed(&bitmap, &level, &upright, meeting, beyond);
    let (level, upright, is_comb) = if let Some((level, upright)) = box_lines {
        (level, upright, false)
    } else {
        let (base, ticks) = comb(&bitmap, &level)?;
        (vec![base], ticks, true)
    };
    let place =
        |along: f32, across: f32| turn.back((along + bitmap.origin.0, across + bitmap.origin.1));
    let of_level = level.iter().map(|line| {
        let (start, end) = line.ends;
        Line::between(place(line.from as f32, start), place(line.to as f32, end))
    });
    let of_upright = upright.iter().map(|line| {
        let (start, end) = line.ends;
        Line::between(place(start, line.from as f32), place(end, line.to as f32))
    });
    let thickness = level.iter().chain(&upright).map(Segment::thickness);
    Some(Frame {
        extent: piece.extent,
        thickest: thickness.max().unwrap_or(1),
        lines: of_level.chain(of_upright).collect(),
        turn,
        cells: cells(&bitmap, &level, &upright, is_comb),
    })
}

/// The level and the upright lines of a box or a grid: on each of its sides, where it is not cut off there.
fn boxed(
    bitmap: &Bitmap,
    level: &[Segment],
    upright: &[Segment],
    meeting: f32,
    [beyond_left, beyond_top, beyond_right, beyond_bottom]: [bool; 4],
) -> Option<(Vec<Segment>, Vec<Segment>)> {
    let (width, height) = (bitmap.width as f32, bitmap.height as f32);
    // Both ends of a line are at a line across it, or at an end of the frame.
    let meets = |lines: &[Segment], other: &[Segment], longest: f32| -> Vec<Segment> {
        let is_end = |end: f32| {
            end <= meeting
                || end >= longest - 1.0 - meeting
                || other
                    .iter()
                    .any(|line| (line.middle() - end).abs() <= meeting)
        };
        let kept = lines
            .iter()
            .filter(|line| is_end(line.from as f32) && is_end(line.to as f32));
        kept.copied().collect()
    };
    let (level, upright) = (meets(level, upright, width), meets(upright, level, height));
    let has = |lines: &[Segment], longest: f32, is_low: bool| {
        lines.iter().any(|line| {
            let from_end = if is_low {
                line.middle()
            } else {
                longest - 1.0 - line.middle()
            };
            from_end <= meeting + 0.5 * line.thickness() as f32
        })
    };
    let sides = [
        (beyond_left, has(&upright, width, true)),
        (beyond_top, has(&level, height, true)),
        (beyond_right, has(&upright, width, false)),
        (beyond_bottom, has(&level, height, false)),
    ];
    let is_whole = sides
        .iter()
        .all(|&(is_beyond, is_there)| is_beyond || is_there);
    let num_there = sides.iter().filter(|side| side.1).count();
    (is_whole && num_there >= 2 && !level.is_empty() && !upright.is_empty())
        .then_some((level, upright))
}

/// The cells between lines, row by row.
fn cells(bitmap: &Bitmap, level: &[Segment], upright: &[Segment], is_comb: bool) -> Vec<[f32; 4]> {
    let bounds = |lines: &[Segment], longest: u32| {
        let mut places: Vec<f32> = lines.iter().map(Segment::middle).collect();
        places.sort_by(f32::total_cmp);
        // Where it is cut off, a cell goes to the end.
        let end = longest as f32 - 1.0;
        if places.first().is_none_or(|&first| first >= SMALLEST as f32) {
            places.insert(0, 0.0);
        }
        if places
            .last()
            .is_none_or(|&last| last <= end - SMALLEST as f32)
        {
            places.push(end);
        }
        places
    };
    let columns = bounds(upright, bitmap.width as u32);
    let mut rows = bounds(level, bitmap.height as u32);
    if is_comb {
        let spacing = (columns[columns.len() - 1] - columns[0]) / (columns.len() - 1).max(1) as f32;
        let base = rows[rows.len() - 1];
        rows = vec![base - ABOVE_COMB * spacing, base];
    }
    let (right, down) = bitmap.origin;
    let mut cells = Vec::new();
    for row in rows.windows(2) {
        for column in columns.windows(2) {
            cells.push([
                column[0] + right,
                row[0] + down,
                column[1] + right,
                row[1] + down,
            ]);
        }
    }
    cells
}

#[cfg(test)]
mod tests;
