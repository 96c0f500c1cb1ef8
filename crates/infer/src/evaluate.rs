//! `infer evaluate`: a model's figures on labelled images, the same as training reports them.

use crate::cli::{EvaluateArgs, ReportFormat};
use crate::predictor::Predictor;
use crate::report::{Facts, percent, print_json, print_text};
use crate::test_set::TestSet;
use console::{Exit, Failure, Terminal};
use data::IMAGE_PIXELS;
use model::{Evaluation, with_separators};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Instant;

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    images_per_second: f64,
    device: &'a str,
    dataset: DatasetReport<'a>,
}

#[derive(Serialize)]
struct DatasetReport<'a> {
    name: &'a str,
    sha256: &'a str,
    origin: &'a str,
}

/// Runs the command.
///
/// # Errors
///
/// Where the model, the device or the data fail.
pub(crate) fn run(arguments: &EvaluateArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let predictor = Predictor::open(&arguments.model, terminal)?;
    let test_set = TestSet::load(arguments, predictor.manifest(), terminal)?;
    let (logits, images_per_second) = timed_logits(&predictor, test_set.images.pixels())?;
    let manifest = predictor.manifest();
    let (names, temperature) = (&manifest.class_names, manifest.temperature);
    let labels = test_set.images.labels();
    let report = Report {
        evaluation: &Evaluation::scaled(temperature, &logits, labels, names),
        images_per_second,
        device: predictor.device_name(),
        dataset: DatasetReport {
            name: &test_set.name,
            sha256: &test_set.sha256,
            origin: &test_set.origin,
        },
    };
    match arguments.format {
        ReportFormat::Json => print_json(&report)?,
        ReportFormat::Text => print_text(&report.to_text(test_set.is_whole_set))?,
    }
    Ok(Exit::Done)
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
        facts.add("SHA-256", self.dataset.sha256);
        facts.add("device", self.device);
        facts.add(
            "accuracy",
            format!(
                "{} ({} of {num_images})",
                percent(evaluation.accuracy),
                with_separators(evaluation.num_correct)
            ),
        );
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
