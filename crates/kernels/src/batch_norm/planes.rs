//! The passes forward of batch normalisation, over `[images, channels, plane]`. Each is divided by images, by
//! their size alone, and sums are added up in order: the same bits for any number of threads. Sums run in sixteen
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
    /// Values of an image.
    pub(super) fn image(self) -> usize {
        self.channels * self.plane
    }

    /// Images of a task.
    pub(super) fn images_of_task(self) -> usize {
        TASK.div_ceil(self.image())
    }
}

/// How each channel is normalised.
#[derive(Clone, Debug)]
pub(super) struct Channels(pub(super) Vec<Channel>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    mean: f32,
    /// One over the standard deviation.
    pub rate: f32,
    pub gamma: f32,
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
    pub(super) fn normalized(self, x: f32) -> f32 {
        (x - self.mean) * self.rate
    }

    /// The value before the activation.
    #[inline(always)]
    pub(super) fn scaled(self, normalized: f32) -> f32 {
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
                found: moments,
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
    found: &'a mut [[f32; 2]],
}

impl Kernel for Moments<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let planes = self.values.chunks_exact(self.plane);
        for (plane, moments) in planes.zip(self.found) {
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
pub(super) fn sums<const N: usize>(len: usize, value: impl Fn(usize) -> [f32; N]) -> [f32; N] {
    let mut lanes = [[0.0; LANES]; N];
    let whole = len - len % LANES;
    for first in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let values = value(first + lane);
            for (lanes, value) in lanes.iter_mut().zip(values) {
                lanes[lane] += value;
            }
        }
    }
    let mut sums = lanes.map(|lanes| lanes.iter().sum::<f32>());
    for index in whole..len {
        for (sum, value) in sums.iter_mut().zip(value(index)) {
            *sum += value;
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
