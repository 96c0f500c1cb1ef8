//! Straight lines from border to border, at any angle.

use image::GrayImage;

/// Part of a line that has to be seen.
const MIN_COVER: f32 = 0.9;
/// Shortest line, in parts of the shorter side.
const MIN_LENGTH: f32 = 0.6;
/// How far inside the border ends are looked for a second time, in parts of the longer side.
const INSET: f32 = 0.04;
/// Longest run on the border that may be the end of a line, in parts of the longer side.
const MAX_RUN: f32 = 0.12;
/// Most runs on the border that are looked at: more are no lines but texture.
const MAX_RUNS: usize = 160;
/// Lines whose ends are as near to each other, in pixels, are one.
const SAME: f32 = 2.5;

/// A line from border to border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    start: (f32, f32),
    end: (f32, f32),
    /// Of length 1, from the start to the end.
    along: (f32, f32),
    /// In pixels.
    pub(super) length: f32,
}

/// Where a line may begin: a run of marks on the border.
#[derive(Clone, Copy, Debug)]
struct Run {
    middle: (f32, f32),
    side: usize,
}

/// The lines of contrast above the level.
pub(super) fn lines(contrast: &GrayImage, level: u8) -> Vec<Line> {
    let (width, height) = contrast.dimensions();
    let mut lines: Vec<Line> = Vec::new();
    // Where a line lies on the border itself, the ends of those that cross it are seen inside.
    for part in [0.0, INSET] {
        let inset = (part * width.max(height) as f32) as u32;
        if 2 * inset + 1 >= width.min(height) {
            continue;
        }
        let runs = runs(contrast, inset, level);
        if runs.len() > MAX_RUNS {
            continue;
        }
        for (index, start) in runs.iter().enumerate() {
            for end in runs[index + 1..]
                .iter()
                .filter(|end| end.side != start.side)
            {
                let line = Line::between(start.middle, end.middle);
                let is_new = || !lines.iter().any(|other| other.is_same(&line));
                if line.length >= MIN_LENGTH * width.min(height) as f32
                    && is_new()
                    && line.is_seen(contrast, level)
                {
                    lines.push(line.extended(width, height));
                }
            }
        }
    }
    lines
}

/// Runs of marks on a rectangle so many pixels inside the border, short enough to be of a line.
fn runs(contrast: &GrayImage, inset: u32, level: u8) -> Vec<Run> {
    let (last_x, last_y) = (contrast.width() - 1 - inset, contrast.height() - 1 - inset);
    let row = |y: u32| (inset..=last_x).map(move |x| (x, y)).collect::<Vec<_>>();
    let column = |x: u32| (inset..=last_y).map(move |y| (x, y)).collect::<Vec<_>>();
    let longest = (MAX_RUN * last_x.max(last_y) as f32).max(3.0);
    let mut runs = Vec::new();
    let sides = [row(inset), column(last_x), row(last_y), column(inset)];
    for (side, places) in sides.into_iter().enumerate() {
        let is_mark = |&(x, y): &(u32, u32)| contrast.get_pixel(x, y).0[0] > level;
        for run in places.chunk_by(|left, right| is_mark(left) == is_mark(right)) {
            if let (Some(first), Some(last)) = (run.first(), run.last())
                && is_mark(first)
                && run.len() as f32 <= longest
            {
                let middle = |low: u32, high: u32| 0.5 * (low as f32 + high as f32);
                runs.push(Run {
                    middle: (middle(first.0, last.0), middle(first.1, last.1)),
                    side,
                });
            }
        }
    }
    runs
}

impl Line {
    pub(super) fn between(start: (f32, f32), end: (f32, f32)) -> Self {
        let (right, down) = (end.0 - start.0, end.1 - start.1);
        let length = right.hypot(down).max(1.0);
        Self {
            start,
            end,
            along: (right / length, down / length),
            length,
        }
    }

    /// How far a point is from it, in pixels.
    pub(super) fn distance(&self, (x, y): (f32, f32)) -> f32 {
        let (right, down) = (x - self.start.0, y - self.start.1);
        let along = (right * self.along.0 + down * self.along.1).clamp(0.0, self.length);
        (right - along * self.along.0).hypot(down - along * self.along.1)
    }

    fn is_same(&self, other: &Self) -> bool {
        let near =
            |left: (f32, f32), right: (f32, f32)| (left.0 - right.0).hypot(left.1 - right.1) < SAME;
        near(self.start, other.start) && near(self.end, other.end)
    }

    /// Drawn out to the border of the picture.
    fn extended(self, width: u32, height: u32) -> Self {
        // How far a coordinate can go on before it leaves the picture.
        let room = |from: f32, step: f32, side: u32| {
            if step > 1e-3 {
                (side as f32 - 1.0 - from) / step
            } else if step < -1e-3 {
                -from / step
            } else {
                f32::INFINITY
            }
        };
        let (right, down) = self.along;
        let reach = |from: (f32, f32), sign: f32| {
            let far = room(from.0, sign * right, width).min(room(from.1, sign * down, height));
            (from.0 + sign * far * right, from.1 + sign * far * down)
        };
        Self::between(reach(self.start, -1.0), reach(self.end, 1.0))
    }

    /// The pixel so far along and beside the line.
    fn place(&self, distance: f32, offset: f32) -> Option<(u32, u32)> {
        let x = self.start.0 + distance * self.along.0 - offset * self.along.1;
        let y = self.start.1 + distance * self.along.1 + offset * self.along.0;
        // As `round`, which is a call of a function on many processors.
        (x > -0.5 && y > -0.5).then_some(((x + 0.5) as u32, (y + 0.5) as u32))
    }

    /// Its level; 0 outside the picture.
    pub(super) fn level(&self, image: &GrayImage, distance: f32, offset: f32) -> u8 {
        self.place(distance, offset)
            .and_then(|(x, y)| image.get_pixel_checked(x, y))
            .map_or(0, |pixel| pixel.0[0])
    }

    pub(super) fn pixel_mut<'image>(
        &self,
        image: &'image mut GrayImage,
        distance: f32,
        offset: f32,
    ) -> Option<&'image mut u8> {
        let (x, y) = self.place(distance, offset)?;
        image.get_pixel_mut_checked(x, y)?.0.first_mut()
    }

    /// Whether marks, or pixels next to them, follow the line.
    fn is_seen(&self, contrast: &GrayImage, level: u8) -> bool {
        let most_missing = ((1.0 - MIN_COVER) * self.length) as u32;
        let mut num_missing = 0;
        for step in 0..=self.length as u32 {
            let is_mark = [0.0, -1.0, 1.0]
                .iter()
                .any(|&offset| self.level(contrast, step as f32, offset) > level);
            num_missing += u32::from(!is_mark);
            if num_missing > most_missing {
                return false;
            }
        }
        true
    }
}
