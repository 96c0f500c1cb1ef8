//! From a recipe and its data to a trained classifier, through Burn's `Learner`. Owns the plan of a
//! run and how Burn is set up for it; writes no file.

use crate::augment::Augmenter;
use crate::batches::{Batch, Order, Refresh, ResidentLoader};
use crate::checkpoint::{Collector, EveryTime};
use crate::config::{OnDivergence, Recipe, TrainingConfig};
use crate::dataset::TrainingData;
use crate::observer::Observer;
use crate::schedule::Schedule;
use crate::silent_renderer::SilentRenderer;
use crate::strategy::{Continuity, FitStrategy, Outcome, Plan};
use crate::trainee::Trainee;
use burn::data::dataloader::DataLoader;
use burn::module::Module as _;
use burn::tensor::Device;
use burn::train::logger::InMemoryMetricLogger;
use burn::train::{Interrupter, Learner, SupervisedTraining, TrainingStrategy};
use kernels::on_computing_thread;
use model::{Classifier, DEFAULT_INFERENCE_BATCH, NetworkConfigError};
use std::path::Path;
use std::sync::Arc;

/// How long a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Steps in one pass over the training images.
    pub steps_per_epoch: usize,
    /// Steps in all, at most.
    pub num_steps: usize,
    /// Epochs, at most; the last may be cut short.
    pub num_epochs: usize,
    /// Training images shown, at most, each as often as it is shown.
    pub num_showings: usize,
}

impl Budget {
    /// For so many training images.
    #[must_use]
    pub fn new(config: &TrainingConfig, num_images: usize) -> Self {
        let steps_per_epoch = num_images.div_ceil(config.batch_size).max(1);
        let of_epochs = config
            .epochs
            .map(|epochs| epochs.saturating_mul(steps_per_epoch));
        let num_steps = match (of_epochs, config.steps) {
            (Some(of_epochs), Some(steps)) => of_epochs.min(steps),
            (of_epochs, steps) => of_epochs.or(steps).unwrap_or(steps_per_epoch),
        };
        Self {
            steps_per_epoch,
            num_steps,
            num_epochs: num_steps.div_ceil(steps_per_epoch),
            num_showings: (num_steps / steps_per_epoch)
                .saturating_mul(num_images)
                .saturating_add(num_steps % steps_per_epoch * config.batch_size),
        }
    }
}

/// Why a training could not begin.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The recipe makes no network.
    #[error(transparent)]
    Network(#[from] NetworkConfigError),
    /// The weights to begin with are those of another network.
    #[error("the weights to begin with do not fit the recipe's network: {0}")]
    Weights(String),
}

/// Trains a new classifier on `device`, and hands it back, ready to predict: on the same device, or
/// on the CPU where the training failed. `interrupter` stops it after a step. `folder` is where Burn
/// may leave files of its own; `continuity` tells where it begins and leaves checkpoints. Several trainings may run in one process.
///
/// # Errors
///
/// Where the recipe's network cannot be built, or the weights to begin with are those of another one.
pub fn fit(
    recipe: &Recipe,
    data: &TrainingData,
    device: &Device,
    folder: &Path,
    interrupter: &Interrupter,
    continuity: Continuity,
    observer: Box<dyn Observer>,
) -> Result<(Classifier, Option<Outcome>), FitError> {
    let config = &recipe.training;
    let budget = Budget::new(config, data.num_shown());
    let training_device = device.clone().autodiff();
    let num_classes = data.class_names.len();
    let network = recipe.classifier();
    let mut classifier = network.init(num_classes, recipe.seed, &training_device)?;
    if let Some(weights) = &continuity.weights {
        let loaded = classifier.try_load_record(weights.clone().into_record());
        classifier = loaded.map_err(|error| FitError::Weights(error.to_string()))?;
    }
    if let Some(count) = config.last_layers {
        classifier = classifier.train_last(count);
    }
    let mut trainee = Trainee::new(classifier, recipe.loss_options(), recipe.seed);
    let mut continuity = continuity;
    if let Some(teachers) = continuity.teachers.take() {
        trainee = trainee.taught_by(teachers);
    } else if config.last_layers.is_none() {
        trainee = trainee.by_whole_steps(config.batch_size, device);
    }
    let optimizer = config.optimizer;
    let schedule = Schedule::new(
        config.schedule,
        optimizer.learning_rate,
        budget.num_steps,
        budget.steps_per_epoch,
    );
    let order = Order::Shuffled { seed: recipe.seed };
    let refresh = Refresh::new(recipe, data, budget.num_epochs);
    let batch_size = config.batch_size;
    let num_outputs = network.num_outputs(num_classes);
    let train = ResidentLoader::for_training(
        data,
        num_outputs,
        refresh,
        batch_size,
        order,
        &training_device,
    )
    .with_augmenter(augmenter(recipe, data.num_shown()));
    let validation = ResidentLoader::new(
        &data.validation,
        DEFAULT_INFERENCE_BATCH,
        Order::Sequential,
        device,
    );
    let train = Arc::new(train);
    let validation: Arc<dyn DataLoader<Batch>> = Arc::new(validation);
    let keeps = continuity.store.is_some() || config.on_divergence == OnDivergence::Retry;
    let collector = Collector::default();
    let strategy = FitStrategy::new(
        plan(recipe, budget, data),
        train.clone(),
        (continuity, collector.clone()),
        observer,
    );
    let optimizer = optimizer.init();
    let classifier = on_computing_thread(|| {
        let mut training = SupervisedTraining::new(folder, train, validation);
        if keeps {
            training = training
                .with_custom_checkpointers(collector.clone(), collector.clone(), collector)
                .with_checkpointing_strategy(EveryTime);
        }
        training
            .num_epochs(budget.num_epochs)
            .with_interrupter(interrupter.clone())
            .with_application_logger(None)
            .with_metric_logger(InMemoryMetricLogger::default())
            .renderer(Box::new(SilentRenderer))
            .with_training_strategy(TrainingStrategy::Custom(strategy.clone()))
            .launch(Learner::new(trainee, optimizer, schedule))
            .model
            .classifier()
            .clone()
    });
    Ok((classifier, strategy.take_outcome()))
}

/// What changes the recipe's training images, where something does.
#[must_use]
pub fn augmenter(recipe: &Recipe, num_images: usize) -> Option<Augmenter> {
    let budget = Budget::new(&recipe.training, num_images);
    Augmenter::new(
        recipe.augmentation,
        recipe.seed,
        num_images as u64,
        budget.num_showings as u64,
    )
}

fn plan(recipe: &Recipe, budget: Budget, data: &TrainingData) -> Plan {
    let config = &recipe.training;
    Plan {
        num_epochs: budget.num_epochs,
        num_steps: budget.num_steps,
        evaluate_every: config.evaluate_every,
        clip_norm: config.clip_norm,
        ema_decay: config.ema_decay,
        monitor: config.monitor,
        restore_best: config.restore_best,
        early_stopping: config.early_stopping,
        class_names: data.class_names.clone(),
        dataset: data.label(),
        dataset_sha256: data.provenance.sha256.clone(),
        checkpoint: recipe.checkpoint,
        on_divergence: config.on_divergence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_budget_ends_first() {
        let budget = |epochs, steps| {
            let config = TrainingConfig {
                epochs,
                steps,
                batch_size: 100,
                ..Default::default()
            };
            Budget::new(&config, 250)
        };
        assert_eq!(budget(Some(2), None).num_steps, 6);
        assert_eq!(budget(Some(2), None).num_epochs, 2);
        assert_eq!(budget(None, Some(4)).num_epochs, 2);
        assert_eq!(budget(Some(9), Some(4)).num_steps, 4);
        assert_eq!(budget(Some(1), Some(4)).num_steps, 3);
        assert_eq!(budget(Some(2), None).num_showings, 500);
        assert_eq!(budget(None, Some(4)).num_showings, 350);
    }
}
