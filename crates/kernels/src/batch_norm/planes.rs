//! The passes of batch normalisation over `[images, channels, plane]`. Each is divided by images, by their
//! size alone, and sums are added up in order: the same bits for any number of threads. Sums run in sixteen
//! lanes whatever the instruction set, so that this changes no bit either.

use crate::activation::{Activation, with_activation};
use crate::fusion::FusedActivation;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;
const LANES: usize = 16;

/// Sizes of an image.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub channels: usize,
    /// Values of a channel.
    pub plane: usize,
}

impl Shape {
    fn image(self) -> usize {
        self.channels * self.plane
    }

    /// Images of a task.
    fn images_of_task(self) -> usize {
        TASK.div_ceil(self.image())
    }
}

/// How each channel is normalised.
#[derive(Clone, Debug)]
pub(super) struct Channels(Vec<Channel>);

#[derive(Clone, Copy, Debug)]
struct Channel {
    mean: f32,
    /// One over the standard deviation.
    rate: f32,
    gamma: f32,
    beta: f32,
}

impl Channels {
    pub(super) fn new(
        mean: &[f32],
        variance: &[f32],
        gamma: &[f32],
        beta: &[f32],
        epsilon: f64,
    ) -> Self {
        let moments = mean.iter().zip(variance);
        let all = moments.zip(gamma.iter().zip(beta));
        Self(
            all.map(|((&mean, &variance), (&gamma, &beta))| Channel {
                mean,
                rate: (f64::from(variance) + epsilon).sqrt().recip() as f32,
                gamma,
                beta,
            })
            .collect(),
        )
    }
}

impl Channel {
    #[inline(always)]
    fn normalized(self, x: f32) -> f32 {
        (x - self.mean) * self.rate
    }

    /// The value before the activation.
    #[inline(always)]
    fn scaled(self, normalized: f32) -> f32 {
        normalized * self.gamma + self.beta
    }
}

/// Mean and variance of each channel.
pub(super) fn statistics(values: &[f32], shape: Shape) -> (Vec<f32>, Vec<f32>) {
    let num_images = values.len() / shape.image();
    let mut moments = vec![[0.0; 2]; num_images * shape.channels];
    let images = shape.images_of_task();
    let tasks = moments.par_chunks_mut(images * shape.channels);
    tasks
        .zip(values.par_chunks(images * shape.image()))
        .for_each(|(moments, values)| {
            InstructionSet::best().run(Moments {
                values,
                plane: shape.plane,
                moments,
            });
        });
    // Means and squares of planes of one size are joined without loss (Chan et al., 1979).
    let joined = (0..shape.channels).map(|channel| {
        let planes = || moments[channel..].iter().step_by(shape.channels);
        let mean = planes().map(|&[mean, _]| f64::from(mean)).sum::<f64>() / num_images as f64;
        let within: f64 = planes().map(|&[_, squares]| f64::from(squares)).sum();
        let between: f64 = planes()
            .map(|&[plane, _]| (f64::from(plane) - mean).powi(2))
            .sum();
        let variance = (within / shape.plane as f64 + between) / num_images as f64;
        (mean as f32, variance as f32)
    });
    joined.unzip()
}

/// Mean and sum of the squared distances from it of each plane.
struct Moments<'a> {
    values: &'a [f32],
    plane: usize,
    moments: &'a mut [[f32; 2]],
}

impl Kernel for Moments<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let planes = self.values.chunks_exact(self.plane);
        for (plane, moments) in planes.zip(self.moments) {
            let [sum] = sums(plane.len(), |index| [plane[index]]);
            let mean = sum / plane.len() as f32;
            let [squares] = sums(plane.len(), |index| {
                let distance = plane[index] - mean;
                [distance * distance]
            });
            *moments = [mean, squares];
        }
    }
}

/// Sums of what `value` gives for the indices below `len`.
#[inline(always)]
fn sums<const N: usize>(len: usize, value: impl Fn(usize) -> [f32; N]) -> [f32; N] {
    let mut lanes = [[0.0; LANES]; N];
    let whole = len - len % LANES;
    for first in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let values = value(first + lane);
            for n in 0..N {
                lanes[n][lane] += values[n];
            }
        }
    }
    let mut sums = lanes.map(|lanes| lanes.iter().sum::<f32>());
    for index in whole..len {
        let values = value(index);
        for n in 0..N {
            sums[n] += values[n];
        }
    }
    sums
}

/// The normalised, scaled and activated values.
pub(super) fn normalize(
    values: &[f32],
    shape: Shape,
    channels: &Channels,
    activation: FusedActivation,
) -> Vec<f32> {
    let mut outputs = vec![0.0; values.len()];
    let task = shape.images_of_task() * shape.image();
    let tasks = outputs.par_chunks_mut(task).zip(values.par_chunks(task));
    tasks.for_each(|(outputs, values)| {
        with_activation!(activation, A => InstructionSet::best().run(Normalize::<A> {
            values,
            plane: shape.plane,
            channels,
            outputs,
            kind: PhantomData,
        }));
    });
    outputs
}

/// Some images.
struct Normalize<'a, A> {
    values: &'a [f32],
    plane: usize,
    channels: &'a Channels,
    outputs: &'a mut [f32],
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for Normalize<'_, A> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let planes = self.values.chunks_exact(self.plane);
        let outputs = self.outputs.chunks_exact_mut(self.plane);
        let channels = self.channels.0.iter().cycle();
        for ((plane, outputs), &channel) in planes.zip(outputs).zip(channels) {
            for (output, &x) in outputs.iter_mut().zip(plane) {
                *output = A::value(channel.scaled(channel.normalized(x)));
            }
        }
    }
}

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
