//! Dense layer and ReLU as one operation, with gradients of its own: no copy of the activations in another
//! order, one pass for bias and activation.

use crate::flex::{contiguous, floats, floats_mut, tensor};
use crate::fusion::{FusedActivation, is_fused_on};
use crate::gemm::{Matrix, product};
use crate::rows::{finish, mask, transpose};
use crate::simd::InstructionSet;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::linear;

/// Fewest columns of weights that are quicker multiplied by after a copy in the other order.
const WORTH_TRANSPOSING: usize = 16;

/// `inputs` `[batch, features_in]` times `weight` `[features_in, features_out]`, plus `bias`
/// `[features_out]`, then activation.
///
/// Shapes must fit together, as those of Burn's own operations, which panic otherwise.
#[must_use]
pub fn dense(
    inputs: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: FusedActivation,
) -> Tensor<2> {
    if !is_fused_on(&inputs) {
        return dense_unfused(inputs, weight, bias, activation);
    }
    let output = <Dispatch as DenseBackend>::dense(
        inputs.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        activation,
    );
    Tensor::from_dispatch(output)
}

/// The same by Burn's own operations, one after another.
fn dense_unfused(
    inputs: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: FusedActivation,
) -> Tensor<2> {
    let outputs = linear(inputs, weight, Some(bias));
    match activation {
        FusedActivation::Identity => outputs,
        FusedActivation::Relu => relu(outputs),
    }
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait DenseBackend: Backend {
    fn dense(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: FusedActivation,
    ) -> FloatTensor<Self>;
}

impl DenseBackend for Flex {
    fn dense(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: FusedActivation,
    ) -> FloatTensor<Self> {
        let [inputs, weight, bias] = [inputs, weight, bias].map(contiguous);
        run(&inputs, &weight, &bias, activation)
    }
}

/// The forward pass; tensors must be contiguous.
fn run(
    inputs: &FloatTensor<Flex>,
    weight: &FloatTensor<Flex>,
    bias: &FloatTensor<Flex>,
    activation: FusedActivation,
) -> FloatTensor<Flex> {
    let [num_rows, _] = inputs.shape().dims();
    let [_, num_features] = weight.shape().dims();
    let mut outputs = product(matrix(inputs), matrix(weight));
    finish(&mut outputs, floats(bias), activation);
    tensor(outputs, &[num_rows, num_features])
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
    /// Where they tell which values ReLU stopped.
    outputs: Option<FloatTensor<Flex>>,
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
            outputs,
        } = ops.state;
        let [inputs_node, weight_node, bias_node] = ops.parents;
        let mut gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let [rows, features_in] = inputs.shape().dims();
        let [_, features_out] = weight.shape().dims();
        let outputs = outputs.as_ref().map(floats);
        let sums = mask(floats_mut(&mut gradient), outputs, features_out);
        if let Some(node) = weight_node {
            let product = product(matrix(&inputs).transposed(), matrix(&gradient));
            gradients.register::<Flex>(node.id, tensor(product, &[features_in, features_out]));
        }
        if let Some(node) = bias_node {
            gradients.register::<Flex>(node.id, tensor(sums, &[features_out]));
        }
        if let Some(node) = inputs_node {
            let product = product_transposed(&gradient, &weight);
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
    ) -> FloatTensor<Self> {
        let nodes = [inputs.node(), weight.node(), bias.node()];
        let [inputs, weight, bias] =
            [inputs, weight, bias].map(|tensor| contiguous(tensor.into_primitive()));
        let result = run(&inputs, &weight, &bias, activation);
        match Dense.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let outputs = (activation == FusedActivation::Relu).then(|| result.clone());
                let state = State {
                    inputs,
                    weight,
                    outputs,
                };
                preparation.finish(state, result)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(result),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::{Device, Distribution};

    type Operation = fn(Tensor<2>, Tensor<2>, Tensor<1>, FusedActivation) -> Tensor<2>;

    /// Outputs and the gradients of inputs, weight and bias.
    fn results(
        operation: Operation,
        tensors: &(Tensor<2>, Tensor<2>, Tensor<1>),
        activation: FusedActivation,
    ) -> [Vec<f32>; 4] {
        let inputs = Tensor::from_inner(tensors.0.clone()).require_grad();
        let weight = Tensor::from_inner(tensors.1.clone()).require_grad();
        let bias = Tensor::from_inner(tensors.2.clone()).require_grad();
        let outputs = operation(inputs.clone(), weight.clone(), bias.clone(), activation);
        // The square makes every gradient another one.
        let gradients = outputs.clone().square().sum().backward();
        [
            outputs.inner().try_to_vec_as().unwrap(),
            inputs.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
            weight.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
            bias.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
        ]
    }

    fn random(
        rows: usize,
        features_in: usize,
        features_out: usize,
    ) -> (Tensor<2>, Tensor<2>, Tensor<1>) {
        let device = Device::flex();
        let normal = Distribution::Normal(0.0, 1.0);
        (
            Tensor::random([rows, features_in], normal, &device),
            Tensor::random([features_in, features_out], normal, &device),
            Tensor::random([features_out], normal, &device),
        )
    }

    #[test]
    fn agrees_with_the_plain_operations() {
        let mut state = 1_u32;
        let mut draw = |high: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            1 + (state >> 8) as usize % high as usize
        };
        let mut shapes = vec![
            (1, 1, 1),
            (3, 17, 5),
            (16, 400, 120),
            (130, 65, 10),
            (64, 300, 200),
        ];
        shapes.extend((0..30).map(|_| (draw(150), draw(400), draw(300))));
        for (rows, features_in, features_out) in shapes {
            for activation in [FusedActivation::Relu, FusedActivation::Identity] {
                let tensors = random(rows, features_in, features_out);
                let expected = results(dense_unfused, &tensors, activation);
                let found = results(dense, &tensors, activation);
                for (expected, found) in expected.iter().zip(&found) {
                    let largest = expected
                        .iter()
                        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
                    assert_eq!(expected.len(), found.len());
                    for (expected, found) in expected.iter().zip(found) {
                        assert!(
                            (expected - found).abs() <= 1e-5 * largest,
                            "{found} instead of {expected}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn one_thread_and_three_give_the_same_bits() {
        let tensors = random(200, 300, 150);
        let with_threads = |count| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(count)
                .build()
                .unwrap();
            pool.install(|| results(dense, &tensors, FusedActivation::Relu))
        };
        assert_eq!(with_threads(1), with_threads(3));
    }
}
