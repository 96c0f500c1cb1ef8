//! The recipe's `[training]`: how long, how fast, and when to stop. The loop is `strategy`'s.

use super::DistillationConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    /// Passes over the training images; with `steps`, whichever ends first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub epochs: Option<usize>,
    /// Steps of the optimizer; with `epochs`, whichever ends first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub steps: Option<usize>,
    /// Images in a step.
    #[schemars(range(min = 1))]
    pub batch_size: usize,
    /// Steps between two evaluations; left out, there is one after each epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub evaluate_every: Option<usize>,
    /// Which evaluation is the best one.
    pub monitor: Monitor,
    /// Whether the weights of the best evaluation are kept, instead of the last ones.
    pub restore_best: bool,
    /// Share of the target that is spread over all classes.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub label_smoothing: f64,
    /// Largest joint norm of all gradients; left out, they are taken as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub clip_norm: Option<f64>,
    /// Decay of an exponential moving average of the weights, which is then what is evaluated and
    /// saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub ema_decay: Option<f64>,
    /// Layers that are trained, counted from the last one; left out, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub last_layers: Option<usize>,
    /// Trained networks to learn from; left out, labels alone count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distillation: Option<DistillationConfig>,
    /// How gradients become steps.
    pub optimizer: OptimizerConfig,
    /// How the learning rate changes.
    pub schedule: ScheduleConfig,
    /// When to stop early; left out, never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// What is done when the loss is no finite number any more.
    pub on_divergence: OnDivergence,
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
            last_layers: None,
            distillation: None,
            optimizer: OptimizerConfig::default(),
            schedule: ScheduleConfig::default(),
            early_stopping: None,
            on_divergence: OnDivergence::Stop,
        }
    }
}

/// What is done when the loss is no finite number any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnDivergence {
    /// Training stops; the last good weights are kept.
    #[default]
    Stop,
    /// Training goes back to the last checkpoint, with half the learning rate, three times at most.
    Retry,
}

/// Which evaluation is the best one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Monitor {
    /// The highest validation accuracy; among equals the lowest loss.
    #[default]
    Accuracy,
    /// The lowest validation loss.
    Loss,
}

/// Stop when nothing gets better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// Evaluations without an improvement before training stops.
    #[schemars(range(min = 1))]
    pub patience: usize,
    /// What counts as an improvement, in the monitored figure.
    #[schemars(range(min = 0))]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The rule.
    pub kind: OptimizerKind,
    /// The highest learning rate of the schedule.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub learning_rate: f64,
    /// Pull of the weights towards zero: decoupled for `adamw`, an L2 penalty for the others.
    #[schemars(range(min = 0))]
    pub weight_decay: f64,
    /// Share of the last step that goes into the next.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub momentum: f64,
    /// Whether the momentum is Nesterov's.
    pub nesterov: bool,
    /// Decay of the mean of the gradients.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub beta_1: f64,
    /// Decay of the mean of the squared gradients of Adam.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub beta_2: f64,
    /// Decay of the mean of the squared gradients of `RMSprop`.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub alpha: f64,
    /// Keeps the division by the mean of the squared gradients finite.
    #[schemars(extend("exclusiveMinimum" = 0))]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfig {
    /// The curve.
    pub kind: ScheduleKind,
    /// Steps over which the rate first rises from zero.
    pub warmup_steps: usize,
    /// The rate at the end, as a share of the highest.
    #[schemars(range(min = 0, max = 1))]
    pub final_share: f64,
    /// Share of the run over which the rate rises.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub rise: f64,
    /// Epochs between two falls.
    #[schemars(range(min = 1))]
    pub every_epochs: usize,
    /// What each fall multiplies the rate by.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
