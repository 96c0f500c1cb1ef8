//! What follows a layer's linear part: a function of each value by itself.

use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, relu, tanh};
use kernels::FusedActivation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What follows a layer's linear part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    expecting = "the name of an activation, such as \"relu\""
)]
pub enum Activation {
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `x Φ(x)`, with the exact normal distribution function.
    Gelu,
    /// Hyperbolic tangent.
    Tanh,
    /// The identity.
    None,
}

/// Whether it is ReLU, of the two activations that a GPU trains in one piece; nothing for the others.
pub(super) fn is_relu(activation: Activation) -> Option<bool> {
    match activation {
        Activation::Relu => Some(true),
        Activation::None => Some(false),
        Activation::Gelu | Activation::Tanh => None,
    }
}

impl Activation {
    /// As part of a layer's name in the summary.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Relu => ", relu",
            Self::Gelu => ", gelu",
            Self::Tanh => ", tanh",
            Self::None => "",
        }
    }

    /// As part of a fused operation.
    pub(super) fn fused(self) -> FusedActivation {
        match self {
            Self::Relu => FusedActivation::Relu,
            Self::Gelu => FusedActivation::Gelu,
            Self::Tanh => FusedActivation::Tanh,
            Self::None => FusedActivation::Identity,
        }
    }

    /// As an operation by itself.
    pub(super) fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Relu => relu(x),
            Self::Gelu => gelu(x),
            Self::Tanh => tanh(x),
            Self::None => x,
        }
    }
}
