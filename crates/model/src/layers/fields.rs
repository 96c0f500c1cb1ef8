//! How the layers of a recipe's `convolutions` are written: one flat table whose `kind` says which keys it may have.
//! (A tagged enumeration of serde's would lose the line and column of an error.)

use super::activation::Activation;
use super::pooling::Pool;
use super::unit::Padding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every key of every kind of convolutional layer.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a layer such as { channels = 16, kernel = 3 }"
)]
pub(crate) struct ConvolutionalFields {
    /// What the layer is: `convolution` (where it is left out) or `residual`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = LayerKind::Convolution))]
    pub kind: Option<LayerKind>,
    /// Number of images that the layer puts out, at least 1; 16 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), extend("default" = 16))]
    pub channels: Option<usize>,
    /// Height and width of the kernels, in pixels, at least 1 and at most the input's; stride 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), extend("default" = 3))]
    pub kernel: Option<usize>,
    /// Whether zeros around the image keep its size; of `convolution` alone, a block always keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Padding::Valid))]
    pub padding: Option<Padding>,
    /// What follows each convolution, and in a block the sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Activation::Relu))]
    pub activation: Option<Activation>,
    /// How the output is made smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Pool::None))]
    pub pool: Option<Pool>,
    /// Height, width and stride of the windows of `max` and `average`, in pixels, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), extend("default" = 2))]
    pub pool_size: Option<usize>,
    /// Whether what each convolution puts out is normalised over the batch; `residual`: true where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub batch_norm: Option<bool>,
    /// Probability that a value the layer puts out is zeroed in training, at least 0 and below 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1, "default" = 0.0))]
    pub dropout: Option<f64>,
}

/// The kinds of convolutional layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    expecting = "\"convolution\" or \"residual\""
)]
pub(crate) enum LayerKind {
    /// A convolution and what follows it.
    Convolution,
    /// Two convolutions whose output is added to their input.
    Residual,
}
