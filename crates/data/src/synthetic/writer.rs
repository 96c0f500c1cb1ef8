//! Virtual writers: how one hand differs from another, and one digit from the next.
//!
//! Owns the spread of every parameter. Does not apply them: `shape` bends and `nib` draws.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::config::SyntheticSplit;
use super::skeletons::Form;
use base::random::Purpose;

/// How a digit is written. A writer has one; each digit gets a copy that is a little off.
///
/// Lengths are in heights of the digit, angles in radians.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    /// Horizontal shift per height, to the right at the top.
    pub(super) slant: f32,
    /// Natural logarithm of the factor on the width.
    pub(super) stretch: f32,
    pub(super) rotation: f32,
    /// How much wider the top is than the foot, as a part of the width.
    pub(super) taper: f32,
    /// Shifts of the middle to the right and down, which make loops larger or smaller.
    pub(super) bulge: [f32; 2],
    /// 1 is a smooth curve through the knots, 0 straight lines between them.
    pub(super) roundness: f32,
    /// Natural logarithm of the stroke's thickness.
    pub(super) thickness: f32,
    /// Part of the thickness by which it varies along the stroke.
    pub(super) pressure: f32,
    /// Part of the thickness by which it varies with direction, and the nib's angle.
    pub(super) nib: (f32, f32),
    /// The power whose balls the nib is: 2 is round, more is ever squarer, and ends are cut off level.
    pub(super) squareness: f32,
    /// Part of the thickness by which the ink's edge is rough.
    pub(super) roughness: f32,
    /// Spread of each knot, of whole strokes, and of the slow and quick waver of the plane.
    pub(super) jitter: f32,
    pub(super) stroke_shift: f32,
    pub(super) sway: f32,
    pub(super) tremor: f32,
    /// Spread of what is missing or too much at a stroke's ends, as a part of its length.
    pub(super) overrun: f32,
}

impl Hand {
    /// A new writer's hand.
    pub(super) fn of_writer(rng: &mut impl Rng) -> Self {
        Self {
            slant: 0.17 + 0.22 * normal(rng),
            stretch: 0.17 * normal(rng),
            rotation: 0.05 * normal(rng),
            taper: 0.06 * normal(rng),
            bulge: [0.04 * normal(rng), 0.06 * normal(rng)],
            roundness: (1.06 + 0.14 * normal(rng)).clamp(0.4, 1.4),
            thickness: 0.115_f32.ln() + 0.28 * normal(rng),
            pressure: 0.1 * normal(rng).abs(),
            nib: (0.2 * uniform(rng), std::f32::consts::PI * uniform(rng)),
            squareness: 2.0 + 6.0 * (1.8 * uniform(rng) - 0.8).max(0.0),
            roughness: 0.12 * uniform(rng),
            jitter: 0.006 + 0.014 * uniform(rng),
            stroke_shift: 0.02 + 0.02 * uniform(rng),
            sway: 0.035 + 0.035 * uniform(rng),
            tremor: 0.002 + 0.005 * uniform(rng),
            overrun: 0.02 + 0.04 * uniform(rng),
        }
    }

    /// The same hand at its next digit.
    pub(super) fn at_next_digit(&self, rng: &mut impl Rng) -> Self {
        Self {
            slant: self.slant + 0.09 * normal(rng),
            stretch: self.stretch + 0.12 * normal(rng),
            rotation: self.rotation + 0.06 * normal(rng),
            taper: self.taper + 0.09 * normal(rng),
            bulge: self.bulge.map(|bulge| bulge + 0.09 * normal(rng)),
            roundness: (self.roundness + 0.1 * normal(rng)).clamp(0.2, 1.5),
            thickness: self.thickness + 0.08 * normal(rng),
            ..self.clone()
        }
    }
}

/// A writer's habit with one digit: which form, and where between its poses.
#[derive(Clone, Debug)]
pub(super) struct Habit {
    form: usize,
    /// One value per pose, of any sum.
    leanings: Vec<f32>,
}

/// How likely a writer leaves the habit for another form of the digit.
const CHANCE_OF_OTHER_FORM: f32 = 0.15;
/// How much of the mixture of poses is new with every digit.
const FRESH_PART: f32 = 0.45;
/// How far a mixture may leave the poses it lies between, as a part of the way to their mean.
const EXAGGERATION: f32 = 0.25;

impl Habit {
    /// A new habit with the digit that has these forms.
    pub(super) fn new(forms: &[Form], rng: &mut impl Rng) -> Self {
        let form = pick(forms, rng);
        let num_poses = forms.get(form).map_or(0, |form| form.poses.len());
        Self {
            form,
            leanings: leanings(num_poses, rng),
        }
    }

    /// The form and the weights of its poses, of sum 1, for the writer's next digit.
    pub(super) fn at_next_digit<'forms>(
        &self,
        forms: &'forms [Form],
        rng: &mut impl Rng,
    ) -> Option<(&'forms Form, Vec<f32>)> {
        let habit = if uniform(rng) < CHANCE_OF_OTHER_FORM {
            Self::new(forms, rng)
        } else {
            self.clone()
        };
        let form = forms.get(habit.form)?;
        let fresh = leanings(form.poses.len(), rng);
        let mean = 1.0 / form.poses.len() as f32;
        let mixed = habit.leanings.iter().zip(fresh).map(|(usual, fresh)| {
            let weight = (1.0 - FRESH_PART) * usual + FRESH_PART * fresh;
            mean + (1.0 + EXAGGERATION) * (weight - mean)
        });
        Some((form, mixed.collect()))
    }
}

/// The index of a form, each met as often as its weight says.
fn pick(forms: &[Form], rng: &mut impl Rng) -> usize {
    let total: f32 = forms.iter().map(|form| form.weight).sum();
    let mut left = total * uniform(rng);
    for (index, form) in forms.iter().enumerate() {
        left -= form.weight;
        if left < 0.0 {
            return index;
        }
    }
    0
}

/// Random weights of sum 1, mostly with one or two that lead.
fn leanings(num_poses: usize, rng: &mut impl Rng) -> Vec<f32> {
    let raw: Vec<f32> = (0..num_poses)
        .map(|_| (-(1.0 - uniform(rng)).ln()).powf(2.5))
        .collect();
    let total: f32 = raw.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    raw.into_iter().map(|weight| weight / total).collect()
}

/// Uniform between 0 (possible) and 1 (not reached).
pub(super) fn uniform(rng: &mut impl Rng) -> f32 {
    rng.random()
}

/// Normal of mean 0 and deviation 1.
pub(super) fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

/// What a random stream is for; the streams of a seed do not overlap.
#[derive(Clone, Copy, Debug)]
pub(super) enum Drawn {
    /// The order of the ten digits in one block of images.
    Order,
    /// A writer's hand and habits.
    Writer,
    /// One image.
    Image,
}

/// The random numbers for the `index`-th thing of this kind in a split.
pub(super) fn stream(seed: u64, split: SyntheticSplit, drawn: Drawn, index: u64) -> ChaCha8Rng {
    let index = (drawn as u64) << 61 | (split as u64) << 60 | index;
    base::random::stream(seed, Purpose::DrawnDigits, index)
}
