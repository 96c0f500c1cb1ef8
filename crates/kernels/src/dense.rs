//! Dense layer, activation and dropout as one operation, with gradients of its own: no copy of the
//! activations in another order, one pass for all that follows the product. This file has it on the CPU, `gpu` on
//! GPUs.

mod gpu;
mod step;

pub use step::DenseStep;

use crate::activation::needs_input;
use crate::dropout::{Dropout, Mask};
use crate::flex::{contiguous, floats, floats_mut, tensor};
use crate::fusion::{FusedActivation, is_fused_on, is_fused_on_gpu};
use crate::gemm::{Matrix, product};
use crate::pointwise::{activate, pointwise};
use crate::rows::{Followed, finish, take_back, transpose};
use crate::simd::InstructionSet;
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;
use burn::tensor::module::linear;

/// Fewest columns of weights that are quicker multiplied by after a copy in the other order.
const WORTH_TRANSPOSING: usize = 16;

/// `inputs` `[batch, features_in]` times `weight` `[features_in, features_out]`, plus `bias`
/// `[features_out]`, then activation, then dropout.
///
/// Shapes must fit together, as those of Burn's own operations, which panic otherwise.
#[must_use]
pub fn dense(
    inputs: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: FusedActivation,
    dropout: Option<Dropout>,
) -> Tensor<2> {
    if !is_fused_on(&inputs) {
        if !is_fused_on_gpu(&inputs) || inputs.dims()[0] == 0 {
            return pointwise(linear(inputs, weight, Some(bias)), activation, dropout);
        }
        if !activation.is_simple() {
            let values = dense(inputs, weight, bias, FusedActivation::Identity, None);
            return pointwise(values, activation, dropout);
        }
    }
    let output = <Dispatch as DenseBackend>::dense(
        inputs.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        activation,
        dropout,
    );
    Tensor::from_dispatch(output)
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Flex)]
pub(crate) trait DenseBackend: Backend {
    fn dense(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self>;
}

impl DenseBackend for Flex {
    fn dense(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let [inputs, weight, bias] = [inputs, weight, bias].map(contiguous);
        let mask = dropout.map(Dropout::mask);
        run(&inputs, &weight, floats(&bias), activation, mask)
    }
}

/// The forward pass; tensors must be contiguous.
fn run(
    inputs: &FloatTensor<Flex>,
    weight: &FloatTensor<Flex>,
    bias: &[f32],
    activation: FusedActivation,
    mask: Option<Mask>,
) -> FloatTensor<Flex> {
    let [num_rows, _] = inputs.shape().dims();
    let [_, num_features] = weight.shape().dims();
    assert_eq!(bias.len(), num_features, "dense: a bias for each feature");
    let mut outputs = timed(
        || name("product", weight),
        || product(matrix(inputs), matrix(weight)),
    );
    timed(
        || name("after the product", weight),
        || finish(&mut outputs, bias, activation, mask),
    );
    tensor(outputs, &[num_rows, num_features])
}

/// The same, and what the way back follows from; see [`gradient_row`](crate::pointwise::gradient_row).
fn run_saving(
    inputs: &FloatTensor<Flex>,
    weight: &FloatTensor<Flex>,
    bias: &[f32],
    activation: FusedActivation,
    mask: Option<Mask>,
) -> (FloatTensor<Flex>, Option<FloatTensor<Flex>>) {
    if needs_input(activation) {
        let before = run(inputs, weight, bias, FusedActivation::Identity, None);
        let mut result = before.clone();
        activate(floats_mut(&mut result), activation, mask);
        return (result, Some(before));
    }
    let result = run(inputs, weight, bias, activation, mask);
    let has_followers = activation != FusedActivation::Identity || mask.is_some();
    let saved = has_followers.then(|| result.clone());
    (result, saved)
}

/// What a part of the operation is called on a stopwatch.
fn name(part: &str, weight: &FloatTensor<Flex>) -> String {
    let [features_in, features_out] = weight.shape().dims();
    format!("dense {features_in}-{features_out}: {part}")
}

fn matrix(tensor: &FloatTensor<Flex>) -> Matrix<'_> {
    let [rows, columns] = tensor.shape().dims();
    Matrix::new(floats(tensor), rows, columns)
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
struct State {
    inputs: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    activation: FusedActivation,
    mask: Option<Mask>,
    /// What the way back through activation and dropout follows from, where there are any.
    saved: Option<FloatTensor<Flex>>,
}

#[derive(Debug)]
struct Dense;

impl Backward<Flex, 3> for Dense {
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
            activation,
            mask,
            saved,
        } = ops.state;
        let [inputs_node, weight_node, bias_node] = ops.parents;
        let mut gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let [rows, features_in] = inputs.shape().dims();
        let [_, features_out] = weight.shape().dims();
        let followed = Followed {
            activation,
            mask,
            saved: saved.as_ref().map(floats),
        };
        let sums = timed(
            || name("gradient before the product", &weight),
            || take_back(floats_mut(&mut gradient), features_out, followed),
        );
        if let Some(node) = weight_node {
            let product = timed(
                || name("gradient of weights", &weight),
                || product(matrix(&inputs).transposed(), matrix(&gradient)),
            );
            gradients.register::<Flex>(node.id, tensor(product, &[features_in, features_out]));
        }
        if let Some(node) = bias_node {
            gradients.register::<Flex>(node.id, tensor(sums, &[features_out]));
        }
        if let Some(node) = inputs_node {
            let product = timed(
                || name("gradient of inputs", &weight),
                || product_transposed(&gradient, &weight),
            );
            gradients.register::<Flex>(node.id, tensor(product, &[rows, features_in]));
        }
    }
}

/// `gradient` times the transposed `weight`.
fn product_transposed(gradient: &FloatTensor<Flex>, weight: &FloatTensor<Flex>) -> Vec<f32> {
    let [features_in, features_out] = weight.shape().dims();
    if features_out < WORTH_TRANSPOSING {
        return product(matrix(gradient), matrix(weight).transposed());
    }
    let set = InstructionSet::best();
    let transposed = transpose(set, floats(weight), features_in, features_out);
    let transposed = Matrix::new(&transposed, features_out, features_in);
    product(matrix(gradient), transposed)
}

impl<C: CheckpointStrategy> DenseBackend for Autodiff<Flex, C> {
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
        match Backward::<Flex, 3>::prepare::<C>(Dense, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(preparation) => {
                let (result, saved) = run_saving(&inputs, &weight, floats(&bias), activation, mask);
                let state = State {
                    inputs,
                    weight,
                    activation,
                    mask,
                    saved,
                };
                preparation.finish(state, result)
            }
            OpsKind::UnTracked(preparation) => {
                preparation.finish(run(&inputs, &weight, floats(&bias), activation, mask))
            }
        }
    }
}

#[cfg(test)]
mod tests;
