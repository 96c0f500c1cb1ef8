//! From what a run knows of itself to what its report shows. Owns the choice of what is shown; the
//! drawing is the `report` crate's.

use super::tested::test_result;
use crate::config::{Recipe, Validation};
use crate::dataset::{self, TrainingData, VALIDATES_ON_TEST};
use crate::predictions::Tested;
use crate::strategy::{Ending, Outcome};
use crate::training::Budget;
use base::with_separators;
use data::LabeledImages;
use model::OpenDevice;
use report::content::{CurvePoint, RunReport, WeightSnapshot};

/// All that a run's report is made of.
pub(crate) struct Findings<'a> {
    pub name: String,
    pub recipe: &'a Recipe,
    pub device: &'a OpenDevice,
    pub data: &'a TrainingData,
    pub outcome: &'a Outcome,
    pub test: Option<&'a Tested>,
    pub snapshots: Vec<WeightSnapshot>,
}

impl Findings<'_> {
    pub(crate) fn to_report(&self) -> RunReport {
        let num_classes = self.data.class_names.len();
        let summary = self.recipe.classifier().summarize(num_classes);
        RunReport {
            title: self.name.clone(),
            headline: self.headline(),
            notices: self.notices(),
            facts: self.facts(),
            curves: self.curves(),
            test: self.test.map(|test| test_result(test, &self.data.test)),
            samples: Some(self.samples()).filter(|samples| !samples.plain.is_empty()),
            snapshots: self.snapshots.clone(),
            model_summary: summary.ok().map(|summary| summary.to_string()),
            config: self.recipe.to_toml().ok(),
        }
    }

    fn headline(&self) -> String {
        let outcome = self.outcome;
        let (epochs, seconds) = (outcome.num_epochs, outcome.train_seconds);
        let length = format!(
            "{epochs} {} in {seconds:.1} s on {}",
            if epochs == 1 { "epoch" } else { "epochs" },
            self.device.choice
        );
        let figures = match (self.test, &outcome.kept) {
            (Some(test), _) => format!(
                "{:.2} % of {} test images right",
                100.0 * test.evaluation.accuracy,
                with_separators(test.evaluation.num_images)
            ),
            (None, Some((_, kept))) if kept.num_images > 0 => format!(
                "{:.2} % of {} validation images right",
                100.0 * kept.accuracy,
                with_separators(kept.num_images)
            ),
            _ => "neither test nor validation figures".to_string(),
        };
        format!("{figures}; {length}")
    }

    fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        match &self.outcome.ending {
            Ending::Diverged { step } => notices.push(format!(
                "Training diverged: the loss is no finite number after step {step}. No model was \
                 saved."
            )),
            Ending::Failed(reason) => notices.push(format!("Training stopped: {reason}")),
            Ending::Interrupted => notices.push("Training was interrupted.".to_string()),
            Ending::Budget | Ending::NoImprovement => {}
        }
        if let Some(wanted) = &self.data.provenance.stands_in_for {
            notices.push(dataset::stand_in_warning(wanted));
        }
        if self.recipe.data.validation == Validation::Test {
            notices.push(VALIDATES_ON_TEST.to_string());
        }
        notices
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (data, outcome) = (self.data, self.outcome);
        let images = |images: &LabeledImages| with_separators(images.len());
        let added = match data.num_shown() - data.train.len() {
            0 => String::new(),
            added => format!(" and {} added", with_separators(added)),
        };
        let parameters = self.recipe.classifier().summarize(data.class_names.len());
        let mut facts = vec![
            ("data set", data.label()),
            (
                "images",
                format!(
                    "{} training{}, {} validation, {} test",
                    images(&data.train),
                    added,
                    images(&data.validation),
                    images(&data.test)
                ),
            ),
            (
                "parameters",
                parameters.map_or_else(
                    |_| "–".to_string(),
                    |summary| with_separators(summary.num_parameters()),
                ),
            ),
            (
                "steps",
                format!(
                    "{} of {} images",
                    with_separators(outcome.num_steps),
                    self.recipe.training.batch_size
                ),
            ),
            ("training time", format!("{:.1} s", outcome.train_seconds)),
            (
                "speed",
                format!(
                    "{} images/s",
                    with_separators(outcome.images_per_second as usize)
                ),
            ),
            (
                "device",
                format!("{} ({})", self.device.choice, self.device.name),
            ),
            ("threads", model::num_threads().to_string()),
            ("seed", self.recipe.seed.to_string()),
        ];
        if let Some((kept, _)) = &outcome.kept {
            let weights = format!("of epoch {}, step {}", kept.epoch, kept.step);
            facts.push(("weights kept", weights));
        }
        facts.push(("data checksum (SHA-256)", data.provenance.sha256.clone()));
        let commit = console::git_commit().map(|commit| format!(", commit {commit}"));
        let program = format!("train {}{}", console::VERSION, commit.unwrap_or_default());
        facts.push(("program", program));
        facts
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect()
    }

    fn curves(&self) -> Vec<CurvePoint> {
        let budget = Budget::new(&self.recipe.training, self.data.num_shown());
        let kept = self.outcome.kept.as_ref().map(|(record, _)| record.step);
        let history = self.outcome.history.iter();
        history
            .map(|record| CurvePoint {
                epoch: record.step as f64 / budget.steps_per_epoch as f64,
                step: record.step,
                learning_rate: Some(record.learning_rate),
                train_loss: Some(record.train_loss),
                train_accuracy: Some(record.train_accuracy),
                validation_loss: record.validation_loss,
                validation_accuracy: record.validation_accuracy,
                is_best: kept == Some(record.step),
            })
            .collect()
    }
}
