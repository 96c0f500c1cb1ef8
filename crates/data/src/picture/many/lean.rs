//! At which angle the lines of a picture lean.

use crate::picture::angle::{Turn, sharpest};
use crate::picture::pieces::{Piece, Pieces};

/// Steepest lines, in degrees, and the steps in which their angle is looked for.
const STEEPEST: f32 = 18.0;
const STEPS: [f32; 3] = [2.0, 0.5, 0.25];
/// Lines that lean less are left as they are, in degrees.
const LEAST: f32 = 2.5;
/// Points that are looked at, about, and the height of the strips in which they are counted, in heights of a usual piece.
const POINTS: usize = 6_000;
const STRIP: f32 = 0.2;
/// How much more of the ink has to lie on few strips than on level ones.
const GAIN: f32 = 1.08;
/// Pieces of at least this part of the greatest one's area count, and of at least this part of the usual one's height:
/// signs stand at heights of their own. There have to be so many of them: three digits of a level line may lie on one that
/// leans.
const SPECK: f32 = 0.05;
const FLAT: f32 = 0.4;
const LEAST_PIECES: usize = 4;

/// The angle in degrees, clockwise on the picture; 0 where it is small or there is doubt.
pub(super) fn lean(pieces: &Pieces) -> f32 {
    let greatest = pieces.pieces.iter().map(|piece| piece.area).max();
    let least = SPECK * greatest.unwrap_or(0) as f32;
    let large = || {
        pieces
            .pieces
            .iter()
            .filter(|piece| piece.area as f32 >= least)
    };
    let mut heights: Vec<u32> = large().map(|piece| piece.extent.height()).collect();
    heights.sort_unstable();
    let usual = heights
        .get(heights.len() / 2)
        .map_or(0.0, |&height| height as f32);
    let counted: Vec<&Piece> = large()
        .filter(|piece| piece.extent.height() as f32 >= FLAT * usual)
        .collect();
    if counted.len() < LEAST_PIECES {
        return 0.0;
    }
    let strip = (STRIP * usual).max(1.0);
    let area: u32 = counted.iter().map(|piece| piece.area).sum();
    let every = (area as usize).div_ceil(POINTS).max(1);
    let points: Vec<(f32, f32)> = counted
        .iter()
        .flat_map(|piece| pieces.points_of(piece))
        .step_by(every)
        .map(|(x, y)| (x as f32, y as f32))
        .collect();
    let sharpness = |degrees| sharpness(&points, Turn::by(degrees), strip);
    let best = sharpest(STEEPEST, &STEPS, sharpness, |left, right| {
        left.0.total_cmp(&right.0)
    });
    let gain = sharpness(best) / sharpness(0.0).max(1.0);
    if best.abs() < LEAST || gain < GAIN {
        0.0
    } else {
        best
    }
}

/// The sum of the squares of the numbers of points in strips at this angle. Each strip is taken twice, shifted by half
/// its height, so that it does not matter where strips begin.
fn sharpness(points: &[(f32, f32)], turn: Turn, strip: f32) -> f32 {
    let across: Vec<f32> = points
        .iter()
        .map(|&point| turn.turned(point).1 / strip)
        .collect();
    let low = across.iter().copied().fold(f32::MAX, f32::min);
    let high = across.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for shift in [0.0, 0.5] {
        let mut counts = vec![0.0_f32; (high - low).max(0.0) as usize + 2];
        for place in &across {
            counts[(place - low + shift) as usize] += 1.0;
        }
        sum += counts.iter().map(|count| count * count).sum::<f32>();
    }
    sum
}
