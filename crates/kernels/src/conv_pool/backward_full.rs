//! The gradients where every output passes its gradient on, as before batch normalisation: there is no list worth
//! making. The gradient of the images is a convolution again; that of the weights is `weight_sums`', or
//! `winograd`'s.
#![allow(unsafe_code)]

use super::backward::{BackwardInput, ConvPoolGradients};
use super::forward::{ForwardInput, forward};
use super::geometry::Geometry;
use super::weight_sums::weight_sums;
use super::winograd;
use crate::simd::InstructionSet;

/// Gradients of weights and bias and, if asked for, of the images. `turned` is [`Geometry::turned_round`]; `choices` are
/// not looked at.
pub(crate) fn backward_full(
    set: InstructionSet,
    turned: &Geometry,
    input: BackwardInput<'_>,
    with_images: bool,
) -> ConvPoolGradients {
    let sums = if winograd::is_quicker(input.geometry) {
        winograd::weight_sums
    } else {
        weight_sums
    };
    let (weights, bias) = sums(set, input.geometry, input.images, input.outputs);
    ConvPoolGradients {
        images: with_images.then(|| of_images(set, turned, input)),
        weights,
        bias,
    }
}

/// The gradient of the images: the outputs' gradient, convolved by the kernels turned round.
fn of_images(set: InstructionSet, turned: &Geometry, input: BackwardInput<'_>) -> Vec<f32> {
    let geometry = input.geometry;
    let area = geometry.kernel * geometry.kernel;
    let mut weights = Vec::with_capacity(input.weights.len());
    for channel_in in 0..geometry.channels_in {
        for of_channel in input.weights.chunks_exact(geometry.taps()) {
            let kernel = &of_channel[channel_in * area..][..area];
            weights.extend(kernel.iter().rev());
        }
    }
    let bias = vec![0.0; geometry.channels_in];
    let mut images = Vec::with_capacity(input.images.len());
    let convolution = ForwardInput {
        geometry: turned,
        images: input.outputs,
        weights: &weights,
        bias: &bias,
        mask: None,
    };
    let room = &mut images.spare_capacity_mut()[..input.images.len()];
    forward(set, convolution, room, None);
    // SAFETY: the convolution writes all of it.
    unsafe { images.set_len(input.images.len()) };
    images
}
