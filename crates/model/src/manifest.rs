//! The manifest of a saved model: everything but its weights, as it stands in `manifest.json`. Owns the fields and
//! what the files are called; writing and checking them is `artifact`'s.

use crate::calibration::Temperature;
use crate::checks::NetworkConfigError;
use crate::classifier::Classifier;
use crate::config::ClassifierConfig;
use crate::summary::NetworkSummary;
use crate::views::Views;
use base::IMAGE_SIDE;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// The folder, inside a run folder, that holds the saved model.
pub const MODEL_FOLDER: &str = "model";
/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The weights' file name.
pub const WEIGHTS_FILE: &str = "weights.bpk";

/// Everything about a saved model but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub format_version: u32,
    /// The network, to be built anew on loading.
    pub classifier: ClassifierConfig,
    /// Names of the classes, in the order of the logits: as many as the network tells apart.
    pub class_names: Vec<String>,
    /// What an input image has to look like.
    pub input_convention: InputConvention,
    /// What it was trained on.
    pub dataset: DatasetProvenance,
    /// The run's seed.
    pub seed: u64,
    /// When it was saved, RFC 3339, UTC.
    pub created: String,
    /// The program that saved it.
    pub program: ProgramProvenance,
    /// What it scored.
    pub metrics: SavedMetrics,
    /// What its logits are divided by to get probabilities, where that was fitted. Not in
    /// version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Temperature>,
    /// At how many angles images were read for the temperature and the test, and are to be read.
    #[serde(default, skip_serializing_if = "Views::is_one")]
    pub views: Views,
    /// How the training ended, where that was not as its recipe says: `interrupted`, `diverged` or
    /// `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<String>,
    /// The run whose weights it began with, where these were not random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<String>,
    /// The weights file.
    pub weights: WeightsEntry,
}

impl Manifest {
    /// The network's layers, checked.
    ///
    /// # Errors
    ///
    /// Where the configuration makes no network.
    pub fn summarize(&self) -> Result<NetworkSummary, NetworkConfigError> {
        self.classifier.summarize(self.class_names.len())
    }

    /// The classifier on `device`, before its weights are loaded.
    pub(crate) fn blank(&self, device: &Device) -> Result<Classifier, NetworkConfigError> {
        self.classifier.init(self.class_names.len(), 0, device)
    }
}

/// The images that the network expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputConvention {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What pixel values mean.
    pub pixels: String,
    /// Where the digit lies.
    pub placement: String,
}

impl Default for InputConvention {
    fn default() -> Self {
        Self {
            width: IMAGE_SIDE,
            height: IMAGE_SIDE,
            pixels: "one byte a pixel, row after row, 0 paper to 255 ink".into(),
            placement: "ink boxed to 20×20 keeping the aspect, centre of mass in the middle".into(),
        }
    }
}

/// The data set that a model was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetProvenance {
    /// Its name, such as `mnist`.
    pub name: String,
    /// SHA-256 over all its images and labels.
    pub sha256: String,
    /// Where it was found.
    pub origin: String,
    /// The data set that the recipe asked for and that was not to be had, where this one stood in.
    pub stands_in_for: Option<String>,
}

/// The program that saved a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramProvenance {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The git commit it was built from, where it was built from a git checkout.
    pub git_commit: Option<String>,
}

/// What a model scored when it was saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedMetrics {
    /// On the validation images.
    pub validation: Option<Score>,
    /// On the test images.
    pub test: Option<Score>,
}

/// Accuracy and log loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Share of images classified rightly.
    pub accuracy: f64,
    /// Mean log loss, in nats.
    pub loss: f64,
}

/// The weights file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsEntry {
    /// Its SHA-256.
    pub sha256: String,
    /// Its size.
    pub num_bytes: u64,
    /// Trained parameters in it.
    pub num_parameters: usize,
}
