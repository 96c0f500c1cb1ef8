//! A step of Adam, `RMSprop` or gradient descent as one pass over parameter, gradient and moments.

use crate::flex::{contiguous, floats, floats_mut, tensor};
use crate::fusion::is_fused_on;
use crate::rules::{AdamFactors, Formula, RmsProp, Rule, Sgd, Updated};
use crate::simd::{InstructionSet, Kernel, Simd};
use crate::stopwatch::timed;
use crate::together;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// Does one step, by its learning rate and its number, from 1; none of the tensors may have automatic
/// differentiation.
///
/// # Panics
///
/// Where gradient and moments have not the parameter's shape.
#[must_use]
pub fn update<const D: usize>(
    parameter: Updated<D>,
    gradient: Tensor<D>,
    rule: Rule,
    learning_rate: f64,
    time: usize,
) -> Updated<D> {
    let shape = parameter.value.dims();
    let others = [&gradient, &parameter.moment_1, &parameter.moment_2];
    assert_eq!(others.map(Tensor::dims), [shape; 3], "update: equal shapes");
    let formula = Formula::new(rule, learning_rate, time);
    if !is_fused_on(&parameter.value) {
        if let Some(found) = together::update(&parameter, &gradient, formula) {
            return found;
        }
        return match formula {
            Formula::Adam(factors) => adam_unfused(parameter, gradient, factors),
            Formula::RmsProp { rule, rate } => rms_prop_unfused(parameter, gradient, rule, rate),
            Formula::Sgd { rule, rate } => sgd_unfused(parameter, gradient, rule, rate),
        };
    }
    let (value, moment_1, moment_2) = timed(
        || "optimizer".into(),
        || {
            <Dispatch as UpdateBackend>::update(
                parameter.value.into_dispatch(),
                gradient.into_dispatch(),
                parameter.moment_1.into_dispatch(),
                parameter.moment_2.into_dispatch(),
                formula,
            )
        },
    );
    Updated {
        value: Tensor::from_dispatch(value),
        moment_1: Tensor::from_dispatch(moment_1),
        moment_2: Tensor::from_dispatch(moment_2),
    }
}

/// The gradient with an L2 penalty.
fn penalized<const D: usize>(gradient: Tensor<D>, value: &Tensor<D>, penalty: f32) -> Tensor<D> {
    if penalty > 0.0 {
        gradient + value.clone() * penalty
    } else {
        gradient
    }
}

/// Adam by Burn's own operations, one after another.
fn adam_unfused<const D: usize>(
    parameter: Updated<D>,
    gradient: Tensor<D>,
    factors: AdamFactors,
) -> Updated<D> {
    let AdamFactors {
        rule,
        keep,
        rate,
        root,
    } = factors;
    let value = parameter.value;
    let gradient = penalized(gradient, &value, rule.penalty);
    let moment_1 = parameter.moment_1 * rule.beta_1 + gradient.clone() * (1.0 - rule.beta_1);
    let moment_2 = parameter.moment_2 * rule.beta_2 + gradient.square() * (1.0 - rule.beta_2);
    let size = moment_2.clone().sqrt() * root + rule.epsilon;
    Updated {
        value: value * keep - moment_1.clone() * rate / size,
        moment_1,
        moment_2,
    }
}

/// `RMSprop` by Burn's own operations, one after another.
fn rms_prop_unfused<const D: usize>(
    parameter: Updated<D>,
    gradient: Tensor<D>,
    rule: RmsProp,
    rate: f32,
) -> Updated<D> {
    let value = parameter.value;
    let gradient = penalized(gradient, &value, rule.penalty);
    let moment_2 = parameter.moment_2 * rule.alpha + gradient.clone().square() * (1.0 - rule.alpha);
    let change = gradient / (moment_2.clone().sqrt() + rule.epsilon);
    let (change, moment_1) = if rule.momentum > 0.0 {
        let change = parameter.moment_1 * rule.momentum + change;
        (change.clone(), change)
    } else {
        (change, parameter.moment_1)
    };
    Updated {
        value: value - change * rate,
        moment_1,
        moment_2,
    }
}

/// Gradient descent by Burn's own operations, one after another.
fn sgd_unfused<const D: usize>(
    parameter: Updated<D>,
    gradient: Tensor<D>,
    rule: Sgd,
    rate: f32,
) -> Updated<D> {
    let Updated {
        value,
        mut moment_1,
        moment_2,
    } = parameter;
    let mut step = penalized(gradient, &value, rule.penalty);
    if rule.momentum > 0.0 {
        moment_1 = step.clone() + moment_1 * rule.momentum;
        step = if rule.nesterov {
            moment_1.clone() * rule.momentum + step
        } else {
            moment_1.clone()
        };
    }
    Updated {
        value: value - step * rate,
        moment_1,
        moment_2,
    }
}

/// Backends that have the operation.
#[backend_extension(Flex)]
pub(crate) trait UpdateBackend: Backend {
    fn update(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        formula: Formula,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl UpdateBackend for Flex {
    fn update(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        formula: Formula,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [mut moment_1, mut moment_2] = [moment_1, moment_2].map(contiguous);
        let [value, gradient] = [value, gradient].map(contiguous);
        let num_values = floats(&value).len();
        for other in [&gradient, &moment_1, &moment_2] {
            assert_eq!(floats(other).len(), num_values, "update: equal lengths");
        }
        // A fresh one: the network that is being trained still has the old one.
        let mut new_value = Vec::with_capacity(num_values);
        let tasks = new_value.spare_capacity_mut()[..num_values]
            .par_chunks_mut(TASK)
            .zip(floats(&value).par_chunks(TASK))
            .zip(floats(&gradient).par_chunks(TASK))
            .zip(floats_mut(&mut moment_1).par_chunks_mut(TASK))
            .zip(floats_mut(&mut moment_2).par_chunks_mut(TASK));
        let set = InstructionSet::best();
        tasks.for_each(|((((new_value, value), gradient), moment_1), moment_2)| {
            let part = Part {
                new_value,
                value,
                gradient,
                moment_1,
                moment_2,
            };
            set.run(Pass { formula, part });
        });
        #[allow(unsafe_code)]
        // SAFETY: every one was written: all five lists have `num_values`, and are divided alike.
        unsafe {
            new_value.set_len(num_values);
        }
        (tensor(new_value, &value.shape()), moment_1, moment_2)
    }
}

/// Some values of a parameter.
struct Part<'a> {
    new_value: &'a mut [MaybeUninit<f32>],
    value: &'a [f32],
    gradient: &'a [f32],
    moment_1: &'a mut [f32],
    moment_2: &'a mut [f32],
}

impl Part<'_> {
    /// Replaces each value: `rule` takes it, its gradient and its moments, which it changes.
    #[inline(always)]
    fn replace(self, rule: impl Fn(f32, f32, &mut f32, &mut f32) -> f32) {
        let values = self.new_value.iter_mut().zip(self.value);
        let moments = self.moment_1.iter_mut().zip(self.moment_2);
        for (((new_value, &value), &gradient), (moment_1, moment_2)) in
            values.zip(self.gradient).zip(moments)
        {
            new_value.write(rule(value, gradient, moment_1, moment_2));
        }
    }
}

struct Pass<'a> {
    formula: Formula,
    part: Part<'a>,
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        match self.formula {
            Formula::Adam(AdamFactors {
                rule,
                keep,
                rate,
                root,
            }) => {
                let (new_1, new_2) = (1.0 - rule.beta_1, 1.0 - rule.beta_2);
                self.part.replace(|value, gradient, moment_1, moment_2| {
                    let gradient = gradient + rule.penalty * value;
                    *moment_1 = rule.beta_1 * *moment_1 + new_1 * gradient;
                    *moment_2 = rule.beta_2 * *moment_2 + new_2 * gradient * gradient;
                    let size = moment_2.sqrt() * root + rule.epsilon;
                    keep * value - rate * *moment_1 / size
                });
            }
            Formula::RmsProp { rule, rate } => {
                let new = 1.0 - rule.alpha;
                self.part.replace(|value, gradient, moment_1, moment_2| {
                    let gradient = gradient + rule.penalty * value;
                    *moment_2 = rule.alpha * *moment_2 + new * (gradient * gradient);
                    let change = gradient / (moment_2.sqrt() + rule.epsilon);
                    if rule.momentum == 0.0 {
                        return value - rate * change;
                    }
                    *moment_1 = rule.momentum * *moment_1 + change;
                    value - rate * *moment_1
                });
            }
            Formula::Sgd { rule, rate } => {
                self.part.replace(|value, gradient, moment_1, _| {
                    let gradient = gradient + rule.penalty * value;
                    if rule.momentum == 0.0 {
                        return value - rate * gradient;
                    }
                    *moment_1 = gradient + rule.momentum * *moment_1;
                    let step = if rule.nesterov {
                        rule.momentum * *moment_1 + gradient
                    } else {
                        *moment_1
                    };
                    value - rate * step
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
