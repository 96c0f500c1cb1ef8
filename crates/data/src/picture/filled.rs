//! Pictures that their digit fills from edge to edge, as when somebody cut it out: there is no paper around it to be
//! told from ink, and it is no shadow or frame because it lies on the border.
//!
//! Owns which pictures those are, and the paper that is put around.

use image::{GrayImage, Luma, imageops};

use super::ink;
use super::levels::{border, bright_part_of_border, histogram, median, quantile, threshold};
use super::pieces::{Extent, Pieces};

/// Longest side of pictures so small that most of their pixels are the digit's, as in sets of 8×8 and 16×16 pixels.
const TINY_LONGEST: u32 = 16;
/// A digit may end that far from an edge that it reaches, in parts of the picture's longer side.
const NEAR: f32 = 0.03;
/// Sides that it reaches, at least.
const LEAST_SIDES: usize = 3;
/// The most of it that lies on the border, in parts of its width and height; and the most of the border that is ink.
const MOST_CONTACT: f32 = 0.9;
const MOST_OF_BORDER: f32 = 0.6;
/// Paper that is put around, in parts of the longer side.
const AROUND: f32 = 0.3;

/// Whether a picture is so small that its digit nearly always fills it.
pub(super) fn is_tiny(grey: &GrayImage) -> bool {
    grey.width().max(grey.height()) <= TINY_LONGEST
}

/// Whether something that may be a digit, dark or light, reaches from edge to edge of the picture.
pub(super) fn may_be_filled(grey: &GrayImage) -> bool {
    let Some(limit) = threshold(&histogram(grey.as_raw())) else {
        return false;
    };
    let bright = bright_part_of_border(grey, limit);
    [(bright, false), (1.0 - bright, true)]
        .into_iter()
        .filter(|&(share, _)| share > 0.0 && share <= MOST_OF_BORDER)
        .any(|(_, is_dark)| {
            let mut ink = ink::above(grey, limit);
            if is_dark {
                imageops::invert(&mut ink);
            }
            let pieces = Pieces::of(&ink);
            pieces.pieces.iter().any(|piece| {
                piece.contact() <= MOST_CONTACT && num_sides(piece.extent, grey) >= LEAST_SIDES
            })
        })
}

/// How many sides of the picture are reached.
fn num_sides(extent: Extent, grey: &GrayImage) -> usize {
    let (width, height) = grey.dimensions();
    let near = (NEAR * width.max(height) as f32) as u32;
    let gaps = [
        extent.left,
        extent.top,
        width - 1 - extent.right,
        height - 1 - extent.bottom,
    ];
    gaps.into_iter().filter(|&gap| gap <= near).count()
}

/// A picture of dark ink with bare paper around it, as bright as the paper on its own border.
pub(super) fn with_paper_around(work: &GrayImage) -> GrayImage {
    let counts = histogram(work.as_raw());
    let limit = threshold(&counts).unwrap_or(0);
    let border = border(work);
    let paper = histogram(border.iter().filter(|&&level| level > limit));
    let level = if paper.iter().any(|&count| count > 0) {
        median(&paper)
    } else {
        quantile(&counts, 0.95)
    };
    let around = (work.width().max(work.height()) as f32 * AROUND) as u32;
    let (width, height) = (work.width() + 2 * around, work.height() + 2 * around);
    let mut sheet = GrayImage::from_pixel(width, height, Luma([level]));
    imageops::replace(&mut sheet, work, i64::from(around), i64::from(around));
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(ink: impl Fn(f32, f32) -> bool) -> [GrayImage; 2] {
        let grey = GrayImage::from_fn(120, 160, |x, y| {
            let is_ink = ink(x as f32 / 120.0, y as f32 / 160.0);
            Luma([if is_ink { 40 } else { 220 }])
        });
        let mut other = grey.clone();
        imageops::invert(&mut other);
        [grey, other]
    }

    fn ring(x: f32, y: f32) -> bool {
        (0.3..=0.51).contains(&(x - 0.5).hypot(y - 0.5))
    }

    #[test]
    fn a_digit_from_edge_to_edge_fills_its_picture() {
        let seven = |x: f32, y: f32| y < 0.12 || (x + 0.5 * y - 0.9).abs() < 0.09;
        for grey in picture(ring).into_iter().chain(picture(seven)) {
            assert!(may_be_filled(&grey));
        }
    }

    #[test]
    fn shadows_lines_and_digits_with_paper_around_fill_nothing() {
        let small = |x: f32, y: f32| ring(0.5 + 2.0 * (x - 0.5), 0.5 + 2.0 * (y - 0.5));
        let shadow = |x: f32, y: f32| x + y < 0.9;
        let line = |_: f32, y: f32| (0.5..0.55).contains(&y);
        let frame = |x: f32, y: f32| !(0.05..0.95).contains(&x) || !(0.05..0.95).contains(&y);
        let none = |_: f32, _: f32| false;
        let all = [
            picture(small),
            picture(shadow),
            picture(line),
            picture(frame),
            picture(none),
        ];
        for (number, grey) in all.iter().flatten().enumerate() {
            assert!(!may_be_filled(grey), "{number}");
        }
    }

    #[test]
    fn paper_around_is_as_bright_as_it_was() {
        let [grey, _] = picture(ring);
        let sheet = with_paper_around(&grey);
        assert_eq!(sheet.dimensions(), (120 + 2 * 48, 160 + 2 * 48));
        assert!(border(&sheet).iter().all(|&level| level == 220));
        let ink = |image: &GrayImage| histogram(image.as_raw())[40];
        assert_eq!(ink(&sheet), ink(&grey));
    }
}
