//! What a run came to, as saved in `summary.json` and as printed at its end.

use crate::config::{Recipe, Validation};
use crate::dataset::{Preparation, TrainingData};
use crate::observer::EvaluationRecord;
use crate::predictions::Tested;
use crate::strategy::Outcome;
use base::with_separators;
use console::{Terminal, print_result};
use model::{DatasetProvenance, Evaluation, OpenDevice, Views};
use serde::Serialize;
use std::io;

/// `summary.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    name: String,
    parameters: usize,
    device: String,
    device_name: String,
    num_threads: usize,
    seed: u64,
    dataset: DatasetProvenance,
    pub(super) ending: &'static str,
    /// Seconds before training, and how many images were added.
    preparation: Preparation,
    additions: usize,
    pub(super) train: TrainSummary,
    extremes: Extremes,
    validates_on_test: bool,
    pub(super) validation: Option<ValidationSummary>,
    /// Of the test images alone: runs with the same one were tested on the same images.
    test_sha256: Option<String>,
    pub(super) test: Option<Evaluation>,
    /// At how many angles they were read, and what is right where each is read as it is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) views: Option<ViewsSummary>,
    version: &'static str,
    git_commit: Option<&'static str>,
}

/// Of test images that were read at more angles than one.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ViewsSummary {
    views: Views,
    accuracy_at_one_view: f64,
}

impl ViewsSummary {
    pub(super) fn of(test: &Tested) -> Option<Self> {
        Some(Self {
            views: test.views,
            accuracy_at_one_view: test.at_one_view?,
        })
    }

    /// For people, after a figure.
    pub(super) fn to_text(self) -> String {
        format!(
            "at {} views ({:.2} % at one)",
            self.views.number(),
            100.0 * self.accuracy_at_one_view
        )
    }
}

#[derive(Debug, Serialize)]
pub(super) struct TrainSummary {
    images: usize,
    epochs: usize,
    steps: usize,
    /// How often it was gone on with after it had stopped, and how often it went back because it diverged.
    resumes: usize,
    retries: usize,
    pub(super) seconds: f64,
    images_per_second: f64,
}

/// The lowest losses and highest accuracies of all evaluations, each taken by itself.
#[derive(Debug, Serialize)]
struct Extremes {
    num_evaluations: usize,
    lowest_train_loss: Option<f64>,
    lowest_validation_loss: Option<f64>,
    highest_train_accuracy: Option<f64>,
    highest_validation_accuracy: Option<f64>,
}

impl Extremes {
    fn of(history: &[EvaluationRecord]) -> Self {
        let lowest = |figure: fn(&EvaluationRecord) -> Option<f64>| {
            history.iter().filter_map(figure).reduce(f64::min)
        };
        let highest = |figure: fn(&EvaluationRecord) -> Option<f64>| {
            history.iter().filter_map(figure).reduce(f64::max)
        };
        Self {
            num_evaluations: history.len(),
            lowest_train_loss: lowest(|record| Some(record.train_loss)),
            lowest_validation_loss: lowest(|record| record.validation_loss),
            highest_train_accuracy: highest(|record| Some(record.train_accuracy)),
            highest_validation_accuracy: highest(|record| record.validation_accuracy),
        }
    }

    /// Nothing where there was but one evaluation, whose figures are told already.
    fn to_text(&self) -> Option<String> {
        if self.num_evaluations < 2 {
            return None;
        }
        Some(format!(
            "over all evaluations: training loss down to {:.4}, accuracy up to {:.2} %; validation \
             loss down to {:.4}, accuracy up to {:.2} %",
            self.lowest_train_loss?,
            100.0 * self.highest_train_accuracy?,
            self.lowest_validation_loss?,
            100.0 * self.highest_validation_accuracy?
        ))
    }
}

/// The evaluation whose weights were saved.
#[derive(Debug, Serialize)]
pub(super) struct ValidationSummary {
    images: usize,
    pub(super) accuracy: f64,
    loss: f64,
    epoch: usize,
    step: usize,
}

impl Summary {
    pub(crate) fn new(
        recipe: &Recipe,
        device: &OpenDevice,
        data: &TrainingData,
        outcome: &Outcome,
        test: Option<&Tested>,
    ) -> Self {
        let network = recipe.classifier().summarize(data.class_names.len());
        let validated = outcome
            .kept
            .as_ref()
            .filter(|(_, kept)| kept.num_images > 0);
        Self {
            name: recipe.name.clone().unwrap_or_default(),
            parameters: network.map_or(0, |network| network.num_parameters()),
            device: device.choice.to_string(),
            device_name: device.name.clone(),
            num_threads: model::num_threads(),
            seed: recipe.seed,
            dataset: data.provenance.clone(),
            ending: outcome.ending.name(),
            preparation: data.preparation,
            additions: data.additions.len(),
            train: TrainSummary {
                images: data.num_shown(),
                epochs: outcome.num_epochs,
                steps: outcome.num_steps,
                resumes: outcome.num_resumes,
                retries: outcome.num_retries,
                seconds: outcome.train_seconds,
                images_per_second: outcome.images_per_second,
            },
            extremes: Extremes::of(&outcome.history),
            validates_on_test: recipe.data.validation == Validation::Test,
            validation: validated.map(|(record, kept)| ValidationSummary {
                images: kept.num_images,
                accuracy: kept.accuracy,
                loss: kept.loss,
                epoch: record.epoch,
                step: record.step,
            }),
            test_sha256: test.map(|_| data.test.sha256()),
            test: test.map(|test| test.evaluation.clone()),
            views: test.and_then(ViewsSummary::of),
            version: console::VERSION,
            git_commit: console::git_commit(),
        }
    }
}

/// Prints the result for people: the test's figures on standard output, the rest beside it.
///
/// # Errors
///
/// Where standard output refuses.
pub(crate) fn print_summary(summary: &Summary, terminal: &Terminal) -> io::Result<()> {
    let train = &summary.train;
    terminal.note(&format!(
        "\n{}: {} steps in {:.1} s, {:.0} images/s",
        summary.ending, train.steps, train.seconds, train.images_per_second
    ));
    terminal.note(&preparation_text(summary));
    if let Some(text) = summary.extremes.to_text() {
        terminal.note(&text);
    }
    if let Some(validation) = &summary.validation {
        terminal.note(&format!(
            "kept the weights of epoch {}, step {}",
            validation.epoch, validation.step
        ));
        print_result(&format!(
            "validation accuracy {:.2} %, log loss {:.4} ({} images)",
            100.0 * validation.accuracy,
            validation.loss,
            validation.images
        ))?;
    }
    let Some(test) = &summary.test else {
        return print_result("there are no test images");
    };
    let views = summary.views.map(|views| format!(" {}", views.to_text()));
    print_result(&format!(
        "test accuracy {:.2} %{}, log loss {:.4} ({} of {} images of {})",
        100.0 * test.accuracy,
        views.unwrap_or_default(),
        test.loss,
        test.num_correct,
        test.num_images,
        summary.dataset.name
    ))?;
    print_result(&calibration_text(test))?;
    print_result(&format!("\n{}", test.confusion_text()))
}

fn preparation_text(summary: &Summary) -> String {
    let times = &summary.preparation;
    let reading = times.reading_seconds;
    if summary.additions == 0 {
        return format!("before that: {reading:.1} s for the data");
    }
    let verb = if times.additions_found {
        "finding"
    } else {
        "drawing"
    };
    format!(
        "before that: {reading:.1} s for the data, {:.1} s for {verb} {} added images",
        times.additions_seconds,
        with_separators(summary.additions)
    )
}

fn calibration_text(test: &Evaluation) -> String {
    let error = 100.0 * test.expected_calibration_error;
    let scaled = test.scaling.map(|scaling| {
        format!(
            ", {:.2} % before scaling by a temperature of {:.3}",
            100.0 * scaling.unscaled_calibration_error,
            f64::from(scaling.temperature)
        )
    });
    format!(
        "expected calibration error {error:.2} %{}",
        scaled.unwrap_or_default()
    )
}
