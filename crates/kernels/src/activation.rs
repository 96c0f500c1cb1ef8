//! Activations of single values, written so that the compiler makes vectors of loops over them: no
//! branches, no calls, and the same bits with every instruction set.

mod gpu;

pub(crate) use gpu::{activated, passed_back, passed_back_from};

use crate::FusedActivation;
use burn::tensor::Tensor;
use burn::tensor::activation;

/// The same by Burn's own operations.
pub(crate) fn activate_unfused<const D: usize>(
    values: Tensor<D>,
    activation: FusedActivation,
) -> Tensor<D> {
    match activation {
        FusedActivation::Identity => values,
        FusedActivation::Relu => activation::relu(values),
        FusedActivation::Gelu => activation::gelu(values),
        FusedActivation::Tanh => activation::tanh(values),
    }
}

/// An activation that is known when a loop over it is compiled.
pub(crate) trait Activation: Copy + Send + Sync {
    /// The activated value.
    fn value(x: f32) -> f32;
    /// A gradient of the output as one of the input, where `x` stands before the activation and `y`
    /// after it. One of them is enough for each activation; see [`needs_input`].
    fn gradient(gradient: f32, x: f32, y: f32) -> f32;
    /// Whether an output that dropout made zero passes no gradient on by itself.
    const IS_ZERO_FINAL: bool = false;
}

/// Whether the gradient follows from the value before the activation, and not from that after it.
pub(crate) fn needs_input(activation: FusedActivation) -> bool {
    activation == FusedActivation::Gelu
}

/// Calls `$work::<A>()` for the activation named.
macro_rules! with_activation {
    ($activation:expr, $kind:ident => $work:expr) => {
        match $activation {
            $crate::FusedActivation::Identity => {
                type $kind = $crate::activation::Identity;
                $work
            }
            $crate::FusedActivation::Relu => {
                type $kind = $crate::activation::Relu;
                $work
            }
            $crate::FusedActivation::Gelu => {
                type $kind = $crate::activation::Gelu;
                $work
            }
            $crate::FusedActivation::Tanh => {
                type $kind = $crate::activation::Tanh;
                $work
            }
        }
    };
}
pub(crate) use with_activation;

/// Nothing.
#[derive(Clone, Copy)]
pub(crate) struct Identity;

impl Activation for Identity {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x
    }

    #[inline(always)]
    fn gradient(gradient: f32, _: f32, _: f32) -> f32 {
        gradient
    }
}

/// `max(x, 0)`, where what is not a number stays so.
#[derive(Clone, Copy)]
pub(crate) struct Relu;

impl Activation for Relu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        if x < 0.0 { 0.0 } else { x }
    }

    #[inline(always)]
    fn gradient(gradient: f32, _: f32, y: f32) -> f32 {
        if y == 0.0 { 0.0 } else { gradient }
    }

    const IS_ZERO_FINAL: bool = true;
}

/// `x Φ(x)`, within 3 × 10⁻⁷ of the largest of 1 and `|x|`.
#[derive(Clone, Copy)]
pub(crate) struct Gelu;

impl Activation for Gelu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x * normal(x).0
    }

    #[inline(always)]
    fn gradient(gradient: f32, x: f32, _: f32) -> f32 {
        let (below, density) = normal(x);
        gradient * (below + x * density)
    }
}

/// The normal distribution function and its density (Abramowitz and Stegun 7.1.26: within 1.5 × 10⁻⁷).
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    const ROOT_OF_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const DENSITY_AT_ZERO: f32 = 0.398_942_3;
    let bell = exponential(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * ROOT_OF_HALF * x.abs());
    let series = -1.453_152 + t * 1.061_405_4;
    let series = 0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * series));
    let tail = 0.5 * t * series * bell;
    let below = if x < 0.0 { tail } else { 1.0 - tail };
    (below, DENSITY_AT_ZERO * bell)
}

/// The exponential of `x` ≤ 0, to the last two bits; zero below −87.
#[inline(always)]
fn exponential(x: f32) -> f32 {
    // Adding it rounds to a whole number, which then is in the last bits.
    const ROUNDING: f32 = 12_582_912.0;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUNDING;
    let whole = shifted - ROUNDING;
    // The logarithm of 2 in two parts: the product with the first has no rounding error.
    let rest = clamped - whole * 0.693_145_75 - whole * 1.428_606_8e-6;
    let series = 8.333_333e-3 + rest * (1.388_888_9e-3 + rest * 1.984_127e-4);
    let series = 0.5 + rest * (0.166_666_67 + rest * (4.166_666_6e-2 + rest * series));
    let fraction = 1.0 + rest * (1.0 + rest * series);
    let exponent = shifted.to_bits().wrapping_sub(ROUNDING.to_bits());
    let power = f32::from_bits(exponent.wrapping_add(127) << 23);
    let value = fraction * power;
    if x < -87.0 { 0.0 } else { value }
}

/// Hyperbolic tangent, within 5 × 10⁻⁷ (the quotient of polynomials that Eigen uses).
#[derive(Clone, Copy)]
pub(crate) struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        // From there on the nearest float to the tangent is 1.
        const LARGEST: f32 = 7.905_311;
        let x = x.clamp(-LARGEST, LARGEST);
        let square = x * x;
        let top = 2.000_188e-13 + square * -2.760_768_5e-16;
        let top = 5.122_297e-8 + square * (-8.604_672e-11 + square * top);
        let top = 6.372_619e-4 + square * (1.485_722_4e-5 + square * top);
        let top = x * (4.893_525e-3 + square * top);
        let bottom = 1.185_347_1e-4 + square * 1.198_258_4e-6;
        let bottom = 4.893_525e-3 + square * (2.268_434_6e-3 + square * bottom);
        top / bottom
    }

    #[inline(always)]
    fn gradient(gradient: f32, _: f32, y: f32) -> f32 {
        gradient * (1.0 - y * y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both signs, dense near zero and far out.
    fn places() -> impl Iterator<Item = f32> {
        let near = (-40_000..=40_000).map(|place| place as f32 * 3e-4);
        near.chain((-60..=60).map(|place| place as f32 * 1.7))
            .chain((0..40).map(|place| 10.0_f32.powi(-place)))
    }

    fn assert_within(found: f32, expected: f64, bound: f64, what: &str) {
        let difference = (f64::from(found) - expected).abs();
        assert!(difference <= bound, "{what}: {found} instead of {expected}");
    }

    #[test]
    fn the_tangent_is_within_its_bound() {
        for x in places() {
            let expected = f64::from(x).tanh();
            assert_within(Tanh::value(x), expected, 5e-7, &format!("tanh {x}"));
        }
    }

    #[test]
    fn the_exponential_is_within_its_bound() {
        for x in places().filter(|&x| x <= 0.0) {
            let expected = f64::from(x).exp();
            let bound = 2.5e-7 * expected + 1e-37;
            assert_within(exponential(x), expected, bound, &format!("exp {x}"));
        }
    }

    #[test]
    fn gelu_and_its_slope_follow_from_each_other() {
        for x in places() {
            // Romberg's rule on the density gives the distribution function without a library.
            let wide = f64::from(x);
            let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let steps = 2_000;
            let width = wide.clamp(-9.0, 9.0) / f64::from(steps);
            let inner: f64 = (1..steps)
                .map(|step| density(width * f64::from(step)) * f64::from(2 + step % 2 * 2))
                .sum();
            let ends = density(0.0) + density(width * f64::from(steps));
            let below = 0.5 + width / 3.0 * (inner + ends);
            let bound = 3e-7 * wide.abs().max(1.0);
            assert_within(Gelu::value(x), wide * below, bound, &format!("gelu {x}"));
            let slope = below + wide * density(wide);
            assert_within(
                Gelu::gradient(1.0, x, 0.0),
                slope,
                bound,
                &format!("slope {x}"),
            );
            if x.abs() > 30.0 {
                break;
            }
        }
    }

    #[test]
    fn what_is_no_number_stays_so() {
        for value in [Gelu::value, Tanh::value, Relu::value, Identity::value] {
            assert!(value(f32::NAN).is_nan());
        }
        assert!(exponential(f32::NAN).is_nan());
    }
}
