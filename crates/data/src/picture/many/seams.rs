//! Where ink that touches may be cut apart: paths from top to bottom through as little ink as can
//! be.

use image::GrayImage;

use crate::picture::pieces::Extent;

/// What a step through ink and a step aside cost, in pixels of ink.
const ASIDE: f32 = 0.15;
const PAPER: f32 = 0.01;
/// Cuts through more strokes than this are not looked at.
const MAX_STROKES: f32 = 4.0;
/// Two cuts are one where there is less ink than this between them, and none is one with less on a
/// side; in strokes as long as the line is high. A 1 is one such stroke.
const BETWEEN: f32 = 0.06;
const BESIDE: f32 = 0.3;
/// Most cuts of a cluster for each height of the line in its width.
const CUTS_A_HEIGHT: f32 = 18.0;
/// A cluster narrower than this is one digit.
const NARROW: f32 = 0.3;
/// The rows in which cuts begin to be looked for, in parts of the height.
const ROWS: [f32; 4] = [0.2, 0.4, 0.6, 0.8];
/// Columns between two places where they do, in heights of the line.
const STEP: f32 = 0.015;

/// A way from the top of a cluster to its bottom.
#[derive(Clone, Debug)]
pub(super) struct Seam {
    /// The first column right of it, in each row.
    pub(super) columns: Vec<u32>,
    /// How many strokes it cuts through.
    pub(super) strokes: f32,
}

/// The best places to cut ink with strokes of such a width, from left to right.
pub(super) fn seams(ink: &GrayImage, line_height: f32, stroke: f32) -> Vec<Seam> {
    let Some(extent) = Extent::of_ink(ink) else {
        return Vec::new();
    };
    let width = extent.width() as f32;
    if width < NARROW * line_height {
        return Vec::new();
    }
    let stroke = stroke.max(1.0);
    let paths = Paths::new(ink);
    let step = (STEP * line_height).max(1.0) as usize;
    let mut anchors: Vec<(u32, u32, f32)> = Vec::new();
    for part in ROWS {
        let y = extent.top + (part * extent.height() as f32) as u32;
        let columns = (extent.left..=extent.right).step_by(step);
        let places = columns.map(|x| (x, y, paths.cost(ink, x, y)));
        anchors.extend(places.filter(|&(_, _, cost)| cost <= MAX_STROKES * stroke));
    }
    anchors.sort_by(|left, right| left.2.total_cmp(&right.2));
    let before = InkBefore::new(ink);
    let full = stroke * line_height;
    let most = (CUTS_A_HEIGHT * width / line_height).ceil() as usize;
    let mut chosen: Vec<(f32, Seam)> = Vec::new();
    for (x, y, cost) in anchors {
        let columns = paths.through(x, y);
        let left = before.left_of(&columns);
        let is_beside = left < BESIDE * full || before.all() - left < BESIDE * full;
        let is_known = || {
            let mut others = chosen.iter();
            others
                .any(|(_, other)| before.is_less_between(&columns, &other.columns, BETWEEN * full))
        };
        if is_beside || is_known() {
            continue;
        }
        let strokes = cost / stroke;
        chosen.push((left, Seam { columns, strokes }));
        if chosen.len() == most {
            break;
        }
    }
    chosen.sort_by(|left, right| left.0.total_cmp(&right.0));
    chosen.into_iter().map(|(_, seam)| seam).collect()
}

/// How much ink is left of every pixel in its row.
struct InkBefore {
    columns: usize,
    counts: Vec<u32>,
}

impl InkBefore {
    fn new(ink: &GrayImage) -> Self {
        let columns = ink.width() as usize + 1;
        let mut counts = Vec::with_capacity(columns * ink.height() as usize);
        for row in ink.rows() {
            let mut count = 0;
            counts.push(0);
            for pixel in row {
                count += u32::from(pixel.0[0] > 0);
                counts.push(count);
            }
        }
        Self { columns, counts }
    }

    fn row(&self, y: usize) -> &[u32] {
        &self.counts[y * self.columns..(y + 1) * self.columns]
    }

    fn all(&self) -> f32 {
        let rows = self.counts.chunks_exact(self.columns);
        rows.map(|row| row[self.columns - 1]).sum::<u32>() as f32
    }

    fn left_of(&self, seam: &[u32]) -> f32 {
        let counts = seam.iter().enumerate();
        counts.map(|(y, &x)| self.row(y)[x as usize]).sum::<u32>() as f32
    }

    /// Whether there is less ink than that between two seams.
    fn is_less_between(&self, left: &[u32], right: &[u32], limit: f32) -> bool {
        let mut sum = 0;
        // Most are far from each other, which shows in a few rows.
        left.iter()
            .zip(right)
            .enumerate()
            .all(|(y, (&left, &right))| {
                let row = self.row(y);
                sum += row[left as usize].abs_diff(row[right as usize]);
                (sum as f32) < limit
            })
    }
}

fn price(ink: &GrayImage, x: u32, y: u32) -> f32 {
    if ink.get_pixel(x, y).0[0] > 0 {
        1.0
    } else {
        PAPER
    }
}

/// The cheapest ways from top and bottom to every pixel.
struct Paths {
    down: Ways,
    up: Ways,
}

/// The cheapest ways from an edge to the pixels.
struct Ways {
    width: u32,
    costs: Vec<f32>,
    /// Where the step before came from: -1, 0 or 1 columns.
    steps: Vec<i8>,
}

impl Ways {
    /// Through the rows in the given order.
    fn new(ink: &GrayImage, rows: impl Iterator<Item = u32>) -> Self {
        let (width, height) = ink.dimensions();
        let mut ways = Self {
            width,
            costs: vec![0.0; (width * height) as usize],
            steps: vec![0; (width * height) as usize],
        };
        let mut before: Option<usize> = None;
        let columns = width as usize;
        let mut from = vec![0.0; columns];
        for y in rows {
            let row = y as usize * columns;
            if let Some(before) = before {
                from.copy_from_slice(&ways.costs[before..before + columns]);
            }
            let pixels = &ink.as_raw()[row..row + columns];
            for x in 0..columns {
                let (mut cost, mut step) = (from[x], 0);
                if before.is_some() {
                    if x > 0 && from[x - 1] + ASIDE < cost {
                        (cost, step) = (from[x - 1] + ASIDE, -1);
                    }
                    if x + 1 < columns && from[x + 1] + ASIDE < cost {
                        (cost, step) = (from[x + 1] + ASIDE, 1);
                    }
                }
                // A step aside through ink is longer.
                let longer = if step == 0 {
                    1.0
                } else {
                    std::f32::consts::SQRT_2
                };
                let price = if pixels[x] > 0 { 1.0 } else { PAPER };
                ways.costs[row + x] = cost + longer * price;
                ways.steps[row + x] = step;
            }
            before = Some(row);
        }
        ways
    }

    fn index(&self, x: u32, y: u32) -> usize {
        (y * self.width + x) as usize
    }

    fn cost(&self, x: u32, y: u32) -> f32 {
        self.costs[self.index(x, y)]
    }

    /// Follows the way to a pixel back to the edge, through the rows in the given order.
    fn trace(&self, mut x: u32, rows: impl Iterator<Item = u32>, columns: &mut [u32]) {
        for y in rows {
            columns[y as usize] = x;
            x = x.saturating_add_signed(i32::from(self.steps[self.index(x, y)]));
        }
    }
}

impl Paths {
    fn new(ink: &GrayImage) -> Self {
        let height = ink.height();
        Self {
            down: Ways::new(ink, 0..height),
            up: Ways::new(ink, (0..height).rev()),
        }
    }

    /// Of the cheapest way from top to bottom through a pixel.
    fn cost(&self, ink: &GrayImage, x: u32, y: u32) -> f32 {
        self.down.cost(x, y) + self.up.cost(x, y) - price(ink, x, y)
    }

    /// The column of that way in each row.
    fn through(&self, x: u32, y: u32) -> Vec<u32> {
        let height = self.down.costs.len() as u32 / self.down.width;
        let mut columns = vec![x; height as usize];
        self.down.trace(x, (0..=y).rev(), &mut columns);
        self.up.trace(x, y..height, &mut columns);
        columns
    }
}
