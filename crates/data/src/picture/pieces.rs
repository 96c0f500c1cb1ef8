//! Connected pieces of ink, and which of them are the digit.
//!
//! Owns what is a speck, what hangs on the border, and what belongs together.

use image::{GrayImage, Luma, imageops};
use imageproc::region_labelling::{Connectivity, connected_components};

use crate::bilevel::ink_box;

/// A piece of at least this part of the greatest piece's area is no speck.
const SPECK: f32 = 0.02;
/// A piece belongs to the digit up to this distance, in parts of the greatest piece's longer side.
const REACH: f32 = 0.3;
/// What a piece's area counts for where it touches the border, and where it lies along it.
const TOUCHING: f32 = 0.5;
const ALONG: f32 = 0.1;
/// A piece that touches the border belongs to a digit off it from this part of its area on.
const END_PART: f32 = 0.25;
/// A piece lies along the border where more than this part of its width and height is on it.
const MAX_CONTACT: f32 = 0.35;

/// A piece may be another digit up to this difference in height, in parts of the greatest piece's, with so much of
/// that height in common and from this part of its area on.
const OTHER_HEIGHT: f32 = 0.35;
const SAME_HEIGHT: f32 = 0.6;
const OTHER_AREA: f32 = 0.3;

/// Edges of a rectangle, in pixels; right and bottom are inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(super) right: u32,
    pub(super) bottom: u32,
}

impl Extent {
    /// Of a whole picture.
    pub(super) fn of_picture(width: u32, height: u32) -> Self {
        Self {
            left: 0,
            top: 0,
            right: width.saturating_sub(1),
            bottom: height.saturating_sub(1),
        }
    }

    /// The smallest rectangle with all ink in it; `None` where there is none.
    pub(super) fn of_ink(ink: &GrayImage) -> Option<Self> {
        let (left, top, width, height) = ink_box(ink)?;
        Some(Self {
            left,
            top,
            right: left + width - 1,
            bottom: top + height - 1,
        })
    }

    /// Left, top, right and bottom as places between pixels.
    pub(super) fn edges(&self) -> [f64; 4] {
        [self.left, self.top, self.right + 1, self.bottom + 1].map(f64::from)
    }

    /// First and last.
    pub(super) fn rows(&self) -> (u32, u32) {
        (self.top, self.bottom)
    }

    /// First and last.
    pub(super) fn columns(&self) -> (u32, u32) {
        (self.left, self.right)
    }

    pub(super) fn width(&self) -> u32 {
        self.right - self.left + 1
    }

    pub(super) fn height(&self) -> u32 {
        self.bottom - self.top + 1
    }

    pub(super) fn longest(&self) -> u32 {
        self.width().max(self.height())
    }

    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// So many pixels to the right and down.
    pub(super) fn moved(self, right: u32, down: u32) -> Self {
        Self {
            left: self.left + right,
            top: self.top + down,
            right: self.right + right,
            bottom: self.bottom + down,
        }
    }

    /// Pixels of paper between the two, along the axis on which they are farther apart.
    pub(super) fn gap(&self, other: &Self) -> u32 {
        let apart = |low: u32, high: u32, other_low: u32, other_high: u32| {
            other_low
                .saturating_sub(high)
                .max(low.saturating_sub(other_high))
        };
        apart(self.left, self.right, other.left, other.right).max(apart(
            self.top,
            self.bottom,
            other.top,
            other.bottom,
        ))
    }
}

/// How much two ranges of pixels, given by their first and last, have in common.
pub(super) fn shared(left: (u32, u32), right: (u32, u32)) -> f32 {
    let (low, high) = (left.0.max(right.0), left.1.min(right.1));
    (high + 1).saturating_sub(low) as f32
}

/// Ink that hangs together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Its number in the map of pieces.
    label: u32,
    pub(super) extent: Extent,
    /// Pixels.
    pub(super) area: u32,
    /// Pixels on the picture's border.
    on_border: u32,
}

impl Piece {
    /// Its number in the map of pieces.
    pub(super) fn label(&self) -> u32 {
        self.label
    }

    pub(super) fn is_on_border(&self) -> bool {
        self.on_border > 0
    }

    /// How much of it lies on the picture's border, in parts of its width and height.
    pub(super) fn contact(&self) -> f32 {
        let outline = self.extent.width() + self.extent.height();
        self.on_border as f32 / outline as f32
    }

    /// 1 in the middle of the picture, less where it hangs on the border: shadows and the edges of
    /// the sheet do, and of the digit at most an end.
    fn freedom(&self) -> f32 {
        if self.on_border == 0 {
            1.0
        } else if self.contact() <= MAX_CONTACT {
            TOUCHING
        } else {
            ALONG
        }
    }

    /// Whether a piece that touches the border is large enough to be part of this one's digit.
    fn is_end_of(&self, main: &Self) -> bool {
        self.freedom() > ALONG && self.area as f32 >= END_PART * main.area as f32
    }
}

/// A part of a picture with so many pixels around it; 0 where that is outside.
pub(super) fn cut(image: &GrayImage, extent: Extent, margin: u32) -> GrayImage {
    let (width, height) = (extent.width() + 2 * margin, extent.height() + 2 * margin);
    let mut part = GrayImage::new(width, height);
    // Where the picture's own corner comes to be.
    let place = |edge: u32| i64::from(margin) - i64::from(edge);
    imageops::replace(&mut part, image, place(extent.left), place(extent.top));
    part
}

/// The pieces of a picture.
pub(super) struct Pieces {
    map: image::ImageBuffer<Luma<u32>, Vec<u32>>,
    pub(super) pieces: Vec<Piece>,
}

impl Pieces {
    /// Of the ink, which is anything but 0.
    pub(super) fn of(ink: &GrayImage) -> Self {
        let map = connected_components(ink, Connectivity::Eight, Luma([0]));
        let (width, height) = ink.dimensions();
        let mut pieces: Vec<Piece> = Vec::new();
        for (row, y) in map.chunks_exact(width.max(1) as usize).zip(0..) {
            let is_edge = y == 0 || y + 1 == height;
            let mut x = 0;
            // Pixels of one piece, one beside the other, at once: most are of none.
            for run in row.chunk_by(|left, right| left == right) {
                let (left, num_pixels) = (x, run.len() as u32);
                x += num_pixels;
                let label = run[0];
                if label == 0 {
                    continue;
                }
                let here = Extent {
                    left,
                    top: y,
                    right: x - 1,
                    bottom: y,
                };
                let at_sides = u32::from(left == 0) + u32::from(x == width && width > 1);
                // Labels are given without gaps, in the order in which pieces are met.
                while pieces.len() < label as usize {
                    pieces.push(Piece {
                        label: pieces.len() as u32 + 1,
                        extent: here,
                        area: 0,
                        on_border: 0,
                    });
                }
                let piece = &mut pieces[label as usize - 1];
                if piece.area == 0 {
                    piece.extent = here;
                }
                piece.extent = piece.extent.joined(here);
                piece.area += num_pixels;
                piece.on_border += if is_edge { num_pixels } else { at_sides };
            }
        }
        pieces.retain(|piece| piece.area > 0);
        Self { map, pieces }
    }

    /// Of the picture: pixels from left to right and from top to bottom.
    pub(super) fn dimensions(&self) -> (u32, u32) {
        self.map.dimensions()
    }

    /// Those that something holds for.
    pub(super) fn kept(mut self, is_kept: impl Fn(&Piece) -> bool) -> Self {
        self.pieces.retain(is_kept);
        self
    }

    /// The pixels of a piece, row by row.
    pub(super) fn points_of(&self, piece: &Piece) -> impl Iterator<Item = (u32, u32)> {
        let (extent, label) = (piece.extent, piece.label);
        let rows = extent.top..=extent.bottom;
        let places = rows.flat_map(move |y| (extent.left..=extent.right).map(move |x| (x, y)));
        places.filter(move |&(x, y)| self.map.get_pixel(x, y).0[0] == label)
    }

    /// Whether a pixel, in or off the picture, is of a piece.
    pub(super) fn is_of(&self, piece: &Piece, x: f32, y: f32) -> bool {
        let pixel = (x >= 0.0 && y >= 0.0).then(|| self.map.get_pixel_checked(x as u32, y as u32));
        pixel
            .flatten()
            .is_some_and(|pixel| pixel.0[0] == piece.label)
    }

    /// The pieces that do not lie along the picture's border.
    pub(super) fn off_border(&self) -> Vec<Piece> {
        let mut pieces = self.pieces.clone();
        pieces.retain(|piece| piece.freedom() > ALONG);
        pieces
    }

    /// The pieces of one digit; none where there is no ink.
    pub(super) fn of_digit(&self) -> Vec<Piece> {
        let Some(main) = self.main() else {
            return Vec::new();
        };
        let reach = REACH * main.extent.longest() as f32;
        let mut chosen = vec![main];
        let mut others: Vec<Piece> = self.pieces.clone();
        others.retain(|piece| {
            piece.label != main.label
                && (piece.freedom() >= main.freedom() || piece.is_end_of(&main))
                && piece.area as f32 >= SPECK * main.area as f32
        });
        let mut extent = main.extent;
        // A piece may hang on another one that was taken.
        while let Some(index) = others
            .iter()
            .position(|piece| (piece.extent.gap(&extent) as f32) <= reach)
        {
            let piece = others.swap_remove(index);
            extent = extent.joined(piece.extent);
            chosen.push(piece);
        }
        chosen
    }

    /// Whether several digits stand side by side: a piece beside the greatest one is about as high, stands at about
    /// the same height, has a good part of its ink, and there is paper between the two all the way down. In doubt,
    /// there are not.
    pub(super) fn are_several(&self) -> bool {
        let Some(main) = self.main() else {
            return false;
        };
        let (height, area) = (main.extent.height() as f32, main.area as f32);
        let is_digit_beside = |piece: &Piece| {
            let other = &piece.extent;
            let is_as_high = (other.height() as f32 - height).abs() <= OTHER_HEIGHT * height;
            let shared = shared(main.extent.rows(), other.rows());
            let is_beside = other.left > main.extent.right || other.right < main.extent.left;
            piece.freedom() >= 1.0
                && is_beside
                && is_as_high
                && shared >= SAME_HEIGHT * height
                && piece.area as f32 >= OTHER_AREA * area
        };
        main.freedom() >= 1.0 && self.pieces.iter().any(is_digit_beside)
    }

    /// The greatest piece, where what hangs on the border counts for less.
    fn main(&self) -> Option<Piece> {
        let weight = |piece: &Piece| piece.area as f32 * piece.freedom();
        self.pieces
            .iter()
            .copied()
            .max_by(|left, right| weight(left).total_cmp(&weight(right)))
    }

    /// 255 on these pieces, else 0.
    pub(super) fn drawn(&self, chosen: &[Piece]) -> GrayImage {
        let (width, height) = self.map.dimensions();
        self.drawn_within(chosen, Extent::of_picture(width, height))
    }

    /// The same of a part of the picture.
    pub(super) fn drawn_within(&self, chosen: &[Piece], extent: Extent) -> GrayImage {
        // By its label, what a pixel is.
        let highest = chosen.iter().map(|piece| piece.label).max();
        let mut of_label = vec![0; highest.unwrap_or(0) as usize + 1];
        for piece in chosen {
            of_label[piece.label as usize] = 255;
        }
        let mut drawn = GrayImage::new(extent.width(), extent.height());
        let rows = self.map.rows().skip(extent.top as usize);
        for (to, from) in drawn.rows_mut().zip(rows) {
            for (to, from) in to.zip(from.skip(extent.left as usize)) {
                let label = from.0[0];
                if label != 0 {
                    to.0[0] = of_label.get(label as usize).copied().unwrap_or(0);
                }
            }
        }
        drawn
    }
}
