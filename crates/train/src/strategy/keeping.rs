//! When checkpoints are taken, and where they go.

use super::Plan;
use crate::checkpoint::{Checkpoint, CheckpointError, CheckpointStore, Collector};
use crate::config::{CheckpointConfig, OnDivergence};
use crate::trainee::Trainee;
use burn::train::metric::store::EventStoreClient;
use burn::train::{Learner, LearningCheckpointer};
use std::sync::Arc;
use std::time::Instant;

/// An evaluation makes a checkpoint due after this share of the time between two.
const SHARE_AFTER_EVALUATION: f64 = 0.1;

/// The checkpoints of a run.
pub(super) struct Keeping {
    config: CheckpointConfig,
    checkpointer: Option<LearningCheckpointer<Trainee>>,
    collector: Collector,
    event_store: Arc<EventStoreClient>,
    store: Option<CheckpointStore>,
    /// The last one, where it may be gone back to.
    good: Option<Checkpoint>,
    goes_back: bool,
    last_time: Instant,
    last_step: Option<usize>,
}

impl Keeping {
    /// With Burn's checkpointer, which fills the collector; on disk where there is a store.
    pub(super) fn new(
        plan: &Plan,
        (checkpointer, collector): (Option<LearningCheckpointer<Trainee>>, Collector),
        event_store: Arc<EventStoreClient>,
        store: Option<&CheckpointStore>,
    ) -> Self {
        Self {
            config: plan.checkpoint,
            checkpointer,
            collector,
            event_store,
            store: store.cloned(),
            good: None,
            goes_back: plan.on_divergence == OnDivergence::Retry,
            last_time: Instant::now(),
            last_step: None,
        }
    }

    /// Whether checkpoints are taken at all.
    pub(super) fn is_on(&self) -> bool {
        self.store.is_some() || self.goes_back
    }

    /// Whether there is none that could be gone back to, and one is wanted.
    pub(super) fn lacks_a_first_one(&self) -> bool {
        self.goes_back && self.good.is_none()
    }

    /// Whether one is due after a step, and maybe an evaluation.
    pub(super) fn is_due(&self, step: usize, is_evaluated: bool) -> bool {
        if !self.is_on() || self.last_step == Some(step) {
            return false;
        }
        let every = self.config.every_steps;
        let seconds = self.last_time.elapsed().as_secs_f64();
        let share = if is_evaluated {
            SHARE_AFTER_EVALUATION
        } else {
            1.0
        };
        every.is_some_and(|every| step.is_multiple_of(every))
            || seconds >= share * self.config.every_seconds
    }

    /// What the learner hands out: weights and the optimizer's state.
    pub(super) fn collect(
        &mut self,
        learner: &Learner<Trainee>,
        step: usize,
    ) -> Result<(Vec<u8>, Vec<u8>), String> {
        let checkpointer = self
            .checkpointer
            .as_mut()
            .ok_or("there is no checkpointer")?;
        checkpointer.checkpoint(learner, step, &self.event_store);
        self.collector.take()
    }

    /// Takes a checkpoint, and waits until it is on disk: so no more than the steps since the last one are ever
    /// lost.
    pub(super) fn add(&mut self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        self.took(checkpoint);
        match &self.store {
            Some(store) => store.write(checkpoint),
            None => Ok(()),
        }
    }

    /// From here on it counts as the last one.
    pub(super) fn took(&mut self, checkpoint: &Checkpoint) {
        self.last_time = Instant::now();
        self.last_step = Some(checkpoint.step());
        if self.goes_back {
            self.good = Some(checkpoint.clone());
        }
    }

    /// What can be gone back to. Those of later steps are given up, on disk too.
    pub(super) fn go_back(&mut self) -> Result<Option<Checkpoint>, String> {
        let good = self.good.clone();
        if let (Some(good), Some(store)) = (&good, &self.store) {
            let removed = store.remove_later_than(good.step());
            removed.map_err(|error| error.to_string())?;
        }
        Ok(good)
    }
}
