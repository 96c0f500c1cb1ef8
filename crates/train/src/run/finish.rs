//! What becomes of a trained network: its temperature, its test, the saved model; and what is saved of
//! a run that failed.

use super::Work;
use crate::config::Validation;
use crate::predictions::{self, Tested};
use crate::results::Summary;
use crate::strategy::{Ending, Outcome};
use console::{Exit, Failure};
use data::LabeledImages;
use model::{
    Classifier, DEFAULT_INFERENCE_BATCH, Evaluation, ModelDescription, ProgramProvenance,
    SavedMetrics, Score, Temperature, Views, predict_logits, save_model,
};

impl Work<'_> {
    /// The failure of a run that did not end well. What was good before is saved all the same.
    pub(super) fn failure(&self, classifier: &Classifier, outcome: &Outcome) -> Option<Failure> {
        let (problem, hint, exit) = match &outcome.ending {
            Ending::Budget | Ending::NoImprovement | Ending::Interrupted => return None,
            Ending::Diverged { step } => (
                format!(
                    "training diverged: at step {step} the loss or a gradient is no finite number"
                ),
                "lower training.optimizer.learning_rate, or set training.clip_norm = 1.0",
                Exit::Diverged,
            ),
            Ending::Failed(reason) => (
                format!("training stopped: {reason}"),
                "mend what stopped it and go on with `train --resume`; if that was a GPU, add `--device cpu`",
                Exit::Failure,
            ),
        };
        let kept = match self.save_what_was_good(classifier, outcome) {
            Ok(kept) => kept,
            Err(failure) => format!("the weights kept so far could not be saved: {failure}"),
        };
        let folder = self.folder.path().display();
        let message = format!("{problem}; the history is in {folder}, {kept}");
        Some(Failure::new(message).with_hint(Some(hint)).with_exit(exit))
    }

    /// Saves the weights of the last good evaluation, and says which these are.
    fn save_what_was_good(
        &self,
        classifier: &Classifier,
        outcome: &Outcome,
    ) -> Result<String, Failure> {
        let summary = Summary::new(self.recipe, self.device, &self.data, outcome, None);
        if let Err(error) = self.folder.write_summary(&summary) {
            self.terminal.warn(&error.to_string());
        }
        let Some((record, evaluation)) = &outcome.kept else {
            return Ok("no model was saved".into());
        };
        self.save(classifier, outcome, None, None)?;
        let figures = if evaluation.num_images > 0 {
            format!(
                ", {:.2} % of the validation images right",
                100.0 * evaluation.accuracy
            )
        } else {
            String::new()
        };
        let (epoch, step) = (record.epoch, record.step);
        Ok(format!(
            "and the weights of epoch {epoch}, step {step} are saved there{figures}"
        ))
    }

    /// The temperature of the probabilities, fitted on the validation images, where there are some
    /// that are not the test images.
    pub(super) fn calibrate(
        &self,
        classifier: &Classifier,
    ) -> Result<Option<Temperature>, Failure> {
        if self.recipe.data.validation == Validation::Test {
            return Ok(None);
        }
        let validation = &self.data.validation;
        let logits = self.logits(classifier, validation, self.recipe.views)?;
        let num_classes = self.data.class_names.len();
        Ok(Temperature::fit(num_classes, &logits, validation.labels()))
    }

    fn logits(
        &self,
        classifier: &Classifier,
        images: &LabeledImages,
        views: Views,
    ) -> Result<Vec<f32>, Failure> {
        let (pixels, device) = (images.pixels(), self.device);
        let batch_size = DEFAULT_INFERENCE_BATCH;
        device
            .compute(|| predict_logits(classifier, pixels, batch_size, views, &device.device))
            .map_err(Failure::new)
    }

    /// Reads the test images, once, after the selection.
    pub(super) fn evaluate(
        &self,
        classifier: &Classifier,
        temperature: Option<Temperature>,
    ) -> Result<Option<Tested>, Failure> {
        let data = &self.data;
        if data.test.is_empty() {
            return Ok(None);
        }
        let views = self.recipe.views;
        let logits = self.logits(classifier, &data.test, views)?;
        let labels = data.test.labels();
        let at_one_view = if views == Views::One {
            None
        } else {
            let logits = self.logits(classifier, &data.test, Views::One)?;
            let evaluation = Evaluation::scaled(None, &logits, labels, &data.class_names);
            Some(evaluation.accuracy)
        };
        Ok(Some(Tested {
            views,
            at_one_view,
            evaluation: Evaluation::scaled(temperature, &logits, labels, &data.class_names),
            predictions: predictions::predictions(
                data.class_names.len(),
                temperature.unwrap_or_default(),
                &logits,
                labels,
            ),
        }))
    }

    pub(super) fn save(
        &self,
        classifier: &Classifier,
        outcome: &Outcome,
        temperature: Option<Temperature>,
        test: Option<&Tested>,
    ) -> Result<(), Failure> {
        let score = |evaluation: &Evaluation| Score {
            accuracy: evaluation.accuracy,
            loss: evaluation.loss,
        };
        let validation = outcome.kept.as_ref().map(|(_, evaluation)| evaluation);
        let is_whole = matches!(outcome.ending, Ending::Budget | Ending::NoImprovement);
        let description = ModelDescription {
            classifier: self.recipe.classifier(),
            class_names: self.data.class_names.clone(),
            dataset: self.data.provenance.clone(),
            seed: self.recipe.seed,
            program: ProgramProvenance {
                name: "train".into(),
                version: console::VERSION.into(),
                git_commit: console::git_commit().map(Into::into),
            },
            metrics: SavedMetrics {
                validation: validation
                    .filter(|evaluation| evaluation.num_images > 0)
                    .map(score),
                test: test.map(|test| score(&test.evaluation)),
            },
            temperature,
            views: self.recipe.views,
            based_on: self.recipe.init.clone(),
            cut_short: (!is_whole).then(|| outcome.ending.name().to_string()),
        };
        save_model(self.folder.path(), classifier, description)
            .map_err(|error| Failure::new(&error).with_hint(error.hint()))?;
        Ok(())
    }
}
