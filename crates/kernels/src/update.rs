//! A step of Adam or `RMSprop` as one pass over parameter, gradient and moments.

use crate::flex::{contiguous, floats, floats_mut, tensor};
use crate::fusion::is_fused_on;
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

/// How a parameter follows from its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Adam.
    Adam(Adam),
    /// `RMSprop`.
    RmsProp(RmsProp),
}

/// Adam (Kingma and Ba, 2014), with an L2 penalty or with decoupled weight decay (Loshchilov and Hutter, 2017,
/// algorithm 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
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
}

/// `RMSprop` (Hinton, 2012), with momentum as in Keras and `PyTorch`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// Decay of the mean of the squared gradients.
    pub alpha: f32,
    /// What is kept of the step before; 0 for none.
    pub momentum: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
    /// An L2 penalty, part of the gradient.
    pub penalty: f32,
}

/// A parameter with what is kept of its gradients, zeros at first.
#[derive(Clone, Debug)]
pub struct Updated<const D: usize> {
    /// The parameter.
    pub value: Tensor<D>,
    /// Adam: the mean of the gradients. `RMSprop`: the step before, where there is momentum.
    pub moment_1: Tensor<D>,
    /// The mean of the squared gradients.
    pub moment_2: Tensor<D>,
}

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

/// A rule at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Formula {
    Adam(AdamFactors),
    RmsProp { rule: RmsProp, rate: f32 },
}

impl Formula {
    fn new(rule: Rule, learning_rate: f64, time: usize) -> Self {
        match rule {
            Rule::Adam(rule) => Self::Adam(AdamFactors::new(rule, learning_rate, time)),
            Rule::RmsProp(rule) => Self::RmsProp {
                rule,
                rate: learning_rate as f32,
            },
        }
    }

    /// The same without weight decay.
    pub(crate) fn without_decay(self) -> Self {
        match self {
            Self::Adam(factors) => {
                let rule = Adam {
                    penalty: 0.0,
                    decay: 0.0,
                    ..factors.rule
                };
                Self::Adam(AdamFactors {
                    rule,
                    keep: 1.0,
                    ..factors
                })
            }
            Self::RmsProp { rule, rate } => Self::RmsProp {
                rule: RmsProp {
                    penalty: 0.0,
                    ..rule
                },
                rate,
            },
        }
    }
}

/// What Adam multiplies each value by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AdamFactors {
    pub rule: Adam,
    /// Of the parameter.
    pub keep: f32,
    /// Of the mean of the gradients.
    pub rate: f32,
    /// Of the root of the mean of their squares.
    pub root: f32,
}

impl AdamFactors {
    fn new(rule: Adam, learning_rate: f64, time: usize) -> Self {
        let time = i32::try_from(time).unwrap_or(i32::MAX);
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(time);
        Self {
            rule,
            keep: (1.0 - learning_rate * f64::from(rule.decay)) as f32,
            rate: (learning_rate / correction(rule.beta_1)) as f32,
            root: correction(rule.beta_2).sqrt().recip() as f32,
        }
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
        }
    }
}

#[cfg(test)]
mod tests;
