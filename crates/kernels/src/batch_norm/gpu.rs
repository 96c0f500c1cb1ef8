//! Batch normalisation on GPUs: a workgroup a plane for sums, another a channel that joins them in a fixed order, and a
//! thread a value for what follows.

mod kernels;

use super::{BatchNorm, BatchNormBackend};
use crate::cube::{
    CubeTensor, LayerGradients, argument, contiguous, elements, groups, part, tensor, workgroup,
    workgroups,
};
use crate::fusion::FusedActivation;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend as _, Cube, TensorMetadata as _};
use cubecl::prelude::CubeDim;
use cubecl::server::Handle;

/// Threads that add up the values of a plane.
const PLANE_THREADS: usize = 64;

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub(super) struct State {
    images: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    /// The mean of each channel, then one over its deviation.
    moments: CubeTensor,
    activation: FusedActivation,
}

struct Found {
    output: CubeTensor,
    mean: CubeTensor,
    variance: CubeTensor,
    state: State,
}

/// `[batch, channels, values of a plane]`.
fn sizes(images: &CubeTensor) -> [usize; 3] {
    let [batch, channels, height, width] = images.shape().dims();
    [batch, channels, height * width]
}

/// The forward pass; tensors must be contiguous.
fn run(
    images: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    epsilon: f64,
    activation: FusedActivation,
) -> Found {
    let [batch, channels, plane] = sizes(&images);
    let (client, length, num_planes) = (&images.client, elements(&images), batch * channels);
    let of_planes = client.empty(4 * 2 * num_planes);
    let (mean, variance) = (tensor(&images, [channels]), tensor(&images, [channels]));
    let moments = tensor(&images, [2, channels]);
    let output = client.empty(4 * length);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernels take them to be, which go no further.
    unsafe {
        kernels::moments_of_planes::launch_unchecked(
            client,
            groups(num_planes),
            CubeDim::new_1d(PLANE_THREADS as u32),
            argument(&images.handle, length),
            argument(&of_planes, 2 * num_planes),
            num_planes as u32,
            plane as u32,
        );
        kernels::moments_of_channels::launch_unchecked(
            client,
            groups(channels),
            workgroup(),
            argument(&of_planes, 2 * num_planes),
            argument(&mean.handle, channels),
            argument(&variance.handle, channels),
            argument(&moments.handle, 2 * channels),
            batch as u32,
            channels as u32,
            plane as u32,
            epsilon as f32,
        );
        kernels::normalize::launch_unchecked(
            client,
            workgroups(length),
            workgroup(),
            argument(&images.handle, length),
            argument(&moments.handle, 2 * channels),
            argument(&gamma.handle, channels),
            argument(&beta.handle, channels),
            argument(&output, length),
            length as u32,
            channels as u32,
            plane as u32,
            activation,
        );
    }
    Found {
        output: part(&images, &output, 0, &images.meta.shape().to_vec()),
        mean,
        variance,
        state: State {
            images,
            gamma,
            beta,
            moments,
            activation,
        },
    }
}

/// Gradients of scale and shift, and that of the outputs as one of the values before the activation.
fn take_back(state: &State, gradient: &CubeTensor) -> (LayerGradients, Handle) {
    let [batch, channels, plane] = sizes(&state.images);
    let client = &state.images.client;
    let (length, num_planes) = (elements(&state.images), batch * channels);
    let of_planes = client.empty(4 * 2 * num_planes);
    let before = client.empty(4 * length);
    let found = LayerGradients::new(client, channels, channels);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernels take them to be, which go no further.
    unsafe {
        kernels::take_back::launch_unchecked(
            client,
            groups(num_planes),
            CubeDim::new_1d(PLANE_THREADS as u32),
            argument(&gradient.handle, length),
            argument(&state.images.handle, length),
            argument(&state.moments.handle, 2 * channels),
            argument(&state.gamma.handle, channels),
            argument(&state.beta.handle, channels),
            argument(&before, length),
            argument(&of_planes, 2 * num_planes),
            num_planes as u32,
            channels as u32,
            plane as u32,
            state.activation,
        );
        kernels::sums_of_channels::launch_unchecked(
            client,
            groups(channels),
            workgroup(),
            argument(&of_planes, 2 * num_planes),
            argument(&found.buffer, found.length),
            batch as u32,
            channels as u32,
            found.bias_at as u32,
        );
    }
    (found, before)
}

/// The gradient of the operation's inputs, from what [`take_back`] found.
fn centre(state: &State, sums: &LayerGradients, before: &Handle) -> CubeTensor {
    let [batch, channels, plane] = sizes(&state.images);
    let (client, length) = (&state.images.client, elements(&state.images));
    let result = client.empty(4 * length);
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernel takes them to be, and no thread goes beyond.
    unsafe {
        kernels::centre::launch_unchecked(
            client,
            workgroups(length),
            workgroup(),
            argument(before, length),
            argument(&state.images.handle, length),
            argument(&state.moments.handle, 2 * channels),
            argument(&state.gamma.handle, channels),
            argument(&sums.buffer, sums.length),
            argument(&result, length),
            length as u32,
            channels as u32,
            plane as u32,
            sums.bias_at as u32,
            1.0 / (batch * plane) as f32,
        );
    }
    part(
        &state.images,
        &result,
        0,
        &state.images.meta.shape().to_vec(),
    )
}

impl BatchNormBackend for Cube {
    fn batch_norm(
        images: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        activation: FusedActivation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [images, gamma, beta] = [images, gamma, beta].map(contiguous);
        let found = run(images, gamma, beta, epsilon, activation);
        (found.output, found.mean, found.variance)
    }
}

impl Backward<Cube, 3> for BatchNorm {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let state = ops.state;
        let [images_node, gamma_node, beta_node] = ops.parents;
        let gradient = contiguous(gradients.consume::<Cube>(&ops.node));
        let (sums, before) = take_back(&state, &gradient);
        let [_, channels, _] = sizes(&state.images);
        let [of_gamma, of_beta] = sums.parts(&state.images, &[channels]);
        if let Some(node) = gamma_node {
            gradients.register::<Cube>(node.id, of_gamma);
        }
        if let Some(node) = beta_node {
            gradients.register::<Cube>(node.id, of_beta);
        }
        if let Some(node) = images_node {
            gradients.register::<Cube>(node.id, centre(&state, &sums, &before));
        }
    }
}

impl<C: CheckpointStrategy> BatchNormBackend for Autodiff<Cube, C> {
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
        let found = run(images, gamma, beta, epsilon, activation);
        let preparation = Backward::<Cube, 3>::prepare::<C>(BatchNorm, nodes);
        let output = match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => preparation.finish(found.state, found.output),
            OpsKind::UnTracked(preparation) => preparation.finish(found.output),
        };
        (
            output,
            Self::from_inner(found.mean),
            Self::from_inner(found.variance),
        )
    }
}
