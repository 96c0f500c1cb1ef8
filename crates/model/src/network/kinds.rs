//! The kinds of networks that a recipe can ask for, and the list of layers that each is made of.

use super::fields::{DEFAULT_CNN_DENSE, DEFAULT_HIDDEN, DropoutOn, Kind, NetworkFields};
use crate::checks::{Checked, check_probability, refuse};
use crate::initializer::InitializerConfig;
use crate::layers::{
    Activation, ConvolutionConfig, ConvolutionalConfig, DenseLayerConfig, LayerConfig, Padding,
    Pool,
};

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
            hidden: DEFAULT_HIDDEN.to_vec(),
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
    pub convolutions: Vec<ConvolutionalConfig>,
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
                convolution(6, Padding::Same).into(),
                convolution(16, Padding::Valid).into(),
            ],
            dense: DEFAULT_CNN_DENSE.to_vec(),
            activation: Activation::Relu,
            dropout: 0.0,
            dropout_on: DropoutOn::All,
            initializer: InitializerConfig::default(),
        }
    }
}

/// A layer of a network, and where it stands.
pub(super) struct PlannedLayer {
    /// What errors name: the key below `[model]`.
    pub key: String,
    /// Where a saved model has its parameters, below the network, outermost first.
    pub path: Vec<String>,
    pub config: LayerConfig,
}

impl LinearConfig {
    pub(super) fn from_fields(fields: &NetworkFields) -> Result<Self, String> {
        let others = [
            "hidden",
            "dense",
            "activation",
            "dropout",
            "dropout_on",
            "convolutions",
        ];
        fields.refuse("linear", &others)?;
        Ok(Self {
            initializer: fields.initializer,
        })
    }

    pub(super) fn into_fields(self) -> NetworkFields {
        NetworkFields::blank(Kind::Linear, self.initializer)
    }

    pub(super) fn layers(num_classes: usize) -> Vec<PlannedLayer> {
        DenseLayers::default().plan(num_classes, "hidden", &["Dense"])
    }
}

impl DenseConfig {
    pub(super) fn from_fields(fields: NetworkFields) -> Result<Self, String> {
        fields.refuse("dense", &["dense", "convolutions"])?;
        let default = Self::default();
        Ok(Self {
            hidden: fields.hidden.unwrap_or(default.hidden),
            activation: fields.activation.unwrap_or(default.activation),
            dropout: fields.dropout.unwrap_or(default.dropout),
            dropout_on: fields.dropout_on.unwrap_or(default.dropout_on),
            initializer: fields.initializer,
        })
    }

    /// Keys that have no effect where they stand are not written.
    pub(super) fn into_fields(self) -> NetworkFields {
        let is_hidden = !self.hidden.is_empty();
        let has_dropout = is_hidden && self.dropout > 0.0;
        NetworkFields {
            hidden: Some(self.hidden),
            activation: is_hidden.then_some(self.activation),
            dropout: is_hidden.then_some(self.dropout),
            dropout_on: has_dropout.then_some(self.dropout_on),
            ..NetworkFields::blank(Kind::Dense, self.initializer)
        }
    }

    pub(super) fn layers(&self, num_classes: usize) -> Checked<Vec<PlannedLayer>> {
        check_probability("dropout", self.dropout)?;
        let layers = DenseLayers {
            hidden: &self.hidden,
            activation: self.activation,
            dropout: self.dropout,
            dropout_on: self.dropout_on,
        };
        Ok(layers.plan(num_classes, "hidden", &["Dense"]))
    }
}

impl CnnConfig {
    pub(super) fn from_fields(fields: NetworkFields) -> Result<Self, String> {
        fields.refuse("cnn", &["hidden"])?;
        let default = Self::default();
        Ok(Self {
            convolutions: fields.convolutions.unwrap_or(default.convolutions),
            dense: fields.dense.unwrap_or(default.dense),
            activation: fields.activation.unwrap_or(default.activation),
            dropout: fields.dropout.unwrap_or(default.dropout),
            dropout_on: fields.dropout_on.unwrap_or(default.dropout_on),
            initializer: fields.initializer,
        })
    }

    /// Keys that have no effect where they stand are not written.
    pub(super) fn into_fields(self) -> NetworkFields {
        let is_hidden = !self.dense.is_empty();
        let has_dropout = is_hidden && self.dropout > 0.0;
        NetworkFields {
            convolutions: Some(self.convolutions),
            dense: Some(self.dense),
            activation: is_hidden.then_some(self.activation),
            dropout: is_hidden.then_some(self.dropout),
            dropout_on: has_dropout.then_some(self.dropout_on),
            ..NetworkFields::blank(Kind::Cnn, self.initializer)
        }
    }

    pub(super) fn layers(&self, num_classes: usize) -> Checked<Vec<PlannedLayer>> {
        check_probability("dropout", self.dropout)?;
        if self.convolutions.is_empty() {
            return refuse(
                "convolutions",
                "must list at least one layer; for none use kind = \"dense\"",
            );
        }
        let mut list: Vec<PlannedLayer> = self
            .convolutions
            .iter()
            .enumerate()
            .map(|(index, config)| PlannedLayer {
                key: format!("convolutions[{index}]"),
                path: path(&["Cnn", "convolutions", &index.to_string()]),
                config: LayerConfig::Convolutional(config.clone()),
            })
            .collect();
        let layers = DenseLayers {
            hidden: &self.dense,
            activation: self.activation,
            dropout: self.dropout,
            dropout_on: self.dropout_on,
        };
        list.extend(layers.plan(num_classes, "dense", &["Cnn", "dense"]));
        Ok(list)
    }
}

/// Hidden dense layers and the output layer.
#[derive(Default)]
struct DenseLayers<'a> {
    hidden: &'a [usize],
    activation: Activation,
    dropout: f64,
    dropout_on: DropoutOn,
}

impl DenseLayers<'_> {
    /// `num_classes` is the width of the output layer, `key` that of the list of widths, `within` the path of the stack.
    fn plan(&self, num_classes: usize, key: &str, within: &[&str]) -> Vec<PlannedLayer> {
        let num_hidden = self.hidden.len();
        let mut list = Vec::with_capacity(num_hidden + 1);
        for (index, &width) in self.hidden.iter().enumerate() {
            let has_dropout = self.dropout_on == DropoutOn::All || index + 1 == num_hidden;
            list.push(PlannedLayer {
                key: format!("{key}[{index}]"),
                path: path(&[within, &["hidden", &index.to_string()]].concat()),
                config: LayerConfig::Dense(DenseLayerConfig {
                    width,
                    activation: self.activation,
                    dropout: if has_dropout { self.dropout } else { 0.0 },
                }),
            });
        }
        list.push(PlannedLayer {
            key: format!("{key}[{num_hidden}]"),
            path: path(&[within, &["output"]].concat()),
            config: LayerConfig::Dense(DenseLayerConfig {
                width: num_classes,
                activation: Activation::None,
                dropout: 0.0,
            }),
        });
        list
    }
}

fn path(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
