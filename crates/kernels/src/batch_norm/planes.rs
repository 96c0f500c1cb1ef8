//! The passes forward of batch normalisation, over `[images, channels, plane]`. Each is divided by images, by
//! their size alone, and sums are added up in order: the same bits for any number of threads. Sums run over the images
//! first, each value of an image by itself, and over the values of a channel in the end, in sixteen lanes whatever the
//! instruction set: so small planes are no slower, and the set changes no bit either.

use crate::activation::{Activation, with_activation};
use crate::fusion::FusedActivation;
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 16;
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

    /// A value a channel, for each of an image's values.
    pub(super) fn spread(self, channels: &[f32]) -> Vec<f32> {
        let mut spread = Vec::with_capacity(self.image());
        for &channel in channels {
            spread.extend(std::iter::repeat_n(channel, self.plane));
        }
        spread
    }

    /// Images of a task.
    pub(super) fn images_of_task(self) -> usize {
        TASK.div_ceil(self.image())
    }
}

/// How each value of an image is normalised: what its channel has.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    pub mean: Vec<f32>,
    /// One over the standard deviation.
    pub rate: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

impl Channels {
    pub(super) fn new(
        shape: Shape,
        mean: &[f32],
        variance: &[f32],
        gamma: &[f32],
        beta: &[f32],
        epsilon: f64,
    ) -> Self {
        let rate = variance
            .iter()
            .map(|&variance| (f64::from(variance) + epsilon).sqrt().recip() as f32);
        let rate: Vec<f32> = rate.collect();
        Self {
            mean: shape.spread(mean),
            rate: shape.spread(&rate),
            gamma: shape.spread(gamma),
            beta: shape.spread(beta),
        }
    }
}

/// Mean and variance of each channel.
pub(super) fn statistics(values: &[f32], shape: Shape) -> (Vec<f32>, Vec<f32>) {
    let num_images = values.len() / shape.image();
    let images = shape.images_of_task();
    let mut moments = vec![[0.0; 2]; num_images.div_ceil(images) * shape.channels];
    let tasks = moments.par_chunks_mut(shape.channels);
    tasks
        .zip(values.par_chunks(images * shape.image()))
        .for_each(|(found, values)| {
            with_buffers([shape.image(); 2], |[sums, squares]| {
                InstructionSet::best().run(Moments {
                    values,
                    shape,
                    sums,
                    squares,
                    found,
                });
            });
        });
    // Means and squares of parts are joined without loss (Chan et al., 1979).
    let parts = || {
        (0..num_images)
            .step_by(images)
            .map(|first| images.min(num_images - first) as f64)
    };
    let joined = (0..shape.channels).map(|channel| {
        let moments = || parts().zip(moments[channel..].iter().step_by(shape.channels));
        let total: f64 = moments()
            .map(|(count, &[mean, _])| count * f64::from(mean))
            .sum();
        let mean = total / num_images as f64;
        let within: f64 = moments().map(|(_, &[_, squares])| f64::from(squares)).sum();
        let between: f64 = moments()
            .map(|(count, &[part, _])| count * (f64::from(part) - mean).powi(2))
            .sum();
        let variance = (within / shape.plane as f64 + between) / num_images as f64;
        (mean as f32, variance as f32)
    });
    joined.unzip()
}

/// Mean, and sum of the squared distances from it, of each channel of some images.
struct Moments<'a> {
    values: &'a [f32],
    shape: Shape,
    /// Room for an image each.
    sums: &'a mut [f32],
    squares: &'a mut [f32],
    found: &'a mut [[f32; 2]],
}

impl Kernel for Moments<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let Self {
            values,
            shape,
            sums,
            squares,
            found,
        } = self;
        // Distances from the first image's values are no larger than the values spread: squares lose nothing.
        let (first, others) = values.split_at(shape.image());
        sums.fill(0.0);
        squares.fill(0.0);
        for image in others.chunks_exact(shape.image()) {
            add_distances(image, first, sums, squares);
        }
        let count = (values.len() / shape.image()) as f32;
        let planes = first.chunks_exact(shape.plane);
        let planes = planes.zip(
            sums.chunks_exact(shape.plane)
                .zip(squares.chunks_exact(shape.plane)),
        );
        for ((first, (sums, squares)), found) in planes.zip(found) {
            let mean_of = |index: usize| first[index] + sums[index] / count;
            let [total] = add_up(first.len(), |index| [mean_of(index)]);
            let mean = total / first.len() as f32;
            let [total] = add_up(first.len(), |index| {
                let within = squares[index] - sums[index] * sums[index] / count;
                let between = mean_of(index) - mean;
                [within + count * between * between]
            });
            *found = [mean, total];
        }
    }
}

/// Adds the distances of an image's values from the first one's, and their squares.
#[inline(always)]
fn add_distances(image: &[f32], first: &[f32], sums: &mut [f32], squares: &mut [f32]) {
    let sums = sums.iter_mut().zip(squares);
    for ((sum, square), (&value, &first)) in sums.zip(image.iter().zip(first)) {
        let distance = value - first;
        *sum += distance;
        *square += distance * distance;
    }
}

/// Sums of what `value` gives for the indices below `len`.
#[inline(always)]
pub(super) fn add_up<const N: usize>(len: usize, value: impl Fn(usize) -> [f32; N]) -> [f32; N] {
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
    for lane in 0..len - whole {
        let values = value(whole + lane);
        for (lanes, value) in lanes.iter_mut().zip(values) {
            lanes[lane] += value;
        }
    }
    lanes.map(|mut lanes| {
        // In halves: few steps wait for each other.
        for half in [8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
        }
        lanes[0]
    })
}

/// The normalised, scaled and activated values.
pub(super) fn normalize(
    values: &[f32],
    shape: Shape,
    channels: &Channels,
    activation: FusedActivation,
) -> Vec<f32> {
    let mut outputs = Vec::with_capacity(values.len());
    let room = &mut outputs.spare_capacity_mut()[..values.len()];
    let task = shape.images_of_task() * shape.image();
    let tasks = room.par_chunks_mut(task).zip(values.par_chunks(task));
    tasks.for_each(|(outputs, values)| {
        with_activation!(activation, A => InstructionSet::best().run(Normalize::<A> {
            values,
            channels,
            outputs,
            kind: PhantomData,
        }));
    });
    #[allow(unsafe_code)]
    // SAFETY: tasks have all values, and write an output for each.
    unsafe {
        outputs.set_len(values.len());
    }
    outputs
}

/// Some images.
struct Normalize<'a, A> {
    values: &'a [f32],
    channels: &'a Channels,
    outputs: &'a mut [MaybeUninit<f32>],
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for Normalize<'_, A> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let len = self.channels.mean.len();
        let images = self.values.chunks_exact(len);
        for (image, outputs) in images.zip(self.outputs.chunks_exact_mut(len)) {
            normalize_image::<A>(image, self.channels, outputs);
        }
    }
}

#[inline(always)]
fn normalize_image<A: Activation>(
    image: &[f32],
    channels: &Channels,
    outputs: &mut [MaybeUninit<f32>],
) {
    let moments = channels.mean.iter().zip(&channels.rate);
    let channels = moments.zip(channels.gamma.iter().zip(&channels.beta));
    let values = outputs.iter_mut().zip(image);
    for ((output, x), ((mean, rate), (gamma, beta))) in values.zip(channels) {
        output.write(A::value((x - mean) * rate * gamma + beta));
    }
}
