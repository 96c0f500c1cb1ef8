//! Lines to write on that are no frames: rows of dots or dashes, which may be the sides of boxes, too, and rules.
//!
//! Owns which pieces of ink stand in such a row: small ones of about one size that are apart by the same, those that ink
//! hides left out; and which are so long and low that they are no stroke.

use crate::picture::pieces::{Piece, Pieces};

/// A row has so many dots that are seen at least.
const LEAST: usize = 6;
/// A rule is wider and no higher than this, in parts of the highest piece.
const RULE: (f32, f32) = (1.5, 0.25);
/// Dots are no longer than this, in parts of the highest piece, and their shorter side is no longer than that.
const LONGEST: f32 = 0.4;
const THICKEST: f32 = 0.2;
/// The area of the largest dot of a row, in parts of the smallest.
const SIMILAR: f32 = 2.5;
/// The first two dots of a row are not farther apart than this, in lengths of a dot and at least in pixels.
const FARTHEST: f32 = 6.0;
const FARTHEST_PIXELS: f32 = 8.0;
/// How far a dot is from where it is expected, along its row and across it, in parts of the way from one to the next, and
/// at least in pixels.
const OFF: (f32, f32) = (0.25, 0.2);
const OFF_PIXELS: f32 = 1.0;
/// Pixels that a row rises or falls on one along it, at most.
const STEEPEST: f32 = 0.3;
/// Dots that ink may hide in one place, for each that was seen before, and at most.
const HIDDEN: usize = 2;
const MOST_HIDDEN: usize = 30;
/// Dots of a form have the same length and thickness up to this part of them, and at least in pixels.
const SAME: f32 = 0.25;
const SAME_PIXELS: f32 = 1.0;
/// Where dots meet in a corner of a box, the piece is no longer than this, in lengths of a dot, and no larger.
const CORNER_LENGTH: f32 = 2.2;
const CORNER_AREA: f32 = 3.0;
/// Of so many small pieces, it is no form but grain.
const MOST: usize = 3_000;
/// How many of the next dots are tried for the second one of a row.
const SECONDS: usize = 4;

/// A small piece: where its middle is along rows and across them, and how large it is.
#[derive(Clone, Copy)]
struct Dot {
    along: f32,
    across: f32,
    length: f32,
    thickness: f32,
    area: f32,
    /// Its place in the list of pieces.
    piece: usize,
}

/// The pieces that are no rules and stand in no row of dots. Where nothing else is there, they are the ink.
pub(in crate::picture) fn without_dots(pieces: Pieces) -> Pieces {
    let heights = pieces.pieces.iter().map(|piece| piece.extent.height());
    let highest = heights.max().unwrap_or(0) as f32;
    let pieces = pieces.kept(|piece| {
        let (width, height) = (piece.extent.width() as f32, piece.extent.height() as f32);
        width < RULE.0 * highest || height > RULE.1 * highest
    });
    let small = |piece: &Piece| {
        let extent = piece.extent;
        let shortest = extent.width().min(extent.height()) as f32;
        extent.longest() as f32 <= LONGEST * highest && shortest <= THICKEST * highest
    };
    let small: Vec<usize> = (0..pieces.pieces.len())
        .filter(|&place| small(&pieces.pieces[place]))
        .collect();
    if !(LEAST..=MOST).contains(&small.len()) {
        return pieces;
    }
    let mut is_dot = vec![false; pieces.pieces.len()];
    let mut rows: Vec<Row> = Vec::new();
    for is_upright in [false, true] {
        let dot = |&place: &usize| Dot::of(&pieces.pieces[place], place, is_upright);
        let mut dots: Vec<Dot> = small.iter().map(dot).collect();
        dots.sort_by(|left, right| left.along.total_cmp(&right.along));
        for row in in_rows(&dots) {
            for dot in &row {
                is_dot[dot.piece] = true;
            }
            rows.extend(Row::of(&row, is_upright));
        }
    }
    for place in small {
        let dot = |is_upright| Dot::of(&pieces.pieces[place], place, is_upright);
        is_dot[place] |= rows.iter().any(|row| row.has(&dot(row.is_upright)));
    }
    let labels: Vec<u32> = (0..is_dot.len())
        .filter(|&place| is_dot[place])
        .map(|place| pieces.pieces[place].label())
        .collect();
    if labels.is_empty() {
        return pieces;
    }
    // Labels rise as pieces do.
    pieces.kept(|piece| labels.binary_search(&piece.label()).is_err())
}

impl Dot {
    fn of(piece: &Piece, place: usize, is_upright: bool) -> Self {
        let extent = piece.extent;
        let x = 0.5 * (extent.left + extent.right) as f32;
        let y = 0.5 * (extent.top + extent.bottom) as f32;
        let (along, across) = if is_upright { (y, x) } else { (x, y) };
        Self {
            along,
            across,
            length: extent.longest() as f32,
            thickness: extent.width().min(extent.height()) as f32,
            area: piece.area as f32,
            piece: place,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.area.max(other.area) <= SIMILAR * self.area.min(other.area)
    }
}

/// A row of dots that was found.
struct Row {
    is_upright: bool,
    first: Dot,
    last: Dot,
    /// One of usual size.
    usual: Dot,
}

impl Row {
    fn of(dots: &[Dot], is_upright: bool) -> Option<Self> {
        let mut by_area = dots.to_vec();
        by_area.sort_by(|left, right| left.area.total_cmp(&right.area));
        Some(Self {
            is_upright,
            first: *dots.first()?,
            last: *dots.last()?,
            usual: by_area[by_area.len() / 2],
        })
    }

    /// Whether a small piece is a dot of the same form: just like one of the row, wherever it is, or in the row and no
    /// larger than the two that meet in a corner.
    fn has(&self, dot: &Dot) -> bool {
        let usual = &self.usual;
        let is_near = |left: f32, right: f32| {
            (left - right).abs() <= (SAME * left.max(right)).max(SAME_PIXELS)
        };
        let is_same = is_near(dot.length, usual.length) && is_near(dot.thickness, usual.thickness);
        let length = (self.last.along - self.first.along).max(1.0);
        let part = (dot.along - self.first.along) / length;
        let expected = self.first.across + part * (self.last.across - self.first.across);
        let end = CORNER_LENGTH * usual.length / length;
        let is_in_row = (-end..=1.0 + end).contains(&part)
            && (dot.across - expected).abs() <= CORNER_LENGTH * usual.length
            && dot.length <= CORNER_LENGTH * usual.length
            && dot.area <= CORNER_AREA * usual.area;
        is_same || is_in_row
    }
}

/// The rows among dots that are sorted along them.
fn in_rows(dots: &[Dot]) -> Vec<Vec<Dot>> {
    let mut found = Vec::new();
    let mut is_taken = vec![false; dots.len()];
    for first in 0..dots.len() {
        if is_taken[first] {
            continue;
        }
        let dot = &dots[first];
        let reach = (FARTHEST * dot.length).max(FARTHEST_PIXELS);
        let is_second = |other: &&usize| {
            let other = &dots[**other];
            let rise = (other.across - dot.across).abs();
            other.along > dot.along
                && other.is_like(dot)
                && rise <= (STEEPEST * (other.along - dot.along)).max(OFF_PIXELS)
        };
        let seconds: Vec<usize> = (first + 1..dots.len())
            .take_while(|&other| dots[other].along - dot.along <= reach)
            .collect();
        let row = seconds
            .iter()
            .filter(is_second)
            .take(SECONDS)
            .map(|&second| row(dots, first, second))
            .find(|row| row.len() >= LEAST);
        if let Some(row) = row {
            for &place in &row {
                is_taken[place] = true;
            }
            found.push(row.iter().map(|&place| dots[place]).collect());
        }
    }
    found
}

/// The row that begins with these two, as far as it goes.
fn row(dots: &[Dot], first: usize, second: usize) -> Vec<usize> {
    let start = &dots[first];
    let mut row = vec![first, second];
    let mut num_steps = 1;
    let mut last = second;
    loop {
        let of = num_steps as f32;
        let step = (
            (dots[last].along - start.along) / of,
            (dots[last].across - start.across) / of,
        );
        let off = (
            (OFF.0 * step.0).max(OFF_PIXELS),
            (OFF.1 * step.0).max(OFF_PIXELS),
        );
        let most = (HIDDEN * row.len()).min(MOST_HIDDEN);
        let next = (1..=most).find_map(|ahead| {
            let expected = (
                dots[last].along + ahead as f32 * step.0,
                dots[last].across + ahead as f32 * step.1,
            );
            let begin = dots.partition_point(|dot| dot.along < expected.0 - off.0);
            let near = dots[begin..]
                .iter()
                .take_while(|dot| dot.along <= expected.0 + off.0)
                .position(|dot| (dot.across - expected.1).abs() <= off.1 && dot.is_like(start));
            near.map(|place| (begin + place, ahead))
        });
        let Some((place, ahead)) = next.filter(|&(place, _)| place > last) else {
            return row;
        };
        row.push(place);
        num_steps += ahead;
        last = place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma};

    /// A block of ink that stands on a row of dots apart by `spacing`, which falls by two pixels in a hundred.
    fn on_dots(spacing: u32, num_dots: u32) -> Pieces {
        let mut ink = GrayImage::new(300, 100);
        for number in 0..num_dots {
            let (x, y) = (10 + number * spacing, 70 + number * spacing / 50);
            for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                ink.put_pixel(x + right, y + down, Luma([255]));
            }
        }
        for x in 100..130 {
            for y in 20..80 {
                ink.put_pixel(x, y, Luma([255]));
            }
        }
        // A point of its own.
        for (x, y) in (150..156).flat_map(|x| (58..64).map(move |y| (x, y))) {
            ink.put_pixel(x, y, Luma([255]));
        }
        Pieces::of(&ink)
    }

    #[test]
    fn rows_of_dots_are_left_out_across_what_stands_on_them() {
        for spacing in [6, 9, 12] {
            let kept = without_dots(on_dots(spacing, 250 / spacing)).pieces;
            assert_eq!(kept.len(), 2, "{spacing}");
            assert!(kept.iter().any(|piece| piece.extent.left == 150));
        }
    }

    #[test]
    fn a_rule_under_digits_is_left_out_and_a_minus_is_not() {
        let ink = GrayImage::from_fn(200, 100, |x, y| {
            let is_rule = (10..190).contains(&x) && (90..93).contains(&y);
            let is_minus = (10..40).contains(&x) && (50..55).contains(&y);
            let is_digit = (60..70).contains(&x) && (25..75).contains(&y);
            Luma([if is_rule || is_minus || is_digit {
                255
            } else {
                0
            }])
        });
        let kept = without_dots(Pieces::of(&ink)).pieces;
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|piece| piece.extent.width() < 50));
    }

    #[test]
    fn few_dots_and_dots_alone_are_kept() {
        assert_eq!(without_dots(on_dots(9, 5)).pieces.len(), 7);
        let alone = Pieces::of(&GrayImage::from_fn(90, 9, |x, y| {
            Luma([if x % 9 < 2 && y / 2 == 2 { 255 } else { 0 }])
        }));
        assert_eq!(without_dots(alone).pieces.len(), 10);
    }
}
