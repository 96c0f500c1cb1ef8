//! Trainings that know nothing of each other, and good weights that outlive a failure.

use super::{Trained, digits, logits, recipe, train, train_watched};
use burn::tensor::Device;
use burn::train::Interrupter;
use model::{DenseConfig, Evaluation, NetworkConfig};
use train::config::Recipe;
use train::dataset::TrainingData;
use train::observer::{EvaluationRecord, Observer, StepReport};
use train::strategy::{Continuity, Ending};

/// With dropout and augmentation, which draw numbers in every step.
fn drawing(seed: u64) -> Recipe {
    let mut recipe = recipe(24);
    recipe.seed = seed;
    recipe.augmentation.rotation_degrees = 10.0;
    recipe.model = NetworkConfig::Dense(DenseConfig {
        hidden: vec![32],
        dropout: 0.3,
        ..DenseConfig::default()
    });
    recipe
}

/// Two trainings at once get the bits that each gets alone.
#[test]
fn trainings_in_one_process_do_not_touch_each_other() {
    let data = digits(256, 64);
    let alone = [1, 2].map(|seed| logits(&train(&drawing(seed), &data), &data));
    let together = std::thread::scope(|scope| {
        let start = |seed| {
            let data = &data;
            scope.spawn(move || logits(&train(&drawing(seed), data), data))
        };
        let both = [1, 2].map(start);
        both.map(|thread| thread.join().unwrap())
    });
    assert_ne!(alone[0], alone[1]);
    assert!(alone == together, "a training changed another one");
}

/// Fails at its third evaluation, by an error or by a panic.
struct Failing {
    num_evaluations: usize,
    panics: bool,
}

impl Observer for Failing {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, _: &EvaluationRecord) -> Result<(), String> {
        self.num_evaluations += 1;
        if self.num_evaluations < 3 {
            return Ok(());
        }
        assert!(!self.panics, "the device is lost");
        Err("no space left".into())
    }
}

fn train_until_it_fails(recipe: &Recipe, data: &TrainingData, panics: bool) -> Trained {
    let failing: Box<dyn Observer> = Box::new(Failing {
        num_evaluations: 0,
        panics,
    });
    let nothing = (Interrupter::new(), Continuity::default());
    train_watched(&Device::flex(), recipe, data, nothing, vec![failing])
}

#[test]
fn a_failure_leaves_the_best_weights_of_before() {
    let data = digits(256, 64);
    let mut recipe = recipe(40);
    recipe.training.evaluate_every = Some(8);
    for (panics, reason) in [(false, "no space left"), (true, "the device is lost")] {
        let trained = train_until_it_fails(&recipe, &data, panics);
        let Ending::Failed(found) = &trained.outcome.ending else {
            panic!("{:?}", trained.outcome.ending);
        };
        assert!(found.contains(reason), "{found}");
        assert_eq!(trained.records.len(), 2);
        let (record, evaluation) = trained.outcome.kept.as_ref().unwrap();
        assert!(record.is_best && record.step <= 16);
        let again = logits(&trained, &data);
        let again = Evaluation::new(&again, data.validation.labels(), &data.class_names);
        assert!((again.loss - evaluation.loss).abs() < 1e-6);
    }
}
