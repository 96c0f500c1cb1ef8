//! The kinds of layers. One file a kind holds all that is known of it: its keys in a recipe and their checks, its
//! output's shape, its parameters and their names, how it is built, how it goes forward in training and in use, and
//! how it is drawn. This file picks the kind.
//!
//! | to add a kind | |
//! |---|---|
//! | its file | a `…Config` with `summarize` and `init`, a module with `forward` and `tensors` |
//! | here | a variant of [`LayerConfig`] and one of [`Layer`] |
//! | `fields` | its name, and the keys that no other kind has |

mod activation;
mod batch_norm;
mod convolution;
mod dense;
mod fields;
mod pooling;
mod residual;
mod unit;
mod values;

pub use activation::Activation;
pub use convolution::ConvolutionConfig;
pub(crate) use dense::DenseLayerConfig;
pub use pooling::Pool;
pub use residual::ResidualConfig;
pub use unit::Padding;
pub use values::TrainingContext;
pub(crate) use values::{Mode, Shape, Values};

use crate::checks::Checked;
use crate::host::InferenceError;
use crate::initializer::ParameterSource;
use crate::summary::LayerSummary;
use crate::weights::NamedWeights;
use burn::module::{Devices, Module, ModuleMapper, ModuleVisitor};
use burn::tensor::Device;
use fields::{ConvolutionalFields, LayerKind};
use kernels::{StepConvolution, StepDense};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One layer of a recipe's `convolutions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ConvolutionalFields", into = "ConvolutionalFields")]
pub enum ConvolutionalConfig {
    /// A convolution and what follows it.
    Convolution(ConvolutionConfig),
    /// Two convolutions whose output is added to their input.
    Residual(ResidualConfig),
}

impl From<ConvolutionConfig> for ConvolutionalConfig {
    fn from(config: ConvolutionConfig) -> Self {
        Self::Convolution(config)
    }
}

impl From<ResidualConfig> for ConvolutionalConfig {
    fn from(config: ResidualConfig) -> Self {
        Self::Residual(config)
    }
}

impl TryFrom<ConvolutionalFields> for ConvolutionalConfig {
    type Error = String;

    fn try_from(fields: ConvolutionalFields) -> Result<Self, String> {
        Ok(match fields.kind.unwrap_or(LayerKind::Convolution) {
            LayerKind::Convolution => ConvolutionConfig::from_fields(&fields).into(),
            LayerKind::Residual => ResidualConfig::from_fields(&fields)?.into(),
        })
    }
}

impl From<ConvolutionalConfig> for ConvolutionalFields {
    fn from(config: ConvolutionalConfig) -> Self {
        match config {
            ConvolutionalConfig::Convolution(config) => config.into_fields(),
            ConvolutionalConfig::Residual(config) => config.into_fields(),
        }
    }
}

/// Any layer, as it is to be built.
pub(crate) enum LayerConfig {
    Dense(DenseLayerConfig),
    Convolutional(ConvolutionalConfig),
}

impl LayerConfig {
    /// Checks the values, and works out the layer's line in the summary and what it puts out. `key` is the one
    /// below `[model]` that an error is to name.
    pub(crate) fn summarize(&self, key: &str, input: Shape) -> Checked<(LayerSummary, Shape)> {
        match self {
            Self::Dense(config) => config.summarize(key, input),
            Self::Convolutional(ConvolutionalConfig::Convolution(config)) => {
                config.summarize(key, input)
            }
            Self::Convolutional(ConvolutionalConfig::Residual(config)) => {
                config.summarize(key, input)
            }
        }
    }

    /// Draws the layer's parameters.
    pub(crate) fn init(&self, input: Shape, source: &mut ParameterSource<'_>) -> Layer {
        match self {
            Self::Dense(config) => Layer::Dense(config.init(input, source)),
            Self::Convolutional(ConvolutionalConfig::Convolution(config)) => {
                Layer::Convolution(config.init(input, source))
            }
            Self::Convolutional(ConvolutionalConfig::Residual(config)) => {
                Layer::Residual(config.init(input, source))
            }
        }
    }
}

/// Any layer with its parameters.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a network has few layers, and Burn knows no boxed modules"
)]
pub(crate) enum Layer {
    Dense(dense::Dense),
    Convolution(unit::Unit),
    Residual(residual::Residual),
}

/// A layer as a GPU trains it in one piece with the others.
pub(crate) enum StepLayer {
    Convolution(StepConvolution),
    Dense(StepDense),
}

/// The same for every kind.
macro_rules! for_each_kind {
    ($layer:expr, $inner:ident => $do:expr) => {
        match $layer {
            Layer::Dense($inner) => $do,
            Layer::Convolution($inner) => $do,
            Layer::Residual($inner) => $do,
        }
    };
    (map $layer:expr, $inner:ident => $do:expr) => {
        match $layer {
            Layer::Dense($inner) => Layer::Dense($do),
            Layer::Convolution($inner) => Layer::Convolution($do),
            Layer::Residual($inner) => Layer::Residual($do),
        }
    };
}

impl Layer {
    /// What layers of its kind are called in lists of weights.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Convolution(_) => "convolution",
            Self::Residual(_) => "residual",
        }
    }

    pub(crate) fn forward(&self, x: Values, mode: Mode) -> Values {
        match self {
            Self::Dense(layer) => Values::Features(layer.forward(x.into_features(), mode)),
            Self::Convolution(layer) => Values::Images(layer.forward(x.into_images(), mode)),
            Self::Residual(layer) => Values::Images(layer.forward(x.into_images(), mode)),
        }
    }

    /// The layer as a GPU trains it in one piece with the others, where it can.
    pub(crate) fn step_layer(&self) -> Option<StepLayer> {
        match self {
            Self::Dense(layer) => layer.step_layer().map(StepLayer::Dense),
            Self::Convolution(layer) => layer.step_layer().map(StepLayer::Convolution),
            Self::Residual(_) => None,
        }
    }

    /// All that is saved of the layer, in the order of saving.
    pub(crate) fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        for_each_kind!(self, layer => layer.tensors())
    }

    /// The weights of a first layer as one picture a unit, `[units, height, width]`.
    pub(crate) fn pictures(&self) -> Result<NamedWeights, InferenceError> {
        let kernels = match self {
            Self::Dense(layer) => return layer.pictures(),
            Self::Convolution(layer) => layer.weights()?,
            Self::Residual(layer) => layer.weights()?,
        };
        // The input has one channel, so each kernel is one picture.
        let mut shape = kernels.shape.clone();
        shape.remove(1);
        Ok(NamedWeights { shape, ..kernels })
    }
}

/// As if the layer were the kind's own module: a saved model does not name the kind.
impl Module for Layer {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        for_each_kind!(self, layer => layer.visit(visitor));
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        for_each_kind!(map self, layer => layer.map(mapper))
    }

    fn to_device(self, device: &Device) -> Self {
        for_each_kind!(map self, layer => layer.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        for_each_kind!(map self, layer => layer.fork(device))
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        for_each_kind!(self, layer => layer.collect_devices(devices))
    }

    fn materialize(self) -> Self {
        for_each_kind!(map self, layer => layer.materialize())
    }

    fn valid(&self) -> Self {
        for_each_kind!(map self, layer => layer.valid())
    }

    fn train(self) -> Self {
        for_each_kind!(map self, layer => layer.train())
    }
}
