//! How a network is written: one flat table whose `kind` says which keys it may have. (A tagged enumeration of
//! serde's would lose the line and column of an error.) Owns the keys; their defaults are each kind's own.

use crate::initializer::InitializerConfig;
use crate::layers::{Activation, ConvolutionalConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Widths of the hidden layers of a `dense` network that does not say.
pub(super) const DEFAULT_HIDDEN: [usize; 3] = [512, 256, 128];
/// Widths of the hidden dense layers of a `cnn` that does not say.
pub(super) const DEFAULT_CNN_DENSE: [usize; 2] = [120, 84];

/// Every key of every kind of network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `kind` and the keys of that kind of network"
)]
pub(crate) struct NetworkFields {
    /// The kind of network: `linear` is softmax regression, `dense` has dense layers, `cnn` convolutions before them.
    pub kind: Kind,
    /// Width of each hidden layer of a `dense` network, first to last, each at least 1; an empty list makes it `linear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 1)), extend("default" = DEFAULT_HIDDEN))]
    pub hidden: Option<Vec<usize>>,
    /// Width of each hidden dense layer of a `cnn`, after the convolutions, each at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 1)), extend("default" = DEFAULT_CNN_DENSE))]
    pub dense: Option<Vec<usize>>,
    /// What follows each hidden dense layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Activation::Relu))]
    pub activation: Option<Activation>,
    /// Probability that a hidden dense value is zeroed in training, at least 0 and below 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1, "default" = 0.0))]
    pub dropout: Option<f64>,
    /// The hidden dense layers that dropout follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DropoutOn::All))]
    pub dropout_on: Option<DropoutOn>,
    /// How weights and biases start; drawn from the run's seed, and so the same on every device.
    #[serde(default)]
    pub initializer: InitializerConfig,
    /// The convolutional layers of a `cnn`, first to last, at least one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub convolutions: Option<Vec<ConvolutionalConfig>>,
}

/// The kinds of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    expecting = "\"linear\", \"dense\" or \"cnn\""
)]
pub(crate) enum Kind {
    /// Softmax regression: one dense layer from pixels to classes.
    Linear,
    /// Dense layers.
    Dense,
    /// Convolutions, then dense layers.
    Cnn,
}

/// The hidden dense layers that dropout follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "\"last\" or \"all\"")]
pub enum DropoutOn {
    /// Only the last hidden layer.
    Last,
    /// Every hidden layer.
    #[default]
    All,
}

impl NetworkFields {
    /// No key but those that every kind has.
    pub(super) fn blank(kind: Kind, initializer: InitializerConfig) -> Self {
        Self {
            kind,
            hidden: None,
            dense: None,
            activation: None,
            dropout: None,
            dropout_on: None,
            initializer,
            convolutions: None,
        }
    }

    /// Refuses the first of these keys that is there: this kind does not have them.
    pub(super) fn refuse(&self, kind: &str, keys: &[&str]) -> Result<(), String> {
        let present = [
            ("hidden", self.hidden.is_some()),
            ("dense", self.dense.is_some()),
            ("activation", self.activation.is_some()),
            ("dropout", self.dropout.is_some()),
            ("dropout_on", self.dropout_on.is_some()),
            ("convolutions", self.convolutions.is_some()),
        ];
        match present
            .iter()
            .find(|(key, is_present)| *is_present && keys.contains(key))
        {
            Some((key, _)) => Err(format!("`{key}` is not a key of kind = \"{kind}\"")),
            None => Ok(()),
        }
    }
}
