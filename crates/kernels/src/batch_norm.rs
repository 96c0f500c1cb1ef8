//! Batch normalisation in training and the activation after it as one operation with its own gradient:
//! on the CPU two passes over the values forward, two backward. The passes themselves are `planes`' and
//! `gradient`'s; `gpu` has them for GPUs.

mod gpu;
mod gradient;
mod planes;

use crate::activation::activate_unfused;
use crate::flex::{contiguous, floats, floats_mut, tensor};
use crate::fusion::{FusedActivation, is_fused_on, is_fused_on_gpu};
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, AutodiffBackend as _, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension,
};
use burn::tensor::Tensor;
use burn::tensor::module::batch_norm_train;
use planes::{Channels, Shape};

/// `images` `[batch, channels, height, width]`, each channel brought to the mean 0 and the variance 1 over
/// the batch, times `gamma` `[channels]`, plus `beta` `[channels]`, then activation; `epsilon` is added
/// to the variance.
///
/// Comes with the mean and the variance of each channel, `[channels]`, without automatic differentiation.
/// The variance is the batch's own: divided by the number of values.
///
/// # Panics
///
/// Where `gamma` or `beta` has not one value for each channel.
#[must_use]
pub fn batch_norm(
    images: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    activation: FusedActivation,
) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let is_fused = is_fused_on(&images) || is_fused_on_gpu(&images);
    if !is_fused || images.shape().num_elements() == 0 {
        let found = batch_norm_train(images, gamma, beta, epsilon);
        let output = activate_unfused(found.output, activation);
        return (output, found.mean.detach(), found.variance.detach());
    }
    let [_, channels, ..] = images.dims();
    let expected = ([channels], [channels]);
    assert_eq!(
        (gamma.dims(), beta.dims()),
        expected,
        "batch_norm: a value a channel"
    );
    let (output, mean, variance) = <Dispatch as BatchNormBackend>::batch_norm(
        images.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        epsilon,
        activation,
    );
    (
        Tensor::from_dispatch(output),
        Tensor::from_dispatch(mean),
        Tensor::from_dispatch(variance),
    )
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Flex)]
pub(crate) trait BatchNormBackend: Backend {
    fn batch_norm(
        images: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        activation: FusedActivation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl BatchNormBackend for Flex {
    fn batch_norm(
        images: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        activation: FusedActivation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [images, gamma, beta] = [images, gamma, beta].map(contiguous);
        let work = || run(&images, &gamma, &beta, epsilon, activation);
        let found = timed(|| "batch norm: forward".into(), work);
        (found.output, found.mean, found.variance)
    }
}

/// What the forward pass finds.
struct Found {
    output: FloatTensor<Flex>,
    mean: FloatTensor<Flex>,
    variance: FloatTensor<Flex>,
    channels: Channels,
}

fn shape(images: &FloatTensor<Flex>) -> Shape {
    let [_, channels, height, width] = images.shape().dims();
    Shape {
        channels,
        plane: height * width,
    }
}

/// The forward pass; tensors must be contiguous.
fn run(
    images: &FloatTensor<Flex>,
    gamma: &FloatTensor<Flex>,
    beta: &FloatTensor<Flex>,
    epsilon: f64,
    activation: FusedActivation,
) -> Found {
    let shape = shape(images);
    let (mean, variance) = planes::statistics(floats(images), shape);
    let channels = Channels::new(
        shape,
        &mean,
        &variance,
        floats(gamma),
        floats(beta),
        epsilon,
    );
    let output = planes::normalize(floats(images), shape, &channels, activation);
    Found {
        output: tensor(output, &images.shape()),
        mean: tensor(mean, &[shape.channels]),
        variance: tensor(variance, &[shape.channels]),
        channels,
    }
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
struct State {
    images: FloatTensor<Flex>,
    channels: Channels,
    activation: FusedActivation,
}

#[derive(Debug)]
struct BatchNorm;

impl Backward<Flex, 3> for BatchNorm {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let State {
            images,
            channels,
            activation,
        } = ops.state;
        let [images_node, gamma_node, beta_node] = ops.parents;
        let mut outputs = contiguous(gradients.consume::<Flex>(&ops.node));
        let shape = shape(&images);
        let values = floats_mut(&mut outputs);
        let sums = timed(
            || "batch norm: sums of gradients".into(),
            || gradient::take_back(values, floats(&images), shape, &channels, activation),
        );
        if let Some(node) = gamma_node {
            gradients.register::<Flex>(node.id, tensor(sums.gamma.clone(), &[shape.channels]));
        }
        if let Some(node) = beta_node {
            gradients.register::<Flex>(node.id, tensor(sums.beta.clone(), &[shape.channels]));
        }
        if let Some(node) = images_node {
            timed(
                || "batch norm: gradient of inputs".into(),
                || gradient::centre(values, floats(&images), shape, &channels, &sums),
            );
            gradients.register::<Flex>(node.id, outputs);
        }
    }
}

impl<C: CheckpointStrategy> BatchNormBackend for Autodiff<Flex, C> {
    fn batch_norm(
        images: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        activation: FusedActivation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [images.node(), gamma.node(), beta.node()];
        let [images, gamma, beta] =
            [images, gamma, beta].map(|tensor| contiguous(tensor.into_primitive()));
        let work = || run(&images, &gamma, &beta, epsilon, activation);
        let found = timed(|| "batch norm: forward".into(), work);
        let preparation = Backward::<Flex, 3>::prepare::<C>(BatchNorm, nodes);
        let output = match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let state = State {
                    images,
                    channels: found.channels,
                    activation,
                };
                preparation.finish(state, found.output)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(found.output),
        };
        (
            output,
            Self::from_inner(found.mean),
            Self::from_inner(found.variance),
        )
    }
}

#[cfg(test)]
mod tests;
