//! How this program drives Burn's `Learner`: budgets in epochs or steps, global-norm clipping, an
//! average of the weights, evaluation every epoch or every so many steps, early stopping, the best
//! weights kept, checkpoints on the way, a watch for numbers that are none. Owns what a run is to do and what it came to; the
//! loop itself is `strategy::fit`'s.

mod fit;
mod keeping;
mod kept;

use crate::batches::ResidentLoader;
use crate::checkpoint::{Checkpoint, CheckpointStore, Collector};
use crate::config::{CheckpointConfig, EarlyStopping, Monitor, OnDivergence};
use crate::observer::{EvaluationRecord, Observer};
use crate::teachers::Teachers;
use crate::trainee::Trainee;
use base::guarded;
use burn::train::{
    Learner, SupervisedLearningStrategy, SupervisedTrainingEventProcessor, TrainLoader,
    TrainingComponents, ValidLoader,
};
use fit::Fit;
use keeping::Keeping;
use model::{Classifier, Evaluation};
use std::sync::{Arc, Mutex, PoisonError};

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Passes over the training images, at most.
    pub num_epochs: usize,
    /// Steps, at most.
    pub num_steps: usize,
    /// Steps between two evaluations, where they are not after every epoch.
    pub evaluate_every: Option<usize>,
    /// Largest joint norm of all gradients.
    pub clip_norm: Option<f64>,
    /// Decay of the average of the weights.
    pub ema_decay: Option<f64>,
    /// Which evaluation is the best.
    pub monitor: Monitor,
    /// Whether its weights are kept, instead of the last ones.
    pub restore_best: bool,
    /// When to stop early.
    pub early_stopping: Option<EarlyStopping>,
    /// Names of the classes.
    pub class_names: Vec<String>,
    /// The data set's name, for the history.
    pub dataset: String,
    /// Its checksum, for checkpoints.
    pub dataset_sha256: String,
    /// How often checkpoints are taken.
    pub checkpoint: CheckpointConfig,
    /// What is done when the loss is no finite number any more.
    pub on_divergence: OnDivergence,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// Its budget was spent.
    Budget,
    /// Nothing got better for so many evaluations.
    NoImprovement,
    /// The user interrupted it.
    Interrupted,
    /// The loss, or what the network says, is no finite number any more.
    Diverged {
        /// The step after which it was seen.
        step: usize,
    },
    /// The device failed, or the history could not be written.
    Failed(String),
}

impl Ending {
    /// In words, as the summary and the manifest have it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Budget => "finished",
            Self::NoImprovement => "stopped early",
            Self::Interrupted => "interrupted",
            Self::Diverged { .. } => "diverged",
            Self::Failed(_) => "failed",
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// Why it ended.
    pub ending: Ending,
    /// Epochs begun.
    pub num_epochs: usize,
    /// Steps done.
    pub num_steps: usize,
    /// Seconds spent in training steps.
    pub train_seconds: f64,
    /// Training images a second, the first epoch left out where there are others.
    pub images_per_second: f64,
    /// How often the run was gone on with after it had stopped.
    pub num_resumes: usize,
    /// How often it went back to a checkpoint because it had diverged.
    pub num_retries: usize,
    /// All evaluations, first to last.
    pub history: Vec<EvaluationRecord>,
    /// The evaluation whose weights were kept, and its figures on the validation images. None where
    /// there are no weights worth keeping.
    pub kept: Option<(EvaluationRecord, Evaluation)>,
}

/// Where a training begins, what it is given of others, and where it leaves checkpoints.
#[derive(Debug, Default)]
pub struct Continuity {
    /// Weights that it begins with, instead of random ones: a classifier of the same network.
    pub weights: Option<Classifier>,
    /// Trained networks that it learns from.
    pub teachers: Option<Arc<Teachers>>,
    /// What it goes on from, instead of beginning.
    pub from: Option<Checkpoint>,
    /// Where it leaves checkpoints; without, it leaves none.
    pub store: Option<CheckpointStore>,
}

/// The loop, as a strategy of Burn's.
pub struct FitStrategy {
    plan: Plan,
    train: Arc<ResidentLoader>,
    continuity: Continuity,
    /// What Burn hands out for checkpoints.
    collector: Collector,
    observer: Mutex<Box<dyn Observer>>,
    outcome: Mutex<Option<Outcome>>,
}

impl FitStrategy {
    /// For one run on the images of `train`, of which `observer` is told. `collector` is what Burn's
    /// checkpointer was made of.
    #[must_use]
    pub(crate) fn new(
        plan: Plan,
        train: Arc<ResidentLoader>,
        (continuity, collector): (Continuity, Collector),
        observer: Box<dyn Observer>,
    ) -> Arc<Self> {
        Arc::new(Self {
            plan,
            train,
            continuity,
            collector,
            observer: Mutex::new(observer),
            outcome: Mutex::new(None),
        })
    }

    /// What the run came to, once it is over.
    #[must_use]
    pub fn take_outcome(&self) -> Option<Outcome> {
        self.outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl SupervisedLearningStrategy<Trainee> for FitStrategy {
    fn fit(
        &self,
        components: TrainingComponents<Trainee>,
        learner: Learner<Trainee>,
        // The loop asks for passes by their number, which Burn's loaders do not know.
        _train_loader: TrainLoader<Trainee>,
        validation_loader: ValidLoader<Trainee>,
        _starting_epoch: usize,
    ) -> (Trainee, SupervisedTrainingEventProcessor<Trainee>) {
        let mut observer = self.observer.lock().unwrap_or_else(PoisonError::into_inner);
        let keeping = Keeping::new(
            &self.plan,
            (components.checkpointer, self.collector.clone()),
            components.event_store,
            self.continuity.store.as_ref(),
        );
        let mut fit = Fit::new(
            &self.plan,
            learner,
            (&self.train, validation_loader),
            (keeping, components.interrupter),
            observer.as_mut(),
        );
        // A lost GPU panics in the middle of a step; what was kept before is still good.
        let ending = guarded(|| fit.run_from(self.continuity.from.as_ref()))
            .unwrap_or_else(|panic| Ending::Failed(format!("internal error: {panic}")));
        let (trainee, outcome) = fit.finish(ending);
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        (trainee, components.event_processor)
    }
}
