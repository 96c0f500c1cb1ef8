//! What is drawn at random, whatever it is for.

use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, StandardNormal};

/// Uniform from `low` to `high`.
pub(crate) fn between(rng: &mut impl Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.random::<f32>()
}

/// True so many times in one.
pub(crate) fn chance(rng: &mut impl Rng, probability: f32) -> bool {
    rng.random::<f32>() < probability
}

/// Normal of mean 0 and deviation 1.
pub(crate) fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}
