//! What a classifier is made of, as a recipe has it and as it is saved beside the weights. Owns the pixels'
//! normalisation; the network is `network`'s.

use crate::checks::{Checked, NetworkConfigError, refuse};
use crate::network::NetworkConfig;
use crate::summary::NetworkSummary;
use base::NUM_DIGITS;
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
    /// Whether it also reads two digits that touch as one: behind the classes it has an output for each pair, `00` to
    /// `99`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pairs: bool,
}

impl From<NetworkConfig> for ClassifierConfig {
    /// Of pixels as they are, and of classes alone.
    fn from(network: NetworkConfig) -> Self {
        Self {
            input: InputConfig::default(),
            network,
            pairs: false,
        }
    }
}

/// Pairs of digits.
pub const NUM_PAIRS: usize = NUM_DIGITS * NUM_DIGITS;

impl ClassifierConfig {
    /// How many outputs the network has for so many classes.
    #[must_use]
    pub fn num_outputs(&self, num_classes: usize) -> usize {
        num_classes + if self.pairs { NUM_PAIRS } else { 0 }
    }

    /// As [`NetworkConfig::summarize`], for so many classes, and pairs where they are read.
    ///
    /// # Errors
    ///
    /// Names the key, below `[model]`, whose value makes no network.
    pub fn summarize(&self, num_classes: usize) -> Result<NetworkSummary, NetworkConfigError> {
        self.network.summarize(self.num_outputs(num_classes))
    }
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
