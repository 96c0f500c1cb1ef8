//! The first kernel of a step, and that of answers: each workgroup takes some images, one after another, forward and back. It leaves
//! behind, for every image, what the dense layers' gradients are made of, and for every workgroup the gradients of
//! the convolutions.

use super::convolution::{
    convolve, input_gradients as convolution_input_gradients, weight_gradients,
};
use super::dense::{forward, input_gradients as dense_input_gradients};
use super::plan::Plan;
use cubecl::prelude::*;

/// Side of an image, and its words where pixels are packed, four to each: those a quarter of an image apart.
const SIDE: usize = 28;
const WORDS: usize = SIDE * SIDE / 4;

#[cube(launch_unchecked)]
pub(super) fn take_images(
    // Packed pixels and which images to take, or the images themselves and nothing.
    packed: &[i32],
    indices: &[i32],
    floats: &[f32],
    labels: &[i32],
    parameters: &[f32],
    rows: &mut [f32],
    sums: &mut [f32],
    num_images: u32,
    images_of_workgroup: u32,
    factor: f32,
    shift: f32,
    smoothing: f32,
    #[comptime] has_none: bool,
    #[comptime] is_packed: bool,
    #[comptime] plan: Plan,
) {
    let num_threads = comptime!(plan.num_threads);
    let unit = UNIT_POS as usize;
    let workgroup = CUBE_POS_X as usize;
    let mut memory = Shared::<[f32]>::new_slice(comptime!(plan.num_floats));
    let mut choices = Shared::<[u32]>::new_slice(comptime!(plan.num_choices));
    let num_convolutions = comptime!(plan.convolutions.len());
    let num_dense = comptime!(plan.dense.len());
    set_up(&mut memory, parameters, unit, comptime!(plan.clone()));

    for turn in 0..images_of_workgroup as usize {
        let image = workgroup * images_of_workgroup as usize + turn;
        // The last workgroup may have too many turns: then it takes the last image again, whose gradients are
        // set to 0, and writes nothing of it.
        let is_real = image < num_images as usize;
        let image = min(image, num_images as usize - 1usize);
        let row_to = image * comptime!(plan.row);
        let label = labels[image] as usize;

        go_forward(
            &mut memory,
            &mut choices,
            packed,
            indices,
            floats,
            parameters,
            image,
            factor,
            shift,
            unit,
            is_packed,
            comptime!(plan.clone()),
        );

        loss(
            &mut memory,
            rows,
            row_to,
            label,
            is_real,
            num_images,
            smoothing,
            unit,
            has_none,
            comptime!(plan.clone()),
        );
        sync_cube();

        // Back through the dense layers; the inputs of the first are outputs of the last convolution.
        #[unroll]
        for back in 0..num_dense {
            let l = comptime!(num_dense - 1 - back);
            let layer = comptime!(plan.dense[l]);
            let (to, is_relu) = comptime!(if l > 0 {
                (plan.dense[l - 1].gradients_at, plan.dense[l - 1].is_relu)
            } else {
                let last = plan.convolutions[plan.convolutions.len() - 1];
                (last.gradients_at, last.is_relu)
            });
            dense_input_gradients(
                &mut memory,
                parameters,
                unit,
                layer,
                to,
                is_relu,
                comptime!(plan.scratch_at),
                num_threads,
            );
        }

        // Back through the convolutions.
        let sums_at = workgroup * comptime!(plan.num_of_convolutions);
        #[unroll]
        for back in 0..num_convolutions {
            let l = comptime!(num_convolutions - 1 - back);
            let layer = comptime!(plan.convolutions[l]);
            weight_gradients(
                &memory,
                &choices,
                sums,
                sums_at,
                turn == 0usize,
                unit,
                layer,
                num_threads,
            );
            if comptime!(l > 0) {
                let before = comptime!(plan.convolutions[l - 1]);
                convolution_input_gradients(
                    &mut memory,
                    &choices,
                    unit,
                    layer,
                    before,
                    num_threads,
                );
                sync_cube();
            }
        }

        // What the gradients of the dense layers are made of.
        if is_real {
            let mut i = unit;
            while i < comptime!(plan.loss_column()) {
                rows[row_to + i] = memory[comptime!(plan.row_at) + i];
                i += num_threads;
            }
        }
        sync_cube();
    }
}

/// Softmax and cross-entropy: the gradients of the logits, the loss, and whether the largest logit is the label's.
#[cube]
fn loss(
    memory: &mut Shared<[f32]>,
    rows: &mut [f32],
    row_to: usize,
    label: usize,
    is_real: bool,
    num_images: u32,
    smoothing: f32,
    unit: usize,
    #[comptime] has_none: bool,
    #[comptime] plan: Plan,
) {
    let last = comptime!(plan.dense[plan.dense.len() - 1]);
    let num_classes = comptime!(last.num_outputs);
    let logits_at = comptime!(last.outputs_at);
    let share = comptime!(1.0 / last.num_outputs as f32);
    if unit < num_classes {
        let mut largest = memory[logits_at];
        for k in 1..num_classes {
            largest = max(largest, memory[logits_at + k]);
        }
        // "None of them" has the logit 0.
        let mut top = largest;
        let mut sum = 0.0f32;
        if comptime!(has_none) {
            top = max(largest, 0.0f32);
            sum = (-top).exp();
        }
        for k in 0..num_classes {
            sum += (memory[logits_at + k] - top).exp();
        }
        let spread = select(label < num_classes, smoothing, 0.0f32);
        let mut target = spread * share;
        if unit == label {
            target += 1.0 - spread;
        }
        let probability = (memory[logits_at + unit] - top).exp() / sum;
        let scale = select(is_real, 1.0 / f32::cast_from(num_images), 0.0f32);
        memory[comptime!(last.gradients_at) + unit] = (probability - target) * scale;
        if unit == 0usize && is_real {
            // Where many are the largest, the first is the answer.
            let mut mean = 0.0f32;
            let mut own = -top;
            let mut answer = num_classes.runtime();
            for k in 0..num_classes {
                let logit = memory[logits_at + k];
                mean += (logit - top) * share;
                if k == label {
                    own = logit - top;
                }
                if logit == largest && answer == num_classes {
                    answer = k;
                }
            }
            rows[row_to + comptime!(plan.loss_column())] =
                sum.ln() - (1.0 - spread) * own - spread * mean;
            let is_right = answer == label;
            rows[row_to + comptime!(plan.loss_column() + 1)] = select(is_right, 1.0f32, 0.0f32);
        }
    }
}

/// Brings the weights of the convolutions into memory, and zeros around their inputs.
#[cube]
fn set_up(memory: &mut Shared<[f32]>, parameters: &[f32], unit: usize, #[comptime] plan: Plan) {
    let num_threads = comptime!(plan.num_threads);
    let num_convolutions = comptime!(plan.convolutions.len());
    #[unroll]
    for l in 0..num_convolutions {
        let layer = comptime!(plan.convolutions[l]);
        let num_weights = comptime!(layer.num_weights());
        let mut i = unit;
        while i < num_weights {
            memory[comptime!(layer.weights_at) + i] = parameters[comptime!(layer.weight_place) + i];
            i += num_threads;
        }
        let mut i = unit;
        while i < comptime!(layer.channels_out) {
            memory[comptime!(layer.weights_at) + num_weights + i] =
                parameters[comptime!(layer.bias_place) + i];
            i += num_threads;
        }
        let mut i = unit;
        while i < comptime!(layer.channels_in * layer.height * layer.width) {
            memory[comptime!(layer.inputs_at) + i] = 0.0f32;
            i += num_threads;
        }
    }
    sync_cube();
}

/// Takes an image through all layers, to its logits. Ends with all threads together.
#[cube]
fn go_forward(
    memory: &mut Shared<[f32]>,
    choices: &mut Shared<[u32]>,
    packed: &[i32],
    indices: &[i32],
    floats: &[f32],
    parameters: &[f32],
    image: usize,
    factor: f32,
    shift: f32,
    unit: usize,
    #[comptime] is_packed: bool,
    #[comptime] plan: Plan,
) {
    let num_threads = comptime!(plan.num_threads);
    let num_convolutions = comptime!(plan.convolutions.len());
    let num_dense = comptime!(plan.dense.len());
    let first = comptime!(plan.convolutions[0]);
    let mut i = unit;
    while i < comptime!(SIDE * SIDE) {
        let pixel = if is_packed {
            let word = packed[indices[image] as usize * WORDS + i % WORDS] as u32;
            f32::cast_from((word >> (8 * (i / WORDS)) as u32) & 255u32)
        } else {
            floats[image * comptime!(SIDE * SIDE) + i]
        };
        memory[comptime!(first.inputs_at)
            + (i / SIDE + comptime!(first.before)) * comptime!(first.width)
            + i % SIDE
            + comptime!(first.before)] = pixel * factor - shift;
        i += num_threads;
    }
    sync_cube();

    #[unroll]
    for l in 0..num_convolutions {
        let layer = comptime!(plan.convolutions[l]);
        convolve(memory, choices, unit, layer, num_threads);
        sync_cube();
    }
    #[unroll]
    for l in 0..num_dense {
        let layer = comptime!(plan.dense[l]);
        forward(
            memory,
            parameters,
            unit,
            layer,
            comptime!(plan.scratch_at),
            num_threads,
        );
    }
}

/// Images to logits, `[images, classes]`.
#[cube(launch_unchecked)]
pub(super) fn classify_images(
    packed: &[i32],
    indices: &[i32],
    floats: &[f32],
    parameters: &[f32],
    logits: &mut [f32],
    num_images: u32,
    images_of_workgroup: u32,
    factor: f32,
    shift: f32,
    #[comptime] is_packed: bool,
    #[comptime] plan: Plan,
) {
    let unit = UNIT_POS as usize;
    let workgroup = CUBE_POS_X as usize;
    let mut memory = Shared::<[f32]>::new_slice(comptime!(plan.num_floats));
    let mut choices = Shared::<[u32]>::new_slice(comptime!(plan.num_choices));
    set_up(&mut memory, parameters, unit, comptime!(plan.clone()));
    for turn in 0..images_of_workgroup as usize {
        // The last workgroup may have too many turns: then it takes the last image again.
        let image = min(
            workgroup * images_of_workgroup as usize + turn,
            num_images as usize - 1usize,
        );
        go_forward(
            &mut memory,
            &mut choices,
            packed,
            indices,
            floats,
            parameters,
            image,
            factor,
            shift,
            unit,
            is_packed,
            comptime!(plan.clone()),
        );
        let last = comptime!(plan.dense[plan.dense.len() - 1]);
        if unit < comptime!(last.num_outputs) {
            logits[image * comptime!(last.num_outputs) + unit] =
                memory[comptime!(last.outputs_at) + unit];
        }
        sync_cube();
    }
}
