//! The passes backward of batch normalisation, divided and summed as those of `planes`.

use super::planes::{Channels, Shape, add_up};
use crate::activation::{Activation, with_activation};
use crate::fusion::FusedActivation;
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Gradients of the channels.
pub(super) struct Sums {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// Takes the gradient of the outputs back through the activation, in place, and sums it up for each
/// channel; `values` are the operation's inputs.
pub(super) fn take_back(
    gradient: &mut [f32],
    values: &[f32],
    shape: Shape,
    channels: &Channels,
    activation: FusedActivation,
) -> Sums {
    let task = shape.images_of_task() * shape.image();
    let mut partial = vec![[0.0; 2]; values.len().div_ceil(task) * shape.channels];
    let tasks = partial
        .par_chunks_mut(shape.channels)
        .zip(gradient.par_chunks_mut(task))
        .zip(values.par_chunks(task));
    tasks.for_each(|((found, gradient), values)| {
        with_buffers([shape.image(); 2], |[of_gamma, of_beta]| {
            with_activation!(activation, A => InstructionSet::best().run(TakeBack::<A> {
                gradient,
                values,
                shape,
                channels,
                of_gamma,
                of_beta,
                found,
                kind: PhantomData,
            }));
        });
    });
    let total = |channel: usize, which: usize| {
        let parts = partial[channel..].iter().step_by(shape.channels);
        parts.map(|sums| f64::from(sums[which])).sum::<f64>() as f32
    };
    Sums {
        gamma: (0..shape.channels)
            .map(|channel| total(channel, 0))
            .collect(),
        beta: (0..shape.channels)
            .map(|channel| total(channel, 1))
            .collect(),
    }
}

/// Some images.
struct TakeBack<'a, A> {
    gradient: &'a mut [f32],
    values: &'a [f32],
    shape: Shape,
    channels: &'a Channels,
    /// Room for an image each.
    of_gamma: &'a mut [f32],
    of_beta: &'a mut [f32],
    /// Of each channel, for gamma and beta.
    found: &'a mut [[f32; 2]],
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for TakeBack<'_, A> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let Shape { plane, .. } = self.shape;
        let (of_gamma, of_beta) = (self.of_gamma, self.of_beta);
        of_gamma.fill(0.0);
        of_beta.fill(0.0);
        let images = self.gradient.chunks_exact_mut(self.shape.image());
        for (gradient, image) in images.zip(self.values.chunks_exact(self.shape.image())) {
            take_back_image::<A>(gradient, image, self.channels, of_gamma, of_beta);
        }
        let planes = of_gamma
            .chunks_exact(plane)
            .zip(of_beta.chunks_exact(plane));
        for ((of_gamma, of_beta), found) in planes.zip(self.found) {
            *found = add_up(plane, |index| [of_gamma[index], of_beta[index]]);
        }
    }
}

#[inline(always)]
fn take_back_image<A: Activation>(
    gradient: &mut [f32],
    image: &[f32],
    channels: &Channels,
    of_gamma: &mut [f32],
    of_beta: &mut [f32],
) {
    let moments = channels.mean.iter().zip(&channels.rate);
    let channels = moments.zip(channels.gamma.iter().zip(&channels.beta));
    let sums = of_gamma.iter_mut().zip(of_beta);
    let values = gradient.iter_mut().zip(image);
    for (((gradient, x), (of_gamma, of_beta)), ((mean, rate), (gamma, beta))) in
        values.zip(sums).zip(channels)
    {
        let normalized = (x - mean) * rate;
        let before = normalized * gamma + beta;
        let passed = A::gradient(*gradient, before, A::value(before));
        *gradient = passed;
        *of_gamma += passed * normalized;
        *of_beta += passed;
    }
}

/// Makes of the gradient that [`take_back`] left the one of the operation's inputs: what a value moves the
/// channel's mean and deviation by is taken off.
pub(super) fn centre(
    gradient: &mut [f32],
    values: &[f32],
    shape: Shape,
    channels: &Channels,
    sums: &Sums,
) {
    let count = (values.len() / shape.channels) as f32;
    let mean = |sums: &[f32]| {
        let means: Vec<f32> = sums.iter().map(|sum| sum / count).collect();
        shape.spread(&means)
    };
    let (of_gamma, of_beta) = (mean(&sums.gamma), mean(&sums.beta));
    let task = shape.images_of_task() * shape.image();
    let tasks = gradient.par_chunks_mut(task).zip(values.par_chunks(task));
    tasks.for_each(|(gradient, values)| {
        InstructionSet::best().run(Centre {
            gradient,
            values,
            channels,
            of_gamma: &of_gamma,
            of_beta: &of_beta,
        });
    });
}

/// Some images.
struct Centre<'a> {
    gradient: &'a mut [f32],
    values: &'a [f32],
    channels: &'a Channels,
    /// The channels' gradients, divided by the number of values of a channel, for each value of an image.
    of_gamma: &'a [f32],
    of_beta: &'a [f32],
}

impl Kernel for Centre<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let len = self.of_gamma.len();
        let images = self.gradient.chunks_exact_mut(len);
        for (gradient, image) in images.zip(self.values.chunks_exact(len)) {
            centre_image(gradient, image, self.channels, self.of_gamma, self.of_beta);
        }
    }
}

#[inline(always)]
fn centre_image(
    gradient: &mut [f32],
    image: &[f32],
    channels: &Channels,
    of_gamma: &[f32],
    of_beta: &[f32],
) {
    let moments = channels.mean.iter().zip(&channels.rate);
    let channels = moments.zip(&channels.gamma);
    let means = of_gamma.iter().zip(of_beta);
    let values = gradient.iter_mut().zip(image);
    for (((gradient, x), (of_gamma, of_beta)), ((mean, rate), gamma)) in
        values.zip(means).zip(channels)
    {
        let normalized = (x - mean) * rate;
        *gradient = gamma * rate * (*gradient - of_beta - normalized * of_gamma);
    }
}
