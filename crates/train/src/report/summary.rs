//! What a run came to, as saved in `summary.json` and as printed at its end.

use crate::config::Recipe;
use crate::dataset::TrainingData;
use crate::strategy::{Ending, Outcome};
use console::{Terminal, print_result};
use model::{DatasetProvenance, Evaluation, OpenDevice};
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
    ending: &'static str,
    train: TrainSummary,
    validation: Option<ValidationSummary>,
    test: Option<Evaluation>,
    version: &'static str,
    git_commit: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct TrainSummary {
    images: usize,
    epochs: usize,
    steps: usize,
    seconds: f64,
    images_per_second: f64,
}

/// The evaluation whose weights were saved.
#[derive(Debug, Serialize)]
struct ValidationSummary {
    images: usize,
    accuracy: f64,
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
        test: Option<&Evaluation>,
    ) -> Self {
        let network = recipe.model.summarize();
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
            ending: match outcome.ending {
                Ending::Interrupted => "interrupted",
                Ending::NoImprovement => "stopped early",
                _ => "finished",
            },
            train: TrainSummary {
                images: data.train.len(),
                epochs: outcome.num_epochs,
                steps: outcome.num_steps,
                seconds: outcome.train_seconds,
                images_per_second: outcome.images_per_second,
            },
            validation: validated.map(|(record, kept)| ValidationSummary {
                images: kept.num_images,
                accuracy: kept.accuracy,
                loss: kept.loss,
                epoch: record.epoch,
                step: record.step,
            }),
            test: test.cloned(),
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
    print_result(&format!(
        "test accuracy {:.2} %, log loss {:.4} ({} of {} images of {})",
        100.0 * test.accuracy,
        test.loss,
        test.num_correct,
        test.num_images,
        summary.dataset.name
    ))?;
    print_result(&format!("\n{}", test.confusion_table()))
}
