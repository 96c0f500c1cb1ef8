//! The kernels: a thread a value.

#![allow(
    clippy::needless_pass_by_value,
    clippy::needless_range_loop,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::Operation;
use crate::cube::{workgroup, workgroups};
use crate::rules::{AdamFactors, Formula, RmsProp, Sgd};
use cubecl::client::Client;
use cubecl::prelude::*;

/// Launches the kernel of these operations, all of one kind, on `length` values; each says from where on and for how
/// many values it holds.
pub(super) fn launch(
    client: &Client,
    operations: &[(usize, usize, Operation)],
    length: usize,
    inputs: Vec<BufferArg>,
    results: Vec<BufferArg>,
) {
    let (count, dim) = (workgroups(length), workgroup());
    let Some(&(_, _, first)) = operations.first() else {
        return;
    };
    match first {
        Operation::Blend(share) => {
            let Ok([one, other]) = <[BufferArg; 2]>::try_from(inputs) else {
                return;
            };
            let Ok([result]) = <[BufferArg; 1]>::try_from(results) else {
                return;
            };
            #[allow(unsafe_code)]
            // SAFETY: all three have `length` values, and no thread goes beyond.
            unsafe {
                blend::launch_unchecked(
                    client,
                    count,
                    dim,
                    one,
                    other,
                    result,
                    length as u32,
                    share,
                    1.0 - share,
                );
            }
        }
        Operation::Update(formula) => {
            let Ok([value, gradient, moment_1, moment_2]) = <[BufferArg; 4]>::try_from(inputs)
            else {
                return;
            };
            let Ok([new_value, new_1, new_2]) = <[BufferArg; 3]>::try_from(results) else {
                return;
            };
            let decay = Decay::of(operations);
            let ranges = decay.ranges;
            match formula {
                Formula::Adam(factors) => {
                    let AdamFactors {
                        rule, rate, root, ..
                    } = factors;
                    #[allow(unsafe_code)]
                    // SAFETY: all seven have `length` values, and no thread goes beyond.
                    unsafe {
                        adam::launch_unchecked(
                            client,
                            count,
                            dim,
                            value,
                            gradient,
                            moment_1,
                            moment_2,
                            new_value,
                            new_1,
                            new_2,
                            length as u32,
                            rule.beta_1,
                            rule.beta_2,
                            rule.epsilon,
                            rate,
                            root,
                            decay.keep,
                            decay.penalty,
                            ranges,
                        );
                    }
                }
                Formula::RmsProp { rule, rate } => {
                    let RmsProp {
                        alpha,
                        momentum,
                        epsilon,
                        ..
                    } = rule;
                    #[allow(unsafe_code)]
                    // SAFETY: all seven have `length` values, and no thread goes beyond.
                    unsafe {
                        rms_prop::launch_unchecked(
                            client,
                            count,
                            dim,
                            value,
                            gradient,
                            moment_1,
                            moment_2,
                            new_value,
                            new_1,
                            new_2,
                            length as u32,
                            alpha,
                            momentum,
                            epsilon,
                            rate,
                            decay.penalty,
                            ranges,
                        );
                    }
                }
                Formula::Sgd { rule, rate } => {
                    let Sgd {
                        momentum, nesterov, ..
                    } = rule;
                    #[allow(unsafe_code)]
                    // SAFETY: all seven have `length` values, and no thread goes beyond.
                    unsafe {
                        sgd::launch_unchecked(
                            client,
                            count,
                            dim,
                            value,
                            gradient,
                            moment_1,
                            moment_2,
                            new_value,
                            new_1,
                            new_2,
                            length as u32,
                            momentum,
                            rate,
                            decay.penalty,
                            nesterov,
                            ranges,
                        );
                    }
                }
            }
        }
    }
}

/// Weight decay, which not all values have.
struct Decay {
    /// What values are multiplied by in a step, and what part of them belongs to the gradient.
    keep: f32,
    penalty: f32,
    /// From where to where there is decay.
    ranges: Vec<(usize, usize)>,
}

impl Decay {
    fn of(operations: &[(usize, usize, Operation)]) -> Self {
        let mut found = Self {
            keep: 1.0,
            penalty: 0.0,
            ranges: Vec::new(),
        };
        for &(place, length, operation) in operations {
            let (keep, penalty) = match operation {
                Operation::Update(Formula::Adam(factors)) => (factors.keep, factors.rule.penalty),
                Operation::Update(Formula::RmsProp { rule, .. }) => (1.0, rule.penalty),
                Operation::Update(Formula::Sgd { rule, .. }) => (1.0, rule.penalty),
                Operation::Blend(_) => (1.0, 0.0),
            };
            if keep < 1.0 || penalty > 0.0 {
                (found.keep, found.penalty) = (keep, penalty);
                found.ranges.push((place, place + length));
            }
        }
        found
    }
}

#[cube(launch_unchecked)]
fn blend(one: &[f32], other: &[f32], result: &mut [f32], length: u32, share: f32, rest: f32) {
    if ABSOLUTE_POS < length as usize {
        result[ABSOLUTE_POS] = one[ABSOLUTE_POS] * share + other[ABSOLUTE_POS] * rest;
    }
}

/// Whether a value is in one of the ranges.
#[cube]
fn is_in(place: usize, #[comptime] ranges: Vec<(usize, usize)>) -> bool {
    let mut found = false;
    #[unroll]
    for k in 0..comptime!(ranges.len()) {
        let (from, to) = comptime!(ranges[k]);
        found = found || (place >= from && place < to);
    }
    found
}

#[cube(launch_unchecked)]
fn adam(
    value: &[f32],
    gradient: &[f32],
    moment_1: &[f32],
    moment_2: &[f32],
    new_value: &mut [f32],
    new_1: &mut [f32],
    new_2: &mut [f32],
    length: u32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    rate: f32,
    root: f32,
    keep: f32,
    penalty: f32,
    #[comptime] decaying: Vec<(usize, usize)>,
) {
    let place = ABSOLUTE_POS;
    if place < length as usize {
        let decays = is_in(place, decaying);
        let old = value[place];
        let slope = gradient[place] + select(decays, penalty, 0.0f32) * old;
        let mean = beta_1 * moment_1[place] + (1.0 - beta_1) * slope;
        let square = beta_2 * moment_2[place] + (1.0 - beta_2) * slope * slope;
        new_1[place] = mean;
        new_2[place] = square;
        let size = square.sqrt() * root + epsilon;
        new_value[place] = select(decays, keep, 1.0f32) * old - rate * mean / size;
    }
}

#[cube(launch_unchecked)]
fn rms_prop(
    value: &[f32],
    gradient: &[f32],
    moment_1: &[f32],
    moment_2: &[f32],
    new_value: &mut [f32],
    new_1: &mut [f32],
    new_2: &mut [f32],
    length: u32,
    alpha: f32,
    momentum: f32,
    epsilon: f32,
    rate: f32,
    penalty: f32,
    #[comptime] decaying: Vec<(usize, usize)>,
) {
    let place = ABSOLUTE_POS;
    if place < length as usize {
        let old = value[place];
        let slope = gradient[place] + select(is_in(place, decaying), penalty, 0.0f32) * old;
        let square = alpha * moment_2[place] + (1.0 - alpha) * slope * slope;
        let change = momentum * moment_1[place] + slope / (square.sqrt() + epsilon);
        new_1[place] = change;
        new_2[place] = square;
        new_value[place] = old - rate * change;
    }
}

#[cube(launch_unchecked)]
fn sgd(
    value: &[f32],
    gradient: &[f32],
    moment_1: &[f32],
    moment_2: &[f32],
    new_value: &mut [f32],
    new_1: &mut [f32],
    new_2: &mut [f32],
    length: u32,
    momentum: f32,
    rate: f32,
    penalty: f32,
    #[comptime] nesterov: bool,
    #[comptime] decaying: Vec<(usize, usize)>,
) {
    let place = ABSOLUTE_POS;
    if place < length as usize {
        let old = value[place];
        let slope = gradient[place] + select(is_in(place, decaying), penalty, 0.0f32) * old;
        // Without momentum, the gradient itself.
        let velocity = slope + momentum * moment_1[place];
        new_1[place] = velocity;
        new_2[place] = moment_2[place];
        let step = if nesterov {
            momentum * velocity + slope
        } else {
            velocity
        };
        new_value[place] = old - rate * step;
    }
}
