//! What a classifier is made of, as a recipe has it and as it is saved beside the weights. Owns the pixels'
//! normalisation; the network is `network`'s.

use crate::checks::{Checked, refuse};
use crate::network::NetworkConfig;
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
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { mean = 0.1307, std = 0.3081 }"
)]
pub struct InputConfig {
    /// What is subtracted from each pixel; 1 is full ink.
    pub mean: f32,
    /// What the difference is divided by, above 0; 1 is full ink.
    #[schemars(extend("exclusiveMinimum" = 0))]
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

impl InputConfig {
    pub(crate) fn check(self) -> Checked<()> {
        if self.std.is_finite() && self.std > 0.0 && self.mean.is_finite() {
            return Ok(());
        }
        refuse("input", "needs a finite mean and a finite std above 0")
    }
}
