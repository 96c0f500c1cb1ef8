//! The loop: steps, and what is kept of the evaluations between them.

mod evaluate;
mod go_back;

use super::keeping::Keeping;
use super::kept::Kept;
use super::{Ending, Outcome, Plan};
use crate::batches::{Batch, ResidentLoader};
use crate::best::Criterion;
use crate::checkpoint::Checkpoint;
use crate::meter::Meter;
use crate::observer::{Observer, Pass, PassProgress, Snapshot, StepReport};
use crate::state::LoopState;
use crate::trainee::{StepOutput, Trainee};
use burn::data::dataloader::DataLoader as _;
use burn::module::Module as _;
use burn::tensor::Device;
use burn::train::{Interrupter, Learner, TrainOutput, ValidLoader};
use kernels::{average_parameters, clip_global_norm, has_finite_gradients, is_finite, together};
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
    keeping: Keeping,
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
        (keeping, interrupter): (Keeping, Interrupter),
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
            keeping,
            train: loaders.0,
            validation: loaders.1,
            interrupter,
            observer,
        }
    }

    /// Runs to an ending, from the beginning or from a checkpoint.
    pub(super) fn run_from(&mut self, from: Option<&Checkpoint>) -> Ending {
        if let Some(Err(ending)) = from.map(|checkpoint| self.resume(checkpoint)) {
            return ending;
        }
        let mut ending = self.run().unwrap_or_else(|ending| ending);
        while let Ending::Diverged { step } = ending {
            match self.retry(step) {
                Ok(true) => ending = self.run().unwrap_or_else(|ending| ending),
                Ok(false) => break,
                Err(other) => ending = other,
            }
        }
        self.leave(&ending);
        ending
    }

    /// Runs to an ending; `Err` is an ending too, one that leaves the loops at once.
    fn run(&mut self) -> Result<Ending, Ending> {
        if self.state.has_stopped_early && self.state.best.has_lost_patience(&self.criterion) {
            return Err(Ending::NoImprovement);
        }
        self.state.has_stopped_early = false;
        if self.state.epoch == 0 {
            self.show(&self.current(), None)?;
        }
        if self.keeping.lacks_a_first_one() {
            self.keep()?;
        }
        self.meter = Meter::start();
        let by_epoch = self.plan.evaluate_every.is_none();
        while self.state.step < self.plan.num_steps {
            if self.state.is_epoch_over {
                if self.state.epoch >= self.plan.num_epochs {
                    break;
                }
                self.state.epoch += 1;
                self.state.is_epoch_over = false;
            }
            self.run_epoch()?;
            if by_epoch {
                self.evaluate_and_judge()?;
            }
            self.keep_if_due(true)?;
        }
        if !self.state.is_evaluated() {
            self.evaluate()?;
            if by_epoch {
                self.judge()?;
            }
        }
        Ok(Ending::Budget)
    }

    /// The epoch under way, or what is left of it.
    fn run_epoch(&mut self) -> Result<(), Ending> {
        let train = self.train;
        let before = (self.state.epoch - 1).saturating_mul(train.num_batches());
        let batches = train.pass(self.state.epoch);
        let mut batches = batches.after(self.state.step.saturating_sub(before));
        let mut progress = self.pass(Pass::Training, train.num_items());
        while let Some(batch) = batches.next() {
            let batch = batch.map_err(|error| Ending::Failed(error.to_string()))?;
            progress.num_done = batches.num_done();
            self.train(batch)?;
            self.observer.progress(&progress);
            let step = self.state.step;
            if step.is_multiple_of(STEPS_PER_READING) {
                self.report()?;
            }
            let every = self.plan.evaluate_every;
            let is_evaluated = every.is_some_and(|every| step.is_multiple_of(every));
            if is_evaluated {
                self.evaluate_and_judge()?;
            }
            if self.interrupter.should_stop() {
                return Err(self.interrupted()?);
            }
            // At an epoch's end the checkpoint comes after the evaluation.
            if progress.num_done < progress.num_images {
                self.keep_if_due(is_evaluated)?;
            }
            if step >= self.plan.num_steps {
                break;
            }
        }
        self.state.is_epoch_over = batches.num_done() >= progress.num_images;
        Ok(())
    }

    /// What there is when the user stops the training: a checkpoint of before the evaluation, so that who goes
    /// on from it comes to what he would have come to without a stop.
    fn interrupted(&mut self) -> Result<Ending, Ending> {
        self.keep()?;
        if !self.state.is_evaluated() {
            self.evaluate()?;
        }
        Ok(Ending::Interrupted)
    }

    /// An evaluation after which training may stop early.
    fn evaluate_and_judge(&mut self) -> Result<(), Ending> {
        self.evaluate()?;
        self.judge()
    }

    /// Stops early, where nothing got better for long.
    fn judge(&self) -> Result<(), Ending> {
        if self.state.best.has_lost_patience(&self.criterion) {
            return Err(Ending::NoImprovement);
        }
        Ok(())
    }

    /// One step of the optimizer.
    fn train(&mut self, batch: Batch) -> Result<(), Ending> {
        let output = self.learner.train_step(batch);
        self.check_step(&output)?;
        let gradients = match self.plan.clip_norm {
            Some(max_norm) => clip_global_norm(&self.learner.model(), output.grads, max_norm),
            None => output.grads,
        };
        self.learner.lr_step();
        self.state.learning_rate = self.learner.lr_current().base();
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
        Ok(())
    }

    /// Ends the run before a step whose loss or gradients are no finite numbers changes the weights. On a GPU
    /// nobody waits for that: there it is seen when the loss is read.
    fn check_step(&self, output: &TrainOutput<StepOutput>) -> Result<(), Ending> {
        let is_sound = match is_finite(&output.item.loss) {
            Some(true) => has_finite_gradients(&self.learner.model(), &output.grads),
            other => other,
        };
        if is_sound == Some(false) {
            let step = self.state.step + 1;
            return Err(Ending::Diverged { step });
        }
        Ok(())
    }

    /// Reads the loss, which must be a number.
    fn read(&mut self) -> Result<(), Ending> {
        let sums = &mut self.state.sums;
        self.meter.read_into(sums).map_err(failed)?;
        if !sums.mean_loss().is_finite() {
            let step = self.state.step;
            return Err(Ending::Diverged { step });
        }
        Ok(())
    }

    /// Reads the loss, and tells of it.
    fn report(&mut self) -> Result<(), Ending> {
        self.read()?;
        let LoopState {
            epoch, step, sums, ..
        } = &self.state;
        self.observer.steps(&StepReport {
            epoch: *epoch,
            step: *step,
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
            num_resumes: self.state.num_resumes,
            num_retries: self.state.num_retries,
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
