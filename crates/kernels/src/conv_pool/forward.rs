//! The forward pass: a block of images lies across the lanes of a vector, so that every step of the
//! convolution is a multiplication of many images by one weight. Owns the blocks; what is computed of
//! one is `tile`'s.
//!
//! Every value is summed in the same order whatever the block, the tile or the number of threads.
#![allow(unsafe_code)]

use super::geometry::{Geometry, INACTIVE};
use super::tile::{Finish, Tile, even_parts};
use super::transpose::{Planes, interleave, separate};
use super::winograd::{self, Winograd};
use crate::dropout::Mask;
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Values of a lane that are brought to their images at once, so few that they stay in the nearest cache; twice as many
/// at most.
const DISTRIBUTED: usize = 128;
/// Fewest tasks that blocks of images alone must make; else channels are divided too.
const ENOUGH_TASKS: usize = 4;

/// What the outputs follow from.
#[derive(Clone, Copy)]
pub(crate) struct ForwardInput<'a> {
    pub geometry: &'a Geometry,
    /// `[images, channels_in, height, width]`.
    pub images: &'a [f32],
    /// `[channels_out, channels_in, kernel, kernel]`.
    pub weights: &'a [f32],
    /// `[channels_out]`.
    pub bias: &'a [f32],
    /// The dropout in the end.
    pub mask: Option<Mask>,
}

/// Outputs `[images, channels_out, height_out, width_out]`, and which position of its pooling window each
/// of them is, 0–3, or [`INACTIVE`]; the latter is left out where `choices` is. Both are written as a
/// whole.
pub(crate) fn forward(
    set: InstructionSet,
    input: ForwardInput<'_>,
    outputs: &mut [MaybeUninit<f32>],
    choices: Option<&mut [MaybeUninit<u8>]>,
) {
    let ForwardInput {
        geometry,
        images,
        weights,
        bias,
        mask,
    } = input;
    let lanes = set.num_lanes();
    let num_blocks = (images.len() / geometry.image_len()).div_ceil(lanes);
    let num_groups = if num_blocks >= ENOUGH_TASKS { 1 } else { 2 };
    let group = geometry.channels_out.div_ceil(num_groups);
    let num_groups = geometry.channels_out.div_ceil(group);
    let by_points = winograd::is_quicker(geometry);
    let (packed, packed_channel) = if by_points {
        let packed = winograd::pack(weights, geometry, group, set.tile_channels());
        (packed, winograd::packed_channel(geometry))
    } else {
        let packed = pack_all(weights, geometry, group, set.tile_channels());
        (packed, geometry.taps())
    };
    let outputs = divide(outputs, geometry, lanes, group);
    let mut choices = choices.map_or_else(Vec::new, |all| divide(all, geometry, lanes, group));
    choices.resize_with(outputs.len(), Vec::new);
    let tasks = outputs.into_par_iter().zip(choices).enumerate();
    tasks.for_each(|(index, (outputs, choices))| {
        let first_image = index / num_groups * lanes;
        let first_channel = index % num_groups * group;
        let block = Block {
            geometry,
            images: &images[first_image * geometry.image_len()..],
            by_points,
            weights: &packed[first_channel * packed_channel..],
            bias: &bias[first_channel..],
            num_channels: group.min(geometry.channels_out - first_channel),
            mask,
            first_unit: first_image * geometry.output_len() + first_channel * geometry.plane(),
            outputs,
            choices,
        };
        block.compute(set);
    });
}

/// The parts of `[images, channels_out, plane]` that belong to each block of `lanes` images and each
/// group of channels, block by block: one slice an image.
fn divide<'a, T>(
    all: &'a mut [T],
    geometry: &Geometry,
    lanes: usize,
    group: usize,
) -> Vec<Vec<&'a mut [T]>> {
    let num_groups = geometry.channels_out.div_ceil(group);
    let num_images = all.len() / geometry.output_len();
    let mut parts: Vec<Vec<&mut [T]>> = Vec::new();
    parts.resize_with(num_images.div_ceil(lanes) * num_groups, || {
        Vec::with_capacity(lanes)
    });
    for (index, image) in all.chunks_exact_mut(geometry.output_len()).enumerate() {
        for (part, channels) in image.chunks_mut(group * geometry.plane()).enumerate() {
            parts[index / lanes * num_groups + part].push(channels);
        }
    }
    parts
}

/// Some channels of a block of images.
struct Block<'a> {
    geometry: &'a Geometry,
    /// The block's images and those after them.
    images: &'a [f32],
    /// Whether patches of positions are computed at once, by [`winograd`].
    by_points: bool,
    /// As of [`winograd::pack`], or of [`pack_all`].
    weights: &'a [f32],
    bias: &'a [f32],
    num_channels: usize,
    mask: Option<Mask>,
    /// The place of the block's first output among all, for the mask.
    first_unit: usize,
    /// One slice an image; there may be fewer of them than lanes.
    outputs: Vec<&'a mut [MaybeUninit<f32>]>,
    /// The same, or none.
    choices: Vec<&'a mut [MaybeUninit<u8>]>,
}

impl Block<'_> {
    fn compute(self, set: InstructionSet) {
        let (geometry, lanes) = (self.geometry, set.num_lanes());
        let padded = geometry.channels_in * geometry.padded_height() * geometry.padded_width();
        let num_outputs = self.num_channels * geometry.plane();
        let plane = geometry.height * geometry.width;
        let room = |channels| {
            if self.by_points {
                winograd::room(geometry, channels, lanes)
            } else {
                0
            }
        };
        let lengths = [
            padded * lanes,
            (channels_at_once(plane) * plane).max(2 * DISTRIBUTED) * lanes,
            num_outputs * lanes,
            num_outputs * lanes,
            room(geometry.channels_in),
            room(self.num_channels),
            geometry.padded_width() * lanes,
        ];
        with_buffers(lengths, |buffers| {
            set.run(BlockKernel {
                block: self,
                buffers,
            });
        });
    }
}

impl Block<'_> {
    /// What follows the convolution of the channels from `first` on.
    fn finish(&self, first: usize) -> Finish<'_> {
        Finish {
            geometry: self.geometry,
            bias: &self.bias[first..],
            with_choices: !self.choices.is_empty(),
        }
    }

    /// Tile after tile.
    #[inline(always)]
    unsafe fn convolve<S: Simd>(&self, input: &[f32], outputs: &mut [f32], choices: &mut [f32]) {
        let geometry = self.geometry;
        for (first, count) in even_parts(self.num_channels, S::TILE_CHANNELS) {
            let tile = Tile {
                geometry,
                input,
                weights: &self.weights[first * geometry.taps()..][..count * geometry.taps()],
                finish: self.finish(first),
            };
            let from = first * geometry.plane() * S::LANES;
            let (outputs, choices) = (&mut outputs[from..], &mut choices[from..]);
            // SAFETY: the instruction set is there.
            unsafe {
                match count {
                    1 => tile.convolve::<S, 1>(outputs, choices),
                    2 => tile.convolve::<S, 2>(outputs, choices),
                    3 => tile.convolve::<S, 3>(outputs, choices),
                    4 => tile.convolve::<S, 4>(outputs, choices),
                    5 => tile.convolve::<S, 5>(outputs, choices),
                    _ => tile.convolve::<S, 6>(outputs, choices),
                }
            }
        }
    }
}

/// A block, and room for its input, for some values on their way, for outputs and choices, and for [`winograd`].
struct BlockKernel<'a, 'b> {
    block: Block<'a>,
    buffers: [&'b mut [f32]; 7],
}

impl Kernel for BlockKernel<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { mut block, buffers } = self;
        let [input, flat, outputs, choices, seen, sums, zeros] = buffers;
        let geometry = block.geometry;
        // SAFETY: the instruction set is there.
        unsafe {
            // What a position sees lies near together.
            let row_of = |channel, y| y * geometry.channels_in + channel;
            let num_images = block.outputs.len();
            lay_out::<S>(geometry, block.images, num_images, flat, input, row_of);
            if block.by_points {
                zeros.fill(0.0);
                let winograd = Winograd {
                    geometry,
                    input,
                    weights: block.weights,
                    num_channels: block.num_channels,
                    zeros,
                    finish: block.finish(0),
                };
                winograd.convolve::<S>((seen, sums), outputs, choices);
            } else {
                block.convolve::<S>(input, outputs, choices);
            }
            let (mask, first) = (block.mask, block.first_unit);
            let drop_out = DropOut {
                mask,
                first,
                image: geometry.output_len(),
            };
            distribute::<S, f32>(outputs, flat, &mut block.outputs, drop_out);
            distribute::<S, u8>(choices, flat, &mut block.choices, drop_out);
        }
    }
}

/// All weights, from `[channels, taps]` to `[taps, count]` for each tile of each group of channels.
fn pack_all(weights: &[f32], geometry: &Geometry, group: usize, largest: usize) -> Vec<f32> {
    let taps = geometry.taps();
    let mut packed = Vec::with_capacity(weights.len());
    for weights in weights.chunks(group * taps) {
        for (first, count) in even_parts(weights.len() / taps, largest) {
            let weights = &weights[first * taps..][..count * taps];
            for tap in 0..taps {
                packed.extend((0..count).map(|channel| weights[channel * taps + tap]));
            }
        }
    }
    packed
}

/// Brings the first `num_images` of `images` to rows of `[padded_width, LANES]` with zeros in the padding; `row_of` says
/// which of them is that of a channel and a row of the padded image. `flat` has room for [`channels_at_once`].
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(super) unsafe fn lay_out<S: Simd>(
    geometry: &Geometry,
    images: &[f32],
    num_images: usize,
    flat: &mut [f32],
    input: &mut [f32],
    row_of: impl Fn(usize, usize) -> usize,
) {
    let padding = geometry.padding();
    let plane = geometry.height * geometry.width;
    if geometry.is_padded() {
        input.fill(0.0);
    }
    // As many channels at once as are worth a transposition, and as few as stay in the nearest cache.
    let group = channels_at_once(plane);
    for first_channel in (0..geometry.channels_in).step_by(group) {
        let channels = first_channel..geometry.channels_in.min(first_channel + group);
        let planes = Planes {
            channels: num_images,
            positions: channels.len() * plane,
            stride: geometry.image_len(),
        };
        // SAFETY: the instruction set is there.
        unsafe { interleave::<S>(planes, &images[first_channel * plane..], flat, S::LANES) };
        let of_channels = flat.chunks_exact(plane * S::LANES);
        for (channel, values) in channels.zip(of_channels) {
            let rows = values.chunks_exact(geometry.width * S::LANES);
            for (y, values) in rows.enumerate() {
                let first =
                    (row_of(channel, y + padding) * geometry.padded_width() + padding) * S::LANES;
                input[first..first + values.len()].copy_from_slice(values);
            }
        }
    }
}

/// Channels of so many values that are brought to lanes together.
pub(super) fn channels_at_once(plane: usize) -> usize {
    DISTRIBUTED.div_ceil(plane)
}

/// What lanes become in the end.
trait FromLane: Copy {
    fn from_lane(value: f32) -> Self;
    /// After dropout, which keeps it or not.
    fn drop_out(self, mask: Mask, unit: u32) -> Self;
}

impl FromLane for f32 {
    #[inline(always)]
    fn from_lane(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn drop_out(self, mask: Mask, unit: u32) -> Self {
        self * mask.factor(unit)
    }
}

impl FromLane for u8 {
    #[inline(always)]
    fn from_lane(value: f32) -> Self {
        // Small whole numbers become the last bits of a float of this size: quicker than a
        // conversion that minds all others.
        (value + 8_388_608.0).to_bits() as Self
    }

    #[inline(always)]
    fn drop_out(self, mask: Mask, unit: u32) -> Self {
        if mask.keeps(unit) { self } else { INACTIVE }
    }
}

/// Which outputs of a block are dropped out.
#[derive(Clone, Copy)]
struct DropOut {
    mask: Option<Mask>,
    /// The place of the block's first output among all.
    first: usize,
    /// Outputs of an image.
    image: usize,
}

/// Brings `[values, LANES]` to one slice an image, of which there may be none; `flat` has room for twice
/// [`DISTRIBUTED`] values of every lane.
#[inline(always)]
unsafe fn distribute<S: Simd, T: FromLane>(
    values: &[f32],
    flat: &mut [f32],
    images: &mut [&mut [MaybeUninit<T>]],
    drop_out: DropOut,
) {
    let len = values.len() / S::LANES;
    if images.is_empty() {
        return;
    }
    let part = len.div_ceil((len / DISTRIBUTED).max(1));
    for start in (0..len).step_by(part) {
        let end = len.min(start + part);
        let planes = Planes {
            channels: images.len(),
            positions: end - start,
            stride: end - start,
        };
        let values = &values[start * S::LANES..end * S::LANES];
        // SAFETY: the instruction set is there.
        unsafe { separate::<S>(planes, values, S::LANES, flat) };
        let lanes = flat.chunks_exact(end - start);
        for (index, (image, flat)) in images.iter_mut().zip(lanes).enumerate() {
            let image = image[start..end].iter_mut().zip(flat);
            let Some(mask) = drop_out.mask else {
                for (value, &flat) in image {
                    value.write(T::from_lane(flat));
                }
                continue;
            };
            let first = (drop_out.first + index * drop_out.image + start) as u32;
            for (place, (value, &flat)) in image.enumerate() {
                let unit = first.wrapping_add(place as u32);
                value.write(T::from_lane(flat).drop_out(mask, unit));
            }
        }
    }
}
