//! Where pictures go on a page, and which way up that is.

use image::metadata::Orientation;
use lopdf::Object;

/// Where x and y go: `[a b c d e f]`, to `a·x + c·y + e` and `b·x + d·y + f`.
pub(super) type Matrix = [f64; 6];

pub(super) const AS_IT_IS: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// The matrix that the last six operands are.
pub(super) fn matrix(operands: &[Object]) -> Option<Matrix> {
    let last = operands.get(operands.len().checked_sub(6)?..)?;
    let mut matrix = AS_IT_IS;
    for (number, operand) in matrix.iter_mut().zip(last) {
        *number = operand.as_float().ok()?.into();
    }
    Some(matrix)
}

/// First the one, then the other.
pub(super) fn product(first: Matrix, then: Matrix) -> Matrix {
    let mut both = AS_IT_IS;
    let pairs = both.as_chunks_mut::<2>().0.iter_mut();
    for (index, (pair, [x, y])) in pairs.zip(first.as_chunks::<2>().0).enumerate() {
        // The third moves, the first two do not.
        let by = if index == 2 {
            [then[4], then[5]]
        } else {
            [0.0; 2]
        };
        *pair = [
            x * then[0] + y * then[2] + by[0],
            x * then[1] + y * then[3] + by[1],
        ];
    }
    both
}

/// How a picture is to be turned that fills the unit square before this matrix, on a page turned clockwise by so many
/// degrees. A picture's rows go down, while y goes up.
pub(super) fn orientation([a, b, c, d, ..]: Matrix, turned: i64) -> Orientation {
    let mut along = [a, b];
    let mut down = [-c, -d];
    for _ in 0..turned.div_euclid(90).rem_euclid(4) {
        [along, down] = [along, down].map(|[x, y]| [y, -x]);
    }
    let is_upright = along[0].abs() >= along[1].abs();
    if is_upright {
        match (along[0] >= 0.0, down[1] <= 0.0) {
            (true, true) => Orientation::NoTransforms,
            (false, true) => Orientation::FlipHorizontal,
            (false, false) => Orientation::Rotate180,
            (true, false) => Orientation::FlipVertical,
        }
    } else {
        match (along[1] <= 0.0, down[0] >= 0.0) {
            (true, true) => Orientation::Rotate90FlipH,
            (true, false) => Orientation::Rotate90,
            (false, false) => Orientation::Rotate270FlipH,
            (false, true) => Orientation::Rotate270,
        }
    }
}
