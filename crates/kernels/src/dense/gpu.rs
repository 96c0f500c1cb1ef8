//! The dense layer on GPUs: products by threads that take 4×4 values each, what follows in the same pass.
#![allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::{Dense, DenseBackend};
use crate::cube::{
    CubeTensor, LayerGradients, argument, before_following, contiguous, elements, mask_factor,
    tensor, workgroup, workgroups,
};
use crate::dropout::{Dropout, Mask};
use crate::fusion::FusedActivation;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Cube, TensorMetadata as _};
use cubecl::prelude::*;

/// Rows and columns of a product that a thread computes.
const BLOCK: usize = 4;

/// What follows each value of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Follow {
    has_bias: bool,
    is_relu: bool,
    has_mask: bool,
}

impl DenseBackend for Cube {
    fn dense(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let [inputs, weight, bias] = [inputs, weight, bias].map(contiguous);
        let mask = dropout.map(Dropout::mask);
        multiply(&inputs, &weight, Some(&bias), activation, mask)
    }
}

/// `a` `[rows, depth]` times `b` `[depth, columns]`, and what follows.
fn multiply(
    a: &CubeTensor,
    b: &CubeTensor,
    bias: Option<&CubeTensor>,
    activation: FusedActivation,
    mask: Option<Mask>,
) -> CubeTensor {
    let [rows, depth] = a.shape().dims();
    let [_, columns] = b.shape().dims();
    let result = tensor(a, [rows, columns]);
    let follow = Follow {
        has_bias: bias.is_some(),
        is_relu: activation == FusedActivation::Relu,
        has_mask: mask.is_some(),
    };
    let factors = mask.unwrap_or(Mask::NONE);
    // Stands where there is none.
    let bias = bias.unwrap_or(b);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernel takes them to be, which goes no further.
    unsafe {
        product::launch_unchecked(
            &a.client,
            workgroups(rows.div_ceil(BLOCK) * columns.div_ceil(BLOCK)),
            workgroup(),
            argument(&a.handle, rows * depth),
            argument(&b.handle, depth * columns),
            argument(&bias.handle, elements(bias)),
            argument(&result.handle, rows * columns),
            rows as u32,
            depth as u32,
            columns as u32,
            factors.keys[0],
            factors.keys[1],
            factors.bound,
            factors.scale,
            follow,
        );
    }
    result
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub(super) struct State {
    inputs: CubeTensor,
    weight: CubeTensor,
    /// The outputs, where their gradient changes on its way through what follows the product.
    outputs: Option<CubeTensor>,
    is_relu: bool,
    mask: Option<Mask>,
}

impl Backward<Cube, 3> for Dense {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let State {
            inputs,
            weight,
            outputs,
            is_relu,
            mask,
        } = ops.state;
        let [inputs_node, weight_node, bias_node] = ops.parents;
        let mut gradient = contiguous(gradients.consume::<Cube>(&ops.node));
        if let Some(outputs) = &outputs {
            gradient = before_following(&gradient, outputs, is_relu, mask);
        }
        let [of_weight, of_bias] = parameter_gradients(&inputs, &gradient);
        if let Some(node) = weight_node {
            gradients.register::<Cube>(node.id, of_weight);
        }
        if let Some(node) = bias_node {
            gradients.register::<Cube>(node.id, of_bias);
        }
        if let Some(node) = inputs_node {
            let identity = FusedActivation::Identity;
            let found = multiply(&gradient, &transposed(&weight), None, identity, None);
            gradients.register::<Cube>(node.id, found);
        }
    }
}

/// Gradients of weight and bias, parts of one buffer.
fn parameter_gradients(inputs: &CubeTensor, gradient: &CubeTensor) -> [CubeTensor; 2] {
    let [rows, features_in] = inputs.shape().dims();
    let [_, features_out] = gradient.shape().dims();
    let found = LayerGradients::new(&inputs.client, features_in * features_out, features_out);
    let num_blocks = (features_in + 1).div_ceil(BLOCK) * features_out.div_ceil(BLOCK);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernel takes them to be, which goes no further.
    unsafe {
        sums_of_products::launch_unchecked(
            &inputs.client,
            workgroups(num_blocks),
            workgroup(),
            argument(&inputs.handle, rows * features_in),
            argument(&gradient.handle, rows * features_out),
            argument(&found.buffer, found.length),
            rows as u32,
            features_in as u32,
            features_out as u32,
            found.bias_at as u32,
        );
    }
    found.parts(inputs, &[features_in, features_out])
}

fn transposed(weight: &CubeTensor) -> CubeTensor {
    let [rows, columns] = weight.shape().dims();
    let result = tensor(weight, [columns, rows]);
    let length = rows * columns;
    #[allow(unsafe_code)]
    // SAFETY: both are of that length, and no thread goes beyond.
    unsafe {
        transpose::launch_unchecked(
            &weight.client,
            workgroups(length),
            workgroup(),
            argument(&weight.handle, length),
            argument(&result.handle, length),
            rows as u32,
            columns as u32,
        );
    }
    result
}

impl<C: CheckpointStrategy> DenseBackend for Autodiff<Cube, C> {
    fn dense(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let nodes = [inputs.node(), weight.node(), bias.node()];
        let [inputs, weight, bias] =
            [inputs, weight, bias].map(|tensor| contiguous(tensor.into_primitive()));
        let mask = dropout.map(Dropout::mask);
        let outputs = multiply(&inputs, &weight, Some(&bias), activation, mask);
        let is_relu = activation == FusedActivation::Relu;
        match Backward::<Cube, 3>::prepare::<C>(Dense, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(preparation) => {
                let state = State {
                    inputs,
                    weight,
                    outputs: (is_relu || mask.is_some()).then(|| outputs.clone()),
                    is_relu,
                    mask,
                };
                preparation.finish(state, outputs)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(outputs),
        }
    }
}

#[cube(launch_unchecked)]
fn product(
    a: &[f32],
    b: &[f32],
    bias: &[f32],
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
                    value += bias[column];
                }
                if comptime!(follow.is_relu) {
                    value = select(value < 0.0, 0.0f32, value);
                }
                if comptime!(follow.has_mask) {
                    value *= mask_factor(place as u32, key_0, key_1, bound, scale);
                }
                result[place] = value;
            }
        }
    }
}

/// Gradients of weights, and of biases as those of one more input that is always 1.
#[cube(launch_unchecked)]
fn sums_of_products(
    inputs: &[f32],
    gradient: &[f32],
    result: &mut [f32],
    rows: u32,
    features_in: u32,
    features_out: u32,
    bias_at: u32,
) {
    let (rows, inner, columns) = (rows as usize, features_in as usize, features_out as usize);
    let stride = (columns + comptime!(BLOCK - 1)) / BLOCK;
    let first_input = ABSOLUTE_POS / stride * BLOCK;
    let first_column = ABSOLUTE_POS % stride;
    if first_input <= inner {
        let mut sums = Array::<f32>::new(comptime!(BLOCK * BLOCK));
        let mut column_at = Array::<usize>::new(BLOCK);
        #[unroll]
        for c in 0..BLOCK {
            column_at[c] = min(first_column + c * stride, columns - 1usize);
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
                let value = select(is_weight, inputs[row * inner + at], 1.0f32);
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
                    result[input * columns + column] = sums[k];
                } else if input == inner {
                    result[bias_at as usize + column] = sums[k];
                }
            }
        }
    }
}

#[cube(launch_unchecked)]
fn transpose(from: &[f32], to: &mut [f32], rows: u32, columns: u32) {
    let (rows, columns) = (rows as usize, columns as usize);
    if ABSOLUTE_POS < rows * columns {
        let (row, column) = (ABSOLUTE_POS % rows, ABSOLUTE_POS / rows);
        to[ABSOLUTE_POS] = from[row * columns + column];
    }
}
