//! Boxes, combs and grids: straight parts of ink that meet, and the cells that they part.
//!
//! Owns which pieces of ink are made of such parts, at angles up to a few degrees, and where these are. Taking them
//! away is the parent module's.

use super::find::Line;
use crate::picture::pieces::{Extent, Piece, Pieces};

mod segments;

use segments::{Bitmap, Segment};

/// Shortest side of a frame, in pixels.
const SMALLEST: u32 = 14;
/// The part of a side of a frame that is seen, the depth in which it is looked for in parts of the other side, and how
/// many sides there are to be at least: a comb has no top.
const SEEN: f32 = 0.88;
const STRIP: f32 = 0.12;
const LEAST_SIDES: usize = 3;
/// How much deeper it is looked for where a frame leans, in parts of its side, and at most of the other one.
const LEAN: f32 = 0.05;
const DEEPEST_LEAN: f32 = 0.25;
/// What is left of a line is not farther from it than this, in its own widths and at least in pixels.
const LEFT_OVER: f32 = 1.2;
const LEFT_OVER_PIXELS: f32 = 2.5;
/// Steepest frame, in degrees, and the steps in which its angle is looked for.
const STEEPEST: f32 = 6.0;
const STEPS: [f32; 2] = [1.0, 0.25];
/// Points of a piece that are looked at for its angle, about.
const POINTS: usize = 3_000;
/// Ends meet a line that is not farther than this, in parts of the frame's shorter side, and in pixels.
const MEETING: f32 = 0.07;
const MEETING_PIXELS: f32 = 3.0;
/// A comb has so many cells, its ticks are apart by the same up to this part of it, and so many of them are seen. A
/// digit of a comb stands so many times as high as ticks are apart.
const LEAST_CELLS: usize = 2;
const MOST_CELLS: usize = 40;
const EVEN: f32 = 0.1;
const MATCHED: f32 = 0.9;
const ABOVE_COMB: f32 = 1.5;
/// A comb is so many times as wide as high, digits that touch it counted.
const WIDE: f32 = 1.6;
/// Ticks are as high, and not wider than this, in pixels.
const LOWEST_STEM: usize = 4;
const WIDEST_STEM: usize = 5;

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
    pub(super) fn is_whole(&self, size: (u32, u32)) -> bool {
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
pub(super) fn frames(pieces: &Pieces) -> Vec<Frame> {
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
    let deep = |side: u32, along: u32| {
        let lean = (LEAN * along as f32).min(DEEPEST_LEAN * side as f32);
        ((STRIP * side as f32 + lean) as u32).max(2)
    };
    let (deep_x, deep_y) = (deep(width, height), deep(height, width));
    // Of the columns, ink at the top and at the bottom; of the rows, at the left and at the right.
    let (mut at_top, mut at_bottom) = (vec![false; width as usize], vec![false; width as usize]);
    let (mut at_left, mut at_right) = (vec![false; height as usize], vec![false; height as usize]);
    for (x, y) in pieces.points_of(piece) {
        let (x, y) = (x - extent.left, y - extent.top);
        at_top[x as usize] |= y < deep_y;
        at_bottom[x as usize] |= y + deep_y >= height;
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
    let is_comb = is_seen(&sides[3]) && width as f32 >= WIDE * height as f32;
    is_comb || num_seen + num_beyond.min(2) >= LEAST_SIDES && num_seen >= 2
}

/// To pixels whose rows are level with a frame, and back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    sine: f32,
    cosine: f32,
}

impl Turn {
    fn by(degrees: f32) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        Self { sine, cosine }
    }

    fn turned(self, (x, y): (f32, f32)) -> (f32, f32) {
        (
            self.cosine * x + self.sine * y,
            self.cosine * y - self.sine * x,
        )
    }

    fn back(self, (along, across): (f32, f32)) -> (f32, f32) {
        (
            self.cosine * along - self.sine * across,
            self.cosine * across + self.sine * along,
        )
    }
}

/// The angle, in degrees, at which most points lie on few rows and columns.
fn angle(points: &[(f32, f32)]) -> f32 {
    let every = points.len().div_ceil(POINTS).max(1);
    let some: Vec<(f32, f32)> = points.iter().copied().step_by(every).collect();
    let mut best = 0.0;
    let mut reach = STEEPEST;
    for step in STEPS {
        let middle = best;
        let num = (2.0 * reach / step).round() as u32;
        let degrees = (0..=num).map(|number| middle - reach + step * number as f32);
        let sharpest = degrees
            .map(|degrees| (sharpness(&some, Turn::by(degrees)), degrees))
            // Of equals the one nearest to level.
            .max_by(|left, right| {
                let by_angle = right.1.abs().total_cmp(&left.1.abs());
                left.0.cmp(&right.0).then(by_angle)
            });
        best = sharpest.map_or(best, |(_, degrees)| degrees);
        reach = step;
    }
    best
}

/// The sum of the squares of the numbers of points in each row and column.
fn sharpness(points: &[(f32, f32)], turn: Turn) -> u64 {
    let turned: Vec<(i32, i32)> = points
        .iter()
        .map(|&point| {
            let (along, across) = turn.turned(point);
            (along.round() as i32, across.round() as i32)
        })
        .collect();
    let squares = |of: fn(&(i32, i32)) -> i32| {
        let low = turned.iter().map(of).min().unwrap_or(0);
        let high = turned.iter().map(of).max().unwrap_or(0);
        let mut counts = vec![0_u64; (high - low + 1) as usize];
        for point in &turned {
            counts[(of(point) - low) as usize] += 1;
        }
        counts.iter().map(|count| count * count).sum::<u64>()
    };
    squares(|point| point.0) + squares(|point| point.1)
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

/// The base line and the ticks of a comb.
fn comb(bitmap: &Bitmap, level: &[Segment]) -> Option<(Segment, Vec<Segment>)> {
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
    // Where a digit goes on from a tick, it is as high as others.
    let usual = tops[tops.len() / 2];
    let ticks = even.iter().map(|stem| {
        bitmap.upright(
            (stem.first, stem.last),
            (stem.top.max(usual), base.last_row()),
        )
    });
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
        let run = rows.take_while(|&row| bitmap.has_ink(column, row));
        run.last().filter(|&top| row - top + 1 >= LOWEST_STEM)
    };
    let widest = (2 * base.thickness()).max(WIDEST_STEM);
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
