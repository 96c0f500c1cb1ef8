//! What training tells of itself while it runs. Owns no output: the report does.

use model::{Classifier, Evaluation};
use serde::{Deserialize, Serialize};

/// How far one pass over images is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassProgress {
    /// Which pass.
    pub pass: Pass,
    /// The epoch, from 1.
    pub epoch: usize,
    /// Images done in this pass.
    pub num_done: usize,
    /// Images of the whole pass.
    pub num_images: usize,
}

/// Which images are passed over, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// An epoch of training.
    Training,
    /// An evaluation on the validation images.
    Validation,
}

/// After some steps.
#[derive(Clone, Copy, Debug)]
pub struct StepReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Steps done.
    pub step: usize,
    /// Mean loss of the training images since the last evaluation.
    pub loss: f64,
    /// Accuracy on the training images since the last evaluation, as they were met.
    pub accuracy: f64,
    /// Training images a second since the last evaluation.
    pub images_per_second: f64,
}

/// After an evaluation: one line of the run's history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Steps done.
    pub step: usize,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Mean loss of the training images since the last evaluation, as they were met: with dropout
    /// and label smoothing, and by weights that were still changing.
    pub train_loss: f64,
    /// Accuracy on the same images.
    pub train_accuracy: f64,
    /// Log loss on the validation images.
    pub validation_loss: Option<f64>,
    /// Accuracy on the validation images.
    pub validation_accuracy: Option<f64>,
    /// Whether this is the best evaluation so far.
    pub is_best: bool,
    /// Training images a second since the last evaluation.
    pub images_per_second: f64,
    /// Seconds spent in training steps so far.
    pub train_seconds: f64,
    /// Seconds that this evaluation took.
    pub evaluation_seconds: f64,
    /// The data set, and what it stands in for.
    pub dataset: String,
}

/// The network at one moment: before the first step, and at every evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The epoch, from 1; 0 before the first step.
    pub epoch: usize,
    /// Steps done.
    pub step: usize,
    /// The weights as they would be saved now.
    pub classifier: &'a Classifier,
    /// Their figures on the validation images; none before the first step, nor without such images.
    pub evaluation: Option<&'a Evaluation>,
}

/// Is told of steps and evaluations.
pub trait Observer: Send {
    /// A batch is done, of training or of an evaluation; on a GPU it may still be at work. Does
    /// nothing where it is left out.
    fn progress(&mut self, _: &PassProgress) {}

    /// Some steps are done.
    fn steps(&mut self, report: &StepReport);

    /// An evaluation is done.
    ///
    /// # Errors
    ///
    /// Where it cannot be recorded; training then stops.
    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String>;

    /// The network before the first step, and after each evaluation that was told of; the time this
    /// takes is no training time. Does nothing where it is left out.
    ///
    /// # Errors
    ///
    /// As [`Observer::evaluation`].
    fn snapshot(&mut self, _: &Snapshot<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Training goes back to an earlier state, whose evaluations are these; and why. Does nothing where it is
    /// left out.
    ///
    /// # Errors
    ///
    /// As [`Observer::evaluation`].
    fn went_back(&mut self, _: &[EvaluationRecord], _why: &str) -> Result<(), String> {
        Ok(())
    }

    /// Something that the user should know, and that does not stop the training. Does nothing where it is left
    /// out.
    fn warning(&mut self, _: &str) {}

    /// What it wants to be kept in a checkpoint, by the names of files. Nothing where it is left out.
    fn kept_files(&self) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }
}

/// Several observers, told in their order, to the first that fails.
impl Observer for Vec<Box<dyn Observer>> {
    fn progress(&mut self, progress: &PassProgress) {
        for observer in self {
            observer.progress(progress);
        }
    }

    fn steps(&mut self, report: &StepReport) {
        for observer in self {
            observer.steps(report);
        }
    }

    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String> {
        self.iter_mut()
            .try_for_each(|observer| observer.evaluation(record))
    }

    fn snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), String> {
        self.iter_mut()
            .try_for_each(|observer| observer.snapshot(snapshot))
    }

    fn went_back(&mut self, history: &[EvaluationRecord], why: &str) -> Result<(), String> {
        self.iter_mut()
            .try_for_each(|observer| observer.went_back(history, why))
    }

    fn warning(&mut self, text: &str) {
        for observer in self {
            observer.warning(text);
        }
    }

    fn kept_files(&self) -> Vec<(String, Vec<u8>)> {
        self.iter()
            .flat_map(|observer| observer.kept_files())
            .collect()
    }
}
