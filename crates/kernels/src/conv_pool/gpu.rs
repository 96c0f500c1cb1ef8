//! The fused convolution on GPUs. Sizes are numbers at run time: only the kernel's side, and what follows the
//! convolution, make another kernel to be compiled.

mod kernels;

use super::backend::{ConvPool, ConvPoolBackend};
use super::geometry::Geometry;
use super::{ConvPoolOptions, FusedActivation};
use crate::cube::{
    CubeTensor, LayerGradients, argument, contiguous, divisor, elements, is_software, tensor,
    workgroup, workgroups,
};
use crate::dropout::{Dropout, Mask};
use crate::following::before_following;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Cube, TensorMetadata as _};
use cubecl::client::Client;
use kernels::{Kind, SizesLaunch};

/// Most channels that a thread computes at once: few on a card, which has threads enough, more in software, which
/// reads slowly.
const MOST_CHANNELS: usize = 4;
const MOST_CHANNELS_IN_SOFTWARE: usize = 8;
/// Threads among which the gradients of weights are shared, at least.
const MANY_THREADS: usize = 1 << 15;

impl ConvPoolBackend for Cube {
    fn conv_pool(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvPoolOptions,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let [images, weight, bias] = [images, weight, bias].map(contiguous);
        let shapes = (images.shape().dims(), weight.shape().dims());
        let geometry = Geometry::new(shapes.0, shapes.1, options);
        forward(
            &geometry,
            [&images, &weight, &bias],
            dropout.map(Dropout::mask),
        )
        .0
    }
}

/// The largest number of channels that are computed at once and divide all of them.
fn at_once(channels: usize, client: &Client) -> usize {
    let most = if is_software(client) {
        MOST_CHANNELS_IN_SOFTWARE
    } else {
        MOST_CHANNELS
    };
    divisor(channels, most, most)
}

fn sizes(geometry: &Geometry, num_images: usize) -> SizesLaunch {
    SizesLaunch::new(
        num_images as u32,
        geometry.channels_in as u32,
        geometry.height as u32,
        geometry.width as u32,
        geometry.channels_out as u32,
        geometry.height_out() as u32,
        geometry.width_out() as u32,
        geometry.padding() as u32,
    )
}

fn kind(geometry: &Geometry, mask: Option<Mask>, channels: usize, client: &Client) -> Kind {
    Kind {
        kernel: geometry.kernel,
        is_pooled: geometry.pool,
        is_relu: geometry.activation == FusedActivation::Relu,
        has_mask: mask.is_some(),
        many: at_once(channels, client),
    }
}

/// Outputs, and which of each 2×2 values they are.
fn forward(
    geometry: &Geometry,
    [images, weight, bias]: [&CubeTensor; 3],
    mask: Option<Mask>,
) -> (CubeTensor, CubeTensor) {
    let [num_images, ..] = images.shape().dims::<4>();
    let (channels, height, width) = (
        geometry.channels_out,
        geometry.height_out(),
        geometry.width_out(),
    );
    let outputs = tensor(images, [num_images, channels, height, width]);
    let length = num_images * geometry.output_len();
    // A number each; written only where there is pooling.
    let num_choices = if geometry.pool { length } else { 1 };
    let choices = tensor(images, [num_choices]);
    let kind = kind(geometry, mask, channels, &images.client);
    let factors = mask.unwrap_or(Mask::NONE);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the sizes say, and no thread goes beyond.
    unsafe {
        kernels::forward::launch_unchecked(
            &images.client,
            workgroups(length / kind.many),
            workgroup(),
            argument(&images.handle, num_images * geometry.image_len()),
            argument(&weight.handle, channels * geometry.taps()),
            argument(&bias.handle, channels),
            argument(&outputs.handle, length),
            argument(&choices.handle, num_choices),
            sizes(geometry, num_images),
            factors.keys[0],
            factors.keys[1],
            factors.bound,
            factors.scale,
            kind,
        );
    }
    (outputs, choices)
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub(super) struct State {
    geometry: Geometry,
    images: CubeTensor,
    weight: CubeTensor,
    choices: CubeTensor,
    /// The outputs, where their gradient changes on its way through what follows the convolution.
    outputs: Option<CubeTensor>,
    mask: Option<Mask>,
}

impl Backward<Cube, 3> for ConvPool {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let State {
            geometry,
            images,
            weight,
            choices,
            outputs,
            mask,
        } = ops.state;
        let [images_node, weight_node, bias_node] = ops.parents;
        let mut gradient = contiguous(gradients.consume::<Cube>(&ops.node));
        if let Some(outputs) = &outputs {
            gradient = before_following(&gradient, outputs, geometry.activation, mask);
        }
        let [of_weight, of_bias] = parameter_gradients(&geometry, &images, &gradient, &choices);
        if let Some(node) = weight_node {
            gradients.register::<Cube>(node.id, of_weight);
        }
        if let Some(node) = bias_node {
            gradients.register::<Cube>(node.id, of_bias);
        }
        if let Some(node) = images_node {
            let found = image_gradients(&geometry, &images, &weight, &gradient, &choices);
            gradients.register::<Cube>(node.id, found);
        }
    }
}

/// Gradients of weight and bias, parts of one buffer.
fn parameter_gradients(
    geometry: &Geometry,
    images: &CubeTensor,
    gradient: &CubeTensor,
    choices: &CubeTensor,
) -> [CubeTensor; 2] {
    let [num_images, ..] = images.shape().dims::<4>();
    let Geometry {
        channels_in,
        channels_out,
        kernel,
        ..
    } = *geometry;
    let client = &images.client;
    let num_weights = channels_out * geometry.taps();
    let found = LayerGradients::new(client, num_weights, channels_out);
    let length = found.length;
    // Rows of kernels, and biases; parts of the batch, each of which has its own sums.
    let num_rows = num_weights / kernel + channels_out;
    let num_parts = MANY_THREADS.div_ceil(num_rows).clamp(1, num_images);
    let sums = client.empty(4 * num_parts * length);
    let num_outputs = num_images * geometry.output_len();
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the sizes say, and no thread goes beyond.
    unsafe {
        kernels::weight_gradients::launch_unchecked(
            client,
            workgroups(num_rows * num_parts),
            workgroup(),
            argument(&images.handle, num_images * geometry.image_len()),
            argument(&gradient.handle, num_outputs),
            argument(&choices.handle, elements(choices)),
            argument(&sums, num_parts * length),
            sizes(geometry, num_images),
            num_parts as u32,
            found.bias_at as u32,
            kind(geometry, None, channels_in, client),
        );
        kernels::sum_up::launch_unchecked(
            client,
            workgroups(length),
            workgroup(),
            argument(&sums, num_parts * length),
            argument(&found.buffer, length),
            length as u32,
            num_parts as u32,
        );
    }
    found.parts(images, &[channels_out, channels_in, kernel, kernel])
}

fn image_gradients(
    geometry: &Geometry,
    images: &CubeTensor,
    weight: &CubeTensor,
    gradient: &CubeTensor,
    choices: &CubeTensor,
) -> CubeTensor {
    let [num_images, channels, height, width] = images.shape().dims();
    let found = tensor(images, [num_images, channels, height, width]);
    let kind = kind(geometry, None, channels, &images.client);
    let blocks = height.div_ceil(2) * width.div_ceil(2);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the sizes say, and no thread goes beyond.
    unsafe {
        kernels::image_gradients::launch_unchecked(
            &images.client,
            workgroups(num_images * channels / kind.many * blocks),
            workgroup(),
            argument(&weight.handle, elements(weight)),
            argument(&gradient.handle, elements(gradient)),
            argument(&choices.handle, elements(choices)),
            argument(&found.handle, elements(&found)),
            sizes(geometry, num_images),
            kind,
        );
    }
    found
}

impl<C: CheckpointStrategy> ConvPoolBackend for Autodiff<Cube, C> {
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
        let shapes = (images.shape().dims(), weight.shape().dims());
        let geometry = Geometry::new(shapes.0, shapes.1, options);
        let mask = dropout.map(Dropout::mask);
        let (outputs, choices) = forward(&geometry, [&images, &weight, &bias], mask);
        let preparation = Backward::<Cube, 3>::prepare::<C>(ConvPool, nodes);
        match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let is_linear = geometry.activation == FusedActivation::Identity && mask.is_none();
                let state = State {
                    geometry,
                    images,
                    weight,
                    choices,
                    outputs: (!is_linear).then(|| outputs.clone()),
                    mask,
                };
                preparation.finish(state, outputs)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(outputs),
        }
    }
}
