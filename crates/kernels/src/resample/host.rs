//! Resampling in the memory of Burn's flex: a loop over the images, on all threads. The same to
//! the last bit with and without wide registers: nothing is fused, and every pixel is for itself.

use super::{CENTRE, LAST, PADDED_PIXELS, PADDED_SIDE, PIXELS, ROW_STEP, SIDE, Smoothing, Warp};
use burn::backend::Flex;
use burn::tensor::{Tensor, TensorData};
use multiversion::multiversion;
use rayon::prelude::*;

/// Images that a thread takes at a time: about 30 µs of work.
const IMAGES_PER_TASK: usize = 8;

/// Nothing where the images are not flex's.
pub(super) fn resample(
    images_np: &Tensor<2>,
    warps: &[Warp],
    displacement: Option<(&Smoothing, &[f32])>,
) -> Option<Tensor<2>> {
    let primitive = images_np.clone().try_into_primitive::<Flex>().ok()?;
    let sources = primitive.as_slice::<f32>()?;
    let mut targets = vec![0.0; sources.len()];
    let (weights, values, num_values) = match displacement {
        Some((smoothing, values)) => (&smoothing.weights[..], values, smoothing.num_values()),
        None => (&[][..], &[][..], 0),
    };
    targets
        .par_chunks_exact_mut(PIXELS)
        .zip(sources.par_chunks_exact(PIXELS))
        .zip(warps)
        .with_min_len(IMAGES_PER_TASK)
        .enumerate()
        .for_each(|(image, ((target, source), warp))| {
            let values = &values[image * num_values..][..num_values];
            resample_image(source, target, warp, weights, values);
        });
    let data = TensorData::new(targets, images_np.dims());
    Some(Tensor::from_data(data, &images_np.device()))
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl",
    "x86_64+avx2",
    "aarch64+neon"
))]
fn resample_image(
    source: &[f32],
    target: &mut [f32],
    warp: &Warp,
    weights: &[[f32; PADDED_SIDE]],
    values: &[f32],
) {
    let mut padded = [0.0; PADDED_PIXELS];
    for (row, line) in source.chunks_exact(SIDE).enumerate() {
        padded[(row + 1) * PADDED_SIDE + 1..][..SIDE].copy_from_slice(line);
    }
    let (x_values, y_values) = values.split_at(values.len() / 2);
    let x_along_rows = smooth_along_rows(weights, x_values);
    let y_along_rows = smooth_along_rows(weights, y_values);
    let [x_by_x, x_by_y, x_shift, y_by_x, y_by_y, y_shift] = warp.affine;
    for (row, line) in target.chunks_exact_mut(SIDE).enumerate() {
        let x_moves = smooth_row(row, weights, &x_along_rows);
        let y_moves = smooth_row(row, weights, &y_along_rows);
        let y = row as f32 - CENTRE;
        let x_start = x_by_y * y + x_shift + CENTRE + 1.0;
        let y_start = y_by_y * y + y_shift + CENTRE + 1.0;
        let mut pixels = [0.0; PADDED_SIDE];
        let moves = x_moves.iter().zip(&y_moves);
        for (column, (pixel, (x_move, y_move))) in pixels.iter_mut().zip(moves).enumerate() {
            let x = column as f32 - CENTRE;
            let x_from = x_by_x * x + x_start + x_move;
            let y_from = y_by_x * x + y_start + y_move;
            *pixel = look_up(&padded, x_from, y_from);
        }
        line.copy_from_slice(&pixels[..SIDE]);
    }
    for row in warp.blank.top..warp.blank.bottom {
        let columns = row * SIDE + warp.blank.left..row * SIDE + warp.blank.right;
        if let Some(pixels) = target.get_mut(columns) {
            pixels.fill(0.0);
        }
    }
}

/// A value for each row of nodes and each column of pixels; there are at most so many nodes.
type AlongRows = [[f32; PADDED_SIDE]; PADDED_SIDE];

/// The nodes' values along one axis, spread along the rows.
#[inline]
fn smooth_along_rows(weights: &[[f32; PADDED_SIDE]], values: &[f32]) -> AlongRows {
    let mut spread = [[0.0; PADDED_SIDE]; PADDED_SIDE];
    let rows = values.chunks_exact(weights.len().max(1));
    for (spread, values) in spread.iter_mut().zip(rows) {
        add_weighted(spread, weights, values.iter().copied());
    }
    spread
}

/// The displacement along one axis of the pixels of a row.
#[inline]
fn smooth_row(
    row: usize,
    weights: &[[f32; PADDED_SIDE]],
    along_rows: &AlongRows,
) -> [f32; PADDED_SIDE] {
    let mut moves = [0.0; PADDED_SIDE];
    let of_row = weights.iter().map(|weights| weights[row]);
    add_weighted(&mut moves, along_rows, of_row);
    moves
}

#[inline]
fn add_weighted(
    sums: &mut [f32; PADDED_SIDE],
    rows: &[[f32; PADDED_SIDE]],
    weights: impl Iterator<Item = f32>,
) {
    for (row, weight) in rows.iter().zip(weights) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += weight * value;
        }
    }
}

/// The value between the four pixels around a place.
#[inline]
fn look_up(padded: &[f32; PADDED_PIXELS], x: f32, y: f32) -> f32 {
    // Wrapping and masked, where nothing can wrap or reach too far: checks would keep the compiler
    // from computing many pixels at once.
    let pixel = |index: usize| padded[index & (PADDED_PIXELS - 1)];
    let (x, y) = (x.clamp(0.0, LAST), y.clamp(0.0, LAST));
    let (left, top) = (x as i32, y as i32);
    let (x_share, y_share) = (x - left as f32, y - top as f32);
    let first = top.wrapping_mul(ROW_STEP).wrapping_add(left) as usize;
    let below = first.wrapping_add(PADDED_SIDE);
    let between = |left: f32, right: f32, share: f32| left + share * (right - left);
    let upper = between(pixel(first), pixel(first.wrapping_add(1)), x_share);
    let lower = between(pixel(below), pixel(below.wrapping_add(1)), x_share);
    between(upper, lower, y_share)
}
