//! How far a training is, as one value of plain numbers: all of the loop but its tensors (the weights,
//! their average, the optimizer's moments) and what is under way on the device. It can be saved whole.

use crate::best::Best;
use crate::meter::Sums;
use crate::observer::EvaluationRecord;
use serde::{Deserialize, Serialize};

/// What every retry multiplies the learning rate by.
const RETRY_FACTOR: f64 = 0.5;

/// The state of the loop between two steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LoopState {
    /// The last epoch that was begun, from 1; 0 before the first. The order of its images is a function of
    /// the seed and this number.
    pub epoch: usize,
    /// Whether all of its images were shown, so that the next step is of another epoch.
    pub is_epoch_over: bool,
    /// Steps done.
    pub step: usize,
    /// The learning rate of the last of them.
    pub learning_rate: f64,
    /// Figures of the training images since the last evaluation, as far as they were read.
    pub sums: Sums,
    /// Images and seconds of every stretch between two evaluations.
    pub stretches: Vec<Stretch>,
    /// The best evaluation, and what early stopping goes by.
    pub best: Best,
    /// All evaluations, first to last.
    pub history: Vec<EvaluationRecord>,
    /// Whether the training ended because nothing got better.
    pub has_stopped_early: bool,
    /// How often the run was gone on with after it had stopped.
    pub num_resumes: usize,
    /// How often it went back to a checkpoint because it had diverged.
    pub num_retries: usize,
}

/// The training between two evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// The epoch in which it ended, from 1.
    pub epoch: usize,
    /// Images shown.
    pub num_images: usize,
    /// Seconds that took.
    pub seconds: f64,
}

/// Before the first step.
impl Default for LoopState {
    fn default() -> Self {
        Self {
            epoch: 0,
            is_epoch_over: true,
            step: 0,
            learning_rate: 0.0,
            sums: Sums::default(),
            stretches: Vec::new(),
            best: Best::default(),
            history: Vec::new(),
            has_stopped_early: false,
            num_resumes: 0,
            num_retries: 0,
        }
    }
}

impl LoopState {
    /// What the learning rate is multiplied by, after so many retries.
    pub(crate) fn rate_factor(&self) -> f64 {
        RETRY_FACTOR.powi(i32::try_from(self.num_retries).unwrap_or(i32::MAX))
    }

    /// Seconds spent in training steps, up to the last evaluation.
    pub(crate) fn train_seconds(&self) -> f64 {
        self.stretches.iter().map(|stretch| stretch.seconds).sum()
    }

    /// Over all epochs but the first, which warms up; over the first where there is no other.
    pub(crate) fn images_per_second(&self) -> f64 {
        let is_warm = |stretch: &&Stretch| stretch.epoch > 1;
        let has_warm = self.stretches.iter().any(|stretch| is_warm(&stretch));
        let counted = self
            .stretches
            .iter()
            .filter(|stretch| is_warm(stretch) || !has_warm);
        let (num_images, seconds) = counted.fold((0, 0.0), |sum, stretch| {
            (sum.0 + stretch.num_images, sum.1 + stretch.seconds)
        });
        num_images as f64 / f64::max(seconds, 1e-9)
    }

    /// Whether the weights as they are have been evaluated.
    pub(crate) fn is_evaluated(&self) -> bool {
        let last = self.history.last();
        last.is_some_and(|record| record.step == self.step)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn after(stretches: &[(usize, usize, f64)]) -> LoopState {
        let stretches = stretches
            .iter()
            .map(|&(epoch, num_images, seconds)| Stretch {
                epoch,
                num_images,
                seconds,
            });
        LoopState {
            stretches: stretches.collect(),
            ..LoopState::default()
        }
    }

    #[test]
    fn the_first_epoch_warms_up() {
        let state = after(&[(1, 100, 10.0)]);
        assert!((state.images_per_second() - 10.0).abs() < 1e-9);
        let state = after(&[(1, 100, 10.0), (2, 100, 5.0), (3, 300, 5.0)]);
        assert!((state.images_per_second() - 40.0).abs() < 1e-9);
        assert!((state.train_seconds() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn it_is_saved_and_read_back_whole() {
        let mut state = after(&[(1, 100, 10.0), (2, 100, 5.0)]);
        (state.epoch, state.step) = (2, 7);
        state.sums.loss = 0.25;
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<LoopState>(&text).unwrap(), state);
    }
}
