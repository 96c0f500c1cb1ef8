//! Rulings along a picture's edges: what is left of a form's frame where a cell was cut out of it.
//!
//! Owns how far the picture goes within them. Lines inside the picture are `lines`'s.

use image::{GrayImage, imageops};

use super::levels::{histogram, threshold};

/// How far inside the edge a ruling may lie, in parts of the side, around one digit: what is a cell's edge there is the
/// top of a box around many.
pub(super) const AROUND_ONE: f32 = 0.2;
pub(super) const AROUND_MANY: f32 = 0.03;
/// Widest ruling, in parts of the side, and at least in pixels.
const WIDEST: f32 = 0.07;
const WIDEST_PIXELS: usize = 2;
/// The part of a row that a ruling covers, and the most of the next rows that is as dark.
const COVER: f32 = 0.9;
const BESIDE: f32 = 0.5;
/// Part of a picture's sides that is not looked at for what its paper is like.
const OUTER: f32 = 0.2;
/// Smallest side, in pixels, of a picture with rulings, and of what is left within them.
const SMALLEST: u32 = 8;

/// A picture without the rulings along its edges.
pub(super) struct Within {
    pub(super) sheet: GrayImage,
    /// Whether there is one ruling alone and ink goes on from it, as from the bar of a 7 that fills its picture.
    pub(super) may_be_stroke: bool,
}

/// The picture without the rulings along its edges; `None` where there are none. They are looked for as deep as that
/// part of a side.
pub(super) fn within_rulings(grey: &GrayImage, deepest: f32) -> Option<Within> {
    let ((left, top, width, height), may_be_stroke) = place_within(grey, deepest)?;
    Some(Within {
        sheet: imageops::crop_imm(grey, left, top, width, height).to_image(),
        may_be_stroke,
    })
}

/// Left, top, width and height in pixels.
type Place = (u32, u32, u32, u32);

/// Where what is within is, and whether the ruling may be a stroke.
fn place_within(grey: &GrayImage, deepest: f32) -> Option<(Place, bool)> {
    let (width, height) = grey.dimensions();
    if width.min(height) < SMALLEST {
        return None;
    }
    let level = threshold(&histogram(grey.as_raw()))?;
    let is_paper_bright = is_middle_bright(grey, level);
    let is_ink = |x: u32, y: u32| (grey.get_pixel(x, y).0[0] > level) != is_paper_bright;
    let cover_of_row = |y: u32| (0..width).filter(|&x| is_ink(x, y)).count() as f32 / width as f32;
    let cover_of_column =
        |x: u32| (0..height).filter(|&y| is_ink(x, y)).count() as f32 / height as f32;
    let top = depth(height, deepest, cover_of_row);
    let bottom = depth(height, deepest, |place| cover_of_row(height - 1 - place));
    let left = depth(width, deepest, cover_of_column);
    let right = depth(width, deepest, |place| cover_of_column(width - 1 - place));
    let inner = (
        width.checked_sub(left + right)?,
        height.checked_sub(top + bottom)?,
    );
    let is_left = inner.0 >= SMALLEST && inner.1 >= SMALLEST;
    if !is_left || left + top + right + bottom == 0 {
        return None;
    }
    let row_has_ink = |y: u32| (left..width - right).any(|x| is_ink(x, y));
    let column_has_ink = |x: u32| (top..height - bottom).any(|y| is_ink(x, y));
    let may_be_stroke = match [left, top, right, bottom] {
        [_, 0, 0, 0] => column_has_ink(left),
        [0, _, 0, 0] => row_has_ink(top),
        [0, 0, _, 0] => column_has_ink(width - right - 1),
        [0, 0, 0, _] => row_has_ink(height - bottom - 1),
        _ => false,
    };
    Some(((left, top, inner.0, inner.1), may_be_stroke))
}

/// Whether most of the middle of the picture is brighter than the level.
fn is_middle_bright(grey: &GrayImage, level: u8) -> bool {
    let outer = |side: u32| (side as f32 * OUTER) as u32;
    let (left, top) = (outer(grey.width()), outer(grey.height()));
    let (right, bottom) = (grey.width() - left, grey.height() - top);
    let (mut bright, mut all) = (0_u32, 0_u32);
    for (x, y, pixel) in grey.enumerate_pixels() {
        if (left..right).contains(&x) && (top..bottom).contains(&y) {
            bright += u32::from(pixel.0[0] > level);
            all += 1;
        }
    }
    2 * bright >= all
}

/// How many rows from an edge are up to the innermost ruling along it; 0 where there is none.
fn depth(side: u32, deepest: f32, cover: impl Fn(u32) -> f32) -> u32 {
    let deepest = (side as f32 * deepest).ceil() as usize;
    let widest = ((side as f32 * WIDEST) as usize).max(WIDEST_PIXELS);
    let last = (deepest + widest + 2).min(side as usize / 2);
    let covers: Vec<f32> = (0..last as u32).map(cover).collect();
    let mut found = 0;
    let mut row = 0;
    while row < deepest.min(covers.len()) {
        if covers[row] < COVER {
            row += 1;
            continue;
        }
        // Its blurred edges are of the ruling, too.
        let after = (row..covers.len()).find(|&place| covers[place] <= BESIDE);
        match after {
            Some(after) if after - row <= widest => {
                found = after as u32;
                row = after;
            }
            Some(after) => row = after,
            None => break,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within_rulings(grey: &GrayImage) -> Option<Place> {
        place_within(grey, AROUND_ONE).map(|(place, _)| place)
    }

    use image::Luma;

    fn framed(frame: impl Fn(u32, u32) -> bool, paper: u8, ink: u8) -> GrayImage {
        GrayImage::from_fn(100, 80, |x, y| {
            let is_digit = (45..52).contains(&x) && (20..60).contains(&y);
            Luma([if is_digit || frame(x, y) { ink } else { paper }])
        })
    }

    #[test]
    fn a_frame_on_the_edges_is_left_out_on_bright_and_on_dark_paper() {
        for (paper, ink) in [(255, 20), (0, 255), (200, 90)] {
            let all_round = framed(|x, y| x < 3 || y < 2 || x > 97 || y > 76, paper, ink);
            assert_eq!(within_rulings(&all_round), Some((3, 2, 95, 75)));
            let two_sides = framed(|x, y| x == 0 || y == 79, paper, ink);
            assert_eq!(within_rulings(&two_sides), Some((1, 0, 99, 79)));
        }
    }

    #[test]
    fn a_ruling_a_little_inside_takes_with_it_what_is_outside() {
        let inside = framed(|x, y| (5..7).contains(&x) || (70..72).contains(&y), 255, 0);
        assert_eq!(within_rulings(&inside), Some((7, 0, 93, 70)));
    }

    #[test]
    fn one_ruling_from_which_ink_goes_on_may_be_a_stroke() {
        let may_be_stroke = |frame: &dyn Fn(u32, u32) -> bool| {
            place_within(&framed(frame, 255, 0), AROUND_ONE).map(|(_, may_be)| may_be)
        };
        let stem = |x: u32, y: u32| (45..52).contains(&x) && y < 60;
        assert_eq!(may_be_stroke(&|x, y| y < 4 || stem(x, y)), Some(true));
        assert_eq!(may_be_stroke(&|_, y| y < 4), Some(false));
        let two_sides = |x: u32, y: u32| y < 4 || x < 3 || stem(x, y);
        assert_eq!(may_be_stroke(&two_sides), Some(false));
    }

    #[test]
    fn where_there_is_none_nothing_is_cut_off() {
        assert_eq!(within_rulings(&framed(|_, _| false, 255, 0)), None);
        // A shadow is wide, and a stroke is not from edge to edge.
        assert_eq!(within_rulings(&framed(|x, _| x < 16, 255, 0)), None);
        let stroke = framed(|x, y| y < 4 && (10..80).contains(&x), 255, 0);
        assert_eq!(within_rulings(&stroke), None);
        assert_eq!(within_rulings(&GrayImage::new(100, 100)), None);
        assert_eq!(within_rulings(&GrayImage::new(3, 3)), None);
    }
}
