//! The recipe: everything that decides a run, as plain serde structures with defaults.
//!
//! Owns the types. Their doc comments are the meaning that `train keys` prints, and their `range`
//! attributes are what `check` checks. Reading a recipe is `load`'s, refusing what makes no run
//! `check`'s, refusing keys without effect `effect`'s, and writing it `write`'s.

mod additions;
mod augmentation;
mod check;
mod data;
mod distillation;
mod effect;
mod error;
mod find;
mod keys;
mod load;
mod origin;
mod overrides;
mod put;
mod training;
mod validation;
mod wording;
mod write;

pub use additions::AdditionsConfig;
pub use augmentation::AugmentationConfig;
pub(crate) use data::SYNTHETIC;
pub use data::{DataConfig, Fallback, OnError, SplitKind, SyntheticSize, WayUp};
pub use distillation::DistillationConfig;
pub use error::ConfigError;
pub use find::{RecipeFile, recipe_names};
pub use keys::{KeyDescription, all_keys};
pub use load::{LoadedRecipe, load, load_file, load_saved};
pub(crate) use origin::is_below;
pub use overrides::Override;
pub use training::{
    EarlyStopping, Monitor, OnDivergence, OptimizerConfig, OptimizerKind, ScheduleConfig,
    ScheduleKind, TrainingConfig,
};
pub use validation::Validation;

use kernels::LossOptions;
use model::{ClassifierConfig, DeviceChoice, InputConfig, NetworkConfig, Views};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Names the run folder; the file's name where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seed of the initial weights, the validation split, the order of the images, augmentation,
    /// additions and dropout.
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// A device's name, as `train devices` lists them.
    pub device: String,
    /// A run of the same network to begin with the weights of, instead of random ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<String>,
    /// At how many angles the trained network reads each image: 1, 3 (as it is, and turned by 8° both ways) or 5.
    #[serde(skip_serializing_if = "Views::is_one")]
    pub views: Views,
    /// What to train on.
    pub data: DataConfig,
    /// Normalisation of the pixels.
    pub input: InputConfig,
    /// How training images are changed.
    pub augmentation: AugmentationConfig,
    /// Images that the program draws and trains on beside the set's own.
    pub additions: AdditionsConfig,
    /// The network.
    pub model: NetworkConfig,
    /// How to train it.
    pub training: TrainingConfig,
    /// What is kept of the run while it lasts, so that it can be gone on with.
    pub checkpoint: CheckpointConfig,
    /// What is drawn of the run at its end.
    pub report: ReportConfig,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: None,
            seed: 42,
            device: DeviceChoice::Auto.to_string(),
            init: None,
            views: Views::One,
            data: DataConfig::default(),
            input: InputConfig::default(),
            augmentation: AugmentationConfig::default(),
            additions: AdditionsConfig::default(),
            model: NetworkConfig::default(),
            training: TrainingConfig::default(),
            checkpoint: CheckpointConfig::default(),
            report: ReportConfig::default(),
        }
    }
}

impl Recipe {
    /// What is asked of the network: in cuttings and letters that are no digit it is to find none of its classes.
    #[must_use]
    pub fn loss_options(&self) -> LossOptions {
        LossOptions {
            smoothing: self.training.label_smoothing as f32,
            has_none: self.additions.touching > 0.0 || self.additions.letters > 0.0,
        }
    }

    /// The network with its input step.
    #[must_use]
    pub fn classifier(&self) -> ClassifierConfig {
        ClassifierConfig {
            input: self.input,
            network: self.model.clone(),
            pairs: self.additions.pairs > 0.0,
        }
    }
}

/// What is kept of the run while it lasts, so that it can be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Steps between two checkpoints; left out, only time counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub every_steps: Option<usize>,
    /// Seconds between two checkpoints, at most; after an evaluation there is one as soon as a tenth of this
    /// is over.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub every_seconds: f64,
    /// Checkpoints that are kept; with 0 none is written.
    pub keep: usize,
}

impl Default for CheckpointConfig {
    fn default() -> Self {
        Self {
            every_steps: None,
            every_seconds: 60.0,
            keep: 2,
        }
    }
}

/// What is drawn of the run at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// Whether `report.html` is written.
    pub page: bool,
    /// Whether `curves.png`, `confusion.png`, `weights.png`, `misread.png` and `samples.png` are.
    pub pictures: bool,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self {
            page: true,
            pictures: true,
        }
    }
}
