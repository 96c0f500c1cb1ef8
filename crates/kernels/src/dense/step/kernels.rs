//! The kernels of a step that are about all layers at once.
#![allow(
    clippy::needless_pass_by_value,
    clippy::needless_range_loop,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::PIXELS;
use crate::dense::gpu::{Places, add_products};
use crate::packed::pixel;
use cubecl::prelude::*;

/// A matrix among others in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Matrix {
    /// The first of the threads that are for it, and how many there are.
    pub first: usize,
    pub length: usize,
    pub rows: usize,
    pub columns: usize,
    pub place: usize,
}

/// The sums of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sums {
    /// The first of the threads that are for it, and how many there are.
    pub first: usize,
    pub length: usize,
    pub num_inputs: usize,
    pub num_outputs: usize,
    pub inputs_at: usize,
    pub slopes_at: usize,
    pub weight_at: usize,
    pub bias_at: usize,
}

/// Pixels of the chosen images, normalised.
#[cube(launch_unchecked)]
pub(super) fn take_in(
    packed: &[i32],
    indices: &[i32],
    pixels: &[f32],
    values: &mut [f32],
    length: u32,
    factor: f32,
    shift: f32,
    #[comptime] is_packed: bool,
) {
    if ABSOLUTE_POS < length as usize {
        let (image, place) = (ABSOLUTE_POS / PIXELS, ABSOLUTE_POS % PIXELS);
        let value = pixel(packed, indices, pixels, image, place, PIXELS, is_packed);
        values[ABSOLUTE_POS] = value * factor - shift;
    }
}

#[cube(launch_unchecked)]
pub(super) fn transpose_all(from: &[f32], to: &mut [f32], #[comptime] matrices: Vec<Matrix>) {
    #[unroll]
    for m in 0..comptime!(matrices.len()) {
        let matrix = comptime!(matrices[m]);
        let first = comptime!(matrix.first);
        if ABSOLUTE_POS >= first && ABSOLUTE_POS < comptime!(matrix.first + matrix.length) {
            let own = ABSOLUTE_POS - first;
            let (row, column) = (own % comptime!(matrix.rows), own / comptime!(matrix.rows));
            let place = comptime!(matrix.place);
            to[place + own] = from[place + row * comptime!(matrix.columns) + column];
        }
    }
}

/// The gradients of every layer's weights and biases: what [`add_products`] says, by threads of its own.
#[cube(launch_unchecked)]
pub(super) fn sum_up(
    values: &[f32],
    slopes: &[f32],
    gradients: &mut [f32],
    num_images: u32,
    #[comptime] layers: Vec<Sums>,
) {
    // Which layer, as numbers: what follows is there once, for all of them.
    let mut thread = 0usize;
    let mut inner = 0usize;
    let mut columns = 0usize;
    let mut inputs_at = 0usize;
    let mut gradient_at = 0usize;
    let mut weight_at = 0usize;
    let mut bias_at = 0usize;
    #[unroll]
    for l in 0..comptime!(layers.len()) {
        let layer = comptime!(layers[l]);
        let first = comptime!(layer.first);
        if ABSOLUTE_POS >= first && ABSOLUTE_POS < comptime!(layer.first + layer.length) {
            thread = ABSOLUTE_POS - first;
            inner = comptime!(layer.num_inputs);
            columns = comptime!(layer.num_outputs);
            inputs_at = comptime!(layer.inputs_at);
            gradient_at = comptime!(layer.slopes_at);
            weight_at = comptime!(layer.weight_at);
            bias_at = comptime!(layer.bias_at);
        }
    }
    if columns > 0usize {
        let places = Places {
            inputs_at,
            gradient_at,
            weight_at,
            bias_at,
        };
        let rows = num_images as usize;
        add_products(
            values, slopes, gradients, thread, rows, inner, columns, places,
        );
    }
}
