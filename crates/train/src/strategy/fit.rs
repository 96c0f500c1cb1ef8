//! The loop: steps, and what is kept of the evaluations between them.

mod evaluate;

use super::kept::Kept;
use super::{Ending, Outcome, Plan};
use crate::batches::{Batch, ResidentLoader};
use crate::best::Criterion;
use crate::meter::Meter;
use crate::observer::{Observer, Pass, PassProgress, Snapshot, StepReport};
use crate::state::LoopState;
use crate::trainee::Trainee;
use burn::data::dataloader::DataLoader as _;
use burn::module::Module as _;
use burn::tensor::Device;
use burn::train::{Interrupter, Learner, ValidLoader};
use kernels::{average_parameters, clip_global_norm, together};
use model::Evaluation;

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
            progress.num_done += batch.num_images();
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
        together(|| self.learner.optimizer_step(gradients));
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
