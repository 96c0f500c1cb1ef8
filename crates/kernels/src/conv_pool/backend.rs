//! The fused convolution as an operation of Burn's CPU backend, with and without differentiation.

use super::ConvPoolOptions;
use super::backward::{BackwardInput, backward};
use super::backward_full::backward_full;
use super::forward::{ForwardInput, forward};
use super::geometry::Geometry;
use crate::dropout::{Dropout, Mask};
use crate::flex::{contiguous, floats, tensor};
use crate::simd::InstructionSet;
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata as _, backend_extension};
use std::sync::Arc;

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Flex)]
pub(crate) trait ConvPoolBackend: Backend {
    fn conv_pool(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvPoolOptions,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self>;
}

impl ConvPoolBackend for Flex {
    fn conv_pool(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvPoolOptions,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let geometry = geometry(&images, &weight, options);
        let [images, weight, bias] = [images, weight, bias].map(contiguous);
        let mask = dropout.map(Dropout::mask);
        run(&geometry, [&images, &weight, &bias], mask, None)
    }
}

/// Sizes of the operation on these tensors.
fn geometry(
    images: &FloatTensor<Flex>,
    weight: &FloatTensor<Flex>,
    options: ConvPoolOptions,
) -> Geometry {
    Geometry::new(images.shape().dims(), weight.shape().dims(), options)
}

/// The forward pass; tensors must be contiguous, and `choices` empty.
fn run(
    geometry: &Geometry,
    [images, weight, bias]: [&FloatTensor<Flex>; 3],
    mask: Option<Mask>,
    mut choices: Option<&mut Vec<u8>>,
) -> FloatTensor<Flex> {
    let num_images = images.shape()[0];
    let len = num_images * geometry.output_len();
    let mut outputs = Vec::with_capacity(len);
    let to_choices = choices.as_mut().map(|choices| {
        choices.reserve_exact(len);
        &mut choices.spare_capacity_mut()[..len]
    });
    let input = ForwardInput {
        geometry,
        images: floats(images),
        weights: floats(weight),
        bias: floats(bias),
        mask,
    };
    let to_outputs = &mut outputs.spare_capacity_mut()[..len];
    timed(
        || name("forward", geometry),
        || forward(InstructionSet::best(), input, to_outputs, to_choices),
    );
    #[allow(unsafe_code)]
    // SAFETY: the forward pass writes all of both.
    unsafe {
        outputs.set_len(len);
        if let Some(choices) = choices {
            choices.set_len(len);
        }
    }
    let [channels, height] = [geometry.channels_out, geometry.height_out()];
    tensor(
        outputs,
        &[num_images, channels, height, geometry.width_out()],
    )
}

/// What a part of the operation is called on a stopwatch.
fn name(part: &str, geometry: &Geometry) -> String {
    let (from, to) = (geometry.channels_in, geometry.channels_out);
    format!("convolution {from}-{to}: {part}")
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub(super) struct State {
    geometry: Geometry,
    images: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    /// The way back where every output passes its gradient on; there are no choices then.
    turned: Option<Geometry>,
    choices: Arc<Vec<u8>>,
    /// What dropout multiplied the outputs by that it kept, or 1.
    scale: f32,
}

#[derive(Debug)]
pub(super) struct ConvPool;

impl Backward<Flex, 3> for ConvPool {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let outputs = contiguous(gradients.consume::<Flex>(&ops.node));
        let State {
            geometry,
            images,
            weight,
            turned,
            choices,
            scale,
        } = ops.state;
        let [images_node, weight_node, bias_node] = ops.parents;
        let (set, with_images) = (InstructionSet::best(), images_node.is_some());
        let found = timed(
            || name("gradients", &geometry),
            || {
                let input = BackwardInput {
                    geometry: &geometry,
                    images: floats(&images),
                    weights: floats(&weight),
                    choices: &choices,
                    outputs: floats(&outputs),
                    scale,
                };
                match &turned {
                    Some(turned) => backward_full(set, turned, input, with_images),
                    None => backward(set, input, with_images),
                }
            },
        );
        if let (Some(node), Some(values)) = (images_node, found.images) {
            let shape: [usize; 4] = images.shape().dims();
            gradients.register::<Flex>(node.id, tensor(values, &shape));
        }
        if let Some(node) = weight_node {
            let shape: [usize; 4] = weight.shape().dims();
            gradients.register::<Flex>(node.id, tensor(found.weights, &shape));
        }
        if let Some(node) = bias_node {
            gradients.register::<Flex>(node.id, tensor(found.bias, &[geometry.channels_out]));
        }
    }
}

impl<C: CheckpointStrategy> ConvPoolBackend for Autodiff<Flex, C> {
    fn conv_pool(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvPoolOptions,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let nodes = [images.node(), weight.node(), bias.node()];
        let [images, weight, bias] =
            [images, weight, bias].map(|tensor| contiguous(tensor.into_primitive()));
        let geometry = geometry(&images, &weight, options);
        let mask = dropout.map(Dropout::mask);
        let preparation = Backward::<Flex, 3>::prepare::<C>(ConvPool, nodes);
        match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let mut choices = Vec::new();
                let turned = geometry.turned_round().filter(|_| mask.is_none());
                let to_choices = turned.is_none().then_some(&mut choices);
                let outputs = run(&geometry, [&images, &weight, &bias], mask, to_choices);
                let state = State {
                    geometry,
                    images,
                    weight,
                    turned,
                    choices: Arc::new(choices),
                    scale: mask.map_or(1.0, |mask| mask.scale),
                };
                preparation.finish(state, outputs)
            }
            OpsKind::UnTracked(preparation) => {
                preparation.finish(run(&geometry, [&images, &weight, &bias], mask, None))
            }
        }
    }
}
