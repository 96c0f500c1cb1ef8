//! How a model does on the images that it is confident of, where the others are left unanswered.

use model::{Temperature, most_probable};
use serde::Serialize;

/// Counts of the images that are answered at a least confidence.
#[derive(Clone, Debug)]
pub struct ConfidentAnswers {
    min_confidence: f64,
    temperature: Temperature,
    num_images: usize,
    num_answered: usize,
    num_correct: usize,
}

/// The figures of a [`ConfidentAnswers`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ConfidentFigures {
    /// The least confidence that is answered.
    pub min_confidence: f64,
    /// Images that are answered.
    pub num_answered: usize,
    /// Images whose answer is their label.
    pub num_correct: usize,
    /// Answered images over all.
    pub coverage: f64,
    /// Right answers over all answers; `None` without an answer.
    pub accuracy: Option<f64>,
}

impl ConfidentAnswers {
    /// Of no images yet; probabilities are taken at the temperature, where there is one.
    #[must_use]
    pub fn new(min_confidence: f64, temperature: Option<Temperature>) -> Self {
        Self {
            min_confidence,
            temperature: temperature.unwrap_or_default(),
            num_images: 0,
            num_answered: 0,
            num_correct: 0,
        }
    }

    /// Adds images: their logits (`[num_images * num_classes]`) and labels (`[num_images]`).
    pub fn add(&mut self, num_classes: usize, logits: &[f32], labels: &[u8]) {
        for (logits, &label) in logits.chunks_exact(num_classes).zip(labels) {
            let (answer, confidence) = most_probable(&self.temperature.probabilities(logits));
            self.add_answer(confidence, answer == usize::from(label));
        }
    }

    /// Adds one that is not of one class: the confidence of its answer, and whether that is right.
    pub fn add_answer(&mut self, confidence: f64, is_correct: bool) {
        // In the precision in which `predict` writes it.
        let is_answered = confidence as f32 >= self.min_confidence as f32;
        self.num_images += 1;
        self.num_answered += usize::from(is_answered);
        self.num_correct += usize::from(is_answered && is_correct);
    }

    /// The figures.
    #[must_use]
    pub fn finish(&self) -> ConfidentFigures {
        ConfidentFigures {
            min_confidence: self.min_confidence,
            num_answered: self.num_answered,
            num_correct: self.num_correct,
            coverage: share(self.num_answered, self.num_images),
            accuracy: (self.num_answered > 0).then(|| share(self.num_correct, self.num_answered)),
        }
    }
}

/// A part of all; 0 of none.
pub(super) fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::NUM_DIGITS;

    #[test]
    fn only_confident_answers_count() {
        // Confidences of e / (e + 9) = 23 %, and e³ / (e³ + 9) = 69 %, twice.
        let logits = |class: usize, height: f32| {
            let mut logits = [0.0; NUM_DIGITS];
            logits[class] = height;
            logits
        };
        let logits = [logits(1, 1.0), logits(2, 3.0), logits(3, 3.0)].concat();
        let at = |least: f64| {
            let mut confident = ConfidentAnswers::new(least, None);
            confident.add(NUM_DIGITS, &logits[..NUM_DIGITS], &[1]);
            confident.add(NUM_DIGITS, &logits[NUM_DIGITS..], &[2, 9]);
            confident.finish()
        };
        assert_eq!(at(0.0).num_answered, 3);
        let figures = at(0.5);
        assert_eq!((figures.num_answered, figures.num_correct), (2, 1));
        assert_eq!(figures.accuracy, Some(0.5));
        assert!((figures.coverage - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(at(1.0).accuracy, None);
    }
}
