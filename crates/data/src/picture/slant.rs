//! The slant of a digit, and setting it upright.
//!
//! Owns the shear along its rows, by moments, which the field calls deskewing.

use image::GrayImage;

/// The steepest slant that is taken back, in columns for each row: about 45°.
const MAX_SLOPE: f64 = 1.0;

/// Bilevel ink, sheared along its rows so that columns and rows of its pixels no longer go together:
/// what leans stands upright. On a sheet as much wider as that takes.
pub(super) fn upright(ink: &GrayImage) -> GrayImage {
    let (slope, middle) = slope(ink);
    let shift = |y: u32| (slope * (f64::from(y) - middle)).round() as i64;
    let rows = [0, ink.height().saturating_sub(1)].map(shift);
    let margin = rows.map(i64::unsigned_abs).into_iter().max().unwrap_or(0) as u32;
    if margin == 0 {
        return ink.clone();
    }
    let mut upright = GrayImage::new(ink.width() + 2 * margin, ink.height());
    for (x, y, pixel) in ink.enumerate_pixels() {
        let column = i64::from(x + margin) - shift(y);
        let target = u32::try_from(column).ok();
        if let Some(target) = target.and_then(|x| upright.get_pixel_mut_checked(x, y)) {
            *target = *pixel;
        }
    }
    upright
}

/// Columns that the ink goes to the right for each row down, and the row of its centre of mass.
fn slope(ink: &GrayImage) -> (f64, f64) {
    let places = || {
        let pixels = ink.enumerate_pixels();
        let ink = pixels.filter(|(_, _, pixel)| pixel.0[0] > 0);
        ink.map(|(x, y, _)| (f64::from(x), f64::from(y)))
    };
    let sums = places().fold((0.0, 0.0, 0.0), |(count, column, row), (x, y)| {
        (count + 1.0, column + x, row + y)
    });
    let (count, column, row) = sums;
    if count == 0.0 {
        return (0.0, 0.0);
    }
    let (column, row) = (column / count, row / count);
    let (mut together, mut of_rows) = (0.0, 0.0);
    for (x, y) in places() {
        together += (x - column) * (y - row);
        of_rows += (y - row) * (y - row);
    }
    let slope = if of_rows > 0.0 {
        together / of_rows
    } else {
        0.0
    };
    (slope.clamp(-MAX_SLOPE, MAX_SLOPE), row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::pieces::Extent;
    use image::Luma;

    /// A stroke that goes so far right for each row down.
    fn stroke(slope: f32) -> GrayImage {
        GrayImage::from_fn(120, 80, |x, y| {
            let middle = 60.0 + slope * (y as f32 - 40.0);
            let is_ink = (10..70).contains(&y) && (x as f32 - middle).abs() < 4.0;
            Luma([if is_ink { 255 } else { 0 }])
        })
    }

    fn size(ink: &GrayImage) -> Option<(u32, u32)> {
        Extent::of_ink(ink).map(|extent| (extent.width(), extent.height()))
    }

    #[test]
    fn what_leans_stands_upright() {
        let upright_stroke = size(&stroke(0.0));
        for slope in [-0.7, -0.3, 0.2, 0.6] {
            let leaning = stroke(slope);
            let set_upright = upright(&leaning);
            let (width, height) = size(&set_upright).unwrap_or_default();
            let (wanted, all) = upright_stroke.unwrap_or_default();
            assert!(width <= wanted + 2 && height == all, "{slope}: {width}");
            let count = |ink: &GrayImage| ink.pixels().filter(|pixel| pixel.0[0] > 0).count();
            assert_eq!(count(&set_upright), count(&leaning), "no ink is lost");
        }
    }

    #[test]
    fn what_is_upright_stays_and_nothing_is_nothing() {
        assert_eq!(upright(&stroke(0.0)), stroke(0.0));
        let blank = GrayImage::new(7, 5);
        assert_eq!(upright(&blank), blank);
        let dot = GrayImage::from_pixel(1, 1, Luma([255]));
        assert_eq!(upright(&dot), dot);
    }

    #[test]
    fn the_steepest_slant_is_bounded() {
        // Nearly level: it is not drawn out to a needle.
        let level = GrayImage::from_fn(120, 40, |x, y| {
            let is_ink = (10..110).contains(&x) && (x / 10) == y.saturating_sub(10);
            Luma([if is_ink { 255 } else { 0 }])
        });
        let (width, _) = size(&upright(&level)).unwrap_or_default();
        assert!(width > 60, "{width}");
    }
}
