//! The second kernel of a step: sums over the batch, in a fixed order. Gradients of the convolutions from those of
//! every workgroup, gradients of the dense layers from what every image left behind, and the loss.

use super::plan::{Dense, Plan};
use cubecl::prelude::*;

/// Parameters that a workgroup sums up where workgroups of images have summed before; so many threads share one.
pub(super) const PARAMETERS_OF_SUMS: usize = 32;

/// Threads of a workgroup.
pub(super) const THREADS: usize = 256;

/// Parts of the batch that different threads sum up, for a parameter of a dense layer.
pub(super) const PARTS: usize = 4;

/// Workgroups: those of the convolutions, those of the dense layers, one for the loss.
pub(super) fn num_workgroups(plan: &Plan) -> [usize; 3] {
    let dense = plan.num_parameters - plan.num_of_convolutions;
    [
        plan.num_of_convolutions.div_ceil(PARAMETERS_OF_SUMS),
        dense.div_ceil(THREADS / PARTS),
        1,
    ]
}

#[cube(launch_unchecked)]
pub(super) fn sum_up(
    rows: &[f32],
    sums: &[f32],
    gradients: &mut [f32],
    figures: &mut [f32],
    num_images: u32,
    num_sums: u32,
    second_figure_at: u32,
    #[comptime] plan: Plan,
) {
    let unit = UNIT_POS as usize;
    let workgroup = CUBE_POS_X as usize;
    let (of_convolutions, of_dense) =
        comptime!((num_workgroups(&plan)[0], num_workgroups(&plan)[1]));
    let mut memory = Shared::<[f32]>::new_slice(THREADS);
    if workgroup < of_convolutions {
        let shares = comptime!(THREADS / PARAMETERS_OF_SUMS);
        let place = workgroup * PARAMETERS_OF_SUMS + unit % PARAMETERS_OF_SUMS;
        let mut sum = 0.0f32;
        if place < comptime!(plan.num_of_convolutions) {
            let mut k = unit / PARAMETERS_OF_SUMS;
            while k < num_sums as usize {
                sum += sums[k * comptime!(plan.num_of_convolutions) + place];
                k += shares;
            }
        }
        memory[unit] = sum;
        sync_cube();
        if unit < PARAMETERS_OF_SUMS && place < comptime!(plan.num_of_convolutions) {
            #[unroll]
            for k in 1..shares {
                sum += memory[k * PARAMETERS_OF_SUMS + unit];
            }
            gradients[place] = sum;
        }
    } else if workgroup < comptime!(of_convolutions + of_dense) {
        let many = comptime!(THREADS / PARTS);
        let place = comptime!(plan.num_of_convolutions)
            + (workgroup - of_convolutions) * many
            + unit % many;
        let mut sum = 0.0f32;
        let chunk = (num_images as usize + comptime!(PARTS - 1)) / PARTS;
        let from = (unit / many) * chunk;
        let to = min(from + chunk, num_images as usize);
        #[unroll]
        for l in 0..comptime!(plan.dense.len()) {
            let layer = comptime!(plan.dense[l]);
            let columns = layer_columns(place, layer, comptime!(plan.row_at));
            if columns.is_weight {
                for image in from..to {
                    let row = image * comptime!(plan.row);
                    sum += rows[row + columns.input] * rows[row + columns.gradient];
                }
            } else if columns.is_bias {
                for image in from..to {
                    sum += rows[image * comptime!(plan.row) + columns.gradient];
                }
            }
        }
        memory[unit] = sum;
        sync_cube();
        if unit < many && place < comptime!(plan.num_parameters) {
            #[unroll]
            for k in 1..PARTS {
                sum += memory[k * many + unit];
            }
            gradients[place] = sum;
        }
    } else {
        // Sums of the losses and of the right answers.
        #[unroll]
        for figure in 0..2usize {
            let mut sum = 0.0f32;
            let mut image = unit;
            while image < num_images as usize {
                sum += rows[image * comptime!(plan.row) + comptime!(plan.loss_column() + figure)];
                image += THREADS;
            }
            memory[unit] = sum;
            sync_cube();
            if unit == 0usize {
                let mut all = 0.0f32;
                for k in 0..THREADS {
                    all += memory[k];
                }
                if comptime!(figure == 0) {
                    figures[0] = all / f32::cast_from(num_images);
                } else {
                    figures[second_figure_at as usize] = all;
                }
            }
            sync_cube();
        }
    }
}

/// The columns of an image's row that the gradient of the parameter at a place is the product of.
#[derive(CubeType)]
struct Columns {
    is_weight: bool,
    is_bias: bool,
    input: usize,
    gradient: usize,
}

#[cube]
fn layer_columns(place: usize, #[comptime] layer: Dense, #[comptime] row_at: usize) -> Columns {
    let num_weights = comptime!(layer.num_inputs * layer.num_outputs);
    let is_weight = place >= comptime!(layer.weight_place)
        && place < comptime!(layer.weight_place + num_weights);
    let is_bias = place >= comptime!(layer.bias_place)
        && place < comptime!(layer.bias_place + layer.num_outputs);
    // Wraps around below the first, where it is not used.
    let weight = place - comptime!(layer.weight_place);
    let output = select(
        is_weight,
        weight % comptime!(layer.num_outputs),
        place - comptime!(layer.bias_place),
    );
    Columns {
        is_weight,
        is_bias,
        input: comptime!(layer.inputs_at - row_at) + weight / comptime!(layer.num_outputs),
        gradient: comptime!(layer.gradients_at - row_at) + output,
    }
}
