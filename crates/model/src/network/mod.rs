//! Networks: what a recipe asks for, the layers that it is made of, their summary, and their building. Knows no
//! kind of layer.

mod fields;
mod kinds;
mod stack;

pub use fields::DropoutOn;
pub use kinds::{CnnConfig, DenseConfig, LinearConfig};
pub(crate) use stack::Network;

use crate::checks::{Checked, NetworkConfigError, refuse};
use crate::initializer::{InitializerConfig, ParameterSource};
use crate::layers::Shape;
use crate::summary::{LayerSummary, NetworkSummary};
use base::{IMAGE_SIDE, MAX_CLASSES, MIN_CLASSES};
use burn::tensor::Device;
use fields::{Kind, NetworkFields};
use kinds::PlannedLayer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stack::PlacedLayer;

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

impl TryFrom<NetworkFields> for NetworkConfig {
    type Error = String;

    fn try_from(fields: NetworkFields) -> Result<Self, String> {
        match fields.kind {
            Kind::Linear => LinearConfig::from_fields(&fields).map(Self::Linear),
            Kind::Dense => DenseConfig::from_fields(fields).map(Self::Dense),
            Kind::Cnn => CnnConfig::from_fields(fields).map(Self::Cnn),
        }
    }
}

impl From<NetworkConfig> for NetworkFields {
    fn from(config: NetworkConfig) -> Self {
        match config {
            NetworkConfig::Linear(config) => config.into_fields(),
            NetworkConfig::Dense(config) => config.into_fields(),
            NetworkConfig::Cnn(config) => config.into_fields(),
        }
    }
}

/// What every network is given: one channel of pixels.
const INPUT: Shape = Shape::Images([1, IMAGE_SIDE, IMAGE_SIDE]);

impl NetworkConfig {
    fn initializer(&self) -> InitializerConfig {
        match self {
            Self::Linear(config) => config.initializer,
            Self::Dense(config) => config.initializer,
            Self::Cnn(config) => config.initializer,
        }
    }

    fn layers(&self, num_classes: usize) -> Checked<Vec<PlannedLayer>> {
        if !(MIN_CLASSES..=MAX_CLASSES).contains(&num_classes) {
            let problem =
                format!("tells {MIN_CLASSES} to {MAX_CLASSES} classes apart, not {num_classes}");
            return refuse("kind", &problem);
        }
        match self {
            Self::Linear(_) => Ok(LinearConfig::layers(num_classes)),
            Self::Dense(config) => config.layers(num_classes),
            Self::Cnn(config) => config.layers(num_classes),
        }
    }

    /// All layers, checked: with what each is given, and its line in the summary.
    fn plan(&self, num_classes: usize) -> Checked<Vec<(PlannedLayer, Shape, LayerSummary)>> {
        self.initializer().check()?;
        let mut shape = INPUT;
        let mut list = Vec::new();
        for layer in self.layers(num_classes)? {
            let (summary, output) = layer.config.summarize(&layer.key, shape)?;
            list.push((layer, shape, summary));
            shape = output;
        }
        Ok(list)
    }

    /// Checks the configuration and works out every layer's output shape and parameters, for a network that tells so
    /// many classes apart.
    ///
    /// # Errors
    ///
    /// Names the key, below `[model]`, whose value makes no network.
    pub fn summarize(&self, num_classes: usize) -> Result<NetworkSummary, NetworkConfigError> {
        let layers = self
            .plan(num_classes)?
            .into_iter()
            .map(|(_, _, summary)| summary);
        Ok(NetworkSummary {
            layers: layers.collect(),
        })
    }

    /// Builds the network on `device` with weights drawn from `seed`: the same on every device.
    pub(crate) fn init(&self, num_classes: usize, seed: u64, device: &Device) -> Checked<Network> {
        let mut source = ParameterSource::new(self.initializer(), seed, device);
        let layers = self
            .plan(num_classes)?
            .into_iter()
            .map(|(planned, input, _)| PlacedLayer {
                layer: planned.config.init(input, &mut source),
                path: planned.path,
                is_kept: false,
            });
        Ok(Network::new(layers.collect()))
    }
}

#[cfg(test)]
mod tests;
