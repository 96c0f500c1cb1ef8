//! A step of Adam as one pass over parameter, gradient and moments.

use crate::flex::{contiguous, floats, floats_mut, tensor};
use crate::fusion::is_fused_on;
use crate::simd::{InstructionSet, Kernel, Simd};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// One step of Adam with decoupled weight decay (Loshchilov and Hutter, 2017, algorithm 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// The learning rate.
    pub learning_rate: f64,
    /// Decay of the mean of the gradients.
    pub beta_1: f32,
    /// Decay of the mean of the squared gradients.
    pub beta_2: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
    /// An L2 penalty, part of the gradient.
    pub penalty: f32,
    /// Pull of the parameter towards zero, beside the gradient, in units of the learning rate.
    pub decay: f32,
    /// The number of the step, from 1.
    pub time: usize,
}

/// A parameter with the moments of its gradients.
#[derive(Clone, Debug)]
pub struct AdamParameter<const D: usize> {
    /// The parameter.
    pub value: Tensor<D>,
    /// The mean of the gradients.
    pub moment_1: Tensor<D>,
    /// The mean of the squared gradients.
    pub moment_2: Tensor<D>,
}

/// Does one step; none of the tensors may have automatic differentiation.
#[must_use]
pub fn adam_step<const D: usize>(
    parameter: AdamParameter<D>,
    gradient: Tensor<D>,
    step: AdamStep,
) -> AdamParameter<D> {
    if !is_fused_on(&parameter.value) {
        return adam_step_unfused(parameter, gradient, step);
    }
    let (value, moment_1, moment_2) = <Dispatch as AdamBackend>::adam_step(
        parameter.value.into_dispatch(),
        gradient.into_dispatch(),
        parameter.moment_1.into_dispatch(),
        parameter.moment_2.into_dispatch(),
        step,
    );
    AdamParameter {
        value: Tensor::from_dispatch(value),
        moment_1: Tensor::from_dispatch(moment_1),
        moment_2: Tensor::from_dispatch(moment_2),
    }
}

/// The same by Burn's own operations, one after another.
fn adam_step_unfused<const D: usize>(
    parameter: AdamParameter<D>,
    gradient: Tensor<D>,
    step: AdamStep,
) -> AdamParameter<D> {
    let Factors {
        keep, rate, root, ..
    } = Factors::new(step);
    let value = parameter.value;
    let gradient = if step.penalty > 0.0 {
        gradient + value.clone() * step.penalty
    } else {
        gradient
    };
    let moment_1 = parameter.moment_1 * step.beta_1 + gradient.clone() * (1.0 - step.beta_1);
    let moment_2 = parameter.moment_2 * step.beta_2 + gradient.square() * (1.0 - step.beta_2);
    let size = moment_2.clone().sqrt() * root + step.epsilon;
    AdamParameter {
        value: value * keep - moment_1.clone() * rate / size,
        moment_1,
        moment_2,
    }
}

/// Backends that have the operation.
#[backend_extension(Flex)]
pub(crate) trait AdamBackend: Backend {
    fn adam_step(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl AdamBackend for Flex {
    fn adam_step(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [mut moment_1, mut moment_2] = [moment_1, moment_2].map(contiguous);
        let [value, gradient] = [value, gradient].map(contiguous);
        let factors = Factors::new(step);
        let num_values = floats(&value).len();
        // A fresh one: the network that is being trained still has the old one.
        let mut new_value = Vec::with_capacity(num_values);
        let tasks = new_value.spare_capacity_mut()[..num_values]
            .par_chunks_mut(TASK)
            .zip(floats(&value).par_chunks(TASK))
            .zip(floats(&gradient).par_chunks(TASK))
            .zip(floats_mut(&mut moment_1).par_chunks_mut(TASK))
            .zip(floats_mut(&mut moment_2).par_chunks_mut(TASK));
        tasks.for_each(|((((new_value, value), gradient), moment_1), moment_2)| {
            InstructionSet::best().run(Pass {
                factors,
                new_value,
                value,
                gradient,
                moment_1,
                moment_2,
            });
        });
        #[allow(unsafe_code)]
        // SAFETY: as many values were written: one for each old one.
        unsafe {
            assert_eq!(floats(&gradient).len(), num_values, "a gradient's values");
            new_value.set_len(num_values);
        }
        (tensor(new_value, &value.shape()), moment_1, moment_2)
    }
}

/// What each value is multiplied by.
#[derive(Clone, Copy)]
struct Factors {
    step: AdamStep,
    /// Of the parameter.
    keep: f32,
    /// Of the mean of the gradients.
    rate: f32,
    /// Of the root of the mean of their squares.
    root: f32,
}

impl Factors {
    fn new(step: AdamStep) -> Self {
        let time = i32::try_from(step.time).unwrap_or(i32::MAX);
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(time);
        Self {
            step,
            keep: (1.0 - step.learning_rate * f64::from(step.decay)) as f32,
            rate: (step.learning_rate / correction(step.beta_1)) as f32,
            root: correction(step.beta_2).sqrt().recip() as f32,
        }
    }
}

/// Some values of a parameter.
struct Pass<'a> {
    factors: Factors,
    new_value: &'a mut [MaybeUninit<f32>],
    value: &'a [f32],
    gradient: &'a [f32],
    moment_1: &'a mut [f32],
    moment_2: &'a mut [f32],
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let Factors {
            step,
            keep,
            rate,
            root,
        } = self.factors;
        let (new_1, new_2) = (1.0 - step.beta_1, 1.0 - step.beta_2);
        let values = self.new_value.iter_mut().zip(self.value);
        let moments = self.moment_1.iter_mut().zip(self.moment_2);
        let all = values.zip(self.gradient).zip(moments);
        for (((new_value, &value), &gradient), (moment_1, moment_2)) in all {
            let gradient = gradient + step.penalty * value;
            *moment_1 = step.beta_1 * *moment_1 + new_1 * gradient;
            *moment_2 = step.beta_2 * *moment_2 + new_2 * gradient * gradient;
            let size = moment_2.sqrt() * root + step.epsilon;
            new_value.write(keep * value - rate * *moment_1 / size);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::with_fusing;
    use burn::tensor::{Device, Distribution};

    #[test]
    fn tensors_of_other_shapes_are_refused() {
        let device = Device::flex();
        let step = AdamStep {
            learning_rate: 0.01,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            penalty: 0.0,
            decay: 0.0,
            time: 1,
        };
        let zeros = |shape| Tensor::<2>::zeros(shape, &device);
        // The same number of values in another order would pass a comparison of lengths.
        for wrong in [[3, 4], [5, 5], [4, 5]] {
            for which in 0..3 {
                let shape = |index| if index == which { wrong } else { [5, 4] };
                let parameter = AdamParameter {
                    value: zeros([5, 4]),
                    moment_1: zeros(shape(0)),
                    moment_2: zeros(shape(1)),
                };
                let gradient = zeros(shape(2));
                let work = || adam_step(parameter, gradient, step);
                let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
                assert!(found.is_err(), "{wrong:?} in place {which}");
            }
        }
    }

    #[test]
    fn agrees_with_the_plain_operations() {
        let device = Device::flex();
        let normal = Distribution::Normal(0.0, 1.0);
        let draw = || Tensor::<2>::random([150, 131], normal, &device);
        let zeros = || Tensor::<2>::zeros([150, 131], &device);
        let parameter = AdamParameter {
            value: draw(),
            moment_1: zeros(),
            moment_2: zeros(),
        };
        let (mut found, mut expected) = (parameter.clone(), parameter);
        for time in 1..5 {
            let step = AdamStep {
                learning_rate: 0.01,
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-8,
                penalty: 0.01,
                decay: 0.1,
                time,
            };
            let gradient = draw();
            found = adam_step(found, gradient.clone(), step);
            expected = with_fusing(false, || adam_step(expected, gradient, step));
        }
        let expected: Vec<f32> = expected.value.try_to_vec_as().unwrap();
        let found: Vec<f32> = found.value.try_to_vec_as().unwrap();
        for (expected, found) in expected.iter().zip(&found) {
            assert!(
                (expected - found).abs() < 1e-6,
                "{found} instead of {expected}"
            );
        }
    }
}
