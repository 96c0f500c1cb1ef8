//! The gradients where every output passes its gradient on, as before batch normalisation: there is no list worth
//! making. The gradient of the images is a convolution again; that of the weights is a product of matrices, the
//! outputs' gradient by what each weight saw.
//!
//! Images are divided by their number alone, and sums are added in order: the same bits for any number of threads.
#![allow(unsafe_code)]

use super::backward::{BackwardInput, ConvPoolGradients};
use super::forward::{ForwardInput, forward};
use super::geometry::Geometry;
use crate::gemm::{Matrix, add_product};
use crate::scratch::with_buffers;
use crate::simd::InstructionSet;
use rayon::prelude::*;

/// Parts that the images are divided into, each with sums of its own.
const PARTS: usize = 8;
/// Positions that are worth a product of their own, or all of an image.
const POSITIONS: usize = 256;

/// Gradients of weights and bias and, if asked for, of the images. `turned` is [`Geometry::turned_round`]; `choices` are
/// not looked at.
pub(crate) fn backward_full(
    set: InstructionSet,
    turned: &Geometry,
    input: BackwardInput<'_>,
    with_images: bool,
) -> ConvPoolGradients {
    let (weights, bias) = of_weights(input);
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

/// Gradients of weights `[channels_out, channels_in, kernel, kernel]` and bias `[channels_out]`.
fn of_weights(input: BackwardInput<'_>) -> (Vec<f32>, Vec<f32>) {
    let geometry = input.geometry;
    let num_images = input.images.len() / geometry.image_len();
    let part = num_images.div_ceil(PARTS);
    let num_weights = geometry.channels_out * geometry.taps();
    let num_sums = num_weights + geometry.channels_out;
    let mut sums = vec![0.0; num_images.div_ceil(part) * num_sums];
    let images = input.images.par_chunks(part * geometry.image_len());
    let outputs = input.outputs.par_chunks(part * geometry.output_len());
    let parts = sums.par_chunks_mut(num_sums).zip(images).zip(outputs);
    parts.for_each(|((sums, images), outputs)| {
        let (weights, bias) = sums.split_at_mut(num_weights);
        add_images(geometry, images, outputs, weights);
        for image in outputs.chunks_exact(geometry.output_len()) {
            for (sum, plane) in bias.iter_mut().zip(image.chunks_exact(geometry.plane())) {
                *sum += plane.iter().sum::<f32>();
            }
        }
    });
    let mut total = sums[..num_sums].to_vec();
    for sums in sums.chunks_exact(num_sums).skip(1) {
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += sum;
        }
    }
    let bias = total.split_off(num_weights);
    (total, bias)
}

/// Adds some images to the sums of the weights, as many in one product as are worth it.
fn add_images(geometry: &Geometry, images: &[f32], outputs: &[f32], sums: &mut [f32]) {
    let (plane, taps, channels) = (geometry.plane(), geometry.taps(), geometry.channels_out);
    let group = POSITIONS.div_ceil(plane);
    let images = images.chunks(group * geometry.image_len());
    let outputs = outputs.chunks(group * geometry.output_len());
    let room = group * plane;
    with_buffers([taps * room, channels * room], |[seen, gradients]| {
        for (images, outputs) in images.zip(outputs) {
            let count = images.len() / geometry.image_len();
            let positions = count * plane;
            for (index, image) in images.chunks_exact(geometry.image_len()).enumerate() {
                lay_out(geometry, image, &mut seen[index * plane..], positions);
            }
            for (index, image) in outputs.chunks_exact(geometry.output_len()).enumerate() {
                for (channel, from) in image.chunks_exact(plane).enumerate() {
                    let to = channel * positions + index * plane;
                    gradients[to..to + plane].copy_from_slice(from);
                }
            }
            let gradients = Matrix::new(&gradients[..channels * positions], channels, positions);
            let seen = Matrix::new(&seen[..taps * positions], taps, positions);
            add_product(gradients, seen.transposed(), sums);
        }
    });
}

/// What each weight sees of an image: one row of `stride` values a weight, of which the first are the image's
/// positions. Outside of the image there are zeros.
fn lay_out(geometry: &Geometry, image: &[f32], rows: &mut [f32], stride: usize) {
    let (kernel, width, height) = (geometry.kernel, geometry.width, geometry.height);
    let padding = geometry.padding();
    let plane = geometry.plane();
    let mut first_of_row = 0;
    for channel in image.chunks_exact(height * width) {
        for kernel_y in 0..kernel {
            for kernel_x in 0..kernel {
                let row = &mut rows[first_of_row..first_of_row + plane];
                first_of_row += stride;
                // The first column that lies inside, and where it is in the image.
                let first = padding.saturating_sub(kernel_x).min(width);
                let from = kernel_x.saturating_sub(padding).min(width);
                let len = width.saturating_sub(first + from);
                for (y, line) in row.chunks_exact_mut(width).enumerate() {
                    let inside = (y + kernel_y).checked_sub(padding).filter(|&y| y < height);
                    let Some(y) = inside else {
                        line.fill(0.0);
                        continue;
                    };
                    line[..first].fill(0.0);
                    line[first..first + len].copy_from_slice(&channel[y * width + from..][..len]);
                    line[first + len..].fill(0.0);
                }
            }
        }
    }
}
