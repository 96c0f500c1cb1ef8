//! The gradient of a convolution's weights where every output passes its gradient on: each weight's is the sum, over
//! all images and positions, of the outputs' gradient times what the weight saw there. Images lie across the lanes of a
//! vector, as in the forward pass; a few taps by a few channels stay in registers over all positions, and lanes are
//! added up once in the end.
//!
//! Images are divided by their number alone, and sums are added in order: the same bits for any number of threads.
#![allow(unsafe_code)]

use super::geometry::Geometry;
use super::transpose::{Planes, interleave};
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;

/// Positions that are worth adding up the lanes: of small images, several blocks are summed together.
const POSITIONS: usize = 18;
/// Registers that are enough for nine taps of two channels.
const MANY_REGISTERS: usize = 18;

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
        let lengths = [
            self.num_blocks * padded * lanes,
            self.num_blocks * geometry.output_len() * lanes,
            lanes * geometry.image_len().max(geometry.output_len()),
            geometry.height * geometry.width * lanes,
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

/// Some images, and room: for what the weights saw, for gradients, for a block that is not full, for a channel on its
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
        let [seen, gradients, block, channel, sums] = buffers;
        let geometry = part.geometry;
        let area = geometry.kernel * geometry.kernel;
        let num_weights = geometry.channels_out * geometry.taps();
        let (of_weights, of_bias) = part.sums.split_at_mut(num_weights);
        seen.fill(0.0);
        // SAFETY: the instruction set is there.
        unsafe {
            let blocks = seen.chunks_exact_mut(seen.len() / part.num_blocks);
            let images = part.images.chunks(S::LANES * geometry.image_len());
            for (seen, images) in blocks.zip(images) {
                let images = full_block::<S>(images, geometry.image_len(), block);
                lay_out::<S>(geometry, images, channel, seen);
            }
            let len = geometry.output_len();
            let blocks = gradients.chunks_exact_mut(len * S::LANES);
            let mut outputs = part.outputs.chunks(S::LANES * len);
            for gradients in blocks {
                let planes = Planes {
                    channels: S::LANES,
                    positions: len,
                    stride: len,
                };
                match outputs.next() {
                    Some(outputs) => {
                        let outputs = full_block::<S>(outputs, len, block);
                        interleave::<S>(planes, outputs, gradients, S::LANES);
                    }
                    None => gradients.fill(0.0),
                }
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

/// Brings a block of images to `[channels, padded_height, padded_width, LANES]`; the padding is left as it is.
#[inline(always)]
unsafe fn lay_out<S: Simd>(
    geometry: &Geometry,
    images: &[f32],
    channel: &mut [f32],
    seen: &mut [f32],
) {
    let (padding, padded) = (geometry.padding(), geometry.padded_width() * S::LANES);
    let plane = geometry.height * geometry.width;
    let planes = Planes {
        channels: S::LANES,
        positions: plane,
        stride: geometry.image_len(),
    };
    let channels = seen.chunks_exact_mut(geometry.padded_height() * padded);
    for (index, seen) in channels.enumerate() {
        // SAFETY: the instruction set is there.
        unsafe { interleave::<S>(planes, &images[index * plane..], channel, S::LANES) };
        let rows = seen.chunks_exact_mut(padded).skip(padding);
        for (to, from) in rows.zip(channel.chunks_exact(geometry.width * S::LANES)) {
            to[padding * S::LANES..][..from.len()].copy_from_slice(from);
        }
    }
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

/// What the sums follow from, block after block.
struct Sources<'a> {
    geometry: &'a Geometry,
    num_blocks: usize,
    /// `[blocks, channels_in, padded_height, padded_width, LANES]`.
    seen: &'a [f32],
    /// `[blocks, channels_out, height, width, LANES]`.
    gradients: &'a [f32],
}

impl Sources<'_> {
    /// The sums of an input channel's weights, `[channels_out, kernel, kernel, LANES]`.
    #[inline(always)]
    unsafe fn sum_channel<S: Simd>(&self, channel_in: usize, sums: &mut [f32]) {
        let kernel = self.geometry.kernel;
        // SAFETY: the instruction set is there.
        unsafe {
            match kernel {
                3 if S::NUM_ACCUMULATORS >= MANY_REGISTERS => {
                    self.sum_taps::<S, 3, 3, 2>(channel_in, [0, 0], sums);
                }
                3 => {
                    for y in 0..kernel {
                        self.sum_taps::<S, 1, 3, 3>(channel_in, [y, 0], sums);
                    }
                }
                5 => {
                    for y in 0..kernel {
                        self.sum_taps::<S, 1, 5, 2>(channel_in, [y, 0], sums);
                    }
                }
                _ => {
                    for y in 0..kernel {
                        for x in 0..kernel {
                            self.sum_taps::<S, 1, 1, 8>(channel_in, [y, x], sums);
                        }
                    }
                }
            }
        }
    }

    /// Sums of `R` × `K` taps, of which the first is `[y, x]`, for all output channels, `C` of them at once.
    #[inline(always)]
    unsafe fn sum_taps<S: Simd, const R: usize, const K: usize, const C: usize>(
        &self,
        channel_in: usize,
        first: [usize; 2],
        sums: &mut [f32],
    ) {
        let channels = self.geometry.channels_out;
        let whole = channels - channels % C;
        // SAFETY: the instruction set is there.
        unsafe {
            for channel in (0..whole).step_by(C) {
                self.sum_tile::<S, R, K, C>([channel_in, channel], first, sums);
            }
            for channel in whole..channels {
                self.sum_tile::<S, R, K, 1>([channel_in, channel], first, sums);
            }
        }
    }

    /// The same for `C` output channels from `channel` on.
    #[allow(clippy::needless_range_loop)] // Iterators keep the sums out of registers.
    #[inline(always)]
    unsafe fn sum_tile<S: Simd, const R: usize, const K: usize, const C: usize>(
        &self,
        [channel_in, channel]: [usize; 2],
        [first_y, first_x]: [usize; 2],
        sums: &mut [f32],
    ) {
        let geometry = self.geometry;
        let (kernel, height, width) =
            (geometry.kernel, geometry.height_out(), geometry.width_out());
        let row = geometry.padded_width() * S::LANES;
        let plane = geometry.padded_height() * row;
        let of_plane = height * width * S::LANES;
        assert!(first_y + R <= kernel && first_x + K <= kernel);
        assert!(channel_in < geometry.channels_in && channel + C <= geometry.channels_out);
        assert!(self.seen.len() >= self.num_blocks * geometry.channels_in * plane);
        assert!(self.gradients.len() >= self.num_blocks * geometry.channels_out * of_plane);
        assert!(sums.len() >= geometry.channels_out * kernel * kernel * S::LANES);
        // SAFETY: channels, taps and blocks are inside, as just checked, and so are positions.
        unsafe {
            let mut found = [[[S::splat(0.0); K]; R]; C];
            for block in 0..self.num_blocks {
                let seen = (block * geometry.channels_in + channel_in) * plane;
                let seen = self
                    .seen
                    .as_ptr()
                    .add(seen + first_y * row + first_x * S::LANES);
                let gradient = (block * geometry.channels_out + channel) * of_plane;
                let gradient = self.gradients.as_ptr().add(gradient);
                for y in 0..height {
                    let mut seen = seen.add(y * row);
                    let mut gradient = gradient.add(y * width * S::LANES);
                    for _ in 0..width {
                        let mut gradients = [S::splat(0.0); C];
                        for c in 0..C {
                            gradients[c] = S::load(gradient.add(c * of_plane));
                        }
                        for r in 0..R {
                            for k in 0..K {
                                let value = S::load(seen.add(r * row + k * S::LANES));
                                for c in 0..C {
                                    found[c][r][k] =
                                        S::multiply_add(value, gradients[c], found[c][r][k]);
                                }
                            }
                        }
                        seen = seen.add(S::LANES);
                        gradient = gradient.add(S::LANES);
                    }
                }
            }
            for c in 0..C {
                for r in 0..R {
                    for k in 0..K {
                        let tap = (first_y + r) * kernel + first_x + k;
                        let vector = ((channel + c) * kernel * kernel + tap) * S::LANES;
                        S::store(sums.as_mut_ptr().add(vector), found[c][r][k]);
                    }
                }
            }
        }
    }

    /// The sums of the gradients themselves, `[channels_out, LANES]`.
    #[inline(always)]
    unsafe fn sum_bias<S: Simd>(&self, sums: &mut [f32]) {
        let channels = self.geometry.channels_out;
        let of_plane = self.geometry.plane() * S::LANES;
        for (channel, sum) in sums.chunks_exact_mut(S::LANES).take(channels).enumerate() {
            // SAFETY: whole vectors of slices.
            unsafe {
                let mut total = S::splat(0.0);
                for block in 0..self.num_blocks {
                    let first = (block * channels + channel) * of_plane;
                    let plane = &self.gradients[first..first + of_plane];
                    for vector in plane.chunks_exact(S::LANES) {
                        total = S::add(total, S::load(vector.as_ptr()));
                    }
                }
                S::store(sum.as_mut_ptr(), total);
            }
        }
    }
}
