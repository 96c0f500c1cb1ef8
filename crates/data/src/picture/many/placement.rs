//! From pixels of the sheet on which digits are looked for back to those of the picture.
//!
//! Owns setting a sheet upright. At which angle its lines lean is `lean`'s.

use image::{GrayImage, Luma};
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center_no_crop};

use super::cluster::Bounds;

/// Where a sheet is on its picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    /// Pixels of the picture in one of the sheet.
    scale: f64,
    turn: Option<Turned>,
}

/// How a sheet was turned.
#[derive(Clone, Copy, Debug)]
struct Turned {
    sine: f64,
    cosine: f64,
    /// The middle before and after, in pixels.
    before: (f64, f64),
    after: (f64, f64),
}

impl Placement {
    /// Of a sheet that has so many of the picture's pixels in one.
    pub(super) fn new(scale: f64) -> Self {
        Self { scale, turn: None }
    }

    /// The ink of a sheet, as contrast to its paper, with lines that lean by so many degrees set upright.
    pub(super) fn upright(self, sheet: &GrayImage, degrees: f32) -> (GrayImage, Self) {
        let radians = -degrees.to_radians();
        let upright = rotate_about_center_no_crop(
            sheet,
            radians,
            Interpolation::Bilinear,
            Border::Constant(Luma([0])),
        );
        let middle = |image: &GrayImage| {
            let of = |side: u32| 0.5 * (f64::from(side) - 1.0);
            (of(image.width()), of(image.height()))
        };
        let (sine, cosine) = f64::from(radians).sin_cos();
        let turn = Some(Turned {
            sine,
            cosine,
            before: middle(sheet),
            after: middle(&upright),
        });
        (upright, Self { turn, ..self })
    }

    /// The rectangle of the picture around one of the sheet, given by its edges: left, top, right, bottom.
    pub(super) fn bounds(&self, [left, top, right, bottom]: [f64; 4]) -> Bounds {
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
        let corners = corners.map(|corner| self.on_picture(corner));
        let xs = corners.map(|corner| corner.0);
        let ys = corners.map(|corner| corner.1);
        let low = |places: [f64; 4]| places.into_iter().fold(f64::MAX, f64::min).max(0.0).floor();
        let high = |places: [f64; 4]| places.into_iter().fold(0.0, f64::max).ceil();
        Bounds {
            left: low(xs) as u32,
            top: low(ys) as u32,
            width: (high(xs) - low(xs)) as u32,
            height: (high(ys) - low(ys)) as u32,
        }
    }

    fn on_picture(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (x, y) = self.turn.map_or((x, y), |turn| {
            // Places are edges of pixels, the middle is between pixels.
            let (right, down) = (x - 0.5 - turn.after.0, y - 0.5 - turn.after.1);
            (
                turn.before.0 + 0.5 + turn.cosine * right + turn.sine * down,
                turn.before.1 + 0.5 - turn.sine * right + turn.cosine * down,
            )
        });
        (x * self.scale, y * self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_turned_is_found_again_where_it_was() {
        let mark = (70..76, 20..26);
        let sheet = GrayImage::from_fn(120, 60, |x, y| {
            let is_mark = mark.0.contains(&x) && mark.1.contains(&y);
            Luma([if is_mark { 255 } else { 0 }])
        });
        for degrees in [-14.0, -3.0, 5.0, 12.0] {
            let placement = Placement::new(2.0);
            let (upright, placement) = placement.upright(&sheet, degrees);
            let (left, top, width, height) = crate::bilevel::ink_box(&upright).unwrap_or_default();
            let edges = [left, top, left + width, top + height].map(f64::from);
            let bounds = placement.bounds(edges);
            let middle = (
                f64::from(bounds.left) + 0.5 * f64::from(bounds.width),
                f64::from(bounds.top) + 0.5 * f64::from(bounds.height),
            );
            assert!((middle.0 - 2.0 * 73.0).abs() < 4.0, "{degrees}: {bounds:?}");
            assert!((middle.1 - 2.0 * 23.0).abs() < 4.0, "{degrees}: {bounds:?}");
        }
    }

    #[test]
    fn without_a_turn_edges_are_scaled_and_rounded_outwards() {
        let bounds = Placement::new(1.5).bounds([1.0, 2.0, 4.0, 7.0]);
        assert_eq!((bounds.left, bounds.top), (1, 3));
        assert_eq!((bounds.width, bounds.height), (5, 8));
    }
}
