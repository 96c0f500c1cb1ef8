//! The recipe: everything that decides a run, as plain serde structures with defaults. Reading it
//! from a file and the command line is `config::load`'s, checking it `config::check`'s.

mod augmentation;
mod check;
mod load;
mod validation;

pub use augmentation::AugmentationConfig;
pub use load::{ConfigError, Override, load};
pub use validation::Validation;

use model::{ClassifierConfig, DeviceChoice, InputConfig, NetworkConfig};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Names the run folder; the file's name where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of the initial weights, the validation split, the order of the images and dropout.
    pub seed: u64,
    /// A device's name, as `train devices` lists them.
    pub device: String,
    /// What to train on.
    pub data: DataConfig,
    /// Normalisation of the pixels.
    pub input: InputConfig,
    /// How training images are changed.
    pub augmentation: AugmentationConfig,
    /// The network.
    pub model: NetworkConfig,
    /// How to train it.
    pub training: TrainingConfig,
    /// What is drawn of the run at its end.
    pub report: ReportConfig,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: None,
            seed: 42,
            device: DeviceChoice::Auto.to_string(),
            data: DataConfig::default(),
            input: InputConfig::default(),
            augmentation: AugmentationConfig::default(),
            model: NetworkConfig::default(),
            training: TrainingConfig::default(),
            report: ReportConfig::default(),
        }
    }
}

/// What is drawn of the run at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// `report.html`.
    pub page: bool,
    /// `curves.png`, `confusion.png`, `weights.png`, `misread.png` and `samples.png`.
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

impl Recipe {
    /// The network with its input step.
    #[must_use]
    pub fn classifier(&self) -> ClassifierConfig {
        ClassifierConfig {
            input: self.input,
            network: self.model.clone(),
        }
    }
}

/// What to train on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// `mnist`, `fashion-mnist`, `kmnist`, `synthetic`, or the path of a CSV file or of a folder of
    /// class folders.
    pub dataset: String,
    /// Where the files of a known set are; else they are looked for and downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Never download.
    pub offline: bool,
    /// What stands in for a known set that is neither on disk nor to be downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// Training images to set aside for validation, or `"test"` to validate on the test images, as
    /// some tutorials do: the test accuracy is then a selected one.
    pub validation: Validation,
    /// Which training images are set aside.
    pub split: SplitKind,
    /// Rows to take from a CSV file, at random but seeded; all where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// The test images of a CSV file or folder: another CSV file or folder. Where it is left out, a
    /// folder may hold `train` and `test`; else a seeded tenth of the images is set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// The drawn digits.
    pub synthetic: SyntheticSize,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dataset: "mnist".into(),
            dir: None,
            offline: false,
            fallback: None,
            validation: Validation::Images(5_000),
            split: SplitKind::Seeded,
            rows: None,
            test: None,
            synthetic: SyntheticSize::default(),
        }
    }
}

/// What may stand in for a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// The digits that the program draws.
    Synthetic,
}

/// Which training images are set aside for validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitKind {
    /// Drawn from the recipe's seed.
    #[default]
    Seeded,
    /// The last ones.
    Last,
}

/// How many digits to draw, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSize {
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Of the drawing; the recipe's own seed does not change the pictures.
    pub seed: u64,
}

impl Default for SyntheticSize {
    fn default() -> Self {
        Self {
            train: 60_000,
            test: 10_000,
            seed: 1,
        }
    }
}

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    /// Passes over the training images; with `steps`, whichever ends first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Steps of the optimizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// Images a step.
    pub batch_size: usize,
    /// Evaluate every so many steps instead of after each epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluate_every: Option<usize>,
    /// Which evaluation is the best one.
    pub monitor: Monitor,
    /// Whether the weights of the best evaluation are kept, instead of the last ones.
    pub restore_best: bool,
    /// Share of the target that is spread over all classes, 0 ≤ s < 1.
    pub label_smoothing: f64,
    /// Largest joint norm of all gradients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Decay of an exponential moving average of the weights, which is then what is evaluated and
    /// saved, 0 < d < 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema_decay: Option<f64>,
    /// How gradients become steps.
    pub optimizer: OptimizerConfig,
    /// How the learning rate changes.
    pub schedule: ScheduleConfig,
    /// When to stop early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: None,
            steps: None,
            batch_size: 128,
            evaluate_every: None,
            monitor: Monitor::Accuracy,
            restore_best: true,
            label_smoothing: 0.0,
            clip_norm: None,
            ema_decay: None,
            optimizer: OptimizerConfig::default(),
            schedule: ScheduleConfig::default(),
            early_stopping: None,
        }
    }
}

/// Which evaluation is the best one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Monitor {
    /// The highest validation accuracy; among equals the lowest loss.
    #[default]
    Accuracy,
    /// The lowest validation loss.
    Loss,
}

/// Stop when nothing gets better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// Evaluations without an improvement before training stops.
    pub patience: usize,
    /// What counts as an improvement, in the monitored figure.
    pub min_delta: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self {
            patience: 5,
            min_delta: 0.0,
        }
    }
}

/// How gradients become steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The rule.
    pub kind: OptimizerKind,
    /// The highest learning rate of the schedule.
    pub learning_rate: f64,
    /// Pull of the weights towards zero: decoupled for `adamw`, an L2 penalty for the others.
    pub weight_decay: f64,
    /// Of `sgd` and `rms-prop`, 0 ≤ m < 1.
    pub momentum: f64,
    /// Nesterov's momentum, of `sgd`.
    pub nesterov: bool,
    /// Decay of the mean of the gradients, of `adam` and `adamw`.
    pub beta_1: f64,
    /// Decay of the mean of the squared gradients, of `adam` and `adamw`.
    pub beta_2: f64,
    /// Decay of the mean of the squared gradients, of `rms-prop`.
    pub alpha: f64,
    /// Keeps the division finite, of `adam`, `adamw` and `rms-prop`.
    pub epsilon: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::Adam,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            momentum: 0.0,
            nesterov: false,
            beta_1: 0.9,
            beta_2: 0.999,
            alpha: 0.99,
            epsilon: 1e-8,
        }
    }
}

/// The rule that makes steps of gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Adam (Kingma and Ba, 2014).
    #[default]
    Adam,
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2017).
    Adamw,
    /// Stochastic gradient descent, with or without (Nesterov's) momentum.
    Sgd,
    /// `RMSprop` (Tieleman and Hinton, 2012).
    RmsProp,
}

/// How the learning rate changes over the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfig {
    /// The curve.
    pub kind: ScheduleKind,
    /// Steps over which the rate first rises from zero; not for `one-cycle`.
    pub warmup_steps: usize,
    /// The rate at the end, as a share of the highest; of `cosine` and `one-cycle`.
    pub final_share: f64,
    /// Share of the run over which the rate rises; of `one-cycle`.
    pub rise: f64,
    /// Epochs between two falls; of `step`.
    pub every_epochs: usize,
    /// What each fall multiplies the rate by; of `step`.
    pub factor: f64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            kind: ScheduleKind::Constant,
            warmup_steps: 0,
            final_share: 0.0,
            rise: 0.3,
            every_epochs: 5,
            factor: 0.1,
        }
    }
}

/// The curve of the learning rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// Always the same.
    #[default]
    Constant,
    /// Half a cosine from the highest rate to the last (Loshchilov and Hutter, 2016).
    Cosine,
    /// A cosine up from a 25th of the highest rate, then one down to the last (Smith, 2018).
    OneCycle,
    /// Falls by a factor every so many epochs.
    Step,
}
