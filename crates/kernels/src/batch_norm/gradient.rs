//! The passes backward of batch normalisation, divided and summed as those of `planes`.

use super::planes::{Channels, Shape, sums};
use crate::activation::{Activation, with_activation};
use crate::fusion::FusedActivation;
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
    let num_planes = values.len() / shape.plane;
    let mut partial = vec![[0.0; 2]; num_planes];
    let images = shape.images_of_task();
    let tasks = partial
        .par_chunks_mut(images * shape.channels)
        .zip(gradient.par_chunks_mut(images * shape.image()))
        .zip(values.par_chunks(images * shape.image()));
    tasks.for_each(|((sums, gradient), values)| {
        with_activation!(activation, A => InstructionSet::best().run(TakeBack::<A> {
            gradient,
            values,
            plane: shape.plane,
            channels,
            sums,
            kind: PhantomData,
        }));
    });
    let total = |channel: usize, which: usize| {
        let planes = partial[channel..].iter().step_by(shape.channels);
        planes.map(|sums| f64::from(sums[which])).sum::<f64>() as f32
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
    plane: usize,
    channels: &'a Channels,
    /// Of each plane, for gamma and beta.
    sums: &'a mut [[f32; 2]],
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for TakeBack<'_, A> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let gradients = self.gradient.chunks_exact_mut(self.plane);
        let planes = gradients.zip(self.values.chunks_exact(self.plane));
        let channels = self.channels.0.iter().cycle();
        for (((gradient, values), sum), &channel) in planes.zip(self.sums).zip(channels) {
            for (gradient, &x) in gradient.iter_mut().zip(values) {
                let before = channel.scaled(channel.normalized(x));
                *gradient = A::gradient(*gradient, before, A::value(before));
            }
            let (gradient, values) = (&*gradient, &values[..gradient.len()]);
            *sum = sums(gradient.len(), |index| {
                let gradient = gradient[index];
                [gradient * channel.normalized(values[index]), gradient]
            });
        }
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
    let means: Vec<[f32; 2]> = (sums.gamma.iter().zip(&sums.beta))
        .map(|(gamma, beta)| [gamma / count, beta / count])
        .collect();
    let task = shape.images_of_task() * shape.image();
    let tasks = gradient.par_chunks_mut(task).zip(values.par_chunks(task));
    tasks.for_each(|(gradient, values)| {
        InstructionSet::best().run(Centre {
            gradient,
            values,
            plane: shape.plane,
            channels,
            means: &means,
        });
    });
}

/// Some images.
struct Centre<'a> {
    gradient: &'a mut [f32],
    values: &'a [f32],
    plane: usize,
    channels: &'a Channels,
    /// The channels' gradients, divided by the number of values of a channel.
    means: &'a [[f32; 2]],
}

impl Kernel for Centre<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let gradients = self.gradient.chunks_exact_mut(self.plane);
        let planes = gradients.zip(self.values.chunks_exact(self.plane));
        let channels = self.channels.0.iter().zip(self.means).cycle();
        for ((gradient, values), (&channel, &[of_gamma, of_beta])) in planes.zip(channels) {
            let factor = channel.gamma * channel.rate;
            for (gradient, &x) in gradient.iter_mut().zip(values) {
                let along = channel.normalized(x) * of_gamma;
                *gradient = factor * (*gradient - of_beta - along);
            }
        }
    }
}
