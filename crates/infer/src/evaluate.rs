//! `infer evaluate`: a model's figures on labelled images, the same as training reports them.
//!
//! Owns the report. The images are a data set, which is in memory as a whole, or any number of
//! pictures, which are not.

use crate::classify::Job;
use crate::cli::{Digits, EvaluateArgs, ReportFormat};
use crate::input::{Decoder, Image};
use crate::predictor::Predictor;
use crate::report::{Facts, percent, print_json, print_text};
use crate::selection::{Selected, Selection};
use crate::stages::{Stage, Stages};
use crate::strings;
use crate::test_set::TestSet;
use crate::truths::{Truth, Truths};
use base::IMAGE_PIXELS;
use base::with_separators;
use console::{Exit, Failure, Terminal};
use model::{Evaluation, Tally};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<Selected>,
    images_per_second: f64,
    device: &'a str,
    dataset: DatasetReport<'a>,
}

#[derive(Serialize)]
struct DatasetReport<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    origin: &'a str,
}

/// Runs the command.
///
/// # Errors
///
/// Where the model, the device or the data fail.
pub(crate) fn run(arguments: EvaluateArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if arguments.digits == Digits::Many && arguments.paths.is_empty() {
        let message = "--digits many measures pictures of many digits, and none are given";
        let hint = "name them as PATH, and a CSV file with their strings by --labels";
        return Err(Failure::usage(message).with_hint(Some(hint)));
    }
    let predictor = Predictor::open(&arguments.model, terminal)?;
    if arguments.digits == Digits::Many {
        strings::run(arguments, &predictor, terminal)
    } else if arguments.paths.is_empty() {
        on_data_set(&arguments, &predictor, terminal)
    } else {
        on_pictures(arguments, &predictor, terminal)
    }
}

fn on_data_set(
    arguments: &EvaluateArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let stages = Stages::default();
    let test_set = stages.time(Stage::Reading, || {
        TestSet::load(arguments, predictor, terminal)
    })?;
    let pixels = test_set.images.pixels();
    let logits = stages.time(Stage::Network, || timed_logits(predictor, pixels));
    let (logits, images_per_second) = logits?;
    terminal.detail(&stages.to_text(test_set.images.len()));
    let temperature = predictor.temperature();
    let names = &predictor.manifest().class_names;
    let labels = test_set.images.labels();
    let selected = arguments.min_confidence.map(|least| {
        let mut selection = Selection::new(least, temperature);
        selection.add(&logits, labels);
        selection.finish()
    });
    let report = Report {
        evaluation: &Evaluation::scaled(temperature, &logits, labels, names),
        selected,
        images_per_second,
        device: predictor.device_name(),
        dataset: DatasetReport {
            name: &test_set.name,
            sha256: Some(&test_set.sha256),
            origin: &test_set.origin,
        },
    };
    report.print(arguments.format, test_set.is_whole_set)?;
    Ok(Exit::Done)
}

/// On pictures of any number, each with a label, without holding more than a few batches of them.
fn on_pictures(
    arguments: EvaluateArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let decoder = labelled(&arguments, predictor)?;
    let (paths, inputs) = (arguments.paths, arguments.inputs);
    let named = named(&paths);
    let temperature = predictor.temperature();
    let mut tally = Tally::new(temperature);
    let mut selection = arguments
        .min_confidence
        .map(|least| Selection::new(least, temperature));
    let mut job = Job::new(predictor, &paths, &inputs, true, terminal)?;
    let elapsed = job.run(paths, &decoder, |images: &[Image], logits| {
        let labels = images.iter().map(|image| match &image.truth {
            Some(Truth::Class(class)) => Some(*class),
            Some(Truth::Text(_)) | None => None,
        });
        let labels: Option<Vec<u8>> = labels.collect();
        let labels = labels.ok_or_else(|| Failure::new("internal error: a lost label"))?;
        tally.add(logits, &labels);
        if let Some(selection) = &mut selection {
            selection.add(logits, &labels);
        }
        Ok(true)
    })?;
    let exit = job.conclude(elapsed, "")?;
    let report = Report {
        evaluation: &tally.evaluate(&predictor.manifest().class_names),
        selected: selection.as_ref().map(Selection::finish),
        images_per_second: job.network_images_per_second(),
        device: predictor.device_name(),
        dataset: DatasetReport {
            name: "pictures",
            sha256: None,
            origin: &named,
        },
    };
    report.print(arguments.format, true)?;
    Ok(exit)
}

/// Decodes pictures and tells their labels.
///
/// # Errors
///
/// Where the labels cannot be read.
pub(crate) fn labelled(
    arguments: &EvaluateArgs,
    predictor: &Predictor,
) -> Result<Decoder, Failure> {
    let names = &predictor.manifest().class_names;
    let truths = Truths::load(arguments.labels.as_deref(), names, arguments.digits)?;
    let inputs = &arguments.inputs;
    Ok(Decoder::new(inputs.limits(), Some(truths))
        .looking_for(arguments.digits)
        .preparing(inputs.preparation()))
}

/// Paths, for people.
pub(crate) fn named(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// Logits of all images, and images a second after one batch to warm up, uploading included.
fn timed_logits(predictor: &Predictor, pixels: &[u8]) -> Result<(Vec<f32>, f64), Failure> {
    let num_warm_up = pixels.len().min(predictor.batch_size() * IMAGE_PIXELS);
    predictor.logits(&pixels[..num_warm_up])?;
    let start = Instant::now();
    let logits = predictor.logits(pixels)?;
    let elapsed_seconds = start.elapsed().as_secs_f64();
    let num_images = pixels.len() / IMAGE_PIXELS;
    Ok((logits, num_images as f64 / elapsed_seconds))
}

impl Report<'_> {
    fn print(&self, format: ReportFormat, is_whole_set: bool) -> Result<(), Failure> {
        match format {
            ReportFormat::Json => print_json(self),
            ReportFormat::Text => print_text(&self.to_text(is_whole_set)),
        }
    }

    fn to_text(&self, is_whole_set: bool) -> String {
        let evaluation = self.evaluation;
        let num_images = with_separators(evaluation.num_images);
        let part = if is_whole_set {
            format!("all {num_images} images")
        } else {
            format!("{num_images} test images")
        };
        let mut facts = Facts::default();
        let DatasetReport { name, origin, .. } = self.dataset;
        facts.add("data", format!("{name}, {part}; {origin}"));
        if let Some(sha256) = self.dataset.sha256 {
            facts.add("SHA-256", sha256);
        }
        facts.add("device", self.device);
        facts.add(
            "accuracy",
            format!(
                "{} ({} of {num_images})",
                percent(evaluation.accuracy),
                with_separators(evaluation.num_correct)
            ),
        );
        if let Some(selected) = &self.selected {
            facts.add("answered", answered(selected));
        }
        facts.add("log loss", format!("{:.4} nats", evaluation.loss));
        facts.add("calibration", calibration(evaluation));
        let speed = with_separators(self.images_per_second as usize);
        facts.add("speed", format!("{speed} images a second"));
        format!(
            "{}\n{}\nconfusion, a row a truth and a column a prediction:\n{}",
            facts.to_text(),
            class_table(evaluation),
            evaluation.confusion_table()
        )
    }
}

/// How many were answered, and how many of these rightly.
pub(crate) fn answered(selected: &Selected) -> String {
    let right = selected.accuracy.map(|accuracy| {
        let num_correct = with_separators(selected.num_correct);
        format!(", of these right {} ({num_correct})", percent(accuracy))
    });
    format!(
        "{} ({}) with a confidence of at least {}{}",
        percent(selected.coverage),
        with_separators(selected.num_answered),
        percent(selected.min_confidence),
        right.unwrap_or_default()
    )
}

fn calibration(evaluation: &Evaluation) -> String {
    let error = percent(evaluation.expected_calibration_error);
    let scaled = evaluation.scaling.map(|scaling| {
        format!(
            ", {} before scaling by the model's temperature, {:.3}",
            percent(scaling.unscaled_calibration_error),
            f64::from(scaling.temperature)
        )
    });
    format!(
        "{error} expected calibration error{}",
        scaled.unwrap_or_default()
    )
}

fn class_table(evaluation: &Evaluation) -> String {
    let widths = evaluation
        .classes
        .iter()
        .map(|class| class.name.chars().count());
    let width = widths.max().unwrap_or(0).max("class".len());
    let mut table = format!(
        "{:width$}  precision    recall        F1    images\n",
        "class"
    );
    for class in &evaluation.classes {
        let _ = writeln!(
            table,
            "{:width$}  {:>9}  {:>8}  {:>8}  {:>8}",
            class.name,
            percent(class.precision),
            percent(class.recall),
            percent(class.f1),
            with_separators(class.support)
        );
    }
    table
}
