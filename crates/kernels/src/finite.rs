//! Whether numbers are finite, looked at where they lie: on the CPU that takes no time to speak of.

use crate::flex::{contiguous, floats};
use crate::simd::{InstructionSet, Kernel, Simd};
use crate::stopwatch::timed;
use burn::backend::Flex;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Tensor};
use rayon::prelude::*;

/// Bits of a float's exponent; all are set in infinities and in what is no number, and in nothing else.
const EXPONENT: u32 = 0x7f80_0000;
/// Values that are worth a task of their own.
const TASK: usize = 1 << 15;
/// Values that are looked at before the first of them is judged.
const BLOCK: usize = 1 << 10;

/// Whether all values of a tensor without automatic differentiation are finite; nothing where the tensor is not of
/// 32-bit floats on the CPU.
#[must_use]
pub fn is_finite<const D: usize>(tensor: &Tensor<D>) -> Option<bool> {
    if tensor.dtype() != DType::F32 {
        return None;
    }
    let values = tensor.clone().try_into_primitive::<Flex>().ok()?;
    let values = contiguous(values);
    let look = |values: &[f32]| InstructionSet::best().run(Look { values });
    Some(floats(&values).par_chunks(TASK).all(look))
}

/// Whether all gradients of a module are finite; nothing where one of them cannot be looked at, as of [`is_finite`].
#[must_use]
pub fn has_finite_gradients<M: Module>(module: &M, gradients: &GradientsParams) -> Option<bool> {
    let mut search = Search {
        gradients,
        found: Some(true),
    };
    timed(
        || "search for infinities".into(),
        || module.visit(&mut search),
    );
    search.found
}

struct Search<'a> {
    gradients: &'a GradientsParams,
    found: Option<bool>,
}

impl ModuleVisitor for Search<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.found == Some(true)
            && let Some(gradient) = self.gradients.get::<D>(param.id)
        {
            self.found = is_finite(&gradient);
        }
    }
}

struct Look<'a> {
    values: &'a [f32],
}

impl Kernel for Look<'_> {
    type Output = bool;

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) -> bool {
        self.values.chunks(BLOCK).all(|block| {
            // Without a branch in it, so that many are looked at together.
            let is_odd = |value: &f32| u32::from(value.to_bits() & EXPONENT == EXPONENT);
            block.iter().fold(0, |found, value| found | is_odd(value)) == 0
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, TensorData};

    #[test]
    fn one_among_many_is_seen() {
        let device = Device::flex();
        let largest = [f32::MAX, f32::MIN, f32::MIN_POSITIVE, 0.0, -0.0, 1e-45];
        for length in [1, 15, 1024, 5000, 70_000] {
            let plain: Vec<f32> = largest.iter().copied().cycle().take(length).collect();
            let tensor = |values: &[f32]| {
                Tensor::<1>::from_data(TensorData::new(values.to_vec(), [length]), &device)
            };
            assert_eq!(is_finite(&tensor(&plain)), Some(true));
            for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                for place in [0, length / 2, length - 1] {
                    let mut values = plain.clone();
                    values[place] = odd;
                    assert_eq!(is_finite(&tensor(&values)), Some(false), "{odd}, {place}");
                }
            }
        }
    }

    #[test]
    fn every_gradient_is_looked_at() {
        let device = Device::flex();
        let layer: Linear = LinearConfig::new(2, 1).init(&device);
        let bias = layer.bias.as_ref().unwrap().id;
        let gradients = |of_bias: f32| {
            let mut gradients = GradientsParams::new();
            gradients.register::<2>(layer.weight.id, Tensor::ones([2, 1], &device));
            gradients.register::<1>(bias, Tensor::from_floats([of_bias], &device));
            gradients
        };
        assert_eq!(has_finite_gradients(&layer, &gradients(1.0)), Some(true));
        assert_eq!(
            has_finite_gradients(&layer, &gradients(f32::NAN)),
            Some(false)
        );
    }
}
