//! The figures of a model on images of one class each, for programs and for people.

use super::confident::ConfidentFigures;
use crate::facts::{Facts, percent};
use base::with_separators;
use model::{Evaluation, Views};
use serde::Serialize;
use std::fmt::Write as _;

/// What was measured on.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Measured<'a> {
    /// The name of the set.
    pub name: &'a str,
    /// SHA-256 over the whole set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<&'a str>,
    /// Where it was found.
    pub origin: &'a str,
    /// Whether these are all images of the set, and not its test images.
    #[serde(skip)]
    pub is_whole: bool,
    /// What the device is called.
    #[serde(skip)]
    pub device: &'a str,
    /// At how many views each image was read.
    #[serde(skip)]
    pub views: Views,
}

/// All figures.
#[derive(Debug)]
pub struct Report<'a> {
    /// The same as training reports.
    pub evaluation: Evaluation,
    /// Those of the answers at a least confidence, where that was asked for.
    pub selected: Option<ConfidentFigures>,
    /// Through the network alone, their upload included.
    pub images_per_second: f64,
    /// What was measured on.
    pub measured: Measured<'a>,
}

/// The order and the names of the keys that programs get.
#[derive(Serialize)]
struct JsonReport<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<ConfidentFigures>,
    images_per_second: f64,
    device: &'a str,
    views: Views,
    dataset: Measured<'a>,
}

impl Serialize for Report<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = JsonReport {
            evaluation: &self.evaluation,
            selected: self.selected,
            images_per_second: self.images_per_second,
            device: self.measured.device,
            views: self.measured.views,
            dataset: self.measured,
        };
        report.serialize(serializer)
    }
}

impl Report<'_> {
    /// For people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let evaluation = &self.evaluation;
        let num_images = with_separators(evaluation.num_images);
        let part = if self.measured.is_whole {
            format!("all {num_images} images")
        } else {
            format!("{num_images} test images")
        };
        let mut facts = Facts::default();
        let Measured { name, origin, .. } = self.measured;
        facts.add("data", format!("{name}, {part}; {origin}"));
        if let Some(sha256) = self.measured.sha256 {
            facts.add("SHA-256", sha256);
        }
        facts.add("device", self.measured.device);
        facts.add(
            "accuracy",
            format!(
                "{} ({} of {num_images}){}",
                percent(evaluation.accuracy),
                with_separators(evaluation.num_correct),
                self.measured.views.behind_figure()
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
            "{}\n{}\n{}",
            facts.to_text(),
            class_table(evaluation),
            evaluation.confusion_text()
        )
    }
}

/// How many were answered, and how many of these rightly.
pub(super) fn answered(selected: &ConfidentFigures) -> String {
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
