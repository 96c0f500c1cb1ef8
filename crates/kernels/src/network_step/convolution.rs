//! A convolution with ReLU and pooling in a workgroup's memory: for one image, by all threads of a workgroup.
//!
//! A thread takes 2×2 values that lie together (one where there is no pooling, on the way forward), of several
//! channels. It keeps the square of values under all their kernels in registers, and each weight serves four times.

use super::plan::{BLOCK, Convolution};
use cubecl::prelude::*;

/// Inputs to outputs, of which the largest of each 2×2 stay where there is pooling.
#[cube]
pub(super) fn convolve(
    memory: &mut Shared<[f32]>,
    choices: &mut Shared<[u32]>,
    unit: usize,
    #[comptime] layer: Convolution,
    #[comptime] num_threads: usize,
) {
    let step = comptime!(if layer.is_pooled { 2usize } else { 1usize });
    let block = comptime!(BLOCK);
    let side = comptime!(layer.kernel + BLOCK - 1);
    let window = comptime!(step * BLOCK);
    let many = comptime!(layer.outputs_of_task);
    let positions = comptime!(layer.height_out * layer.width_out);
    let block_columns = comptime!((layer.width_out * step).div_ceil(BLOCK));
    let blocks = comptime!(layer.height_out * block_columns);
    let num_tasks = comptime!(blocks * layer.channels_out / layer.outputs_of_task);
    let plane = comptime!(layer.height * layer.width);
    let taps = comptime!(layer.kernel * layer.kernel);
    let biases_at = comptime!(layer.weights_at + layer.num_weights());
    let mut task = unit;
    while task < num_tasks {
        let group = task / blocks;
        let first_channel = group * many;
        let row = (task % blocks) / block_columns;
        let left = (task % blocks) % block_columns * block;
        // A block at the edge may reach beyond its plane: what comes of that is not written.
        let from = comptime!(layer.inputs_at) + row * comptime!(step * layer.width) + left;
        let mut sums = Array::<f32>::new(comptime!(window * many));
        #[unroll]
        for h in 0..many {
            let bias = memory[biases_at + first_channel + h];
            #[unroll]
            for k in 0..window {
                sums[h * window + k] = bias;
            }
        }
        for channel in 0..comptime!(layer.channels_in) {
            #[unroll]
            for y in 0..comptime!(layer.kernel) {
                let mut patch = Array::<f32>::new(comptime!(step * side));
                #[unroll]
                for k in 0..comptime!(step * side) {
                    patch[k] = memory[from
                        + channel * plane
                        + (y + comptime!(k / side)) * comptime!(layer.width)
                        + comptime!(k % side)];
                }
                #[unroll]
                for h in 0..many {
                    let weights = comptime!(layer.weights_at)
                        + ((first_channel + h) * comptime!(layer.channels_in) + channel) * taps
                        + y * comptime!(layer.kernel);
                    #[unroll]
                    for x in 0..comptime!(layer.kernel) {
                        let weight = memory[weights + x];
                        #[unroll]
                        for k in 0..window {
                            sums[h * window + k] +=
                                weight * patch[k / block * side + x + k % block];
                        }
                    }
                }
            }
        }
        // Each output of the block, which is one of 2×2 values where there is pooling.
        #[unroll]
        for output in 0..comptime!(block / step) {
            let column = left / step + output;
            let first = comptime!(output * step);
            let mut code = 0u32;
            let mut largest = Array::<f32>::new(many);
            #[unroll]
            for h in 0..many {
                let mut value = sums[h * window + first];
                if comptime!(layer.is_pooled) {
                    let mut choice = 0u32;
                    #[unroll]
                    for k in 1..4usize {
                        let other = sums[h * window + first + k / 2 * block + k % 2];
                        if other > value {
                            value = other;
                            choice = comptime!(k as u32);
                        }
                    }
                    code |= choice << comptime!(2 * h as u32);
                }
                if comptime!(layer.is_relu) {
                    if value < 0.0 {
                        value = 0.0f32;
                    }
                }
                largest[h] = value;
            }
            if column < comptime!(layer.width_out) {
                let to = comptime!(layer.outputs_at)
                    + first_channel * comptime!(layer.output_plane)
                    + row * comptime!(layer.output_row)
                    + column;
                #[unroll]
                for h in 0..many {
                    memory[to + h * comptime!(layer.output_plane)] = largest[h];
                }
                if comptime!(layer.is_pooled) {
                    choices[comptime!(layer.choices_at)
                        + group * positions
                        + row * comptime!(layer.width_out)
                        + column] = code;
                }
            }
        }
        task += num_threads;
    }
}

/// Gradients of weights and biases, from those of the outputs. Written, or added to what there is.
#[cube]
pub(super) fn weight_gradients(
    memory: &Shared<[f32]>,
    choices: &Shared<[u32]>,
    sums: &mut [f32],
    sums_at: usize,
    is_first: bool,
    unit: usize,
    #[comptime] layer: Convolution,
    #[comptime] num_threads: usize,
) {
    let step = comptime!(if layer.is_pooled { 2usize } else { 1usize });
    let positions = comptime!(layer.height_out * layer.width_out);
    let kernel = comptime!(layer.kernel);
    let many = comptime!(layer.planes_of_task);
    let plane = comptime!(layer.height * layer.width);
    let groups = comptime!(layer.channels_in / layer.planes_of_task);
    let num_tasks = comptime!(layer.channels_out * groups * kernel);
    let mut task = unit;
    while task < comptime!(num_tasks + layer.channels_out) {
        if task < num_tasks {
            let kernel_row = task % kernel;
            let first_plane = (task / kernel) % groups * many;
            let channel = task / comptime!(kernel * groups);
            let from = comptime!(layer.inputs_at)
                + first_plane * plane
                + kernel_row * comptime!(layer.width);
            let gradients = comptime!(layer.gradients_at) + channel * positions;
            let codes = comptime!(layer.choices_at)
                + (channel / comptime!(layer.outputs_of_task)) * positions;
            let shift = 2u32 * (channel % comptime!(layer.outputs_of_task)) as u32;
            let mut found = Array::<f32>::new(comptime!(many * kernel));
            #[unroll]
            for k in 0..comptime!(many * kernel) {
                found[k] = 0.0f32;
            }
            for row in 0..comptime!(layer.height_out) {
                for column in 0..comptime!(layer.width_out) {
                    let position = row * comptime!(layer.width_out) + column;
                    let gradient = memory[gradients + position];
                    let mut at = from + row * comptime!(step * layer.width) + column * step;
                    if comptime!(layer.is_pooled) {
                        let choice = ((choices[codes + position] >> shift) & 3u32) as usize;
                        at += (choice / 2usize) * comptime!(layer.width) + choice % 2usize;
                    }
                    #[unroll]
                    for p in 0..many {
                        #[unroll]
                        for x in 0..kernel {
                            found[p * kernel + x] += gradient * memory[at + p * plane + x];
                        }
                    }
                }
            }
            #[unroll]
            for p in 0..many {
                let to = sums_at
                    + comptime!(layer.weight_place)
                    + ((channel * comptime!(layer.channels_in) + first_plane + p) * kernel
                        + kernel_row)
                        * kernel;
                #[unroll]
                for x in 0..kernel {
                    if is_first {
                        sums[to + x] = found[p * kernel + x];
                    } else {
                        sums[to + x] += found[p * kernel + x];
                    }
                }
            }
        } else {
            let channel = task - num_tasks;
            let gradients = comptime!(layer.gradients_at) + channel * positions;
            let mut found = 0.0f32;
            for position in 0..positions {
                found += memory[gradients + position];
            }
            let to = sums_at + comptime!(layer.bias_place) + channel;
            if is_first {
                sums[to] = found;
            } else {
                sums[to] += found;
            }
        }
        task += num_threads;
    }
}

/// Gradients of the inputs, which are the outputs of `before`, from those of the outputs.
#[cube]
pub(super) fn input_gradients(
    memory: &mut Shared<[f32]>,
    choices: &Shared<[u32]>,
    unit: usize,
    #[comptime] layer: Convolution,
    #[comptime] before: Convolution,
    #[comptime] num_threads: usize,
) {
    let many = comptime!(layer.inputs_of_task);
    let positions = comptime!(layer.height_out * layer.width_out);
    let kernel = comptime!(layer.kernel);
    let taps = comptime!(layer.kernel * layer.kernel);
    let block = comptime!(BLOCK);
    let window = comptime!(2 * BLOCK);
    let block_columns = comptime!(layer.width.div_ceil(BLOCK));
    let blocks = comptime!(layer.height.div_ceil(2) * block_columns);
    let num_tasks = comptime!(blocks * layer.channels_in / layer.inputs_of_task);
    // Outputs, along each axis, that may have seen a block of inputs; pooled, each stands for two.
    let step = comptime!(if layer.is_pooled { 2usize } else { 1usize });
    let ahead = comptime!((layer.kernel - 1).div_ceil(step) * step);
    let side = comptime!(ahead + BLOCK);
    let mut task = unit;
    while task < num_tasks {
        let first_channel = (task / blocks) * many;
        let top = (task % blocks) / block_columns * 2usize;
        let left = (task % blocks) % block_columns * block;
        let mut sums = Array::<f32>::new(comptime!(window * many));
        #[unroll]
        for k in 0..comptime!(window * many) {
            sums[k] = 0.0f32;
        }
        for channel in 0..comptime!(layer.channels_out) {
            let gradients = comptime!(layer.gradients_at) + channel * positions;
            let codes = comptime!(layer.choices_at)
                + (channel / comptime!(layer.outputs_of_task)) * positions;
            let shift = 2u32 * (channel % comptime!(layer.outputs_of_task)) as u32;
            #[unroll]
            for y in 0..kernel {
                // Two rows of gradients before pooling, from `ahead` columns before the block on: those that have
                // seen the block's rows under row `y` of the kernel.
                let mut patch = Array::<f32>::new(comptime!(2 * side));
                #[unroll]
                for k in 0..2usize {
                    let full_row = top + comptime!(ahead + k) - y;
                    let row = full_row / step;
                    #[unroll]
                    for s in 0..comptime!(side / step) {
                        let column = left / step + s;
                        let missing = comptime!(ahead / step);
                        let is_there = row >= missing
                            && row < comptime!(missing + layer.height_out)
                            && column >= missing
                            && column < comptime!(missing + layer.width_out);
                        let position = select(
                            is_there,
                            row * comptime!(layer.width_out) + column
                                - comptime!(missing * layer.width_out + missing),
                            0usize,
                        );
                        let gradient = select(is_there, memory[gradients + position], 0.0f32);
                        if comptime!(layer.is_pooled) {
                            let choice = (choices[codes + position] >> shift) & 3u32;
                            let first = 2u32 * (full_row % 2usize) as u32;
                            patch[k * side + 2 * s] = select(choice == first, gradient, 0.0f32);
                            patch[k * side + 2 * s + 1] =
                                select(choice == first + 1u32, gradient, 0.0f32);
                        } else {
                            patch[k * side + s] = gradient;
                        }
                    }
                }
                let weights = comptime!(layer.weights_at)
                    + (channel * comptime!(layer.channels_in) + first_channel) * taps
                    + y * kernel;
                #[unroll]
                for c in 0..many {
                    #[unroll]
                    for x in 0..kernel {
                        let weight = memory[weights + c * taps + x];
                        #[unroll]
                        for k in 0..window {
                            sums[c * window + k] +=
                                weight * patch[k / block * side + ahead + k % block - x];
                        }
                    }
                }
            }
        }
        #[unroll]
        for k in 0..window {
            let row = top + comptime!(k / block);
            let column = left + comptime!(k % block);
            let zeros = comptime!(layer.before);
            let is_inside = row >= zeros
                && row < zeros + comptime!(before.height_out)
                && column >= zeros
                && column < zeros + comptime!(before.width_out);
            if is_inside {
                #[unroll]
                for c in 0..many {
                    let channel = first_channel + c;
                    let mut gradient = sums[c * window + k];
                    if comptime!(before.is_relu) {
                        let input = memory[comptime!(layer.inputs_at)
                            + channel * comptime!(layer.height * layer.width)
                            + row * comptime!(layer.width)
                            + column];
                        gradient = select(input > 0.0, gradient, 0.0f32);
                    }
                    memory[comptime!(before.gradients_at)
                        + channel * comptime!(before.height_out * before.width_out)
                        + (row - zeros) * comptime!(before.width_out)
                        + (column - zeros)] = gradient;
                }
            }
        }
        task += num_threads;
    }
}
