//! Tests of boxes, combs and grids, drawn with straight lines.

#![allow(clippy::unwrap_used)]

use image::{GrayImage, Luma};

use super::*;
use crate::picture::lines::{pieces_beside, without_frames};

/// Lines of so many pixels, as left, top, width and height.
fn drawn(width: u32, height: u32, lines: &[(u32, u32, u32, u32)]) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let is_ink = lines.iter().any(|&(left, top, wide, high)| {
            (left..left + wide).contains(&x) && (top..top + high).contains(&y)
        });
        Luma([if is_ink { 220 } else { 0 }])
    })
}

/// Cells side by side and above each other, with lines so wide.
fn grid(columns: u32, rows: u32, side: u32, wide: u32) -> Vec<(u32, u32, u32, u32)> {
    let (across, down) = (columns * side + wide, rows * side + wide);
    let level = (0..=rows).map(|row| (20, 20 + row * side, across, wide));
    let upright = (0..=columns).map(|column| (20 + column * side, 20, wide, down));
    level.chain(upright).collect()
}

fn found(image: &GrayImage) -> (Vec<Frame>, Vec<u32>) {
    let frames = frames(&Pieces::of(image));
    let cleaned = without_frames(image, &frames, 110);
    let pieces = pieces_beside(&frames, &cleaned, 110);
    let areas = pieces.pieces.iter().map(|piece| piece.area);
    (frames, areas.collect())
}

#[test]
fn all_lines_of_boxes_and_grids_are_found_and_taken() {
    for (columns, rows) in [(1, 1), (6, 1), (3, 3), (9, 9)] {
        for wide in [1, 3, 5] {
            let lines = grid(columns, rows, 40, wide);
            let stroke = vec![(35, 30, 5, 20)];
            let image = drawn(440, 440, &[lines, stroke].concat());
            let (frames, areas) = found(&image);
            let what = format!("{columns} × {rows}, {wide} wide");
            assert_eq!(frames.len(), 1, "{what}");
            assert_eq!(frames[0].lines.len() as u32, columns + rows + 2, "{what}");
            assert_eq!(frames[0].cells.len() as u32, columns * rows, "{what}");
            assert_eq!(areas, [100], "{what}: of the stroke nothing is lost");
        }
    }
}

#[test]
fn grids_that_lean_and_are_blurred_have_all_their_cells() {
    for (columns, rows, degrees) in [(5, 3, 0.0), (5, 3, 0.6), (7, 2, -1.0), (4, 4, 2.0)] {
        let stroke = vec![(35, 30, 5, 20)];
        let image = drawn(440, 300, &[grid(columns, rows, 50, 2), stroke].concat());
        let border = imageproc::geometric_transformations::Border::Constant(Luma([0]));
        let leaning = imageproc::geometric_transformations::rotate_about_center_no_crop(
            &image,
            f32::to_radians(degrees),
            imageproc::geometric_transformations::Interpolation::Bilinear,
            border,
        );
        let blurred = image::imageops::fast_blur(&leaning, 0.9);
        let faint = crate::picture::ink::above(&blurred, 30);
        let frames = frames(&Pieces::of(&faint));
        let what = format!("{columns} × {rows} at {degrees}°");
        assert_eq!(frames.len(), 1, "{what}");
        assert_eq!(frames[0].cells.len() as u32, columns * rows, "{what}");
        assert_eq!(frames[0].lines.len() as u32, columns + rows + 2, "{what}");
    }
}
