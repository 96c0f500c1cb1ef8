//! Activations of single values within kernels for GPUs, by the formulas of the CPU: what a driver has for them differs
//! from card to card.

use super::needs_input;
use crate::FusedActivation;
use cubecl::prelude::*;

/// The activated value.
#[cube]
pub(crate) fn activated(x: f32, #[comptime] activation: FusedActivation) -> f32 {
    let mut y = x;
    if comptime!(activation == FusedActivation::Relu) {
        y = select(x < 0.0, 0.0f32, x);
    }
    if comptime!(activation == FusedActivation::Gelu) {
        y = x * share_below(x);
    }
    if comptime!(activation == FusedActivation::Tanh) {
        y = tangent(x);
    }
    y
}

/// A gradient of the output as one of the input. `saved` is the value before the activation for those that
/// [`needs_input`] names, else the one after it.
#[cube]
pub(crate) fn passed_back(
    gradient: f32,
    saved: f32,
    #[comptime] activation: FusedActivation,
) -> f32 {
    let mut passed = gradient;
    if comptime!(activation == FusedActivation::Relu) {
        passed = select(saved == 0.0, 0.0f32, gradient);
    }
    if comptime!(activation == FusedActivation::Gelu) {
        let density = 0.398_942_3f32 * (-0.5f32 * saved * saved).exp();
        passed = gradient * (share_below(saved) + saved * density);
    }
    if comptime!(activation == FusedActivation::Tanh) {
        passed = gradient * (1.0 - saved * saved);
    }
    passed
}

/// The same, where the value before the activation is at hand and the one after it is not.
#[cube]
pub(crate) fn passed_back_from(
    gradient: f32,
    x: f32,
    #[comptime] activation: FusedActivation,
) -> f32 {
    let mut saved = x;
    if comptime!(!needs_input(activation)) {
        saved = activated(x, activation);
    }
    passed_back(gradient, saved, activation)
}

/// The normal distribution function.
#[cube]
fn share_below(x: f32) -> f32 {
    let bell = (-0.5f32 * x * x).exp();
    let t = 1.0f32 / (1.0f32 + 0.231_641_89f32 * x.abs());
    let mut series = -1.453_152f32 + t * 1.061_405_4f32;
    series = 0.254_829_6f32 + t * (-0.284_496_74f32 + t * (1.421_413_7f32 + t * series));
    let tail = 0.5f32 * t * series * bell;
    select(x < 0.0f32, tail, 1.0f32 - tail)
}

/// The hyperbolic tangent.
#[cube]
fn tangent(value: f32) -> f32 {
    let x = clamp(value, -7.905_311f32, 7.905_311f32);
    let square = x * x;
    let mut top = 2.000_188e-13f32 + square * -2.760_768_5e-16f32;
    top = 5.122_297e-8f32 + square * (-8.604_672e-11f32 + square * top);
    top = 6.372_619e-4f32 + square * (1.485_722_4e-5f32 + square * top);
    top = x * (4.893_525e-3f32 + square * top);
    let mut bottom = 1.185_347e-4f32 + square * 1.198_258_4e-6f32;
    bottom = 4.893_525e-3f32 + square * (2.268_434_6e-3f32 + square * bottom);
    top / bottom
}
