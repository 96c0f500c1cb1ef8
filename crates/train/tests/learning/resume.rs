//! A training that was stopped, any number of times, and gone on with comes to the same bits as one that was not.

use super::batch_norm::normalized;
use super::{Trained, digits, logits, recipe, train, train_watched};
use burn::tensor::Device;
use burn::train::Interrupter;
use kernels::StepImages;
use model::{DenseConfig, NetworkConfig};
use train::augment::Showing;
use train::checkpoint::{Checkpoint, CheckpointStore};
use train::config::{EarlyStopping, OnDivergence, OptimizerKind, Recipe, ScheduleKind};
use train::dataset::TrainingData;
use train::observer::{EvaluationRecord, Observer, Pass, PassProgress, StepReport};
use train::strategy::{Continuity, Ending};

/// Stops the training after so many steps.
struct Stopper {
    interrupter: Interrupter,
    num_left: usize,
}

impl Observer for Stopper {
    fn progress(&mut self, progress: &PassProgress) {
        if progress.pass == Pass::Training {
            self.num_left = self.num_left.saturating_sub(1);
            if self.num_left == 0 {
                self.interrupter.stop(None);
            }
        }
    }

    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, _: &EvaluationRecord) -> Result<(), String> {
        Ok(())
    }
}

/// At most so many steps more, from a checkpoint where there is one.
fn train_on(
    recipe: &Recipe,
    data: &TrainingData,
    (store, from): (&CheckpointStore, Option<Checkpoint>),
    num_steps: usize,
) -> Trained {
    let continuity = Continuity {
        from,
        store: Some(store.clone()),
        ..Continuity::default()
    };
    train_with(recipe, data, continuity, num_steps)
}

fn train_with(
    recipe: &Recipe,
    data: &TrainingData,
    continuity: Continuity,
    num_steps: usize,
) -> Trained {
    let interrupter = Interrupter::new();
    let stopper: Box<dyn Observer> = Box::new(Stopper {
        interrupter: interrupter.clone(),
        num_left: num_steps,
    });
    let how = (interrupter, continuity);
    train_watched(&Device::flex(), recipe, data, how, vec![stopper])
}

/// Records without the times, which differ.
fn timeless(history: &[EvaluationRecord]) -> Vec<EvaluationRecord> {
    let timeless = history.iter().map(|record| EvaluationRecord {
        images_per_second: 0.0,
        train_seconds: 0.0,
        evaluation_seconds: 0.0,
        ..record.clone()
    });
    timeless.collect()
}

/// A recipe for every part of a checkpoint.
fn recipes() -> Vec<(&'static str, Recipe)> {
    // 320 images in batches of 32: ten steps an epoch.
    let mut lenet = recipe(35);
    lenet.training.ema_decay = Some(0.9);
    lenet.training.schedule.kind = ScheduleKind::OneCycle;
    lenet.augmentation.rotation_degrees = 10.0;
    let mut dense = recipe(35);
    dense.model = NetworkConfig::Dense(DenseConfig {
        hidden: vec![40, 30],
        dropout: 0.3,
        ..DenseConfig::default()
    });
    dense.training.optimizer.kind = OptimizerKind::Adamw;
    dense.training.optimizer.weight_decay = 0.01;
    dense.training.clip_norm = Some(1.0);
    dense.training.restore_best = false;
    let mut normal = recipe(35);
    normal.model = normalized();
    normal.training.optimizer.kind = OptimizerKind::Sgd;
    normal.training.optimizer.momentum = 0.9;
    normal.training.evaluate_every = Some(4);
    let mut linear = recipe(60);
    linear.model = NetworkConfig::Linear(model::LinearConfig::default());
    linear.training.optimizer.kind = OptimizerKind::RmsProp;
    linear.training.optimizer.momentum = 0.5;
    linear.training.optimizer.learning_rate = 0.05;
    linear.training.early_stopping = Some(EarlyStopping {
        patience: 2,
        min_delta: 0.5,
    });
    vec![
        ("LeNet", lenet),
        ("dense", dense),
        ("batch norm", normal),
        ("linear", linear),
    ]
}

#[test]
fn the_bits_are_those_of_a_training_without_a_stop() {
    let data = digits(320, 100);
    for (name, recipe) in recipes() {
        let whole = train(&recipe, &data);
        // Stops within an epoch, at its end, at an evaluation, and again and again.
        for stops in [&[3][..], &[10], &[24], &[7, 1, 2, 10, 9, 1]] {
            let run = tempfile::tempdir().unwrap();
            let store = CheckpointStore::of_run(run.path(), 2);
            let mut from = None;
            for &num_steps in stops {
                let stopped = train_on(&recipe, &data, (&store, from), num_steps);
                assert_eq!(stopped.outcome.ending, Ending::Interrupted, "{name}");
                let (found, problems) = store.newest();
                assert!(problems.is_empty(), "{problems:?}");
                assert_eq!(found.as_ref().unwrap().step(), stopped.outcome.num_steps);
                from = found;
            }
            let found = train_on(&recipe, &data, (&store, from), usize::MAX);
            let place = format!("{name}, stopped after {stops:?}");
            assert_eq!(found.outcome.ending, whole.outcome.ending, "{place}");
            assert_eq!(found.outcome.num_resumes, stops.len(), "{place}");
            assert_eq!(
                timeless(&found.outcome.history),
                timeless(&whole.outcome.history),
                "{place}"
            );
            let bits = |trained: &Trained| -> Vec<u32> {
                let logits = logits(trained, &data).into_iter();
                logits.map(f32::to_bits).collect()
            };
            assert_eq!(bits(&found), bits(&whole), "{place}");
            // Gone on with once more, it is at its end.
            let (from, _) = store.newest();
            let again = train_on(&recipe, &data, (&store, from), usize::MAX);
            assert_eq!(again.outcome.ending, whole.outcome.ending, "{place}");
            assert_eq!(again.outcome.num_steps, whole.outcome.num_steps, "{place}");
            assert_eq!(bits(&again), bits(&whole), "{place}");
        }
    }
}

#[test]
fn a_finished_training_goes_on_for_longer() {
    let data = digits(320, 100);
    let mut long = recipe(45);
    long.training.optimizer.kind = OptimizerKind::Adam;
    let short = Recipe {
        training: train::config::TrainingConfig {
            steps: Some(25),
            ..long.training.clone()
        },
        ..long.clone()
    };
    let run = tempfile::tempdir().unwrap();
    let store = CheckpointStore::of_run(run.path(), 2);
    train_on(&short, &data, (&store, None), usize::MAX);
    let (from, _) = store.newest();
    let found = train_on(&long, &data, (&store, from), usize::MAX);
    let whole = train(&long, &data);
    assert_eq!(found.outcome.num_steps, 45);
    let last = |trained: &Trained| timeless(&trained.outcome.history).pop();
    // With a constant rate it is the longer training; there was but one more evaluation, where the short one ended.
    let (found, whole) = (last(&found).unwrap(), last(&whole).unwrap());
    assert_eq!(found.validation_loss, whole.validation_loss);
}

#[test]
fn a_training_that_diverges_goes_back_with_half_the_rate() {
    let data = digits(320, 100);
    let mut recipe = recipe(40);
    recipe.model = NetworkConfig::Linear(model::LinearConfig::default());
    recipe.training.optimizer.kind = OptimizerKind::Sgd;
    recipe.training.optimizer.learning_rate = 4e37;
    recipe.training.evaluate_every = Some(5);
    let run = tempfile::tempdir().unwrap();
    let store = CheckpointStore::of_run(run.path(), 2);
    let stopped = train_on(&recipe, &data, (&store, None), usize::MAX);
    assert!(matches!(stopped.outcome.ending, Ending::Diverged { .. }));
    assert_eq!(stopped.outcome.num_retries, 0);
    recipe.training.on_divergence = OnDivergence::Retry;
    let again = train_on(&recipe, &data, (&store, None), usize::MAX);
    assert_eq!(again.outcome.num_retries, 3);
    assert!(matches!(again.outcome.ending, Ending::Diverged { .. }));
}

/// What is not trained stays, also over a stop.
#[test]
fn the_last_layers_alone_are_trained() {
    let data = digits(320, 100);
    let mut recipe = recipe(35);
    let weights = train(&recipe, &data).classifier;
    recipe.init = Some("the run of before".into());
    recipe.training.last_layers = Some(2);
    let continuity = || Continuity {
        weights: Some(weights.clone()),
        ..Continuity::default()
    };
    let run = tempfile::tempdir().unwrap();
    let store = CheckpointStore::of_run(run.path(), 2);
    let begin = |num_steps| {
        let continuity = Continuity {
            store: Some(store.clone()),
            ..continuity()
        };
        train_with(&recipe, &data, continuity, num_steps)
    };
    let whole = begin(usize::MAX);
    let before = weights.weights().unwrap();
    let after = whole.classifier.weights().unwrap();
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.name.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "dense_2/weights",
            "dense_2/biases",
            "output/weights",
            "output/biases"
        ]
    );
    begin(13);
    store.remove_later_than(13).unwrap();
    let (from, _) = store.newest();
    let found = train_on(&recipe, &data, (&store, from), usize::MAX);
    assert_eq!(found.classifier.weights().unwrap(), after);
}

/// What is random is a function of the seed and of the place in the training alone.
#[test]
fn augmentation_knows_nothing_of_stops() {
    let mut recipe = recipe(10);
    recipe.augmentation.rotation_degrees = 10.0;
    let draw = |position| {
        let augmenter = train::training::augmenter(&recipe, 320).unwrap();
        let images = burn::tensor::Tensor::ones([1, 784], &Device::flex());
        let changed = augmenter.apply(
            StepImages::Pixels(&images),
            &[Showing { image: 3, position }],
        );
        changed.into_data()
    };
    assert_eq!(draw(5), draw(5));
    assert_ne!(draw(5), draw(325));
}
