//! Printed lines: what squared and ruled paper has besides the ink.
//!
//! Owns taking straight lines away without cutting the strokes that cross them. Which lines there
//! are is `find`'s.

mod dotted;
mod find;
mod frames;

use image::GrayImage;

use super::ink;
use super::levels::{histogram, quantile};
use super::pieces::Pieces;
pub(super) use dotted::without_dots;
use find::Line;
pub(super) use frames::{Frame, frames};

/// Most of a line's half thickness with its blurred edges, in parts of the longer side.
const MAX_REACH: f32 = 0.04;
/// Lines are seen from this part of the grain on, and from this contrast on.
const MARK: f32 = 0.6;
const MIN_MARK: f32 = 8.0;
/// Of the contrasts along a line, the part that is fainter than the line itself: the rest may be
/// ink on it.
const USUAL: f32 = 0.4;
/// The part of a line that may be fainter than all the rest, and how strong the rest must be.
const FAINTEST: f32 = 0.1;
const EVENNESS: f32 = 0.4;
/// A line ends where its contrast falls below this part of its middle's.
const EDGE: f32 = 0.2;
/// So many lines may be strokes, where the rest is fainter than this part of them.
const MAX_STROKES: usize = 2;
const REST: f32 = 0.5;
/// Ink is this many times as strong as a line that it hides.
const INK_OVER_LINE: f32 = 1.35;

/// The contrast without printed lines, or `None` where there are none.
///
/// Where one or two lines are all there is, or much stronger than the rest, they are the ink.
pub(super) fn without_lines(contrast: &GrayImage, grain: u8) -> Option<GrayImage> {
    let marks = (MARK * f32::from(grain)).max(MIN_MARK) as u8;
    let lines: Vec<Printed> = find::lines(contrast, marks)
        .into_iter()
        .filter_map(|line| Printed::new(line, contrast, marks))
        .collect();
    if lines.is_empty() {
        return None;
    }
    let cleaned = erased(contrast, &lines);
    let before = ink::levels(contrast, grain)?.full;
    let after = ink::levels(&cleaned, grain)?.full;
    let is_ink = lines.len() <= MAX_STROKES && f32::from(after) < REST * f32::from(before);
    (!is_ink).then_some(cleaned)
}

/// Those of these frames that have paper all round them, and those in contrast above any of these lower levels.
pub(super) fn whole_frames(contrast: &GrayImage, known: Vec<Frame>, lower: &[u8]) -> Vec<Frame> {
    let mut all = known;
    for &level in lower {
        all.extend(frames(&Pieces::of(&ink::above(contrast, level))));
    }
    let size = contrast.dimensions();
    all.retain(|frame| frame.is_whole(size));
    // Of one that is seen at several levels, what has more lines; of equals the sharper one, which comes first.
    all.sort_by_key(|frame| std::cmp::Reverse(frame.lines.len()));
    let mut found: Vec<Frame> = Vec::new();
    for frame in all {
        if !found.iter().any(|other| other.overlaps(&frame)) {
            found.push(frame);
        }
    }
    found
}

/// The contrast without these frames, where ink begins at `edge`.
pub(super) fn without_frames(contrast: &GrayImage, frames: &[Frame], edge: u8) -> GrayImage {
    let lines = frames.iter().flat_map(|frame| &frame.lines);
    // What was seen as a line from end to end is one, however uneven it is.
    let printed: Vec<Printed> = lines
        .map(|&line| Printed::measured(line, contrast, edge / 4))
        .collect();
    erased(contrast, &printed)
}

/// The pieces of what is above the edge, without what is left of these frames.
pub(super) fn pieces_beside(frames: &[Frame], contrast: &GrayImage, edge: u8) -> Pieces {
    let pieces = Pieces::of(&ink::above(contrast, edge));
    pieces.kept(|piece| !frames.iter().any(|frame| frame.has_left(piece.extent)))
}

/// The contrast without lines, twice: the second time takes the crossings, where lines had lines beside them.
fn erased(contrast: &GrayImage, lines: &[Printed]) -> GrayImage {
    let mut cleaned = contrast.clone();
    for _ in 0..2 {
        let before = cleaned.clone();
        for line in lines {
            line.erase(&before, &mut cleaned);
        }
    }
    cleaned
}

/// A line and how strong it is.
struct Printed {
    line: Line,
    /// Its contrast where it is strongest.
    peak: f32,
    /// Strongest contrast of the line alone at each half pixel across it, the middle in the middle.
    profile: Vec<f32>,
}

impl Printed {
    /// `None` where not all of the line is about as strong: then it is ink that lies on a line.
    fn new(line: Line, contrast: &GrayImage, marks: u8) -> Option<Self> {
        let nearly_all: Vec<u8> = (0..=line.length as u32)
            .map(|step| {
                let beside =
                    [-1.0, 0.0, 1.0].map(|offset| line.level(contrast, step as f32, offset));
                beside.into_iter().max().unwrap_or(0)
            })
            .collect();
        let faintest = f32::from(quantile(&histogram(&nearly_all), FAINTEST));
        let printed = Self::measured(line, contrast, marks);
        (faintest >= EVENNESS * printed.peak).then_some(printed)
    }

    /// Whatever it is.
    fn measured(line: Line, contrast: &GrayImage, marks: u8) -> Self {
        let longest = contrast.width().max(contrast.height());
        let reach = (MAX_REACH * longest as f32).ceil().max(3.0) as i32;
        let steps = 0..=line.length as u32;
        let along = |half_pixels: i32, part: f32| {
            let level = |step| line.level(contrast, step as f32, 0.5 * half_pixels as f32);
            let levels: Vec<u8> = steps.clone().map(level).collect();
            f32::from(quantile(&histogram(&levels), part))
        };
        let peak = (-2..=2).map(|at| along(at, USUAL)).fold(1.0, f32::max);
        // From the middle outwards, as long as it is still the line.
        let limit = (EDGE * peak).max(f32::from(marks));
        let reaches = |direction: i32| {
            let outwards = (0..=2 * reach).map(|half_pixels| half_pixels * direction);
            let is_line = |&at: &i32| at.abs() <= 2 || along(at, USUAL) > limit;
            outwards.take_while(is_line).fold(0, |count, _| count + 1)
        };
        let half = reaches(1).max(reaches(-1));
        let allowed = |at: i32| INK_OVER_LINE * along(at, USUAL).min(peak) + f32::from(marks);
        let profile = (-half..=half).map(allowed).collect();
        Self {
            line,
            peak,
            profile,
        }
    }

    /// Takes the line away where there is no ink on both of its sides.
    fn erase(&self, contrast: &GrayImage, cleaned: &mut GrayImage) {
        let half = 0.25 * (self.profile.len() as f32 - 1.0);
        let beside = half + 1.0;
        // Half pixels, so that no pixel of a slanting line is missed.
        for step in 0..=(2.0 * self.line.length) as u32 {
            let distance = 0.5 * step as f32;
            let side = |offset: f32| {
                let around = [-2.0, -1.0, 0.0, 1.0, 2.0];
                let levels = around.map(|near| self.line.level(contrast, distance + near, offset));
                levels.into_iter().max().unwrap_or(0)
            };
            let under = side(-beside).min(side(beside));
            for (index, &allowed) in self.profile.iter().enumerate() {
                let offset = 0.5 * index as f32 - half;
                if let Some(pixel) = self.line.pixel_mut(cleaned, distance, offset)
                    && f32::from(*pixel) <= allowed
                {
                    *pixel = (*pixel).min(under);
                }
            }
        }
    }
}
