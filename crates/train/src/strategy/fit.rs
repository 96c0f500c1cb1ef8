//! The loop: steps, evaluations, and what is kept of them.

use super::kept::{Kept, has_finite_weights};
use super::{Ending, Outcome, Plan};
use crate::batches::{Batch, ResidentLoader};
use crate::best::Criterion;
use crate::meter::{Meter, Sums};
use crate::observer::{EvaluationRecord, Observer, Pass, PassProgress, Snapshot, StepReport};
use crate::state::{LoopState, Stretch};
use crate::trainee::Trainee;
use burn::data::dataloader::DataLoader as _;
use burn::module::Module as _;
use burn::tensor::Device;
use burn::train::{InferenceStep as _, Interrupter, Learner, ValidLoader};
use kernels::{average_parameters, clip_global_norm};
use model::{Evaluation, read_floats};
use std::time::Instant;

/// Steps between two readings of the loss.
const STEPS_PER_READING: usize = 50;

/// A run under way: its state, its tensors, and whom it tells.
pub(super) struct Fit<'a> {
    plan: &'a Plan,
    criterion: Criterion,
    state: LoopState,
    learner: Learner<Trainee>,
    /// The average of the weights, without automatic differentiation.
    average: Option<Trainee>,
    /// The weights of the best evaluation, and those of the last one.
    best: Option<Kept>,
    last: Option<Kept>,
    meter: Meter,
    train: &'a ResidentLoader,
    validation: ValidLoader<Trainee>,
    interrupter: Interrupter,
    observer: &'a mut dyn Observer,
}

impl<'a> Fit<'a> {
    /// A run that begins. `loaders` are those of the training and of the validation images.
    pub(super) fn new(
        plan: &'a Plan,
        learner: Learner<Trainee>,
        loaders: (&'a ResidentLoader, ValidLoader<Trainee>),
        interrupter: Interrupter,
        observer: &'a mut dyn Observer,
    ) -> Self {
        Self {
            plan,
            criterion: Criterion {
                monitor: plan.monitor,
                stopping: plan.early_stopping,
            },
            state: LoopState::default(),
            average: plan.ema_decay.map(|_| learner.model().valid()),
            learner,
            best: None,
            last: None,
            meter: Meter::start(),
            train: loaders.0,
            validation: loaders.1,
            interrupter,
            observer,
        }
    }

    /// Runs to an ending; `Err` is an ending too, one that leaves the loops at once.
    pub(super) fn run(&mut self) -> Result<Ending, Ending> {
        self.show(&self.current(), None)?;
        self.meter = Meter::start();
        while self.state.epoch < self.plan.num_epochs && self.state.step < self.plan.num_steps {
            self.state.epoch += 1;
            self.run_epoch()?;
            if self.plan.evaluate_every.is_none() {
                self.evaluate_and_judge()?;
            }
        }
        if !self.state.is_evaluated() {
            self.evaluate()?;
        }
        Ok(Ending::Budget)
    }

    fn run_epoch(&mut self) -> Result<(), Ending> {
        let train = self.train;
        let mut progress = self.pass(Pass::Training, train.num_items());
        for batch in train.pass(self.state.epoch) {
            let batch = batch.map_err(|error| Ending::Failed(error.to_string()))?;
            progress.num_done += batch.targets.dims()[0];
            self.train(batch);
            self.observer.progress(&progress);
            let step = self.state.step;
            if step.is_multiple_of(STEPS_PER_READING) {
                self.report()?;
            }
            if self.interrupter.should_stop() {
                self.evaluate()?;
                return Err(Ending::Interrupted);
            }
            let every = self.plan.evaluate_every;
            if every.is_some_and(|every| step.is_multiple_of(every)) {
                self.evaluate_and_judge()?;
            }
            if step >= self.plan.num_steps {
                break;
            }
        }
        Ok(())
    }

    /// An evaluation after which training may stop early.
    fn evaluate_and_judge(&mut self) -> Result<(), Ending> {
        self.evaluate()?;
        if self.state.best.has_lost_patience(&self.criterion) {
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
        self.state.step += 1;
        self.meter.add(output.item);
        if let (Some(average), Some(decay)) = (self.average.take(), self.plan.ema_decay) {
            // A young average follows the weights closely, or it would remember their start.
            let step = self.state.step;
            let young = (1 + step) as f64 / (10 + step) as f64;
            let current = self.learner.model().valid();
            self.average = Some(average_parameters(average, &current, decay.min(young)));
        }
    }

    /// Reads the loss, and tells of it where it is a number.
    fn report(&mut self) -> Result<(), Ending> {
        let LoopState { epoch, step, .. } = self.state;
        let sums = &mut self.state.sums;
        self.meter.read_into(sums).map_err(failed)?;
        if !sums.mean_loss().is_finite() {
            return Err(Ending::Diverged { step });
        }
        self.observer.steps(&StepReport {
            epoch,
            step,
            loss: sums.mean_loss(),
            accuracy: sums.accuracy(),
            images_per_second: sums.images_per_second(),
        });
        Ok(())
    }

    /// Figures on the validation images, or the training's alone where there are none. Weights that
    /// are no numbers, or that answer with none, end the run.
    fn evaluate(&mut self) -> Result<(), Ending> {
        self.report()?;
        let sums = std::mem::take(&mut self.state.sums);
        self.state.stretches.push(Stretch {
            epoch: self.state.epoch,
            num_images: sums.num_images,
            seconds: sums.seconds,
        });
        let started = Instant::now();
        let trainee = self.current();
        let evaluation = self.validate(&trainee)?;
        self.check(&trainee, &evaluation)?;
        let record = self.record(&sums, &evaluation, started);
        self.observer.evaluation(&record).map_err(Ending::Failed)?;
        let is_validated = evaluation.num_images > 0;
        self.show(&trainee, is_validated.then_some(&evaluation))?;
        self.state.best.add(&self.criterion, &record);
        self.state.history.push(record.clone());
        let device = self.device();
        let kept = Kept::new(record, evaluation, trainee, &device);
        if kept.record.is_best {
            self.best = Some(kept.clone());
        }
        self.last = Some(kept);
        self.meter = Meter::start();
        Ok(())
    }

    /// Ends the run where the weights, or their answers, are no finite numbers.
    fn check(&self, trainee: &Trainee, evaluation: &Evaluation) -> Result<(), Ending> {
        let answers = if evaluation.num_images > 0 {
            evaluation.loss.is_finite()
        } else {
            let batch = self.train.pass(1).next().transpose();
            let batch = batch.map_err(|error| Ending::Failed(error.to_string()))?;
            let logits = batch.map(|batch| read_floats(&trainee.step(batch).logits));
            let logits = logits.transpose().map_err(failed)?.unwrap_or_default();
            logits.iter().all(|logit| logit.is_finite())
        };
        if answers && has_finite_weights(trainee).map_err(failed)? {
            return Ok(());
        }
        Err(Ending::Diverged {
            step: self.state.step,
        })
    }

    fn record(&self, sums: &Sums, evaluation: &Evaluation, started: Instant) -> EvaluationRecord {
        let (accuracy, loss) = (evaluation.accuracy, evaluation.loss);
        let is_validated = evaluation.num_images > 0;
        let best = &self.state.best;
        EvaluationRecord {
            epoch: self.state.epoch,
            step: self.state.step,
            learning_rate: self.learner.lr_current().base(),
            train_loss: sums.mean_loss(),
            train_accuracy: sums.accuracy(),
            validation_loss: is_validated.then_some(loss),
            validation_accuracy: is_validated.then_some(accuracy),
            is_best: is_validated && best.is_beaten_by(&self.criterion, accuracy, loss),
            images_per_second: sums.images_per_second(),
            train_seconds: self.state.train_seconds(),
            evaluation_seconds: started.elapsed().as_secs_f64(),
            dataset: self.plan.dataset.clone(),
        }
    }

    /// Tells the observer of the network as it is.
    fn show(&mut self, trainee: &Trainee, evaluation: Option<&Evaluation>) -> Result<(), Ending> {
        let snapshot = Snapshot {
            epoch: self.state.epoch,
            step: self.state.step,
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

    /// Where it trains, without automatic differentiation.
    fn device(&self) -> Device {
        let devices = self.learner.model().valid().devices();
        devices.into_iter().next().unwrap_or_else(Device::flex)
    }

    /// A pass over images that is about to begin.
    fn pass(&self, pass: Pass, num_images: usize) -> PassProgress {
        PassProgress {
            pass,
            epoch: self.state.epoch,
            num_done: 0,
            num_images,
        }
    }

    fn validate(&mut self, trainee: &Trainee) -> Result<Evaluation, Ending> {
        let (mut logits, mut labels) = (Vec::new(), Vec::new());
        let mut progress = self.pass(Pass::Validation, self.validation.num_items());
        for batch in self.validation.iter() {
            let batch = batch.map_err(|error| Ending::Failed(error.to_string()))?;
            let targets = batch.targets.clone().float();
            let output = trainee.step(batch);
            logits.extend(read_floats(&output.logits).map_err(failed)?);
            let targets = read_floats(&targets).map_err(failed)?;
            labels.extend(targets.iter().map(|&label| label as u8));
            progress.num_done = labels.len();
            self.observer.progress(&progress);
        }
        Ok(Evaluation::new(&logits, &labels, &self.plan.class_names))
    }

    /// The weights that are kept, and what the run came to.
    pub(super) fn finish(self, ending: Ending) -> (Trainee, Outcome) {
        let is_sound = !matches!(ending, Ending::Diverged { .. } | Ending::Failed(_));
        let kept = if is_sound && !self.plan.restore_best {
            self.last
        } else {
            self.best.or(self.last)
        };
        let figures = kept.as_ref();
        let figures = figures.map(|kept| (kept.record.clone(), kept.evaluation.clone()));
        let trainee = match kept {
            Some(kept) if is_sound => kept.into_trainee(),
            Some(kept) => kept.into_safe_trainee(),
            None => self.learner.model().valid(),
        };
        let outcome = Outcome {
            ending,
            num_epochs: self.state.epoch,
            num_steps: self.state.step,
            train_seconds: self.state.train_seconds(),
            images_per_second: self.state.images_per_second(),
            history: self.state.history,
            kept: figures,
        };
        (trainee.train(), outcome)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "what `map_err` calls takes values"
)]
fn failed(error: model::InferenceError) -> Ending {
    Ending::Failed(error.to_string())
}
