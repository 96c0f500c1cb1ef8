//! Networks: what a recipe asks for, the layers that it is made of, their summary, and their building. Knows no
//! kind of layer.

mod fields;
mod kinds;
mod stack;

pub use fields::DropoutOn;
pub use kinds::{CnnConfig, DenseConfig, LinearConfig};
pub(crate) use stack::Network;

use crate::checks::{Checked, NetworkConfigError};
use crate::initializer::{InitializerConfig, ParameterSource};
use crate::layers::Shape;
use crate::summary::{LayerSummary, NetworkSummary};
use base::IMAGE_SIDE;
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

    fn layers(&self) -> Checked<Vec<PlannedLayer>> {
        match self {
            Self::Linear(_) => Ok(LinearConfig::layers()),
            Self::Dense(config) => config.layers(),
            Self::Cnn(config) => config.layers(),
        }
    }

    /// All layers, checked: with what each is given, and its line in the summary.
    fn plan(&self) -> Checked<Vec<(PlannedLayer, Shape, LayerSummary)>> {
        self.initializer().check()?;
        let mut shape = INPUT;
        let mut list = Vec::new();
        for layer in self.layers()? {
            let (summary, output) = layer.config.summarize(&layer.key, shape)?;
            list.push((layer, shape, summary));
            shape = output;
        }
        Ok(list)
    }

    /// Checks the configuration and works out every layer's output shape and parameters.
    ///
    /// # Errors
    ///
    /// Names the key, below `[model]`, whose value makes no network.
    pub fn summarize(&self) -> Result<NetworkSummary, NetworkConfigError> {
        let layers = self.plan()?.into_iter().map(|(_, _, summary)| summary);
        Ok(NetworkSummary {
            layers: layers.collect(),
        })
    }

    /// Builds the network on `device` with weights drawn from `seed`: the same on every device.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Checked<Network> {
        let mut source = ParameterSource::new(self.initializer(), seed, device);
        let layers = self
            .plan()?
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
