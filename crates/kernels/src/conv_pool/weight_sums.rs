//! The gradient of a convolution's weights where every output passes its gradient on: each weight's is the sum, over
//! all images and positions, of the outputs' gradient times what the weight saw there. Images lie across the lanes of a
//! vector, as in the forward pass; a few taps by a few channels stay in registers over all positions, and lanes are
//! added up once in the end.
//!
//! Images are divided by their number alone, and sums are added in order: the same bits for any number of threads.
#![allow(unsafe_code)]

mod sources;

use super::forward::{channels_at_once, lay_out};
use super::geometry::Geometry;
use super::transpose::{Planes, interleave};
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use sources::Sources;

/// Positions that are worth adding up the lanes: of small images, several blocks are summed together.
const POSITIONS: usize = 18;

/// Gradients of weights `[channels_out, channels_in, kernel, kernel]` and bias `[channels_out]` from `images` `[images,
/// channels_in, height, width]` and the gradient of the `outputs` `[images, channels_out, height, width]`, which are as
/// large as the images.
pub(super) fn weight_sums(
    set: InstructionSet,
    geometry: &Geometry,
    images: &[f32],
    outputs: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let lanes = set.num_lanes();
    let num_images = images.len() / geometry.image_len();
    let num_blocks = POSITIONS
        .div_ceil(geometry.plane())
        .min(num_images.div_ceil(lanes));
    let part = num_blocks * lanes;
    let num_weights = geometry.channels_out * geometry.taps();
    let num_sums = num_weights + geometry.channels_out;
    let mut sums = vec![0.0; num_images.div_ceil(part) * num_sums];
    let parts = sums
        .par_chunks_mut(num_sums)
        .zip(images.par_chunks(part * geometry.image_len()))
        .zip(outputs.par_chunks(part * geometry.output_len()));
    parts.for_each(|((sums, images), outputs)| {
        let part = Part {
            geometry,
            num_blocks,
            images,
            outputs,
            sums,
        };
        part.add(set);
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

/// Some images: as many as `num_blocks` have lanes, or fewer.
struct Part<'a> {
    geometry: &'a Geometry,
    num_blocks: usize,
    images: &'a [f32],
    outputs: &'a [f32],
    /// Of the weights, then of the bias: zeros.
    sums: &'a mut [f32],
}

impl Part<'_> {
    fn add(self, set: InstructionSet) {
        let (geometry, lanes) = (self.geometry, set.num_lanes());
        let padded = geometry.channels_in * geometry.padded_height() * geometry.padded_width();
        let of_channel = geometry.channels_out * geometry.kernel * geometry.kernel;
        let plane = geometry.height * geometry.width;
        let lengths = [
            self.num_blocks * padded * lanes,
            self.num_blocks * geometry.output_len() * lanes,
            lanes * geometry.image_len().max(geometry.output_len()),
            channels_at_once(plane) * plane * lanes,
            (of_channel.next_multiple_of(lanes) + lanes) * lanes,
        ];
        with_buffers(lengths, |buffers| {
            set.run(PartKernel {
                part: self,
                buffers,
            });
        });
    }
}

/// Some images, and room: for what the weights saw, for gradients, for a block that is not full, for channels on their
/// way, for sums that are still lanes.
struct PartKernel<'a, 'b> {
    part: Part<'a>,
    buffers: [&'b mut [f32]; 5],
}

impl Kernel for PartKernel<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { part, buffers } = self;
        let [seen, gradients, block, flat, sums] = buffers;
        let geometry = part.geometry;
        let area = geometry.kernel * geometry.kernel;
        let num_weights = geometry.channels_out * geometry.taps();
        let (of_weights, of_bias) = part.sums.split_at_mut(num_weights);
        // SAFETY: the instruction set is there.
        unsafe {
            let len = geometry.image_len();
            let mut images = part.images.chunks(S::LANES * len);
            for seen in seen.chunks_exact_mut(seen.len() / part.num_blocks) {
                let Some(images) = images.next() else {
                    seen.fill(0.0);
                    continue;
                };
                let images = full_block::<S>(images, len, block);
                let row_of = |channel, y| channel * geometry.padded_height() + y;
                lay_out::<S>(geometry, images, S::LANES, flat, seen, row_of);
            }
            let len = geometry.output_len();
            let planes = Planes {
                channels: S::LANES,
                positions: len,
                stride: len,
            };
            let mut outputs = part.outputs.chunks(S::LANES * len);
            for gradients in gradients.chunks_exact_mut(len * S::LANES) {
                let Some(outputs) = outputs.next() else {
                    gradients.fill(0.0);
                    continue;
                };
                let outputs = full_block::<S>(outputs, len, block);
                interleave::<S>(planes, outputs, gradients, S::LANES);
            }
            let sources = Sources {
                geometry,
                num_blocks: part.num_blocks,
                seen,
                gradients,
            };
            for channel_in in 0..geometry.channels_in {
                sources.sum_channel::<S>(channel_in, sums);
                let found = geometry.channels_out * area;
                let weights = of_weights.chunks_exact_mut(geometry.taps());
                let weights =
                    weights.flat_map(|of_channel| &mut of_channel[channel_in * area..][..area]);
                add_up_lanes::<S>(sums, found, weights);
            }
            sources.sum_bias::<S>(sums);
            add_up_lanes::<S>(sums, geometry.channels_out, of_bias.iter_mut());
        }
    }
}

/// As many images as a vector has lanes: those there are, or these and zeros.
#[inline(always)]
fn full_block<'a, S: Simd>(images: &'a [f32], len: usize, room: &'a mut [f32]) -> &'a [f32] {
    if images.len() == S::LANES * len {
        return images;
    }
    let room = &mut room[..S::LANES * len];
    room[..images.len()].copy_from_slice(images);
    room[images.len()..].fill(0.0);
    room
}

/// Adds up the lanes of the first `count` vectors of `sums`, behind which there is room for as many vectors as there are
/// lanes, and adds each to its target.
#[inline(always)]
unsafe fn add_up_lanes<'a, S: Simd>(
    sums: &mut [f32],
    count: usize,
    mut targets: impl Iterator<Item = &'a mut f32>,
) {
    let (vectors, turned) = sums.split_at_mut(count.next_multiple_of(S::LANES) * S::LANES);
    assert!(turned.len() >= S::LANES * S::LANES);
    for vectors in vectors.chunks_exact(S::LANES * S::LANES) {
        // SAFETY: both have a vector for each lane.
        unsafe {
            let to = turned.as_mut_ptr();
            S::transpose(
                (S::LANES, vectors.as_ptr(), S::LANES),
                (S::LANES, to, S::LANES),
            );
            let mut total = S::load(to);
            for lane in 1..S::LANES {
                total = S::add(total, S::load(to.add(lane * S::LANES)));
            }
            S::store(to, total);
        }
        // Sums first: of two iterators, the first one is asked once more than there are pairs.
        for (sum, target) in turned[..S::LANES].iter().zip(targets.by_ref()) {
            *target += sum;
        }
    }
}
