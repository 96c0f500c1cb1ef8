//! A piece of ink turned level, and the straight segments in it.

/// Shortest side of a frame, in pixels.
pub(super) const SMALLEST: u32 = 14;
/// The part of a side of a frame that is seen.
pub(super) const SEEN: f32 = 0.88;
/// Shortest segment, in parts of the side along it.
const SHORTEST: f32 = 0.55;
/// Thickest, in parts of its length, and at least in pixels.
const THICKEST: f32 = 0.2;
const THICKEST_PIXELS: usize = 4;
/// Pixels that may be missing in a row, in parts of the side along it, and at least.
const GAP: f32 = 0.02;
const GAP_PIXELS: usize = 2;
/// Rows belong to one segment where they share so much of the shorter run.
const SHARED: f32 = 0.6;

/// Ink in rows and columns that are level and upright with its frame.
pub(super) struct Bitmap {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Turned pixels of its first column and row.
    pub(super) origin: (f32, f32),
    ink: Vec<bool>,
}

/// A straight part of ink along a row; or, with rows and columns exchanged, along a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    /// Its first and its last pixel along it.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Its first and its last row.
    first: usize,
    last: usize,
    /// Where its middle is at its first and at its last pixel, in rows.
    pub(super) ends: (f32, f32),
}

impl Segment {
    /// Where its middle row is.
    pub(super) fn middle(&self) -> f32 {
        0.5 * (self.first + self.last) as f32
    }

    pub(super) fn first_row(&self) -> usize {
        self.first
    }

    pub(super) fn last_row(&self) -> usize {
        self.last
    }

    pub(super) fn thickness(&self) -> usize {
        self.last - self.first + 1
    }

    pub(super) fn length(&self) -> usize {
        self.to - self.from + 1
    }
}

impl Bitmap {
    /// Of points of ink that are turned; `is_ink` tells of a place among them whether there is ink.
    pub(super) fn of(
        points: &[(f32, f32)],
        turned: impl Fn((f32, f32)) -> (f32, f32),
        is_ink: impl Fn((f32, f32)) -> bool,
    ) -> Self {
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for &point in points {
            let (along, across) = turned(point);
            low = (low.0.min(along), low.1.min(across));
            high = (high.0.max(along), high.1.max(across));
        }
        let origin = (low.0.floor(), low.1.floor());
        let side = |low: f32, high: f32| (high - low).max(0.0) as usize + 1;
        let (width, height) = (side(origin.0, high.0), side(origin.1, high.1));
        let mut ink = Vec::with_capacity(width * height);
        for across in 0..height {
            for along in 0..width {
                ink.push(is_ink((origin.0 + along as f32, origin.1 + across as f32)));
            }
        }
        Self {
            width,
            height,
            origin,
            ink,
        }
    }

    /// Whether there is ink in a column and a row.
    pub(super) fn has_ink(&self, column: usize, row: usize) -> bool {
        self.ink[row * self.width + column]
    }

    pub(super) fn level_segments(&self) -> Vec<Segment> {
        segments(self.width, self.height, |along, across| {
            self.has_ink(along, across)
        })
    }

    pub(super) fn upright_segments(&self) -> Vec<Segment> {
        segments(self.height, self.width, |along, across| {
            self.has_ink(across, along)
        })
    }

    /// A segment in columns, from one row to another and so wide, as it is on its way through.
    pub(super) fn upright(
        &self,
        (first, last): (usize, usize),
        (from, to): (usize, usize),
    ) -> Segment {
        let segment = Segment {
            from,
            to,
            first,
            last,
            ends: (0.0, 0.0),
        };
        segment.fitted(self.width, |along, across| self.has_ink(across, along))
    }
}

impl Segment {
    /// With its ends where its ink says, among so many rows: what crosses it counts for nothing.
    fn fitted(self, num_rows: usize, is_ink: impl Fn(usize, usize) -> bool) -> Self {
        let (low, high) = (
            self.first.saturating_sub(2),
            (self.last + 2).min(num_rows - 1),
        );
        let middles = (self.from..=self.to).filter_map(|along| {
            let mut rows = (low..=high).filter(|&row| is_ink(along, row));
            let first = rows.next()?;
            let last = rows.next_back().unwrap_or(first);
            (last - first < self.thickness() + 1)
                .then(|| (along as f32, 0.5 * (first + last) as f32))
        });
        let points: Vec<(f32, f32)> = middles.collect();
        let num = points.len() as f32;
        let mean = |of: fn(&(f32, f32)) -> f32| points.iter().map(of).sum::<f32>() / num.max(1.0);
        let (middle_along, middle_across) = (mean(|point| point.0), mean(|point| point.1));
        let (mut together, mut spread) = (0.0, 0.0);
        for (along, across) in &points {
            together += (along - middle_along) * (across - middle_across);
            spread += (along - middle_along).powi(2);
        }
        let is_known = num >= 0.2 * self.length() as f32 && spread > 0.0;
        let middle = 0.5 * (self.first + self.last) as f32;
        let at = |along: usize| {
            let line = middle_across + together / spread.max(1.0) * (along as f32 - middle_along);
            if is_known { line } else { middle }
        };
        Self {
            ends: (at(self.from), at(self.to)),
            ..self
        }
    }
}

/// Those of `num_rows` rows of `length` pixels, from the first row on.
fn segments(length: usize, num_rows: usize, is_ink: impl Fn(usize, usize) -> bool) -> Vec<Segment> {
    let mut open: Vec<Segment> = Vec::new();
    let mut done: Vec<Segment> = Vec::new();
    for row in 0..num_rows {
        // A line that is not quite level goes on in the next row.
        let is_near =
            |along: usize| is_ink(along, row) || (row + 1 < num_rows && is_ink(along, row + 1));
        let runs = runs(length, is_near);
        let mut next: Vec<Segment> = Vec::new();
        for (from, to) in runs {
            let belongs = |segment: &Segment| {
                let shared = (to.min(segment.to) + 1).saturating_sub(from.max(segment.from));
                let shorter = segment.length().min(to - from + 1);
                shared as f32 >= SHARED * shorter as f32
            };
            let before = open.iter().position(belongs);
            let run = Segment {
                from,
                to,
                first: row,
                last: row,
                ends: (0.0, 0.0),
            };
            next.push(before.map_or(run, |place| {
                let before = open.swap_remove(place);
                Segment {
                    from: from.min(before.from),
                    to: to.max(before.to),
                    first: before.first,
                    last: row,
                    ends: (0.0, 0.0),
                }
            }));
        }
        done.append(&mut open);
        open = next;
    }
    done.append(&mut open);
    for segment in &mut done {
        // It was seen a row early.
        segment.first = (segment.first + 1).min(segment.last);
    }
    done.retain(|segment| {
        let thickest = (THICKEST * segment.length() as f32) as usize;
        segment.thickness() <= thickest.max(THICKEST_PIXELS)
    });
    done.sort_by_key(|segment| segment.first);
    done.into_iter()
        .map(|segment| segment.fitted(num_rows, &is_ink))
        .collect()
}

/// Runs of ink that are long enough.
fn runs(length: usize, is_ink: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let shortest = (SHORTEST * length as f32) as usize;
    let gap = ((GAP * length as f32) as usize).max(GAP_PIXELS);
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for along in (0..length).filter(|&along| is_ink(along)) {
        match runs.last_mut() {
            Some(run) if along - run.1 <= gap + 1 => run.1 = along,
            _ => runs.push((along, along)),
        }
    }
    runs.retain(|(from, to)| to - from + 1 >= shortest.max(2));
    runs
}
