//! Rules by which optimizers change a parameter, as numbers.

use burn::tensor::Tensor;

/// How a parameter follows from its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Adam.
    Adam(Adam),
    /// `RMSprop`.
    RmsProp(RmsProp),
    /// Stochastic gradient descent.
    Sgd(Sgd),
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

/// Stochastic gradient descent, with momentum as in Keras and `PyTorch` (Sutskever et al., 2013).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// What is kept of the velocity, the sum of the gradients before; 0 for none.
    pub momentum: f32,
    /// Whether a step goes by the velocity of the next one.
    pub nesterov: bool,
    /// An L2 penalty, part of the gradient.
    pub penalty: f32,
}

/// A parameter with what is kept of its gradients, zeros at first.
#[derive(Clone, Debug)]
pub struct Updated<const D: usize> {
    /// The parameter.
    pub value: Tensor<D>,
    /// Adam: the mean of the gradients. `RMSprop`: the step before, where there is momentum. Gradient descent: the velocity,
    /// where there is momentum.
    pub moment_1: Tensor<D>,
    /// The mean of the squared gradients; gradient descent leaves it as it is.
    pub moment_2: Tensor<D>,
}

/// A rule at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Formula {
    Adam(AdamFactors),
    RmsProp { rule: RmsProp, rate: f32 },
    Sgd { rule: Sgd, rate: f32 },
}

impl Formula {
    pub(crate) fn new(rule: Rule, learning_rate: f64, time: usize) -> Self {
        match rule {
            Rule::Adam(rule) => Self::Adam(AdamFactors::new(rule, learning_rate, time)),
            Rule::RmsProp(rule) => Self::RmsProp {
                rule,
                rate: learning_rate as f32,
            },
            Rule::Sgd(rule) => Self::Sgd {
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
            Self::Sgd { rule, rate } => Self::Sgd {
                rule: Sgd {
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
