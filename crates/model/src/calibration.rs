//! Temperature scaling (Guo et al., 2017): one number by which logits are divided before the
//! softmax, so that probabilities are neither too sure nor too unsure. The order of the classes
//! stays as it was.
//!
//! Owns the fit, and probabilities at a temperature. Knows no networks: logits in, figures out, in
//! double precision.

use serde::{Deserialize, Serialize};

/// What a fit stays between.
const RANGE: (f64, f64) = (0.1, 10.0);
/// How much the natural logarithm of the temperature of a well-trained network differs from 0 by itself: a fit takes
/// it for normally distributed with this deviation. Chosen on one half of the validation images after a fit on the other.
const SPREAD: f64 = 0.07;
/// The most nats that a change of that logarithm by 1 must gain: what is far too sure is scaled all the same, where
/// there are images enough to tell it.
const STEEPEST: f64 = 20.0;
/// Halvings of the range: more than a double can tell apart.
const NUM_HALVINGS: usize = 60;

/// A number above 0 by which logits are divided; 1 leaves them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Temperature(f64);

/// A number that is no temperature.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("temperature: expected a finite number above 0, found {0}")]
pub struct NoTemperature(f64);

impl Temperature {
    /// The temperature at which the log loss of `logits` (`[num_images * num_classes]`) and
    /// `labels` (`[num_images]`) is lowest, between 0.1 and 10, and nearer to 1 the less these
    /// images tell: a few that are all right must not make the probabilities ones and zeros.
    /// `None` without images or where a logit is not finite.
    #[must_use]
    pub fn fit(num_classes: usize, logits: &[f32], labels: &[u8]) -> Option<Self> {
        let num_images = labels.len().min(logits.len().checked_div(num_classes)?);
        let logits = logits.get(..num_images * num_classes)?;
        if num_images == 0 || logits.iter().any(|logit| !logit.is_finite()) {
            return None;
        }
        // Where the slope changes from falling to rising, the loss is lowest.
        let (mut low, mut high) = (1.0 / RANGE.1, 1.0 / RANGE.0);
        for _ in 0..NUM_HALVINGS {
            let middle = 0.5 * (low + high);
            if slope(num_classes, logits, labels, middle) + pull(middle) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(Self(2.0 / (low + high)))
    }

    /// Probabilities of one image's logits.
    #[must_use]
    pub fn probabilities(self, logits: &[f32]) -> Vec<f64> {
        let (powers, sum) = self.powers(logits);
        powers.into_iter().map(|power| power / sum).collect()
    }

    /// `ln(probability of the class)` of one image's logits.
    pub(crate) fn log_probability(self, logits: &[f32], class: usize) -> f64 {
        let (_, sum) = self.powers(logits);
        (f64::from(logits[class]) - largest(logits)) / self.0 - sum.ln()
    }

    /// `exp(logit / temperature)`, the largest one scaled to 1, and the sum of them all.
    fn powers(self, logits: &[f32]) -> (Vec<f64>, f64) {
        let largest = largest(logits);
        let power = |&logit: &f32| ((f64::from(logit) - largest) / self.0).exp();
        let powers: Vec<f64> = logits.iter().map(power).collect();
        let sum = powers.iter().sum();
        (powers, sum)
    }
}

/// No scaling.
impl Default for Temperature {
    fn default() -> Self {
        Self(1.0)
    }
}

impl TryFrom<f64> for Temperature {
    type Error = NoTemperature;

    fn try_from(value: f64) -> Result<Self, NoTemperature> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(NoTemperature(value))
        }
    }
}

impl From<Temperature> for f64 {
    fn from(temperature: Temperature) -> Self {
        temperature.0
    }
}

/// The class with the highest probability (the first, where several share it), and that probability.
#[must_use]
pub fn most_probable(probabilities: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, &probability) in probabilities.iter().enumerate() {
        if probability > best.1 {
            best = (class, probability);
        }
    }
    best
}

fn largest(logits: &[f32]) -> f64 {
    f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max))
}

/// Slope of the summed log loss over the inverse temperature: the logit that is expected less the
/// one of the label.
fn slope(num_classes: usize, logits: &[f32], labels: &[u8], inverse: f64) -> f64 {
    let temperature = Temperature(1.0 / inverse);
    let images = logits.chunks_exact(num_classes).zip(labels);
    images
        .map(|(logits, &label)| {
            let truth = usize::from(label).min(num_classes - 1);
            let (powers, sum) = temperature.powers(logits);
            let weighted = powers.iter().zip(logits);
            let expected: f64 = weighted.map(|(p, &logit)| p * f64::from(logit)).sum();
            expected / sum - f64::from(logits[truth])
        })
        .sum()
}

/// Slope over the inverse temperature of what holds its logarithm near 0: a parabola that goes on as straight lines.
fn pull(inverse: f64) -> f64 {
    (inverse.ln() / (SPREAD * SPREAD)).clamp(-STEEPEST, STEEPEST) / inverse
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::NUM_DIGITS;

    /// Labels that really have the probabilities of the logits: of `num_images` equal images, as many percent
    /// of class 0 as its probability says, the rest of class 1.
    fn honest(sureness: f32, percent: usize, num_images: usize) -> (Vec<f32>, Vec<u8>) {
        let mut logits = [-1e4; NUM_DIGITS];
        (logits[0], logits[1]) = (sureness, 0.0);
        let labels = (0..num_images).map(|image| u8::from(image % 100 >= percent));
        (logits.repeat(num_images), labels.collect())
    }

    fn fitted(sureness: f32, percent: usize, num_images: usize) -> f64 {
        let (logits, labels) = honest(sureness, percent, num_images);
        Temperature::fit(NUM_DIGITS, &logits, &labels)
            .unwrap()
            .into()
    }

    #[test]
    fn the_fit_makes_the_confidence_the_accuracy() {
        // Three times too sure, and three times too unsure, of what is right 80 times in 100.
        let sureness = (0.8_f64 / 0.2).ln() as f32;
        for factor in [3.0, 1.0, 1.0 / 3.0] {
            let (logits, labels) = honest(factor * sureness, 80, 20_000);
            let temperature = Temperature::fit(NUM_DIGITS, &logits, &labels).unwrap();
            assert!((f64::from(temperature) / f64::from(factor) - 1.0).abs() < 1e-2);
            let probability = temperature.probabilities(&logits[..NUM_DIGITS])[0];
            assert!((probability - 0.8).abs() < 1e-2, "{probability}");
        }
    }

    #[test]
    fn few_images_change_little() {
        // Right 80 times in 100, where 89 were expected: 1.5 times too sure.
        let sureness = 1.5 * (0.8_f64 / 0.2).ln() as f32;
        let of = |num_images| fitted(sureness, 80, num_images);
        assert!((1.0..1.1).contains(&of(100)), "{}", of(100));
        assert!((1.1..1.45).contains(&of(1_000)), "{}", of(1_000));
        assert!((1.48..1.5).contains(&of(20_000)), "{}", of(20_000));
    }

    #[test]
    fn images_that_are_all_right_or_wrong_stay_believable() {
        let (right, wrong) = (fitted(4.0, 100, 500), fitted(4.0, 0, 500));
        assert!((0.7..1.0).contains(&right), "{right}");
        assert!((3.0..=RANGE.1).contains(&wrong), "{wrong}");
    }

    #[test]
    fn there_is_no_fit_without_finite_logits() {
        assert_eq!(Temperature::fit(NUM_DIGITS, &[], &[]), None);
        assert_eq!(
            Temperature::fit(NUM_DIGITS, &[f32::NAN; NUM_DIGITS], &[1]),
            None
        );
    }

    #[test]
    fn the_most_probable_class_stays() {
        let mut logits: Vec<f32> = (0..NUM_DIGITS).map(|class| class as f32).collect();
        logits.swap(4, 9);
        for value in [0.1, 1.0, 10.0] {
            let temperature = Temperature::try_from(value).unwrap();
            assert_eq!(most_probable(&temperature.probabilities(&logits)).0, 4);
        }
    }

    #[test]
    fn only_numbers_above_0_are_temperatures() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Temperature::try_from(value).is_err(), "{value}");
        }
        let read: Temperature = serde_json::from_str("1.25").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "1.25");
        assert!(serde_json::from_str::<Temperature>("0").is_err());
    }
}
