//! The dense layer on GPUs: products by threads that take 4×4 values each, what follows in the same pass.

mod kernels;

pub(super) use kernels::{Places, add_products};

use super::{Dense, DenseBackend};
use crate::cube::{
    CubeTensor, LayerGradients, argument, contiguous, elements, tensor, workgroup, workgroups,
};
use crate::dropout::{Dropout, Mask};
use crate::following::before_following;
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

/// Blocks of so many rows, or columns.
pub(super) fn blocks(number: usize) -> usize {
    number.div_ceil(BLOCK)
}

/// Threads below which a workgroup has few of them, so that more of a card's processors have one.
const FEW_THREADS: usize = 1 << 15;
const THREADS_OF_FEW: usize = 64;

/// What follows each value of a product.
#[allow(clippy::struct_excessive_bools, reason = "each is there by itself")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Follow {
    has_bias: bool,
    is_relu: bool,
    has_mask: bool,
    /// Whether the product is a gradient, which goes back through ReLU and the mask, by the values that came of them.
    is_back: bool,
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
    let [rows, _] = a.shape().dims();
    let [_, columns] = b.shape().dims();
    let result = tensor(a, [rows, columns]);
    forward(
        a,
        b,
        bias,
        activation == FusedActivation::Relu,
        mask,
        &result,
    );
    result
}

/// The same into a tensor that is there.
pub(super) fn forward(
    a: &CubeTensor,
    b: &CubeTensor,
    bias: Option<&CubeTensor>,
    is_relu: bool,
    mask: Option<Mask>,
    result: &CubeTensor,
) {
    let follow = Follow {
        has_bias: bias.is_some(),
        is_relu,
        has_mask: mask.is_some(),
        is_back: false,
    };
    // Stands where there is none.
    let bias = bias.unwrap_or(b);
    launch_product([a, b, bias], follow, mask, result);
}

/// The gradient of a layer's inputs, and that of what they were before ReLU and the mask that made them: `gradient`
/// `[rows, outputs]` times the layer's `weight`, transposed, `[outputs, inputs]`.
pub(super) fn backward(
    gradient: &CubeTensor,
    weight: &CubeTensor,
    inputs: &CubeTensor,
    is_relu: bool,
    mask: Option<Mask>,
    result: &CubeTensor,
) {
    let follow = Follow {
        has_bias: false,
        is_relu,
        has_mask: mask.is_some(),
        is_back: true,
    };
    launch_product([gradient, weight, inputs], follow, mask, result);
}

/// Of a product's factors, and of biases or the values that came of what is gone back through.
fn launch_product(
    [a, b, other]: [&CubeTensor; 3],
    follow: Follow,
    mask: Option<Mask>,
    result: &CubeTensor,
) {
    let [rows, depth] = a.shape().dims();
    let [_, columns] = b.shape().dims();
    let factors = mask.unwrap_or(Mask::NONE);
    let num_threads = blocks(rows) * blocks(columns);
    let (count, dim) = if num_threads < FEW_THREADS {
        let count = num_threads.div_ceil(THREADS_OF_FEW) as u32;
        let dim = CubeDim::new_1d(THREADS_OF_FEW as u32);
        (CubeCount::Static(count, 1, 1), dim)
    } else {
        (workgroups(num_threads), workgroup())
    };
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernel takes them to be, which goes no further.
    unsafe {
        kernels::product::launch_unchecked(
            &a.client,
            count,
            dim,
            argument(&a.handle, rows * depth),
            argument(&b.handle, depth * columns),
            argument(&other.handle, elements(other)),
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
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub(super) struct State {
    inputs: CubeTensor,
    weight: CubeTensor,
    /// The outputs, where their gradient changes on its way through what follows the product.
    outputs: Option<CubeTensor>,
    activation: FusedActivation,
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
            activation,
            mask,
        } = ops.state;
        let [inputs_node, weight_node, bias_node] = ops.parents;
        let mut gradient = contiguous(gradients.consume::<Cube>(&ops.node));
        if let Some(outputs) = &outputs {
            gradient = before_following(&gradient, outputs, activation, mask);
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
    let num_blocks = blocks(features_in + 1) * blocks(features_out);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernel takes them to be, which goes no further.
    unsafe {
        kernels::sums_of_products::launch_unchecked(
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
        kernels::transpose::launch_unchecked(
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
        let changes = activation != FusedActivation::Identity || mask.is_some();
        match Backward::<Cube, 3>::prepare::<C>(Dense, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(preparation) => {
                let state = State {
                    inputs,
                    weight,
                    outputs: changes.then(|| outputs.clone()),
                    activation,
                    mask,
                };
                preparation.finish(state, outputs)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(outputs),
        }
    }
}
