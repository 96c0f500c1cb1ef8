//! Checks of a recipe's values, before anything is read or written.

use super::{OptimizerKind, Recipe, ScheduleConfig, TrainingConfig};
use model::DeviceChoice;

/// Key and problem of a value that makes no run.
pub(super) type Problem = (String, String);

pub(super) fn require(is_right: bool, key: &str, expected: &str) -> Result<(), Problem> {
    if is_right {
        Ok(())
    } else {
        Err((key.to_string(), format!("must be {expected}")))
    }
}

impl Recipe {
    /// Checks every value.
    ///
    /// # Errors
    ///
    /// Key and problem of the first value that makes no run.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if let Some(name) = &self.name {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let is_name = !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('.');
            require(
                is_name,
                "name",
                "letters, digits, `-`, `_` and `.`: it names a folder",
            )?;
        }
        let device = self.device.parse::<DeviceChoice>();
        device.map_err(|error| ("device".to_string(), error.to_string()))?;
        require(
            !self.data.dataset.is_empty(),
            "data.dataset",
            "a name or a path",
        )?;
        require(self.data.rows != Some(0), "data.rows", "at least 1")?;
        require(
            self.data.synthetic.train > 0,
            "data.synthetic.train",
            "at least 1",
        )?;
        let has_std = self.input.std.is_finite() && self.input.std > 0.0;
        require(has_std, "input.std", "above 0")?;
        require(self.input.mean.is_finite(), "input.mean", "finite")?;
        self.augmentation.check()?;
        let summary = self.model.summarize();
        summary.map_err(|error| (format!("model.{}", error.key), error.problem))?;
        self.training.check()
    }
}

impl TrainingConfig {
    fn check(&self) -> Result<(), Problem> {
        if self.epochs.is_none() && self.steps.is_none() {
            let problem = "must be set, or training.steps, or both: whichever ends first";
            return Err(("training.epochs".into(), problem.into()));
        }
        require(self.epochs != Some(0), "training.epochs", "at least 1")?;
        require(self.steps != Some(0), "training.steps", "at least 1")?;
        require(self.batch_size > 0, "training.batch_size", "at least 1")?;
        require(
            self.evaluate_every != Some(0),
            "training.evaluate_every",
            "at least 1",
        )?;
        let smoothing = (0.0..1.0).contains(&self.label_smoothing);
        require(
            smoothing,
            "training.label_smoothing",
            "at least 0 and below 1",
        )?;
        let clip = self
            .clip_norm
            .is_none_or(|norm| norm.is_finite() && norm > 0.0);
        require(clip, "training.clip_norm", "above 0")?;
        let ema = self
            .ema_decay
            .is_none_or(|decay| decay > 0.0 && decay < 1.0);
        require(ema, "training.ema_decay", "above 0 and below 1")?;
        if let Some(stopping) = &self.early_stopping {
            require(
                stopping.patience > 0,
                "training.early_stopping.patience",
                "at least 1",
            )?;
            let delta = stopping.min_delta.is_finite() && stopping.min_delta >= 0.0;
            require(delta, "training.early_stopping.min_delta", "at least 0")?;
        }
        self.check_optimizer()?;
        self.schedule.check()
    }

    fn check_optimizer(&self) -> Result<(), Problem> {
        let optimizer = &self.optimizer;
        let key = |name: &str| format!("training.optimizer.{name}");
        let rate = optimizer.learning_rate.is_finite() && optimizer.learning_rate > 0.0;
        require(rate, &key("learning_rate"), "above 0")?;
        let decay = optimizer.weight_decay.is_finite() && optimizer.weight_decay >= 0.0;
        require(decay, &key("weight_decay"), "at least 0")?;
        for (name, value) in [
            ("momentum", optimizer.momentum),
            ("beta_1", optimizer.beta_1),
            ("beta_2", optimizer.beta_2),
            ("alpha", optimizer.alpha),
        ] {
            require(
                (0.0..1.0).contains(&value),
                &key(name),
                "at least 0 and below 1",
            )?;
        }
        let epsilon = optimizer.epsilon.is_finite() && optimizer.epsilon > 0.0;
        require(epsilon, &key("epsilon"), "above 0")?;
        let is_sgd = optimizer.kind == OptimizerKind::Sgd;
        if optimizer.nesterov && (!is_sgd || optimizer.momentum == 0.0) {
            let expected = "false, or kind = \"sgd\" with a momentum above 0";
            return require(false, &key("nesterov"), expected);
        }
        let takes_momentum = is_sgd || optimizer.kind == OptimizerKind::RmsProp;
        let momentum = optimizer.momentum == 0.0 || takes_momentum;
        require(
            momentum,
            &key("momentum"),
            "0, or kind = \"sgd\" or \"rms-prop\"",
        )
    }
}

impl ScheduleConfig {
    fn check(&self) -> Result<(), Problem> {
        let key = |name: &str| format!("training.schedule.{name}");
        let share = (0.0..=1.0).contains(&self.final_share);
        require(share, &key("final_share"), "between 0 and 1")?;
        let rise = self.rise > 0.0 && self.rise < 1.0;
        require(rise, &key("rise"), "above 0 and below 1")?;
        require(self.every_epochs > 0, &key("every_epochs"), "at least 1")?;
        let factor = self.factor > 0.0 && self.factor <= 1.0;
        require(factor, &key("factor"), "above 0 and at most 1")
    }
}
