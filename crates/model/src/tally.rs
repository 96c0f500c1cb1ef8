//! Counts and sums over labelled images, batch after batch, of which an [`Evaluation`] is made: so that a set of any
//! size is evaluated in the same little memory. In double precision and in the order of the images, so that the
//! same logits always give the same figures.

use crate::calibration::{Temperature, most_probable};
use crate::evaluation::{CalibrationBin, ClassEvaluation, Evaluation, Scaling, ratio};

/// Equally wide bins of confidence over which the calibration error is taken.
const NUM_CALIBRATION_BINS: usize = 15;

/// What was seen of a set of labelled images so far.
#[derive(Clone, Debug)]
pub struct Tally {
    /// `confusion[truth][prediction]` counts images.
    confusion: Vec<Vec<usize>>,
    num_images: usize,
    unscaled: Sums,
    scaled: Option<(Temperature, Sums)>,
}

/// What depends on the temperature.
#[derive(Clone, Debug, Default)]
struct Sums {
    loss: f64,
    bins: [Bin; NUM_CALIBRATION_BINS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    num_images: usize,
    confidence: f64,
    num_correct: f64,
}

impl Tally {
    /// Of no images of so many classes. Probabilities are taken at the temperature, where there is one.
    #[must_use]
    pub fn new(num_classes: usize, temperature: Option<Temperature>) -> Self {
        Self {
            confusion: vec![vec![0; num_classes]; num_classes],
            num_images: 0,
            unscaled: Sums::default(),
            scaled: temperature.map(|temperature| (temperature, Sums::default())),
        }
    }

    /// Adds images: their logits (`[num_images * num_classes]`) and labels (`[num_images]`, each
    /// below `num_classes`). Images without logits, or the other way round, are left out.
    pub fn add(&mut self, logits: &[f32], labels: &[u8]) {
        let num_classes = self.confusion.len().max(1);
        for (logits, &label) in logits.chunks_exact(num_classes).zip(labels) {
            let truth = usize::from(label).min(num_classes - 1);
            let prediction = self.unscaled.add(Temperature::default(), logits, truth);
            if let Some((temperature, sums)) = &mut self.scaled {
                sums.add(*temperature, logits, truth);
            }
            self.confusion[truth][prediction] += 1;
            self.num_images += 1;
        }
    }

    /// The figures. With a temperature, the unscaled ones stand beside the scaled ones.
    #[must_use]
    pub fn evaluate(&self, class_names: &[String]) -> Evaluation {
        let num_images = self.num_images as f64;
        let confusion = &self.confusion;
        let num_correct = (0..confusion.len())
            .map(|class| confusion[class][class])
            .sum();
        let (loss, error) = self.unscaled.means(num_images);
        let scaling = self.scaled.as_ref().map(|(temperature, _)| Scaling {
            temperature: *temperature,
            unscaled_loss: loss,
            unscaled_calibration_error: error,
        });
        let scaled = self.scaled.as_ref();
        let (loss, error) = scaled.map_or((loss, error), |(_, sums)| sums.means(num_images));
        let sums = scaled.map_or(&self.unscaled, |(_, sums)| sums);
        Evaluation {
            num_images: self.num_images,
            num_correct,
            accuracy: ratio(num_correct as f64, num_images),
            loss,
            expected_calibration_error: error,
            scaling,
            confusion: confusion.clone(),
            calibration: sums.bins.iter().map(Bin::finish).collect(),
            classes: (0..confusion.len())
                .map(|class| ClassEvaluation::new(class, confusion, class_names))
                .collect(),
        }
    }
}

impl Bin {
    fn finish(&self) -> CalibrationBin {
        let num_images = self.num_images as f64;
        CalibrationBin {
            num_images: self.num_images,
            mean_confidence: ratio(self.confidence, num_images),
            accuracy: ratio(self.num_correct, num_images),
        }
    }
}

impl Sums {
    /// Adds an image, and returns the most probable class.
    fn add(&mut self, temperature: Temperature, logits: &[f32], truth: usize) -> usize {
        let (prediction, confidence) = most_probable(&temperature.probabilities(logits));
        self.loss -= temperature.log_probability(logits, truth);
        let bin = (confidence * NUM_CALIBRATION_BINS as f64) as usize;
        let bin = &mut self.bins[bin.min(NUM_CALIBRATION_BINS - 1)];
        bin.num_images += 1;
        bin.confidence += confidence;
        bin.num_correct += f64::from(u8::from(prediction == truth));
        prediction
    }

    /// Log loss and expected calibration error.
    fn means(&self, num_images: f64) -> (f64, f64) {
        let gaps = self
            .bins
            .iter()
            .map(|bin| (bin.confidence - bin.num_correct).abs());
        (ratio(self.loss, num_images), ratio(gaps.sum(), num_images))
    }
}

impl Evaluation {
    /// Figures for `logits` (`[num_images * num_classes]`) and `labels` (`[num_images]`), each below the number of
    /// `class_names`. Images without logits, or the other way round, are left out.
    #[must_use]
    pub fn new(logits: &[f32], labels: &[u8], class_names: &[String]) -> Self {
        Self::scaled(None, logits, labels, class_names)
    }

    /// [`Evaluation::new`] with the probabilities at a temperature, where there is one, and the
    /// unscaled figures beside them.
    #[must_use]
    pub fn scaled(
        temperature: Option<Temperature>,
        logits: &[f32],
        labels: &[u8],
        class_names: &[String],
    ) -> Self {
        let mut tally = Tally::new(class_names.len(), temperature);
        tally.add(logits, labels);
        tally.evaluate(class_names)
    }
}
