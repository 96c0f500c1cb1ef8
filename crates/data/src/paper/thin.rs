//! Thinning: the middle lines of bilevel ink, one pixel wide.
//!
//! Owns the algorithm of Zhang and Suen (1984), nothing else.

use image::{GrayImage, Luma};

/// The middle lines of `ink` (0 is paper, anything else ink), as 0 and 255.
pub(super) fn thinned(ink: &GrayImage) -> GrayImage {
    let mut lines = ink.clone();
    loop {
        let mut has_changed = false;
        for is_first in [true, false] {
            let removed: Vec<(u32, u32)> = lines
                .enumerate_pixels()
                .filter(|&(x, y, pixel)| pixel.0[0] > 0 && is_removable(&lines, x, y, is_first))
                .map(|(x, y, _)| (x, y))
                .collect();
            has_changed |= !removed.is_empty();
            for (x, y) in removed {
                lines.put_pixel(x, y, Luma([0]));
            }
        }
        if !has_changed {
            return lines;
        }
    }
}

fn is_removable(ink: &GrayImage, x: u32, y: u32, is_first: bool) -> bool {
    // From the north, clockwise.
    const AROUND: [(i64, i64); 8] = [
        (0, -1),
        (1, -1),
        (1, 0),
        (1, 1),
        (0, 1),
        (-1, 1),
        (-1, 0),
        (-1, -1),
    ];
    let around = AROUND.map(|(right, down)| {
        let place = (i64::from(x) + right, i64::from(y) + down);
        let inside = (u32::try_from(place.0).ok()).zip(u32::try_from(place.1).ok());
        let pixel = inside.and_then(|(x, y)| ink.get_pixel_checked(x, y));
        pixel.is_some_and(|pixel| pixel.0[0] > 0)
    });
    let num_ink = around.iter().filter(|&&is_ink| is_ink).count();
    let num_starts = (0..8)
        .filter(|&at| !around[at] && around[(at + 1) % 8])
        .count();
    let [north, _, east, _, south, _, west, _] = around;
    let keeps_sides = if is_first {
        !(east && south && (north || west))
    } else {
        !(north && west && (east || south))
    };
    (2..=6).contains(&num_ink) && num_starts == 1 && keeps_sides
}
