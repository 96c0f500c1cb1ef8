//! The figures of a classifier on labelled images: accuracy, log loss, confusion matrix, per-class precision,
//! recall and F1, calibration. Plain numbers on the host; `tally` works them out.

use crate::calibration::Temperature;
use base::with_separators;
use serde::{Deserialize, Serialize};

/// How well a classifier did on a set of labelled images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Number of images.
    pub num_images: usize,
    /// Number of images whose most probable class is their label.
    pub num_correct: usize,
    /// `num_correct / num_images`.
    pub accuracy: f64,
    /// Log loss: mean of `-ln(probability of the label)`, in nats.
    pub loss: f64,
    /// Expected calibration error over 15 equally wide bins (Guo et al., 2017), 0–1.
    pub expected_calibration_error: f64,
    /// Where probabilities were scaled: by what, and what the figures were before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// `confusion[truth][prediction]` counts images.
    pub confusion: Vec<Vec<usize>>,
    /// One entry a class, in the order of the labels.
    pub classes: Vec<ClassEvaluation>,
    /// What the calibration error is made of: 15 equally wide bins of confidence, lowest first.
    #[serde(default)]
    pub calibration: Vec<CalibrationBin>,
}

/// The images whose highest probability lies in one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Number of images.
    pub num_images: usize,
    /// Mean of their highest probabilities; 0 where there are none.
    pub mean_confidence: f64,
    /// Share of them that is right; 0 where there are none.
    pub accuracy: f64,
}

/// How probabilities were scaled, and the figures that depend on it as they were before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// What the logits were divided by.
    pub temperature: Temperature,
    /// [`Evaluation::loss`] without it.
    pub unscaled_loss: f64,
    /// [`Evaluation::expected_calibration_error`] without it.
    pub unscaled_calibration_error: f64,
}

/// How well a classifier did on one class. A ratio whose denominator is 0 is 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassEvaluation {
    /// The class's name.
    pub name: String,
    /// Share of the images predicted as this class that are of it.
    pub precision: f64,
    /// Share of the images of this class that are predicted as it.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Number of images of this class.
    pub support: usize,
}

/// Classes of the widest confusion matrix that is written as a table.
const WIDEST_TABLE: usize = 16;
/// Mistakes that are listed where there are more classes.
const MISTAKES_LISTED: usize = 20;
/// Images that it takes to tell chance from skill.
const MIN_IMAGES_FOR_CHANCE: usize = 30;

impl Evaluation {
    /// What is to be said where guessing would have read as many images, with the likely causes.
    #[must_use]
    pub fn remark_on_chance(&self) -> Option<String> {
        let num_classes = self
            .classes
            .iter()
            .filter(|class| class.support > 0)
            .count();
        if self.num_images < MIN_IMAGES_FOR_CHANCE || num_classes < 2 {
            return None;
        }
        let chance = 1.0 / self.classes.len().max(2) as f64;
        let deviation = (chance * (1.0 - chance) / self.num_images as f64).sqrt();
        // Three deviations: of a thousand that guess, one reads more.
        (self.accuracy <= chance + 3.0 * deviation).then(|| {
            format!(
                "an accuracy of {:.2} % is no better than guessing ({:.2} %): are the labels those of these images, in \
                 this order? Are the images transposed, inverted or of other classes than the model's?",
                100.0 * self.accuracy,
                100.0 * chance
            )
        })
    }

    /// The confusion matrix for people: of up to 16 classes as a table, a row a truth, a column a
    /// prediction, named by class; of more, the most frequent mistakes, a line each.
    #[must_use]
    pub fn confusion_text(&self) -> String {
        if self.classes.len() <= WIDEST_TABLE {
            return format!(
                "confusion, a row a truth and a column a prediction:\n{}",
                self.confusion_table()
            );
        }
        let mut mistakes: Vec<(usize, usize, usize)> = Vec::new();
        for (truth, row) in self.confusion.iter().enumerate() {
            let wrong = row.iter().enumerate();
            let wrong = wrong.filter(|&(guess, &count)| guess != truth && count > 0);
            mistakes.extend(wrong.map(|(guess, &count)| (truth, guess, count)));
        }
        // Stable: of equally frequent ones the first class comes first.
        mistakes.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
        let name = |class: usize| self.classes.get(class).map_or("?", |class| &class.name);
        let lines = mistakes.iter().take(MISTAKES_LISTED);
        let lines = lines.map(|&(truth, guess, count)| {
            format!("\n{count:>7}  {} read as {}", name(truth), name(guess))
        });
        let (all, kinds) = (self.num_images - self.num_correct, mistakes.len());
        format!(
            "confusion, the most frequent of {} mistakes of {} kinds:{}",
            with_separators(all),
            with_separators(kinds),
            lines.collect::<String>()
        )
    }

    fn confusion_table(&self) -> String {
        use std::fmt::Write as _;
        let names: Vec<&str> = self
            .classes
            .iter()
            .map(|class| class.name.as_str())
            .collect();
        let name_width = names
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0);
        let name_width = name_width.max("truth".len());
        let largest = self.confusion.iter().flatten().max().copied().unwrap_or(0);
        let short: Vec<String> = names
            .iter()
            .map(|name| name.chars().take(6).collect())
            .collect();
        let width = short
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0);
        let width = width.max(largest.to_string().len());
        let mut table = format!("{:<name_width$} |", "truth");
        for name in &short {
            let _ = write!(table, " {name:>width$}");
        }
        for (name, row) in names.iter().zip(&self.confusion) {
            let _ = write!(table, "\n{name:<name_width$} |");
            for &count in row {
                let cell = if count == 0 {
                    "·".to_string()
                } else {
                    count.to_string()
                };
                let _ = write!(table, " {cell:>width$}");
            }
        }
        table
    }
}

impl ClassEvaluation {
    pub(crate) fn new(class: usize, confusion: &[Vec<usize>], class_names: &[String]) -> Self {
        let correct = confusion[class][class] as f64;
        let support: usize = confusion[class].iter().sum();
        let predicted: usize = confusion.iter().map(|row| row[class]).sum();
        let precision = ratio(correct, predicted as f64);
        let recall = ratio(correct, support as f64);
        Self {
            name: class_names
                .get(class)
                .cloned()
                .unwrap_or_else(|| class.to_string()),
            precision,
            recall,
            f1: ratio(2.0 * precision * recall, precision + recall),
            support,
        }
    }
}

pub(crate) fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 {
        0.0
    } else {
        numerator / denominator
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::calibration::most_probable;
    use base::NUM_DIGITS;

    fn names() -> Vec<String> {
        (0..NUM_DIGITS).map(|class| class.to_string()).collect()
    }

    /// Logits that give class `class` the probability `probability`, the rest sharing what is left.
    fn logits(class: usize, probability: f64) -> Vec<f32> {
        let rest = (1.0 - probability) / 9.0;
        (0..NUM_DIGITS)
            .map(|other| (if other == class { probability } else { rest }).ln() as f32)
            .collect()
    }

    #[test]
    fn figures_of_four_images() {
        // Truths 0, 0, 1, 2; predictions 0, 1, 1, 2.
        let all = [
            logits(0, 0.7),
            logits(1, 0.6),
            logits(1, 0.9),
            logits(2, 0.8),
        ]
        .concat();
        let evaluation = Evaluation::new(&all, &[0, 0, 1, 2], &names());
        assert_eq!((evaluation.num_images, evaluation.num_correct), (4, 3));
        assert!((evaluation.accuracy - 0.75).abs() < 1e-12);
        let wrong: f64 = 0.4 / 9.0;
        let expected = -(0.7_f64.ln() + wrong.ln() + 0.9_f64.ln() + 0.8_f64.ln()) / 4.0;
        assert!((evaluation.loss - expected).abs() < 1e-6);
        assert_eq!(evaluation.confusion[0][..3], [1, 1, 0]);
        let one = &evaluation.classes[1];
        assert!((one.precision - 0.5).abs() < 1e-12 && (one.recall - 1.0).abs() < 1e-12);
        assert!((one.f1 - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(evaluation.classes[9].support, 0);
        // Each image has its own bin, so the error is the mean of |confidence - correct|.
        let gaps = (0.3 + 0.6 + 0.1 + 0.2) / 4.0;
        assert!((evaluation.expected_calibration_error - gaps).abs() < 1e-6);
        // 0.7 lies in the bin that begins at 10/15, and is right.
        let bin = evaluation.calibration[10];
        assert_eq!((bin.num_images, evaluation.calibration.len()), (1, 15));
        assert!((bin.mean_confidence - 0.7).abs() < 1e-6 && (bin.accuracy - 1.0).abs() < 1e-12);
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let mut logits = vec![-1e30_f32; NUM_DIGITS];
        logits[3] = 1e30;
        let probabilities = Temperature::default().probabilities(&logits);
        assert_eq!(most_probable(&probabilities).0, 3);
        let evaluation = Evaluation::new(&logits, &[3], &names());
        assert!(evaluation.loss.abs() < 1e-12);
    }

    #[test]
    fn scaled_figures_stand_beside_the_unscaled_ones() {
        let logits = [logits(0, 0.9), logits(1, 0.9)].concat().repeat(1_000);
        let labels = [0, 2].repeat(1_000);
        let unscaled = Evaluation::new(&logits, &labels, &names());
        let temperature = Temperature::fit(NUM_DIGITS, &logits, &labels);
        let scaled = Evaluation::scaled(temperature, &logits, &labels, &names());
        assert_eq!(scaled.confusion, unscaled.confusion);
        assert!(scaled.loss < unscaled.loss);
        let scaling = scaled.scaling.unwrap();
        assert!((scaling.unscaled_loss - unscaled.loss).abs() < 1e-12);
        let error = unscaled.expected_calibration_error;
        assert!((scaling.unscaled_calibration_error - error).abs() < 1e-12);
        assert!(scaled.expected_calibration_error < 0.01 && error > 0.3);
        assert_eq!(
            Evaluation::scaled(None, &logits, &labels, &names()),
            unscaled
        );
    }

    #[test]
    fn nothing_gives_zeros_not_nan() {
        let evaluation = Evaluation::new(&[], &[], &names());
        assert!(evaluation.accuracy == 0.0 && evaluation.loss == 0.0);
    }

    #[test]
    fn the_table_names_truths_and_predictions() {
        let evaluation = Evaluation::new(&logits(4, 0.9), &[9], &names());
        let text = evaluation.confusion_text();
        let last = text.lines().last().unwrap_or_default();
        assert_eq!(last, "9     | · · · · 1 · · · · ·");
        assert_eq!(text.lines().count(), 12);
    }

    #[test]
    fn of_many_classes_the_most_frequent_mistakes_are_listed() {
        let names: Vec<String> = (0..47).map(|class| format!("c{class}")).collect();
        let mut tally = crate::Tally::new(names.len(), None);
        for (truth, guess) in [(3, 3), (46, 7), (2, 9), (46, 7), (46, 46)] {
            let mut logits = vec![0.0; names.len()];
            logits[guess] = 5.0;
            tally.add(&logits, &[truth]);
        }
        let text = tally.evaluate(&names).confusion_text();
        let expected = "confusion, the most frequent of 3 mistakes of 2 kinds:\n      \
                        2  c46 read as c7\n      1  c2 read as c9";
        assert_eq!(text, expected);
    }
}
