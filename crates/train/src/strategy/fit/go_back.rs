//! Checkpoints of the loop: from what it has to one, and back.

use super::super::Ending;
use super::super::kept::Kept;
use super::{Fit, failed};
use crate::checkpoint::{About, Checkpoint, KeptAbout, from_bytes, to_bytes};
use crate::meter::Meter;
use crate::observer::EvaluationRecord;
use crate::schedule::Schedule;
use crate::trainee::Trainee;
use burn::module::Module as _;
use burn::optim::OptimizerRecord;
use burn::tensor::Bytes;
use burn::train::checkpoint::Checkpoint as _;
use model::has_finite_weights;

/// Times that a training which diverges is taken back.
const MAX_RETRIES: usize = 3;

impl Fit<'_> {
    /// Takes a checkpoint where one is due.
    pub(super) fn keep_if_due(&mut self, is_evaluated: bool) -> Result<(), Ending> {
        if self.keeping.is_due(self.state.step, is_evaluated) {
            self.keep()?;
        }
        Ok(())
    }

    /// Takes a checkpoint. One that cannot be written costs the training nothing but itself.
    pub(super) fn keep(&mut self) -> Result<(), Ending> {
        if !self.keeping.is_on() {
            return Ok(());
        }
        self.read()?;
        if !has_finite_weights(&self.learner.model()).map_err(failed)? {
            let step = self.state.step;
            return Err(Ending::Diverged { step });
        }
        let checkpoint = self.checkpoint().map_err(Ending::Failed)?;
        if let Err(error) = self.keeping.add(&checkpoint) {
            let text =
                format!("a checkpoint could not be written: {error}; training goes on without it");
            self.observer.warning(&text);
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, String> {
        let (model, optimizer) = self.keeping.collect(&self.learner, self.state.step)?;
        let average = self.average.clone().map(to_bytes).transpose()?;
        let kept = |kept: &Option<Kept>| kept.as_ref().map(Kept::to_checkpoint).transpose();
        let best = kept(&self.best)?;
        // Mostly the last evaluation is the best one.
        let is_best = |last: &&Kept| {
            let best = self.best.as_ref();
            best.is_some_and(|best| best.record.step == last.record.step)
        };
        let last = self.last.as_ref().filter(|last| !is_best(last));
        let last = last.map(Kept::to_checkpoint).transpose()?;
        let about = |kept: &Option<(KeptAbout, Vec<u8>)>| kept.as_ref().map(|kept| kept.0.clone());
        Ok(Checkpoint {
            about: About {
                dataset_sha256: self.plan.dataset_sha256.clone(),
                version: console::VERSION.into(),
                git_commit: console::git_commit().map(Into::into),
                state: self.state.clone(),
                best: about(&best),
                last: about(&last),
            },
            model,
            optimizer,
            average,
            best: best.map(|kept| kept.1),
            last: last.map(|kept| kept.1),
            of_observers: self.observer.kept_files().into_iter().collect(),
        })
    }

    /// Goes on from a checkpoint on disk.
    pub(super) fn resume(&mut self, checkpoint: &Checkpoint) -> Result<(), Ending> {
        self.restore(checkpoint).map_err(Ending::Failed)?;
        self.state.num_resumes += 1;
        self.keeping.took(checkpoint);
        Ok(())
    }

    /// Goes back to the last checkpoint with a lower learning rate, where the recipe says so; false where it
    /// does not, or did so often enough.
    pub(super) fn retry(&mut self, step: usize) -> Result<bool, Ending> {
        let num_retries = self.state.num_retries + 1;
        if num_retries > MAX_RETRIES {
            return Ok(false);
        }
        let Some(checkpoint) = self.keeping.go_back().map_err(Ending::Failed)? else {
            return Ok(false);
        };
        self.restore(&checkpoint).map_err(Ending::Failed)?;
        self.state.num_retries = num_retries;
        self.set_schedule();
        let why = format!(
            "training diverged at step {step}: back to step {} with {} times the learning rate (retry \
             {num_retries} of {MAX_RETRIES})",
            self.state.step,
            self.state.rate_factor()
        );
        let history: Vec<EvaluationRecord> = self.state.history.clone();
        let told = self.observer.went_back(&history, &why);
        told.map_err(Ending::Failed)?;
        Ok(true)
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), String> {
        let about = &checkpoint.about;
        let model = from_bytes(self.learner.model(), &checkpoint.model)?;
        self.learner.load_model(model.into_record());
        let optimizer = Bytes::from_bytes_vec(checkpoint.optimizer.clone());
        let optimizer = OptimizerRecord::checkpoint_from_bytes(optimizer);
        self.learner
            .load_optim(optimizer.map_err(|error| error.to_string())?);
        let blank = self.learner.model().valid();
        let average = checkpoint.average.as_ref();
        self.average = match (average, self.plan.ema_decay) {
            (Some(bytes), Some(_)) => Some(from_bytes(blank.clone(), bytes)?),
            (None, Some(_)) => Some(blank.clone()),
            (_, None) => None,
        };
        let device = self.device();
        let kept = |about: &Option<KeptAbout>, weights: &Option<Vec<u8>>, blank: Trainee| {
            let both = about.as_ref().zip(weights.as_ref());
            both.map(|(about, weights)| Kept::from_checkpoint(about, weights, blank, &device))
                .transpose()
        };
        self.best = kept(&about.best, &checkpoint.best, blank.clone())?;
        let last = kept(&about.last, &checkpoint.last, blank)?;
        self.last = last.or_else(|| self.best.clone());
        self.state = about.state.clone();
        self.set_schedule();
        self.meter = Meter::start();
        Ok(())
    }

    fn set_schedule(&mut self) {
        let record = Schedule::record_at(self.state.step, self.state.rate_factor());
        self.learner.load_scheduler(record);
    }

    /// A last checkpoint of a run that ended well, so that it can be gone on with for longer. Its weights are
    /// good without one.
    pub(super) fn leave(&mut self, ending: &Ending) {
        if !matches!(ending, Ending::Budget | Ending::NoImprovement) {
            return;
        }
        self.state.has_stopped_early = *ending == Ending::NoImprovement;
        if let Err(other) = self.keep() {
            let text = format!("no last checkpoint: the training {}", other.name());
            self.observer.warning(&text);
        }
    }
}
