//! How much what a network was shown looks like a digit to it.
//!
//! Owns that measure, by which ways to see a picture and ways to cut ink apart are held against each other.

use model::Temperature;

use crate::prepare::Image;

/// What counts, in nats of how likely it is a digit. Fitted to digits of MNIST that no network had been trained on,
/// apart and touching on ten kinds of paper, so that the right readings are likely among all (docs/LOG.md).
///
/// Each nat of the logarithm of the highest probability.
const WORD: f64 = 1.9;
/// Each nat of the energy.
const ENERGY: f64 = 0.39;

/// What a network makes of `[IMAGE_PIXELS]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// The most probable class.
    pub(super) label: usize,
    pub(super) probability: f64,
    /// The next one, and its probability.
    pub(super) runner_up: (usize, f64),
    /// How likely it is a digit at all, as a logarithm.
    pub(super) likeness: f64,
}

impl Look {
    /// At logits, one for each class; `None` where there are none.
    pub(super) fn at(logits: &[f32], temperature: Temperature) -> Option<Self> {
        Self::first(logits.len(), &Seen::at(logits, temperature))
    }

    /// Of the first classes, where what is seen may be something else, too: their probabilities are those among
    /// themselves.
    pub(super) fn first(num_classes: usize, seen: &Seen) -> Option<Self> {
        let probabilities = seen.probabilities.get(..num_classes)?;
        let total = match seen.probabilities.len() {
            all if all == num_classes => 1.0,
            _ => probabilities.iter().sum::<f64>().max(f64::MIN_POSITIVE),
        };
        let (label, probability) = likeliest_of(probabilities, None)?;
        let runner_up = likeliest_of(probabilities, Some(label))?;
        Some(Self {
            label,
            probability: probability / total,
            runner_up: (runner_up.0, runner_up.1 / total),
            likeness: likeness(probability, seen.energy),
        })
    }
}

/// How likely it is what it is read as, as a logarithm.
pub(super) fn likeness(probability: f64, energy: f64) -> f64 {
    WORD * probability.ln() + ENERGY * energy
}

/// What logits say.
pub(super) struct Seen {
    pub(super) probabilities: Vec<f64>,
    /// The logarithm of the sum of the exponentials of the logits (Liu et al., 2020): low for what no digit was like in
    /// training, and the log-odds that it is one where the network has learnt what is none.
    pub(super) energy: f64,
}

impl Seen {
    pub(super) fn at(logits: &[f32], temperature: Temperature) -> Self {
        let probabilities = temperature.probabilities(logits);
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let probability = probabilities.iter().copied().fold(0.0, f64::max);
        Self {
            probabilities,
            // The highest logit, less the logarithm of its probability.
            energy: f64::from(highest) / f64::from(temperature) - probability.ln(),
        }
    }

    /// How much less likely it is a digit because it may be none at all, in nats: the logit of that is 0.
    pub(super) fn doubt(&self) -> f64 {
        WORD * (-self.energy).exp().ln_1p()
    }
}

/// The most probable, but for one, and its probability.
pub(super) fn likeliest_of(probabilities: &[f64], but: Option<usize>) -> Option<(usize, f64)> {
    let all = probabilities.iter().copied().enumerate();
    let others = all.filter(|&(class, _)| Some(class) != but);
    others.max_by(|left, right| left.1.total_cmp(&right.1))
}

/// Settles what those of these images show that may be seen in several ways: what looks most like a digit. `logits`
/// has a row of so many classes for each choice of each image, in order.
pub fn settle<'a>(
    images: impl IntoIterator<Item = &'a mut Image>,
    logits: &[f32],
    num_classes: usize,
    temperature: Temperature,
) {
    let mut rest = logits;
    for image in images {
        let choices = image.choices();
        let (own, others) = rest.split_at((choices.len() * num_classes).min(rest.len()));
        rest = others;
        let prices = choices.iter().map(|choice| choice.price);
        if let Some(place) = likeliest(own, num_classes, temperature, prices) {
            image.settle(place);
        }
    }
}

/// The place of the likeliest of several ways to see a picture: `logits` has a row of so many classes for each, `prices`
/// how much less likely each is by itself, in nats.
pub(super) fn likeliest(
    logits: &[f32],
    num_classes: usize,
    temperature: Temperature,
    prices: impl Iterator<Item = f32>,
) -> Option<usize> {
    let rows = logits.chunks_exact(num_classes).zip(prices).enumerate();
    let scored = rows.filter_map(|(place, (row, price))| {
        let look = Look::at(row, temperature)?;
        Some((place, look.likeness - f64::from(price)))
    });
    // Of equals the first.
    let best = scored.reduce(|best, other| if other.1 > best.1 { other } else { best });
    best.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(label: usize, by: f32) -> [f32; 10] {
        std::array::from_fn(|class| if class == label { by } else { 0.0 })
    }

    #[test]
    fn what_looks_most_like_a_digit_is_likeliest_and_of_equals_the_cheapest() {
        let all = [logits(3, 2.0), logits(5, 12.0), logits(1, 12.0)].concat();
        let of = |prices: [f32; 3]| likeliest(&all, 10, Temperature::default(), prices.into_iter());
        assert_eq!(of([0.0, 0.0, 0.0]), Some(1));
        assert_eq!(of([0.0, 1.0, 0.5]), Some(2));
        assert_eq!(of([0.0, 99.0, 99.0]), Some(0));
        let none = likeliest(&[], 10, Temperature::default(), std::iter::empty());
        assert_eq!(none, None);
    }
}
