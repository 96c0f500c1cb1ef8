//! Whether training learns, repeats, and means the same on every device. No network, no MNIST.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "learning/augmentation.rs"]
mod augmentation;
#[path = "learning/batch_norm.rs"]
mod batch_norm;
#[path = "learning/independence.rs"]
mod independence;
#[path = "learning/resume.rs"]
mod resume;
#[path = "learning/teachers.rs"]
mod teachers;

use burn::tensor::Device;
use burn::train::Interrupter;
use data::synthetic::SyntheticConfig;
use model::{
    Classifier, DenseConfig, DeviceChoice, Evaluation, NetworkConfig, Views, open_device,
    predict_logits,
};
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use train::config::{OptimizerKind, Recipe, ScheduleKind};
use train::dataset::TrainingData;
use train::observer::{EvaluationRecord, Observer, Snapshot, StepReport};
use train::strategy::{Continuity, Ending, Outcome};
use train::training::fit;

/// Keeps all records.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<EvaluationRecord>>>);

/// Step, first weights and validation accuracy.
type Page = (usize, Vec<f32>, Option<f64>);

/// Keeps a page of every snapshot.
#[derive(Clone, Default)]
struct Album(Arc<Mutex<Vec<Page>>>);

impl Observer for Album {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, _: &EvaluationRecord) -> Result<(), String> {
        Ok(())
    }

    fn snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), String> {
        let pictures = snapshot.classifier.first_layer_pictures().unwrap().values;
        let accuracy = snapshot.evaluation.map(|evaluation| evaluation.accuracy);
        let mut album = self.0.lock().unwrap();
        album.push((snapshot.step, pictures, accuracy));
        Ok(())
    }
}

impl Observer for Recorder {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String> {
        self.0.lock().unwrap().push(record.clone());
        Ok(())
    }
}

/// Drawn digits: so many for training and for validation.
fn digits(num_train: usize, num_validation: usize) -> TrainingData {
    let config = SyntheticConfig {
        num_train,
        num_test: num_validation,
        seed: 1,
    };
    let set = data::synthetic::draw(&config);
    TrainingData {
        validation: set.test.unwrap(),
        ..TrainingData::to_train_on(set.train, set.class_names, &set.name)
    }
}

/// LeNet on batches of 32.
fn recipe(num_steps: usize) -> Recipe {
    let mut recipe = Recipe::default();
    recipe.training.steps = Some(num_steps);
    recipe.training.batch_size = 32;
    recipe
}

struct Trained {
    classifier: Classifier,
    outcome: Outcome,
    records: Vec<EvaluationRecord>,
}

fn train_on(device: &Device, recipe: &Recipe, data: &TrainingData) -> Trained {
    let nothing = (Interrupter::new(), Continuity::default());
    train_watched(device, recipe, data, nothing, Vec::new())
}

/// With what stops it, where it begins, and who is told beside the recorder, and before it.
fn train_watched(
    device: &Device,
    recipe: &Recipe,
    data: &TrainingData,
    (interrupter, continuity): (Interrupter, Continuity),
    mut observers: Vec<Box<dyn Observer>>,
) -> Trained {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::default();
    observers.push(Box::new(recorder.clone()));
    let (classifier, outcome) = fit(
        recipe,
        data,
        device,
        folder.path(),
        &interrupter,
        continuity,
        Box::new(observers),
    )
    .unwrap();
    let records = recorder.0.lock().unwrap().clone();
    Trained {
        classifier,
        outcome: outcome.unwrap(),
        records,
    }
}

fn train(recipe: &Recipe, data: &TrainingData) -> Trained {
    train_on(&Device::flex(), recipe, data)
}

fn logits(trained: &Trained, data: &TrainingData) -> Vec<f32> {
    predict_logits(
        &trained.classifier,
        data.validation.pixels(),
        100,
        Views::One,
        &Device::flex(),
    )
    .unwrap()
}

#[test]
fn memorises_one_batch() {
    let data = digits(32, 0);
    let mut recipe = recipe(120);
    recipe.training.optimizer.learning_rate = 3e-3;
    let trained = train(&recipe, &data);
    let pixels = data.train.pixels();
    let logits =
        predict_logits(&trained.classifier, pixels, 32, Views::One, &Device::flex()).unwrap();
    let evaluation = Evaluation::new(&logits, data.train.labels(), &data.class_names);
    assert_eq!(evaluation.num_correct, 32);
    assert!(evaluation.loss < 0.01, "{}", evaluation.loss);
    assert_eq!(trained.outcome.ending, Ending::Budget);
}

#[test]
fn the_same_seed_gives_the_same_weights_and_another_others() {
    let data = digits(256, 64);
    let mut recipe = recipe(16);
    recipe.training.ema_decay = Some(0.9);
    recipe.training.clip_norm = Some(1.0);
    let first = logits(&train(&recipe, &data), &data);
    assert_eq!(first, logits(&train(&recipe, &data), &data));
    recipe.seed += 1;
    assert_ne!(first, logits(&train(&recipe, &data), &data));
}

#[test]
fn observers_see_the_weights_at_the_start_and_at_every_evaluation() {
    let data = digits(128, 64);
    let mut recipe = recipe(4);
    recipe.training.evaluate_every = Some(2);
    recipe.training.restore_best = false;
    let album = Album::default();
    let nothing = (Interrupter::new(), Continuity::default());
    let watcher: Box<dyn Observer> = Box::new(album.clone());
    let trained = train_watched(&Device::flex(), &recipe, &data, nothing, vec![watcher]);
    let album = album.0.lock().unwrap();
    let steps: Vec<usize> = album.iter().map(|(step, ..)| *step).collect();
    assert_eq!(steps, [0, 2, 4]);
    let accuracies: Vec<Option<f64>> = album.iter().map(|(.., accuracy)| *accuracy).collect();
    let told = trained
        .records
        .iter()
        .map(|record| record.validation_accuracy);
    assert_eq!(
        accuracies,
        [None].into_iter().chain(told).collect::<Vec<_>>()
    );
    let untrained = recipe.classifier().init(10, recipe.seed, &Device::flex());
    let pictures = |classifier: &Classifier| classifier.first_layer_pictures().unwrap().values;
    assert_eq!(album[0].1, pictures(&untrained.unwrap()));
    assert_ne!(album[0].1, album[1].1);
    assert_eq!(album[2].1, pictures(&trained.classifier));
}

/// A network without dropout, trained by plain gradient descent on a fixed order, has exactly these
/// losses: whoever changes the drawing, the order, the initial weights, the loss or the gradients
/// has to change them knowingly.
#[test]
fn five_steps_have_their_golden_losses() {
    let data = digits(160, 0);
    let mut recipe = recipe(5);
    recipe.training.optimizer.kind = OptimizerKind::Sgd;
    recipe.training.optimizer.learning_rate = 0.1;
    recipe.training.evaluate_every = Some(1);
    let trained = train(&recipe, &data);
    let losses: Vec<f64> = trained
        .records
        .iter()
        .map(|record| record.train_loss)
        .collect();
    assert_eq!(losses.len(), 5);
    for (found, expected) in losses.iter().zip(GOLDEN_LOSSES) {
        assert!(
            (found - expected).abs() < 2e-4,
            "{losses:?} instead of {GOLDEN_LOSSES:?}"
        );
    }
}

const GOLDEN_LOSSES: [f64; 5] = [2.321_995, 2.287_865, 2.300_298, 2.292_142, 2.328_945];

#[test]
fn every_optimizer_schedule_and_option_learns() {
    let data = digits(640, 200);
    let rates = [
        (OptimizerKind::Adam, 2e-3),
        (OptimizerKind::Adamw, 2e-3),
        (OptimizerKind::Sgd, 0.05),
        (OptimizerKind::RmsProp, 1e-3),
    ];
    let schedules = [
        ScheduleKind::Constant,
        ScheduleKind::Cosine,
        ScheduleKind::OneCycle,
        ScheduleKind::Step,
    ];
    for ((kind, rate), schedule) in rates.into_iter().zip(schedules) {
        let mut recipe = recipe(80);
        recipe.training.optimizer.kind = kind;
        recipe.training.optimizer.learning_rate = rate;
        recipe.training.optimizer.weight_decay = 1e-4;
        if kind == OptimizerKind::Sgd {
            recipe.training.optimizer.momentum = 0.9;
            recipe.training.optimizer.nesterov = true;
        }
        recipe.training.schedule.kind = schedule;
        recipe.training.label_smoothing = 0.05;
        recipe.training.clip_norm = Some(5.0);
        recipe.model = NetworkConfig::Dense(DenseConfig {
            hidden: vec![64],
            dropout: 0.1,
            ..DenseConfig::default()
        });
        let trained = train(&recipe, &data);
        let (_, evaluation) = trained.outcome.kept.unwrap();
        assert!(
            evaluation.accuracy > 0.6,
            "{kind:?}: {}",
            evaluation.accuracy
        );
    }
}

#[test]
fn the_best_weights_are_kept_not_the_last() {
    let data = digits(320, 200);
    let mut recipe = recipe(60);
    recipe.training.evaluate_every = Some(10);
    // The rate grows until training falls apart.
    recipe.training.optimizer.learning_rate = 0.3;
    recipe.training.optimizer.kind = OptimizerKind::Sgd;
    recipe.training.schedule.warmup_steps = 60;
    let trained = train(&recipe, &data);
    let best = trained
        .records
        .iter()
        .filter_map(|record| record.validation_accuracy)
        .fold(0.0, f64::max);
    let (record, evaluation) = trained.outcome.kept.as_ref().unwrap();
    assert!((evaluation.accuracy - best).abs() < 1e-12 && record.is_best);
    let again = Evaluation::new(
        &logits(&trained, &data),
        data.validation.labels(),
        &data.class_names,
    );
    assert!((again.accuracy - best).abs() < 1e-12);
}

#[test]
fn training_stops_early_and_on_numbers_that_are_none() {
    let data = digits(64, 50);
    let mut stopping = recipe(1000);
    stopping.training.early_stopping = Some(train::config::EarlyStopping {
        patience: 3,
        min_delta: 0.0,
    });
    let stopped = train(&stopping, &data);
    assert_eq!(stopped.outcome.ending, Ending::NoImprovement);
    assert!(stopped.outcome.num_steps < 1000);

    let mut diverging = recipe(50);
    diverging.training.optimizer.kind = OptimizerKind::Sgd;
    diverging.training.optimizer.learning_rate = 1e30;
    let diverged = train(&diverging, &data);
    assert!(matches!(diverged.outcome.ending, Ending::Diverged { .. }));
}

/// Losses of a GPU follow the CPU's for 300 steps, and are the same bits in every run.
#[test]
fn a_gpu_follows_the_cpu() {
    let Ok(gpu) = open_device(DeviceChoice::Gpu(None)) else {
        // Not by `eprintln!`, which the test harness hides where a test passes.
        let _ = writeln!(
            std::io::stderr(),
            "a_gpu_follows_the_cpu: skipped, no GPU adapter"
        );
        return;
    };
    let data = digits(320, 100);
    let mut recipe = recipe(300);
    recipe.training.evaluate_every = Some(30);
    recipe.training.ema_decay = Some(0.99);
    let expected = train(&recipe, &data).records;
    let found = train_on(&gpu.device, &recipe, &data).records;
    assert_eq!(found.len(), 10);
    for (expected, found) in expected.iter().zip(&found) {
        let (step, expected, found) = (expected.step, expected.train_loss, found.train_loss);
        // Rounding grows from step to step; where next to nothing is left of the loss, that is seen.
        let difference = (expected - found).abs() / (expected + 0.01);
        assert!(
            difference < 0.01,
            "step {step}: {found} instead of {expected}"
        );
    }
    let losses = |records: &[EvaluationRecord]| -> Vec<[u64; 2]> {
        let bits = |record: &EvaluationRecord| {
            [record.train_loss, record.validation_loss.unwrap()].map(f64::to_bits)
        };
        records.iter().map(bits).collect()
    };
    let again = train_on(&gpu.device, &recipe, &data).records;
    assert_eq!(losses(&found), losses(&again), "the same bits");
}
