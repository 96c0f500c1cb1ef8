//! What follows a layer's linear part on a GPU: activation and dropout, and the way back through both.
#![allow(
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use crate::FusedActivation;
use crate::activation::{activated, needs_input, passed_back};
use crate::cube::{CubeTensor, argument, elements, part, workgroup, workgroups};
use crate::dropout::Mask;
use cubecl::prelude::*;

/// Values activated, then dropped out.
pub(crate) fn follow(
    values: &CubeTensor,
    activation: FusedActivation,
    mask: Option<Mask>,
) -> CubeTensor {
    let length = elements(values);
    let buffer = values.client.empty(4 * length);
    let factors = mask.unwrap_or(Mask::NONE);
    #[allow(unsafe_code)]
    // SAFETY: both are of that length, and no thread goes beyond.
    unsafe {
        forward::launch_unchecked(
            &values.client,
            workgroups(length),
            workgroup(),
            argument(&values.handle, length),
            argument(&buffer, length),
            length as u32,
            factors.keys[0],
            factors.keys[1],
            factors.bound,
            factors.scale,
            activation,
            mask.is_some(),
        );
    }
    part(values, &buffer, 0, &values.meta.shape().to_vec())
}

/// The gradient of the outputs as that of what they were before the activation and dropout. `saved` is what was there
/// before the activation for those that [`needs_input`](crate::activation::needs_input) names, else the outputs.
pub(crate) fn before_following(
    gradient: &CubeTensor,
    saved: &CubeTensor,
    activation: FusedActivation,
    mask: Option<Mask>,
) -> CubeTensor {
    let length = elements(gradient);
    let buffer = gradient.client.empty(4 * length);
    let factors = mask.unwrap_or(Mask::NONE);
    #[allow(unsafe_code)]
    // SAFETY: all three are of that length, and no thread goes beyond.
    unsafe {
        take_back::launch_unchecked(
            &gradient.client,
            workgroups(length),
            workgroup(),
            argument(&gradient.handle, length),
            argument(&saved.handle, length),
            argument(&buffer, length),
            length as u32,
            factors.keys[0],
            factors.keys[1],
            factors.bound,
            factors.scale,
            activation,
            mask.is_some(),
        );
    }
    part(gradient, &buffer, 0, &gradient.meta.shape().to_vec())
}

/// What dropout multiplies a value by; see [`Mask::factor`], which this is.
#[cube]
pub(crate) fn mask_factor(unit: u32, key_0: u32, key_1: u32, bound: u32, scale: f32) -> f32 {
    let mut bits = unit ^ key_0;
    bits = (bits ^ (bits >> 16u32)) * 0x7FEB_352Du32;
    bits = (bits ^ (bits >> 15u32)) + key_1;
    bits *= 0x846C_A68Bu32;
    bits ^= bits >> 16u32;
    select((bits >> 8u32) >= bound, scale, 0.0f32)
}

#[cube(launch_unchecked)]
fn forward(
    values: &[f32],
    result: &mut [f32],
    length: u32,
    key_0: u32,
    key_1: u32,
    bound: u32,
    scale: f32,
    #[comptime] activation: FusedActivation,
    #[comptime] has_mask: bool,
) {
    let place = ABSOLUTE_POS;
    if place < length as usize {
        let mut value = activated(values[place], activation);
        if comptime!(has_mask) {
            value *= mask_factor(place as u32, key_0, key_1, bound, scale);
        }
        result[place] = value;
    }
}

#[cube(launch_unchecked)]
fn take_back(
    gradient: &[f32],
    saved: &[f32],
    result: &mut [f32],
    length: u32,
    key_0: u32,
    key_1: u32,
    bound: u32,
    scale: f32,
    #[comptime] activation: FusedActivation,
    #[comptime] has_mask: bool,
) {
    let place = ABSOLUTE_POS;
    if place < length as usize {
        let mut value = gradient[place];
        let mut before = saved[place];
        if comptime!(has_mask && activation == FusedActivation::Relu) {
            // Zero where ReLU or dropout made it so; the others were made larger by dropout.
            value *= scale;
        } else if comptime!(has_mask) {
            value *= mask_factor(place as u32, key_0, key_1, bound, scale);
            if comptime!(!needs_input(activation)) {
                // What dropout left out passes nothing on, whatever it was.
                before /= scale;
            }
        }
        result[place] = passed_back(value, before, activation);
    }
}
