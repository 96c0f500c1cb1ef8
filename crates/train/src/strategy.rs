//! How this program drives Burn's `Learner`: budgets in epochs or steps, global-norm clipping, an
//! average of the weights, evaluation every epoch or every so many steps, early stopping, the best
//! weights kept, a watch for losses that are no numbers. Owns the loop, no file and no output.

use crate::batches::Batch;
use crate::config::{EarlyStopping, Monitor};
use crate::meter::{Meter, Reading, Throughput};
use crate::observer::{EvaluationRecord, Observer, Pass, PassProgress, Snapshot, StepReport};
use crate::selection::Selection;
use crate::trainee::Trainee;
use burn::module::Module as _;
use burn::train::{
    InferenceStep as _, Interrupter, Learner, SupervisedLearningStrategy,
    SupervisedTrainingEventProcessor, TrainLoader, TrainingComponents, ValidLoader,
};
use kernels::{average_parameters, clip_global_norm};
use model::{Evaluation, read_floats};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Steps between two readings of the loss.
const STEPS_PER_READING: usize = 50;

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
    /// The loss is no finite number any more.
    Diverged {
        /// The step after which it was seen.
        step: usize,
    },
    /// The device failed, or the history could not be written.
    Failed(String),
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
    /// All evaluations, first to last.
    pub history: Vec<EvaluationRecord>,
    /// The evaluation whose weights were kept, and its figures on the validation images.
    pub kept: Option<(EvaluationRecord, Evaluation)>,
}

/// The loop, as a strategy of Burn's.
pub struct FitStrategy {
    plan: Plan,
    observer: Mutex<Box<dyn Observer>>,
    outcome: Mutex<Option<Outcome>>,
}

impl FitStrategy {
    /// For one run, of which `observer` is told.
    #[must_use]
    pub fn new(plan: Plan, observer: Box<dyn Observer>) -> Arc<Self> {
        Arc::new(Self {
            plan,
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
        train_loader: TrainLoader<Trainee>,
        validation_loader: ValidLoader<Trainee>,
        _starting_epoch: usize,
    ) -> (Trainee, SupervisedTrainingEventProcessor<Trainee>) {
        let mut observer = self.observer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fit = Fit {
            plan: &self.plan,
            average: self.plan.ema_decay.map(|_| learner.model().valid()),
            learner,
            validation_loader,
            interrupter: components.interrupter,
            observer: observer.as_mut(),
            selection: Selection::new(self.plan.monitor, self.plan.early_stopping),
            meter: Meter::start(),
            throughput: Throughput::default(),
            history: Vec::new(),
            last: None,
            epoch: 0,
            step: 0,
        };
        let ending = fit.run(&train_loader).unwrap_or_else(|ending| ending);
        let (trainee, outcome) = fit.finish(ending);
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        (trainee, components.event_processor)
    }
}

/// Weights and validation figures of an evaluation, which may turn out to be the best.
type Candidate = (Trainee, Evaluation);

/// The state of a run.
struct Fit<'a> {
    plan: &'a Plan,
    learner: Learner<Trainee>,
    /// The average of the weights, without automatic differentiation.
    average: Option<Trainee>,
    validation_loader: ValidLoader<Trainee>,
    interrupter: Interrupter,
    observer: &'a mut dyn Observer,
    selection: Selection<Candidate>,
    meter: Meter,
    throughput: Throughput,
    history: Vec<EvaluationRecord>,
    /// The figures that belong to the last record.
    last: Option<Evaluation>,
    epoch: usize,
    step: usize,
}

impl Fit<'_> {
    /// Runs to an ending; `Err` is an ending too, one that leaves the loops at once.
    fn run(&mut self, train_loader: &TrainLoader<Trainee>) -> Result<Ending, Ending> {
        self.show(&self.current(), None)?;
        self.meter = Meter::start();
        while self.epoch < self.plan.num_epochs && self.step < self.plan.num_steps {
            self.epoch += 1;
            let mut progress = self.pass(Pass::Training, train_loader.num_items());
            for batch in train_loader.iter() {
                let batch = batch.map_err(|error| Ending::Failed(error.to_string()))?;
                progress.num_done += batch.targets.dims()[0];
                self.train(batch);
                self.observer.progress(&progress);
                if self.step.is_multiple_of(STEPS_PER_READING) {
                    self.report()?;
                }
                if self.interrupter.should_stop() {
                    self.evaluate()?;
                    return Ok(Ending::Interrupted);
                }
                if self
                    .plan
                    .evaluate_every
                    .is_some_and(|every| self.step.is_multiple_of(every))
                {
                    self.evaluate_and_judge()?;
                }
                if self.step >= self.plan.num_steps {
                    break;
                }
            }
            if self.plan.evaluate_every.is_none() {
                self.evaluate_and_judge()?;
            }
        }
        let is_evaluated = self
            .history
            .last()
            .is_some_and(|record| record.step == self.step);
        if !is_evaluated {
            self.evaluate()?;
        }
        Ok(Ending::Budget)
    }

    /// An evaluation after which training may stop early.
    fn evaluate_and_judge(&mut self) -> Result<(), Ending> {
        self.evaluate()?;
        if self.selection.has_lost_patience() {
            return Err(Ending::NoImprovement);
        }
        Ok(())
    }

    /// One step of the optimizer.
    fn train(&mut self, batch: Batch) {
        let output = self.learner.train_step(batch);
        let gradients = match self.plan.clip_norm {
            Some(max_norm) => clip_global_norm(&self.learner.model(), output.grads, max_norm),
            None => output.grads,
        };
        self.learner.lr_step();
        self.learner.optimizer_step(gradients);
        self.step += 1;
        self.meter.add(output.item);
        if let (Some(average), Some(decay)) = (self.average.take(), self.plan.ema_decay) {
            // A young average follows the weights closely, or it would remember their start.
            let young = (1 + self.step) as f64 / (10 + self.step) as f64;
            let current = self.learner.model().valid();
            self.average = Some(average_parameters(average, &current, decay.min(young)));
        }
    }

    /// Reads the loss, and tells of it where it is a number.
    fn report(&mut self) -> Result<Reading, Ending> {
        let reading = self
            .meter
            .read()
            .map_err(|error| Ending::Failed(error.to_string()))?;
        if !reading.loss.is_finite() {
            return Err(Ending::Diverged { step: self.step });
        }
        self.observer.steps(&StepReport {
            epoch: self.epoch,
            step: self.step,
            loss: reading.loss,
            accuracy: reading.accuracy,
            images_per_second: reading.images_per_second(),
        });
        Ok(reading)
    }

    /// Figures on the validation images, or the training's alone where there are none.
    fn evaluate(&mut self) -> Result<(), Ending> {
        let reading = self.report()?;
        self.throughput.add(self.epoch, &reading);
        let started = Instant::now();
        let trainee = self.current();
        let evaluation = self.validate(&trainee)?;
        let is_validated = evaluation.num_images > 0;
        let record = EvaluationRecord {
            epoch: self.epoch,
            step: self.step,
            learning_rate: self.learner.lr_current().base(),
            train_loss: reading.loss,
            train_accuracy: reading.accuracy,
            validation_loss: is_validated.then_some(evaluation.loss),
            validation_accuracy: is_validated.then_some(evaluation.accuracy),
            is_best: is_validated
                && self
                    .selection
                    .is_better(evaluation.accuracy, evaluation.loss),
            images_per_second: reading.images_per_second(),
            train_seconds: self.throughput.seconds(),
            evaluation_seconds: started.elapsed().as_secs_f64(),
            dataset: self.plan.dataset.clone(),
        };
        self.observer.evaluation(&record).map_err(Ending::Failed)?;
        self.show(&trainee, is_validated.then_some(&evaluation))?;
        self.selection.add(&record, (trainee, evaluation.clone()));
        self.history.push(record);
        self.last = Some(evaluation);
        self.meter = Meter::start();
        Ok(())
    }

    /// Tells the observer of the network as it is.
    fn show(&mut self, trainee: &Trainee, evaluation: Option<&Evaluation>) -> Result<(), Ending> {
        let snapshot = Snapshot {
            epoch: self.epoch,
            step: self.step,
            classifier: trainee.classifier(),
            evaluation,
        };
        self.observer.snapshot(&snapshot).map_err(Ending::Failed)
    }

    /// The weights as they would be saved now: the average, where there is one.
    fn current(&self) -> Trainee {
        self.average
            .clone()
            .unwrap_or_else(|| self.learner.model().valid())
    }

    /// A pass over images that is about to begin.
    fn pass(&self, pass: Pass, num_images: usize) -> PassProgress {
        PassProgress {
            pass,
            epoch: self.epoch,
            num_done: 0,
            num_images,
        }
    }

    fn validate(&mut self, trainee: &Trainee) -> Result<Evaluation, Ending> {
        let (mut logits, mut labels) = (Vec::new(), Vec::new());
        let mut progress = self.pass(Pass::Validation, self.validation_loader.num_items());
        for batch in self.validation_loader.iter() {
            let batch = batch.map_err(|error| Ending::Failed(error.to_string()))?;
            let targets = batch.targets.clone().float();
            let output = trainee.step(batch);
            let failed = |error: model::InferenceError| Ending::Failed(error.to_string());
            logits.extend(read_floats(&output.logits).map_err(failed)?);
            labels.extend(
                read_floats(&targets)
                    .map_err(failed)?
                    .iter()
                    .map(|&label| label as u8),
            );
            progress.num_done = labels.len();
            self.observer.progress(&progress);
        }
        Ok(Evaluation::new(&logits, &labels, &self.plan.class_names))
    }

    fn finish(self, ending: Ending) -> (Trainee, Outcome) {
        let current = self.current();
        let best = self
            .selection
            .into_best()
            .filter(|_| self.plan.restore_best);
        let (trainee, kept) = match best {
            Some((record, (trainee, evaluation))) => (trainee, Some((record, evaluation))),
            None => (current, self.history.last().cloned().zip(self.last)),
        };
        let outcome = Outcome {
            ending,
            num_epochs: self.epoch,
            num_steps: self.step,
            train_seconds: self.throughput.seconds(),
            images_per_second: self.throughput.images_per_second(),
            history: self.history,
            kept,
        };
        (trainee.train(), outcome)
    }
}
