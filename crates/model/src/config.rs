//! What a network is made of, as the user writes it in a recipe and as it is saved beside the
//! weights. Owns the checks that need no tensors; building the network is `classifier`'s.

use crate::network_fields::NetworkFields;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole classifier: how pixels are brought to the network, and the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassifierConfig {
    /// Normalisation of the pixels.
    #[serde(default)]
    pub input: InputConfig,
    /// The layers.
    pub network: NetworkConfig,
}

/// Normalisation: a pixel `p` of 0–255 enters the network as `(p / 255 - mean) / std`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InputConfig {
    /// Subtracted, in units of full ink.
    pub mean: f32,
    /// Divided by, in units of full ink; above 0.
    pub std: f32,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self {
            mean: 0.0,
            std: 1.0,
        }
    }
}

/// The layers between pixels and logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "NetworkFields", into = "NetworkFields")]
pub enum NetworkConfig {
    /// Softmax regression: one dense layer from pixels to logits.
    Linear(LinearConfig),
    /// Dense layers.
    Dense(DenseConfig),
    /// Convolutions, then dense layers.
    Cnn(CnnConfig),
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self::Cnn(CnnConfig::default())
    }
}

/// Softmax regression.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinearConfig {
    /// How weights and biases start.
    pub initializer: InitializerConfig,
}

/// Dense layers: `hidden` ones, then the output layer.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseConfig {
    /// Width of each hidden layer, first to last; empty makes a softmax regression.
    pub hidden: Vec<usize>,
    /// After each hidden layer.
    pub activation: Activation,
    /// Probability of zeroing a hidden value in training, 0 ≤ p < 1.
    pub dropout: f64,
    /// The hidden layers that dropout follows.
    pub dropout_on: DropoutOn,
    /// How weights and biases start.
    pub initializer: InitializerConfig,
}

impl Default for DenseConfig {
    fn default() -> Self {
        Self {
            hidden: vec![512, 256, 128],
            activation: Activation::Relu,
            dropout: 0.0,
            dropout_on: DropoutOn::All,
            initializer: InitializerConfig::default(),
        }
    }
}

/// Convolutional layers, then dense ones. The default is LeNet with 61,706 parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct CnnConfig {
    /// The convolutional layers, first to last; at least one.
    pub convolutions: Vec<ConvolutionConfig>,
    /// Width of each hidden dense layer after them.
    pub dense: Vec<usize>,
    /// After each hidden dense layer.
    pub activation: Activation,
    /// Probability of zeroing a hidden dense value in training, 0 ≤ p < 1.
    pub dropout: f64,
    /// The hidden dense layers that dropout follows.
    pub dropout_on: DropoutOn,
    /// How weights and biases start.
    pub initializer: InitializerConfig,
}

impl Default for CnnConfig {
    fn default() -> Self {
        let convolution = |channels, padding| ConvolutionConfig {
            channels,
            kernel: 5,
            padding,
            pool: Pool::Max,
            ..ConvolutionConfig::default()
        };
        Self {
            convolutions: vec![
                convolution(6, Padding::Same),
                convolution(16, Padding::Valid),
            ],
            dense: vec![120, 84],
            activation: Activation::Relu,
            dropout: 0.0,
            dropout_on: DropoutOn::All,
            initializer: InitializerConfig::default(),
        }
    }
}

/// One convolutional layer: convolution, batch normalisation, activation, pooling, dropout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConvolutionConfig {
    /// Number of output channels.
    pub channels: usize,
    /// Height and width of the kernel, in pixels; stride 1.
    pub kernel: usize,
    /// Whether the borders are padded with zeros.
    pub padding: Padding,
    /// After the convolution.
    pub activation: Activation,
    /// After the activation.
    pub pool: Pool,
    /// Height, width and stride of the pooling window, in pixels.
    pub pool_size: usize,
    /// Whether the convolution's output is normalised over the batch.
    pub batch_norm: bool,
    /// Probability of zeroing a pooled value in training, 0 ≤ p < 1.
    pub dropout: f64,
}

impl Default for ConvolutionConfig {
    fn default() -> Self {
        Self {
            channels: 16,
            kernel: 3,
            padding: Padding::Valid,
            activation: Activation::Relu,
            pool: Pool::None,
            pool_size: 2,
            batch_norm: false,
            dropout: 0.0,
        }
    }
}

/// What follows a layer's linear part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
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

/// What a convolution does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Zeros around the image, so that the output is as large as the input.
    Same,
    /// No padding: the output is `kernel - 1` pixels smaller.
    #[default]
    Valid,
}

/// How a convolution's output is made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// The largest value of each window.
    Max,
    /// The mean of each window.
    Average,
    /// Not at all.
    #[default]
    None,
}

/// The hidden dense layers that dropout follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DropoutOn {
    /// Only the last hidden layer.
    Last,
    /// Every hidden layer.
    #[default]
    All,
}

impl DropoutOn {
    /// Whether dropout follows a hidden layer.
    pub(crate) fn follows(self, is_last: bool) -> bool {
        is_last || self == Self::All
    }
}

/// How weights and biases start. Weights are drawn on the host from the run's seed, so they are the
/// same on every device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InitializerConfig {
    /// The distribution of the weights.
    pub weights: WeightDistribution,
    /// Standard deviation, for `normal` and `truncated-normal`.
    pub std: Option<f32>,
    /// What every bias starts with.
    pub bias: f32,
}

/// Distribution of the initial weights of a layer with `fan_in` inputs and `fan_out` outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeightDistribution {
    /// Uniform in ±√(6 / (`fan_in` + `fan_out`)): Keras' default (Glorot and Bengio, 2010).
    #[default]
    GlorotUniform,
    /// Uniform in ±√(6 / `fan_in`) (He et al., 2015).
    HeUniform,
    /// Normal with standard deviation √(2 / `fan_in`) (He et al., 2015).
    HeNormal,
    /// Uniform in ±√(1 / `fan_in`): `PyTorch`'s default for weights.
    LecunUniform,
    /// Normal with the given `std`.
    Normal,
    /// Normal with the given `std`, drawn anew where it falls beyond two of them.
    TruncatedNormal,
    /// All zero: fit for softmax regression only.
    Zeros,
}
