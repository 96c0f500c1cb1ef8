//! The gradients. After `ReLU` and max pooling most values of the convolution pass no gradient on:
//! of each 2×2 at most one does, and of those many are zero. So the backward pass works through lists
//! of the outputs that are active, image by image, instead of through all positions: a quarter of
//! the multiplications, or fewer. Images lie as `[height, width, channels]` there, in which a row of
//! the kernel's window is one stretch of memory.
//!
//! Images are divided into chunks by their number alone, and the chunks' sums are added in order: the
//! gradients are the same bits for any number of threads.
#![allow(unsafe_code)]

use super::backward_plan::BackwardPlan;
use super::geometry::Geometry;
use super::sparse::List;
use super::transpose::{Planes, interleave, to_channels_first, to_channels_last};
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Images of a chunk, unless that made more than `MAX_CHUNKS`.
const CHUNK: usize = 8;
const MAX_CHUNKS: usize = 64;

/// Gradients of one fused convolution.
pub(crate) struct ConvPoolGradients {
    /// `[images, channels_in, height, width]`, where it was asked for.
    pub images: Option<Vec<f32>>,
    /// `[channels_out, channels_in, kernel, kernel]`.
    pub weights: Vec<f32>,
    /// `[channels_out]`.
    pub bias: Vec<f32>,
}

/// What the gradients follow from.
#[derive(Clone, Copy)]
pub(crate) struct BackwardInput<'a> {
    pub geometry: &'a Geometry,
    /// `[images, channels_in, height, width]`.
    pub images: &'a [f32],
    /// `[channels_out, channels_in, kernel, kernel]`.
    pub weights: &'a [f32],
    /// Of the forward pass, `[images, channels_out, height_out, width_out]`.
    pub choices: &'a [u8],
    /// Gradient of the outputs, in the same shape.
    pub outputs: &'a [f32],
    /// What dropout multiplied the outputs by that it kept, or 1.
    pub scale: f32,
}

/// Gradients of weights and bias and, if asked for, of the images.
pub(crate) fn backward(
    set: InstructionSet,
    input: BackwardInput<'_>,
    with_images: bool,
) -> ConvPoolGradients {
    let geometry = input.geometry;
    let plan = BackwardPlan::new(geometry, set.num_lanes());
    let num_images = input.images.len() / geometry.image_len();
    let chunk = num_images.div_ceil(MAX_CHUNKS).max(CHUNK);
    let table = with_images.then(|| plan.table(geometry, input.weights, input.scale));
    let mut partial = vec![0.0; num_images.div_ceil(chunk) * plan.sums()];
    let len = if with_images { input.images.len() } else { 0 };
    let mut images = Vec::with_capacity(len);
    let targets = images.spare_capacity_mut()[..len].chunks_mut(chunk * geometry.image_len());
    let mut targets: Vec<&mut [MaybeUninit<f32>]> = targets.collect();
    targets.resize_with(num_images.div_ceil(chunk), || &mut []);
    let tasks = partial.par_chunks_mut(plan.sums()).zip(targets);
    tasks.enumerate().for_each(|(index, (sums, target))| {
        target.fill(MaybeUninit::new(0.0));
        // SAFETY: just written.
        let target = unsafe { target.assume_init_mut() };
        let images = index * chunk..((index + 1) * chunk).min(num_images);
        let part = |len: usize| images.start * len..images.end * len;
        let chunk = Chunk {
            plan: &plan,
            input: BackwardInput {
                images: &input.images[part(geometry.image_len())],
                choices: &input.choices[part(geometry.output_len())],
                outputs: &input.outputs[part(geometry.output_len())],
                ..input
            },
            table: table.as_deref(),
            sums,
            target,
        };
        chunk.compute(set);
    });
    // SAFETY: the chunks have written zeros to all of it, then the gradient.
    unsafe { images.set_len(len) };
    let (weights, bias) = plan.reduce(geometry, &partial, input.scale);
    ConvPoolGradients {
        images: with_images.then_some(images),
        weights,
        bias,
    }
}

/// Some images, one after another.
struct Chunk<'a> {
    plan: &'a BackwardPlan,
    input: BackwardInput<'a>,
    /// Of the weights, where the gradient of the images is asked for.
    table: Option<&'a [f32]>,
    /// Where the sums of weights and bias go.
    sums: &'a mut [f32],
    /// Where the gradient of the images goes.
    target: &'a mut [f32],
}

impl Chunk<'_> {
    fn compute(self, set: InstructionSet) {
        let (plan, geometry) = (self.plan, self.input.geometry);
        let room = CHUNK * geometry.plane().max(geometry.channels_out) + 2 * plan.lanes;
        let mut places = vec![0; room];
        let mut choices = vec![0; geometry.output_len()];
        let images = CHUNK * plan.image + geometry.output_len() + plan.lanes;
        with_buffers([images, room], |[images, values]| {
            set.run(ChunkKernel {
                chunk: self,
                images,
                choices: &mut choices,
                list: List::new(&mut places, values),
            });
        });
    }
}

/// A chunk, and room for some of its images, for one image's choices and for a list.
struct ChunkKernel<'a, 'b> {
    chunk: Chunk<'a>,
    images: &'b mut [f32],
    /// `[plane, channels_out]`.
    choices: &'b mut [u8],
    list: List<'b>,
}

impl Kernel for ChunkKernel<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let geometry = self.chunk.input.geometry;
        let num_images = self.chunk.input.images.len() / geometry.image_len();
        for first in (0..num_images).step_by(CHUNK) {
            let images = first..num_images.min(first + CHUNK);
            // SAFETY: the instruction set is there.
            unsafe {
                self.add_weights::<S>(images.clone());
                for image in images {
                    self.image::<S>(image);
                }
            }
        }
    }
}

impl ChunkKernel<'_, '_> {
    /// Adds some images, at most `CHUNK` of them, to the sums of weights and bias.
    #[inline(always)]
    unsafe fn add_weights<S: Simd>(&mut self, images: Range<usize>) {
        let Chunk {
            plan, input, sums, ..
        } = &mut self.chunk;
        let geometry = input.geometry;
        let (len, plane) = (geometry.image_len(), geometry.plane());
        for (image, to) in images.clone().zip(self.images.chunks_exact_mut(plan.image)) {
            // SAFETY: the instruction set is there.
            unsafe { to_channels_last::<S>(geometry, &input.images[image * len..], to) };
        }
        let (weights, bias) = sums.split_at_mut(geometry.channels_out * plan.sums_channel());
        let weights = weights.chunks_exact_mut(plan.sums_channel());
        for (channel, (sums, bias)) in weights.zip(bias).enumerate() {
            self.list.clear();
            for (index, image) in images.clone().enumerate() {
                let first = image * geometry.output_len() + channel * plane;
                let steps = plan
                    .corner_steps
                    .map(|step| step + (index * plan.image) as u32);
                let (choices, values) = (&input.choices[first..], &input.outputs[first..]);
                // SAFETY: the instruction set is there.
                unsafe {
                    let corners = &plan.corners;
                    self.list
                        .extend::<S>(&choices[..plane], &values[..plane], corners, &steps);
                }
            }
            // SAFETY: the places are windows inside the images.
            unsafe {
                *bias += self.list.sum::<S>();
                let images = self.images.as_ptr();
                self.list
                    .add_products::<S>(&plan.window, images, sums.as_mut_ptr());
            }
        }
    }

    /// The gradient of one image, where it is asked for.
    #[inline(always)]
    unsafe fn image<S: Simd>(&mut self, image: usize) {
        let Chunk {
            plan,
            input,
            table,
            target,
            ..
        } = &mut self.chunk;
        let Some(table) = table else {
            return;
        };
        let geometry = input.geometry;
        let (plane, channels) = (geometry.plane(), geometry.channels_out);
        let outputs = image * geometry.output_len()..;
        let (gradient, values) = self.images.split_at_mut(plan.image);
        let values = &mut values[..plane * channels + S::LANES];
        let planes = Planes {
            channels,
            positions: plane,
            stride: plane,
        };
        // SAFETY: the instruction set is there.
        unsafe { interleave::<S>(planes, &input.outputs[outputs.clone()], values, channels) };
        for (output, choices) in self.choices.chunks_exact_mut(channels).enumerate() {
            let from = input.choices[outputs.start + output..]
                .iter()
                .step_by(plane);
            for (choice, from) in choices.iter_mut().zip(from) {
                *choice = *from;
            }
        }
        gradient.fill(0.0);
        for (output, &corner) in plan.corners.iter().enumerate() {
            let outputs = output * channels..(output + 1) * channels;
            let (choices, values) = (&self.choices[outputs.clone()], &values[outputs]);
            self.list.clear();
            // SAFETY: the instruction set is there.
            unsafe {
                let (channels, steps) = (&plan.table_channels, &plan.table_steps);
                self.list.extend::<S>(choices, values, channels, steps);
            }
            // SAFETY: the places are of the table; the output's reach is inside the image, and its
            // rows' last vectors reach less than one vector beyond.
            unsafe {
                let to = gradient.as_mut_ptr().add(corner as usize);
                self.list.add_products::<S>(&plan.reach, table.as_ptr(), to);
            }
        }
        let len = geometry.image_len();
        let target = &mut target[image * len..(image + 1) * len];
        // SAFETY: the instruction set is there.
        unsafe { to_channels_first::<S>(geometry, gradient, target) };
    }
}
