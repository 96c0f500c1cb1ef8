//! The kernels. Sums are added up in the same order every time: each thread its own values, then the threads' in turn.

#![allow(
    clippy::needless_pass_by_value,
    clippy::needless_range_loop,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::PLANE_THREADS;
use crate::FusedActivation;
use crate::activation::{activated, passed_back_from};
use crate::cube::THREADS;
use cubecl::prelude::*;

/// The sum over a workgroup's threads of what each has; every thread gets it.
#[cube]
fn added_up(own: f32, memory: &mut [f32], #[comptime] num_threads: usize) -> f32 {
    memory[UNIT_POS as usize] = own;
    sync_cube();
    let mut sum = 0.0f32;
    for thread in 0..num_threads {
        sum += memory[thread];
    }
    sync_cube();
    sum
}

/// Mean of each plane, and the sum of the squared distances from it.
#[cube(launch_unchecked)]
pub(super) fn moments_of_planes(values: &[f32], found: &mut [f32], num_planes: u32, plane: u32) {
    let mut memory = Shared::<[f32]>::new_slice(comptime!(PLANE_THREADS));
    // Workgroups too many do the last plane's once more.
    let number = min(CUBE_POS, num_planes as usize - 1);
    let plane = plane as usize;
    let first = number * plane;
    let mut sum = 0.0f32;
    let mut k = UNIT_POS as usize;
    while k < plane {
        sum += values[first + k];
        k += PLANE_THREADS;
    }
    let mean = added_up(sum, &mut memory, PLANE_THREADS) / f32::cast_from(plane as u32);
    let mut squares = 0.0f32;
    k = UNIT_POS as usize;
    while k < plane {
        let distance = values[first + k] - mean;
        squares += distance * distance;
        k += PLANE_THREADS;
    }
    let total = added_up(squares, &mut memory, PLANE_THREADS);
    if UNIT_POS == 0 {
        found[2 * number] = mean;
        found[2 * number + 1] = total;
    }
}

/// Mean and variance of each channel, from those of planes of one size, which are joined without loss (Chan et al., 1979);
/// in `moments` the means, then one over the deviations.
#[cube(launch_unchecked)]
pub(super) fn moments_of_channels(
    of_planes: &[f32],
    means: &mut [f32],
    variances: &mut [f32],
    moments: &mut [f32],
    batch: u32,
    channels: u32,
    plane: u32,
    epsilon: f32,
) {
    let mut memory = Shared::<[f32]>::new_slice(comptime!(THREADS));
    let (batch, channels) = (batch as usize, channels as usize);
    let channel = min(CUBE_POS, channels - 1);
    let mut sum = 0.0f32;
    let mut image = UNIT_POS as usize;
    while image < batch {
        sum += of_planes[2 * (image * channels + channel)];
        image += THREADS;
    }
    let num_images = f32::cast_from(batch as u32);
    let mean = added_up(sum, &mut memory, THREADS) / num_images;
    let mut squares = 0.0f32;
    image = UNIT_POS as usize;
    while image < batch {
        let own = 2 * (image * channels + channel);
        let distance = of_planes[own] - mean;
        squares += of_planes[own + 1] / f32::cast_from(plane) + distance * distance;
        image += THREADS;
    }
    let variance = added_up(squares, &mut memory, THREADS) / num_images;
    if UNIT_POS == 0 {
        means[channel] = mean;
        variances[channel] = variance;
        moments[channel] = mean;
        moments[channels + channel] = 1.0 / (variance + epsilon).sqrt();
    }
}

#[cube(launch_unchecked)]
pub(super) fn normalize(
    values: &[f32],
    moments: &[f32],
    gamma: &[f32],
    beta: &[f32],
    result: &mut [f32],
    length: u32,
    channels: u32,
    plane: u32,
    #[comptime] activation: FusedActivation,
) {
    let own = ABSOLUTE_POS;
    if own < length as usize {
        let channels = channels as usize;
        let channel = (own / plane as usize) % channels;
        let normalized = (values[own] - moments[channel]) * moments[channels + channel];
        result[own] = activated(normalized * gamma[channel] + beta[channel], activation);
    }
}

/// The gradient of the outputs as that of the values before the activation, and of each plane the sums that the gradients
/// of scale and shift are made of.
#[cube(launch_unchecked)]
pub(super) fn take_back(
    gradient: &[f32],
    values: &[f32],
    moments: &[f32],
    gamma: &[f32],
    beta: &[f32],
    result: &mut [f32],
    found: &mut [f32],
    num_planes: u32,
    channels: u32,
    plane: u32,
    #[comptime] activation: FusedActivation,
) {
    let mut memory = Shared::<[f32]>::new_slice(comptime!(PLANE_THREADS));
    let number = min(CUBE_POS, num_planes as usize - 1);
    let (channels, plane) = (channels as usize, plane as usize);
    let (first, channel) = (number * plane, number % channels);
    let mut of_gamma = 0.0f32;
    let mut of_beta = 0.0f32;
    let mut k = UNIT_POS as usize;
    while k < plane {
        let normalized = (values[first + k] - moments[channel]) * moments[channels + channel];
        let before = normalized * gamma[channel] + beta[channel];
        let passed = passed_back_from(gradient[first + k], before, activation);
        result[first + k] = passed;
        of_gamma += passed * normalized;
        of_beta += passed;
        k += PLANE_THREADS;
    }
    let total_gamma = added_up(of_gamma, &mut memory, PLANE_THREADS);
    let total_beta = added_up(of_beta, &mut memory, PLANE_THREADS);
    if UNIT_POS == 0 {
        found[2 * number] = total_gamma;
        found[2 * number + 1] = total_beta;
    }
}

/// The gradients of scale and shift.
#[cube(launch_unchecked)]
pub(super) fn sums_of_channels(
    of_planes: &[f32],
    found: &mut [f32],
    batch: u32,
    channels: u32,
    beta_at: u32,
) {
    let mut memory = Shared::<[f32]>::new_slice(comptime!(THREADS));
    let channels = channels as usize;
    let channel = min(CUBE_POS, channels - 1);
    let mut of_gamma = 0.0f32;
    let mut of_beta = 0.0f32;
    let mut image = UNIT_POS as usize;
    while image < batch as usize {
        let own = 2 * (image * channels + channel);
        of_gamma += of_planes[own];
        of_beta += of_planes[own + 1];
        image += THREADS;
    }
    let total_gamma = added_up(of_gamma, &mut memory, THREADS);
    let total_beta = added_up(of_beta, &mut memory, THREADS);
    if UNIT_POS == 0 {
        found[channel] = total_gamma;
        found[beta_at as usize + channel] = total_beta;
    }
}

/// Makes of the gradient that [`take_back`] left the one of the operation's inputs: what a value moves the channel's mean
/// and deviation by is taken off.
#[cube(launch_unchecked)]
pub(super) fn centre(
    before: &[f32],
    values: &[f32],
    moments: &[f32],
    gamma: &[f32],
    sums: &[f32],
    result: &mut [f32],
    length: u32,
    channels: u32,
    plane: u32,
    beta_at: u32,
    share: f32,
) {
    let own = ABSOLUTE_POS;
    if own < length as usize {
        let channels = channels as usize;
        let channel = (own / plane as usize) % channels;
        let rate = moments[channels + channel];
        let along = (values[own] - moments[channel]) * rate * sums[channel] * share;
        let mean = sums[beta_at as usize + channel] * share;
        result[own] = gamma[channel] * rate * (before[own] - mean - along);
    }
}
