//! A dense layer with ReLU in a workgroup's memory: for one image, by all threads of a workgroup. Its weights stay
//! in the device's memory, where all workgroups read the same ones.

use super::plan::{Dense, LANES, partition};
use cubecl::prelude::*;

/// Inputs that are taken at once, so that several weights are under way.
const AT_ONCE: usize = 5;

/// Inputs to outputs. Ends with all threads together.
#[cube]
pub(super) fn forward(
    memory: &mut Shared<[f32]>,
    parameters: &[f32],
    unit: usize,
    #[comptime] layer: Dense,
    #[comptime] scratch_at: usize,
    #[comptime] num_threads: usize,
) {
    let (parts, chunk, many) = comptime!(partition(&layer, num_threads));
    let columns = comptime!(layer.num_outputs.div_ceil(many));
    let mut task = unit;
    while task < comptime!(parts * columns) {
        let part = task / columns;
        let column = task % columns;
        let mut sums = Array::<f32>::new(many);
        #[unroll]
        for m in 0..many {
            sums[m] = 0.0f32;
        }
        for block in 0..comptime!(chunk.div_ceil(AT_ONCE)) {
            #[unroll]
            for k in 0..AT_ONCE {
                let offset = block * AT_ONCE + k;
                let input = part * chunk + offset;
                let is_own = offset < chunk && input < comptime!(layer.num_inputs);
                let at = select(is_own, input, 0usize);
                let value = select(is_own, memory[comptime!(layer.inputs_at) + at], 0.0f32);
                #[unroll]
                for m in 0..many {
                    // Outputs beyond the last are not written below.
                    let output = min(column + m * columns, comptime!(layer.num_outputs - 1));
                    sums[m] += value
                        * parameters[comptime!(layer.weight_place)
                            + at * comptime!(layer.num_outputs)
                            + output];
                }
            }
        }
        #[unroll]
        for m in 0..many {
            let output = column + m * columns;
            if output < comptime!(layer.num_outputs) {
                memory[scratch_at + part * comptime!(layer.num_outputs) + output] = sums[m];
            }
        }
        task += num_threads;
    }
    sync_cube();
    let mut output = unit;
    while output < comptime!(layer.num_outputs) {
        let mut sum = parameters[comptime!(layer.bias_place) + output];
        for part in 0..parts {
            sum += memory[scratch_at + part * comptime!(layer.num_outputs) + output];
        }
        if comptime!(layer.is_relu) {
            if sum < 0.0 {
                sum = 0.0f32;
            }
        }
        memory[comptime!(layer.outputs_at) + output] = sum;
        output += num_threads;
    }
    sync_cube();
}

/// Gradients of the inputs, written to `to`, from those of the outputs; 0 where an input is not above 0 and
/// `is_relu`. Ends with all threads together.
#[cube]
pub(super) fn input_gradients(
    memory: &mut Shared<[f32]>,
    parameters: &[f32],
    unit: usize,
    #[comptime] layer: Dense,
    #[comptime] to: usize,
    #[comptime] is_relu: bool,
    #[comptime] scratch_at: usize,
    #[comptime] num_threads: usize,
) {
    // Several lanes share a row of weights, so that neighbours read neighbours.
    let rows_at_once = comptime!(num_threads / LANES);
    let rows_of_round = comptime!(4 * rows_at_once);
    let lane = unit % LANES;
    for round in 0..comptime!(layer.num_inputs.div_ceil(rows_of_round)) {
        let first = round * rows_of_round;
        let mut sums = Array::<f32>::new(4usize);
        let mut weights = Array::<usize>::new(4usize);
        #[unroll]
        for k in 0..4usize {
            sums[k] = 0.0f32;
            // Rows beyond the last are not written below.
            let input = min(
                first + k * rows_at_once + unit / LANES,
                comptime!(layer.num_inputs - 1),
            );
            weights[k] = comptime!(layer.weight_place) + input * comptime!(layer.num_outputs);
        }
        for block in 0..comptime!(layer.num_outputs.div_ceil(LANES)) {
            let output = block * LANES + lane;
            let is_own = output < comptime!(layer.num_outputs);
            let at = select(is_own, output, 0usize);
            let gradient = select(is_own, memory[comptime!(layer.gradients_at) + at], 0.0f32);
            #[unroll]
            for k in 0..4usize {
                sums[k] += gradient * parameters[weights[k] + at];
            }
        }
        #[unroll]
        for k in 0..4usize {
            let place = k * rows_at_once + unit / LANES;
            if first + place < comptime!(layer.num_inputs) {
                memory[scratch_at + place * LANES + lane] = sums[k];
            }
        }
        sync_cube();
        let mut place = unit;
        while place < rows_of_round {
            let input = first + place;
            if input < comptime!(layer.num_inputs) {
                let mut sum = 0.0f32;
                #[unroll]
                for k in 0..LANES {
                    sum += memory[scratch_at + place * LANES + k];
                }
                if comptime!(is_relu) {
                    if memory[comptime!(layer.inputs_at) + input] <= 0.0 {
                        sum = 0.0f32;
                    }
                }
                memory[to + input] = sum;
            }
            place += num_threads;
        }
        sync_cube();
    }
}
