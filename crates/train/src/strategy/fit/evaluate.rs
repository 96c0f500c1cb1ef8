//! Evaluations: figures on the validation images, and whether the weights are worth keeping.

use super::super::Ending;
use super::super::kept::Kept;
use super::{Fit, failed};
use crate::meter::{Meter, Sums};
use crate::observer::{EvaluationRecord, Pass};
use crate::state::Stretch;
use crate::trainee::Trainee;
use burn::train::InferenceStep as _;
use model::{Evaluation, has_finite_weights, read_floats};
use std::time::Instant;

impl Fit<'_> {
    /// Figures on the validation images, or the training's alone where there are none. Weights that
    /// are no numbers, or that answer with none, end the run.
    pub(super) fn evaluate(&mut self) -> Result<(), Ending> {
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
            learning_rate: self.state.learning_rate,
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
}
