//! The forward pass: a block of images lies across the lanes of a vector, so that every step of the
//! convolution is a multiplication of many images by one weight. A tile of four positions (the 2×2
//! of a pooling window, or four in a row) by a few channels stays in registers until it is done.
//!
//! Every value is summed in the same order whatever the block, the tile or the number of threads.
#![allow(unsafe_code)]

use super::geometry::{Geometry, INACTIVE};
use crate::fusion::FusedActivation;
use crate::scratch::with_buffers;
use crate::simd::{Kernel, Simd, dispatch, num_lanes};
use rayon::prelude::*;

/// Fewest tasks that blocks of images alone must make; else channels are divided too.
const ENOUGH_TASKS: usize = 4;
/// Positions of a tile.
const POSITIONS: usize = 4;

/// Outputs `[images, channels_out, height_out, width_out]` of `images` `[images, channels_in, height,
/// width]`, and which position of its pooling window each of them is, 0–3, or [`INACTIVE`]; the latter
/// is left out where `choices` is. `weights` are `[channels_out, channels_in, kernel, kernel]`.
pub(crate) fn forward(
    geometry: &Geometry,
    images: &[f32],
    weights: &[f32],
    bias: &[f32],
    outputs: &mut [f32],
    choices: Option<&mut [u8]>,
) {
    let lanes = num_lanes();
    let num_blocks = (images.len() / geometry.image_len()).div_ceil(lanes);
    let num_groups = if num_blocks >= ENOUGH_TASKS { 1 } else { 2 };
    let group = geometry.channels_out.div_ceil(num_groups);
    let num_groups = geometry.channels_out.div_ceil(group);
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
            weights: &weights[first_channel * geometry.taps()..],
            bias: &bias[first_channel..],
            num_channels: group.min(geometry.channels_out - first_channel),
            outputs,
            choices,
        };
        block.compute(lanes);
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
    weights: &'a [f32],
    bias: &'a [f32],
    num_channels: usize,
    /// One slice an image; there may be fewer of them than lanes.
    outputs: Vec<&'a mut [f32]>,
    /// The same, or none.
    choices: Vec<&'a mut [u8]>,
}

impl Block<'_> {
    fn compute(self, lanes: usize) {
        let geometry = self.geometry;
        let padded = geometry.channels_in * geometry.padded_height() * geometry.padded_width();
        let num_outputs = self.num_channels * geometry.plane();
        let lengths = [
            padded * lanes,
            geometry.image_len().max(num_outputs) * lanes,
            self.num_channels * geometry.taps(),
            num_outputs * lanes,
            num_outputs * lanes,
        ];
        with_buffers(lengths, |buffers| {
            dispatch(BlockKernel {
                block: self,
                buffers,
            });
        });
    }
}

/// A block, and room for its input, for images side by side, for weights, outputs and choices.
struct BlockKernel<'a, 'b> {
    block: Block<'a>,
    buffers: [&'b mut [f32]; 5],
}

impl Kernel for BlockKernel<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { mut block, buffers } = self;
        let [input, flat, packed, outputs, choices] = buffers;
        let geometry = block.geometry;
        // SAFETY: the instruction set is there.
        unsafe {
            gather::<S>(geometry, block.images, block.outputs.len(), input, flat);
            let mut first = 0;
            while first < block.num_channels {
                let rest = block.num_channels - first;
                let num_tiles = rest.div_ceil(S::TILE_CHANNELS);
                let count = rest.div_ceil(num_tiles);
                let weights = &block.weights[first * geometry.taps()..];
                let tile = Tile {
                    geometry,
                    input,
                    weights: pack(weights, geometry.taps(), count, packed),
                    bias: &block.bias[first..],
                    with_choices: !block.choices.is_empty(),
                };
                let from = first * geometry.plane() * S::LANES;
                let planes = (&mut outputs[from..], &mut choices[from..]);
                match count {
                    1 => tile.convolve::<S, 1>(planes),
                    2 => tile.convolve::<S, 2>(planes),
                    3 => tile.convolve::<S, 3>(planes),
                    _ => tile.convolve::<S, 4>(planes),
                }
                first += count;
            }
            scatter::<S, f32>(outputs, flat, &mut block.outputs);
            scatter::<S, u8>(choices, flat, &mut block.choices);
        }
    }
}

/// Weights of the first `count` channels, from `[channels, taps]` to `[taps, count]`.
fn pack<'a>(weights: &[f32], taps: usize, count: usize, packed: &'a mut [f32]) -> &'a [f32] {
    for (tap, packed) in packed[..taps * count].chunks_exact_mut(count).enumerate() {
        for (channel, packed) in packed.iter_mut().enumerate() {
            *packed = weights[channel * taps + tap];
        }
    }
    packed
}

/// Brings `count` images into `[channels, padded_height, padded_width, LANES]`; `flat` has room for
/// `[image_len, LANES]`.
#[inline(always)]
unsafe fn gather<S: Simd>(
    geometry: &Geometry,
    images: &[f32],
    count: usize,
    input: &mut [f32],
    flat: &mut [f32],
) {
    // SAFETY: as the caller's.
    unsafe {
        if geometry.same {
            interleave::<S>(images, geometry.image_len(), count, flat);
            pad(geometry, flat, S::LANES, input);
        } else {
            interleave::<S>(images, geometry.image_len(), count, input);
        }
    }
}

/// From `[count, len]` to `[len, LANES]`; lanes without an image repeat the first.
#[inline(always)]
unsafe fn interleave<S: Simd>(images: &[f32], len: usize, count: usize, target: &mut [f32]) {
    let lanes = S::LANES;
    assert!(images.len() >= count * len && target.len() >= len * lanes);
    if count == lanes && len >= lanes {
        for tile in 0..len.div_ceil(lanes) {
            // The last tile lies over the one before it.
            let first = (tile * lanes).min(len - lanes);
            let (from, to) = (
                images[first..].as_ptr(),
                target[first * lanes..].as_mut_ptr(),
            );
            // SAFETY: a square of `[count, len]` and one of `[len, LANES]`.
            unsafe { S::transpose((lanes, from, len), (lanes, to, lanes)) };
        }
        return;
    }
    for (index, lanes) in target[..len * lanes].chunks_exact_mut(lanes).enumerate() {
        for (lane, value) in lanes.iter_mut().enumerate() {
            let image = if lane < count { lane } else { 0 };
            *value = images[image * len + index];
        }
    }
}

/// Puts zeros around the images: `[channels, height, width, lanes]` to `[channels, padded_height,
/// padded_width, lanes]`.
fn pad(geometry: &Geometry, flat: &[f32], lanes: usize, input: &mut [f32]) {
    let padding = geometry.padding();
    let rows = flat[..geometry.image_len() * lanes].chunks_exact(geometry.width * lanes);
    input.fill(0.0);
    for (row, values) in rows.enumerate() {
        let (channel, y) = (row / geometry.height, row % geometry.height);
        let row = channel * geometry.padded_height() + y + padding;
        let first = (row * geometry.padded_width() + padding) * lanes;
        input[first..first + values.len()].copy_from_slice(values);
    }
}

/// What lanes become in the end.
trait FromLane: Copy {
    fn from_lane(value: f32) -> Self;
}

impl FromLane for f32 {
    #[inline(always)]
    fn from_lane(value: f32) -> Self {
        value
    }
}

impl FromLane for u8 {
    #[inline(always)]
    fn from_lane(value: f32) -> Self {
        // Small whole numbers become the last bits of a float of this size: quicker than a
        // conversion that minds all others.
        (value + 8_388_608.0).to_bits() as Self
    }
}

/// Brings `[values, LANES]` to one slice an image; `flat` has room for as much.
#[inline(always)]
unsafe fn scatter<S: Simd, T: FromLane>(values: &[f32], flat: &mut [f32], images: &mut [&mut [T]]) {
    let (lanes, len) = (S::LANES, values.len() / S::LANES);
    if images.len() == lanes && len >= lanes {
        assert!(flat.len() >= len * lanes);
        for tile in 0..len.div_ceil(lanes) {
            let first = (tile * lanes).min(len - lanes);
            let (from, to) = (values[first * lanes..].as_ptr(), flat[first..].as_mut_ptr());
            // SAFETY: a square of `[len, LANES]` and one of `[LANES, len]`.
            unsafe { S::transpose((lanes, from, lanes), (lanes, to, len)) };
        }
        for (image, flat) in images.iter_mut().zip(flat.chunks_exact(len)) {
            for (value, &flat) in image.iter_mut().zip(flat) {
                *value = T::from_lane(flat);
            }
        }
        return;
    }
    for (lane, image) in images.iter_mut().enumerate() {
        for (value, lanes) in image.iter_mut().zip(values.chunks_exact(lanes)) {
            *value = T::from_lane(lanes[lane]);
        }
    }
}

/// A few channels of a block of images.
struct Tile<'a> {
    geometry: &'a Geometry,
    /// `[channels_in, padded_height, padded_width, LANES]`.
    input: &'a [f32],
    /// `[taps, C]`.
    weights: &'a [f32],
    bias: &'a [f32],
    with_choices: bool,
}

impl Tile<'_> {
    /// Fills outputs and choices, `[C, height_out, width_out, LANES]` each.
    #[inline(always)]
    #[allow(clippy::needless_pass_by_value)] // Slices, taken apart at once.
    unsafe fn convolve<S: Simd, const C: usize>(&self, planes: (&mut [f32], &mut [f32])) {
        let geometry = self.geometry;
        let (lanes, row) = (S::LANES, geometry.padded_width() * S::LANES);
        let (height, width) = (geometry.height_out(), geometry.width_out());
        let size = C * geometry.plane() * lanes;
        assert!(planes.0.len() >= size && (planes.1.len() >= size || !self.with_choices));
        let planes = (planes.0.as_mut_ptr(), planes.1.as_mut_ptr());
        for y in 0..height {
            let mut x = 0;
            while x < width {
                // SAFETY: positions, and so what they read and write, are inside.
                unsafe {
                    if geometry.pool {
                        let corner = 2 * y * row + 2 * x * lanes;
                        let sums = self.sum::<S, C, 4>(corner, [0, lanes, row, row + lanes]);
                        self.finish_pooled::<S, C>(&sums, y * width + x, planes);
                        x += 1;
                    } else if width < POSITIONS {
                        let sums = self.sum::<S, C, 1>(y * row + x * lanes, [0]);
                        self.finish::<S, C, 1>(&sums, y * width + x, planes);
                        x += 1;
                    } else {
                        // The last four of a row may lie over those before them.
                        let first = x.min(width - POSITIONS);
                        let steps = [0, lanes, 2 * lanes, 3 * lanes];
                        let sums = self.sum::<S, C, 4>(y * row + first * lanes, steps);
                        self.finish::<S, C, 4>(&sums, y * width + first, planes);
                        x += POSITIONS;
                    }
                }
            }
        }
    }

    /// The convolution at `P` positions; `corner` and `steps` are offsets in floats.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // Iterators keep the sums out of registers.
    unsafe fn sum<S: Simd, const C: usize, const P: usize>(
        &self,
        corner: usize,
        steps: [usize; P],
    ) -> [[S::Vector; P]; C] {
        let geometry = self.geometry;
        let kernel = geometry.kernel;
        let row = geometry.padded_width() * S::LANES;
        let plane = geometry.padded_height() * row;
        let last = (geometry.channels_in - 1) * plane + (kernel - 1) * (row + S::LANES);
        assert!(corner + steps[P - 1] + last + S::LANES <= self.input.len());
        assert!(self.weights.len() >= geometry.taps() * C);
        // SAFETY: the furthest reads were just checked.
        unsafe {
            let zero = S::splat(0.0);
            let mut sums = [[zero; P]; C];
            let mut weight = self.weights.as_ptr();
            for channel in 0..geometry.channels_in {
                for y in 0..kernel {
                    let mut input = self.input.as_ptr().add(corner + channel * plane + y * row);
                    for _ in 0..kernel {
                        let mut values = [zero; P];
                        for p in 0..P {
                            values[p] = S::load(input.add(steps[p]));
                        }
                        for c in 0..C {
                            let weight = S::splat(*weight.add(c));
                            for p in 0..P {
                                sums[c][p] = S::multiply_add(values[p], weight, sums[c][p]);
                            }
                        }
                        input = input.add(S::LANES);
                        weight = weight.add(C);
                    }
                }
            }
            sums
        }
    }

    /// Largest of each window, bias, activation.
    #[inline(always)]
    unsafe fn finish_pooled<S: Simd, const C: usize>(
        &self,
        sums: &[[S::Vector; 4]; C],
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        // SAFETY: as the caller's.
        unsafe {
            let [zero, one] = [S::splat(0.0), S::splat(1.0)];
            let [two, three] = [S::splat(2.0), S::splat(3.0)];
            for (channel, &[a, b, c, d]) in sums.iter().enumerate() {
                // Among equals the first one is taken, as Burn's pooling does.
                let top = S::if_greater(b, a, b, a);
                let top_choice = S::if_greater(b, a, one, zero);
                let bottom = S::if_greater(d, c, d, c);
                let bottom_choice = S::if_greater(d, c, three, two);
                let largest = S::if_greater(bottom, top, bottom, top);
                let choice = S::if_greater(bottom, top, bottom_choice, top_choice);
                self.put::<S>(channel, largest, choice, position, planes);
            }
        }
    }

    /// Bias and activation.
    #[inline(always)]
    unsafe fn finish<S: Simd, const C: usize, const P: usize>(
        &self,
        sums: &[[S::Vector; P]; C],
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        for (channel, sums) in sums.iter().enumerate() {
            for (index, &sum) in sums.iter().enumerate() {
                // SAFETY: as the caller's.
                unsafe { self.put::<S>(channel, sum, S::splat(0.0), position + index, planes) };
            }
        }
    }

    #[inline(always)]
    unsafe fn put<S: Simd>(
        &self,
        channel: usize,
        sum: S::Vector,
        choice: S::Vector,
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        // SAFETY: as the caller's.
        unsafe {
            let zero = S::splat(0.0);
            let mut value = S::add(sum, S::splat(self.bias[channel]));
            let mut choice = choice;
            if self.geometry.activation == FusedActivation::Relu {
                choice = S::if_greater(value, zero, choice, S::splat(f32::from(INACTIVE)));
                // What is not a number stays so.
                value = S::if_greater(zero, value, zero, value);
            }
            let offset = (channel * self.geometry.plane() + position) * S::LANES;
            S::store(planes.0.add(offset), value);
            if self.with_choices {
                S::store(planes.1.add(offset), choice);
            }
        }
    }
}
