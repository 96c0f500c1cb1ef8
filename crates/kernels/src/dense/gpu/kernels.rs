//! The kernels: a thread takes a block of 4×4 values.
#![allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::{BLOCK, Follow};
use crate::following::mask_factor;
use cubecl::prelude::*;

#[cube(launch_unchecked)]
pub(super) fn product(
    a: &[f32],
    b: &[f32],
    other: &[f32],
    result: &mut [f32],
    rows: u32,
    depth: u32,
    columns: u32,
    key_0: u32,
    key_1: u32,
    bound: u32,
    scale: f32,
    #[comptime] follow: Follow,
) {
    let (rows, depth, columns) = (rows as usize, depth as usize, columns as usize);
    // A thread's columns are far apart, so that neighbours read neighbours.
    let stride = (columns + comptime!(BLOCK - 1)) / BLOCK;
    let first_row = ABSOLUTE_POS / stride * BLOCK;
    let first_column = ABSOLUTE_POS % stride;
    if first_row < rows {
        let mut sums = Array::<f32>::new(comptime!(BLOCK * BLOCK));
        let mut row_at = Array::<usize>::new(BLOCK);
        let mut column_at = Array::<usize>::new(BLOCK);
        #[unroll]
        for k in 0..BLOCK {
            // What lies beyond the last is not written below.
            row_at[k] = min(first_row + k, rows - 1usize) * depth;
            column_at[k] = min(first_column + k * stride, columns - 1usize);
            #[unroll]
            for c in 0..BLOCK {
                sums[k * BLOCK + c] = 0.0f32;
            }
        }
        for d in 0..depth {
            let mut values = Array::<f32>::new(BLOCK);
            #[unroll]
            for c in 0..BLOCK {
                values[c] = b[d * columns + column_at[c]];
            }
            #[unroll]
            for r in 0..BLOCK {
                let value = a[row_at[r] + d];
                #[unroll]
                for c in 0..BLOCK {
                    sums[r * BLOCK + c] += value * values[c];
                }
            }
        }
        #[unroll]
        for k in 0..comptime!(BLOCK * BLOCK) {
            let row = first_row + comptime!(k / BLOCK);
            let column = first_column + comptime!(k % BLOCK) * stride;
            if row < rows && column < columns {
                let place = row * columns + column;
                let mut value = sums[k];
                if comptime!(follow.has_bias) {
                    value += other[column];
                }
                if comptime!(follow.is_back && follow.is_relu) {
                    // Zero where ReLU or the mask made it so; the others were made larger by the mask.
                    value = select(other[place] > 0.0, value * scale, 0.0f32);
                } else {
                    if comptime!(follow.is_relu) {
                        value = select(value < 0.0, 0.0f32, value);
                    }
                    if comptime!(follow.has_mask) {
                        value *= mask_factor(place as u32, key_0, key_1, bound, scale);
                    }
                }
                result[place] = value;
            }
        }
    }
}

/// Gradients of weights, and of biases as those of one more input that is always 1.
#[cube(launch_unchecked)]
pub(super) fn sums_of_products(
    inputs: &[f32],
    gradient: &[f32],
    result: &mut [f32],
    rows: u32,
    features_in: u32,
    features_out: u32,
    bias_at: u32,
) {
    let places = Places {
        inputs_at: 0usize,
        gradient_at: 0usize,
        weight_at: 0usize,
        bias_at: bias_at as usize,
    };
    add_products(
        inputs,
        gradient,
        result,
        ABSOLUTE_POS,
        rows as usize,
        features_in as usize,
        features_out as usize,
        places,
    );
}

/// Where a layer's values, gradients and results begin in their buffers.
#[derive(CubeType, Clone, Copy)]
#[allow(
    clippy::struct_field_names,
    reason = "said as the kernels' own numbers are"
)]
pub(in crate::dense) struct Places {
    pub inputs_at: usize,
    pub gradient_at: usize,
    pub weight_at: usize,
    pub bias_at: usize,
}

/// What one thread does of [`sums_of_products`]: a block of the results.
#[cube]
pub(in crate::dense) fn add_products(
    inputs: &[f32],
    gradient: &[f32],
    result: &mut [f32],
    thread: usize,
    rows: usize,
    inner: usize,
    columns: usize,
    places: Places,
) {
    let stride = (columns + comptime!(BLOCK - 1)) / BLOCK;
    let first_input = thread / stride * BLOCK;
    let first_column = thread % stride;
    if first_input <= inner {
        let mut sums = Array::<f32>::new(comptime!(BLOCK * BLOCK));
        let mut column_at = Array::<usize>::new(BLOCK);
        #[unroll]
        for c in 0..BLOCK {
            column_at[c] = places.gradient_at + min(first_column + c * stride, columns - 1usize);
            #[unroll]
            for k in 0..BLOCK {
                sums[k * BLOCK + c] = 0.0f32;
            }
        }
        for row in 0..rows {
            let mut values = Array::<f32>::new(BLOCK);
            #[unroll]
            for c in 0..BLOCK {
                values[c] = gradient[row * columns + column_at[c]];
            }
            #[unroll]
            for k in 0..BLOCK {
                let input = first_input + k;
                let is_weight = input < inner;
                let at = select(is_weight, input, 0usize);
                let value = select(
                    is_weight,
                    inputs[places.inputs_at + row * inner + at],
                    1.0f32,
                );
                #[unroll]
                for c in 0..BLOCK {
                    sums[k * BLOCK + c] += value * values[c];
                }
            }
        }
        #[unroll]
        for k in 0..comptime!(BLOCK * BLOCK) {
            let input = first_input + comptime!(k / BLOCK);
            let column = first_column + comptime!(k % BLOCK) * stride;
            if column < columns {
                if input < inner {
                    result[places.weight_at + input * columns + column] = sums[k];
                } else if input == inner {
                    result[places.bias_at + column] = sums[k];
                }
            }
        }
    }
}

#[cube(launch_unchecked)]
pub(super) fn transpose(from: &[f32], to: &mut [f32], rows: u32, columns: u32) {
    let (rows, columns) = (rows as usize, columns as usize);
    if ABSOLUTE_POS < rows * columns {
        let (row, column) = (ABSOLUTE_POS % rows, ABSOLUTE_POS / rows);
        to[ABSOLUTE_POS] = from[row * columns + column];
    }
}
