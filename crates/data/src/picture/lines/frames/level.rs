//! The angle of a frame.

use crate::picture::angle::{Turn, sharpest};

/// Steepest frame, in degrees, and the steps in which its angle is looked for.
const STEEPEST: f32 = 6.0;
const STEPS: [f32; 2] = [1.0, 0.25];
/// Points of a piece that are looked at for its angle, about.
const POINTS: usize = 3_000;

/// The angle, in degrees, at which most points lie on few rows and columns.
pub(super) fn angle(points: &[(f32, f32)]) -> f32 {
    let every = points.len().div_ceil(POINTS).max(1);
    let some: Vec<(f32, f32)> = points.iter().copied().step_by(every).collect();
    let sharpness = |degrees| sharpness(&some, Turn::by(degrees));
    sharpest(STEEPEST, &STEPS, sharpness, |left, right| {
        // Of equals the one nearest to level.
        let by_angle = right.1.abs().total_cmp(&left.1.abs());
        left.0.cmp(&right.0).then(by_angle)
    })
}

/// The nearest whole number. Not by `round`, which is a call of a function on many processors.
fn place(along: f32) -> i32 {
    // No point is as far from the middle.
    const FAR: i32 = 1 << 14;
    (along + FAR as f32 + 0.5) as i32 - FAR
}

/// The sum of the squares of the numbers of points in each row and column.
fn sharpness(points: &[(f32, f32)], turn: Turn) -> u64 {
    let turned: Vec<(i32, i32)> = points
        .iter()
        .map(|&point| {
            let (along, across) = turn.turned(point);
            (place(along), place(across))
        })
        .collect();
    let squares = |of: fn(&(i32, i32)) -> i32| {
        let low = turned.iter().map(of).min().unwrap_or(0);
        let high = turned.iter().map(of).max().unwrap_or(0);
        let mut counts = vec![0_u64; (high - low + 1) as usize];
        for point in &turned {
            counts[(of(point) - low) as usize] += 1;
        }
        counts.iter().map(|count| count * count).sum::<u64>()
    };
    squares(|point| point.0) + squares(|point| point.1)
}
