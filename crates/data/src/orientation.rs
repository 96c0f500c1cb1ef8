//! Which way up images are: EMNIST's files have x and y exchanged, and others are turned, mirrored or inverted.
//!
//! Owns the guess. Labelled digits are read by what is nearest to the mean of drawn digits of each class, in every way
//! that they may lie: handwritten digits as they should be are read so far more often than in any other way, and what
//! are no digits in none.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::images::{Dataset, LabeledImages, digit_names, transpose};
use crate::remarks::Remarks;
use crate::synthetic::{SyntheticConfig, draw};
use base::{IMAGE_PIXELS, IMAGE_SIDE, NUM_DIGITS};

/// Images that are looked at, at most.
const IMAGES_LOOKED_AT: usize = 1_000;
/// Images that it takes to say anything.
const MIN_IMAGES: usize = 10;
/// The share of images that must be read for digits to be taken to lie so.
const MIN_READ: f64 = 0.5;
/// And by so much it must be above that of images as they are.
const MIN_GAIN: f64 = 0.25;
/// Drawn digits that the means are of.
const NUM_DRAWN: usize = 1_000;

/// Which way up the 28×28 images of files of many are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// Looked at, and turned upright where they are transposed.
    #[default]
    Auto,
    /// As they should be.
    Upright,
    /// With x and y exchanged, as EMNIST's are.
    Transposed,
}

impl Orientation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Upright, Self::Transposed];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Upright => "upright",
            Self::Transposed => "transposed",
        }
    }
}

impl fmt::Display for Orientation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Orientation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|known| known.name() == name);
        known.ok_or_else(|| "expected auto, upright or transposed".into())
    }
}

/// A way in which images may differ from what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is done or not, whatever the others are"
)]
pub struct Pose {
    /// x and y exchanged, before the others.
    is_transposed: bool,
    is_mirrored: bool,
    is_upside_down: bool,
    is_inverted: bool,
}

impl Pose {
    const UPRIGHT: Self = Self {
        is_transposed: false,
        is_mirrored: false,
        is_upside_down: false,
        is_inverted: false,
    };
    /// As EMNIST's files are.
    pub const TRANSPOSED: Self = Self {
        is_transposed: true,
        ..Self::UPRIGHT
    };

    fn all() -> impl Iterator<Item = Self> {
        (0..16).map(|bits| Self {
            is_transposed: bits & 1 > 0,
            is_mirrored: bits & 2 > 0,
            is_upside_down: bits & 4 > 0,
            is_inverted: bits & 8 > 0,
        })
    }

    /// An image that lies so, as it should be.
    fn undone(self, image: &[u8; IMAGE_PIXELS]) -> [u8; IMAGE_PIXELS] {
        let mut image = *image;
        if self.is_transposed {
            transpose(&mut image);
        }
        if self.is_mirrored {
            for row in image.chunks_exact_mut(IMAGE_SIDE) {
                row.reverse();
            }
        }
        if self.is_upside_down {
            let (rows, _) = image.as_chunks_mut::<IMAGE_SIDE>();
            rows.reverse();
        }
        if self.is_inverted {
            for pixel in &mut image {
                *pixel = u8::MAX - *pixel;
            }
        }
        image
    }

    /// What images that lie so look like, in words.
    #[must_use]
    pub fn describe(self) -> String {
        let turned = match (self.is_transposed, self.is_mirrored, self.is_upside_down) {
            (false, false, false) => None,
            (true, false, false) => Some("transposed (x and y exchanged, as EMNIST's are)"),
            (false, true, false) => Some("mirrored"),
            (false, false, true) => Some("mirrored upside down"),
            (false, true, true) => Some("upside down"),
            (true, true, false) => Some("turned by a quarter to the left"),
            (true, false, true) => Some("turned by a quarter to the right"),
            (true, true, true) => Some("transposed about the other diagonal"),
        };
        let inverted = self.is_inverted.then_some("inverted (ink 0, paper 255)");
        let words: Vec<&str> = [turned, inverted].into_iter().flatten().collect();
        words.join(" and ")
    }
}

/// The mean of drawn digits of each class, less its own mean, of length 1.
static MEANS: LazyLock<Vec<Vec<f32>>> = LazyLock::new(|| {
    let drawn = draw(&SyntheticConfig {
        num_train: NUM_DRAWN,
        num_test: 0,
        seed: 1,
    });
    let mut sums = vec![vec![0.0; IMAGE_PIXELS]; NUM_DIGITS];
    let images = drawn.train.pixels().as_chunks::<IMAGE_PIXELS>().0;
    for (image, &label) in images.iter().zip(drawn.train.labels()) {
        for (sum, &pixel) in sums[usize::from(label)].iter_mut().zip(image) {
            *sum += f32::from(pixel);
        }
    }
    sums.into_iter().map(normalised).collect()
});

fn normalised(mut values: Vec<f32>) -> Vec<f32> {
    let mean = values.iter().sum::<f32>() / IMAGE_PIXELS as f32;
    for value in &mut values {
        *value -= mean;
    }
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut values {
        *value /= length.max(f32::MIN_POSITIVE);
    }
    values
}

/// The share of these images that is read as their labels say, once `pose` is undone.
fn share_read(images: &[(&[u8; IMAGE_PIXELS], u8)], pose: Pose) -> f64 {
    let is_read = |&(image, label): &(&[u8; IMAGE_PIXELS], u8)| {
        let undone = pose.undone(image);
        let likeness = |mean: &Vec<f32>| -> f32 {
            mean.iter()
                .zip(&undone)
                .map(|(mean, &pixel)| mean * f32::from(pixel))
                .sum()
        };
        let likenesses = MEANS.iter().map(likeness).enumerate();
        let nearest = likenesses.max_by(|left, right| left.1.total_cmp(&right.1));
        nearest.is_some_and(|(class, _)| class == usize::from(label))
    };
    images.iter().filter(|image| is_read(image)).count() as f64 / images.len() as f64
}

/// How labelled digits lie, where that is plainly not as they should. Of images that are no digits, or too few,
/// nothing is said.
#[must_use]
pub fn noticed(images: &LabeledImages, class_names: &[String]) -> Option<Pose> {
    if class_names.get(..NUM_DIGITS)? != digit_names() {
        return None;
    }
    let step = images.len().div_ceil(IMAGES_LOOKED_AT).max(1);
    let some = (0..images.len()).step_by(step);
    let some: Vec<_> = some
        .filter_map(|index| Some((images.image(index)?, *images.labels().get(index)?)))
        .filter(|(_, label)| usize::from(*label) < NUM_DIGITS)
        .collect();
    if some.len() < MIN_IMAGES {
        return None;
    }
    let shares = Pose::all().map(|pose| (pose, share_read(&some, pose)));
    let shares: Vec<(Pose, f64)> = shares.collect();
    let upright = shares.iter().find(|(pose, _)| *pose == Pose::UPRIGHT)?.1;
    let best = shares
        .iter()
        .max_by(|left, right| left.1.total_cmp(&right.1))?;
    (best.1 >= MIN_READ && best.1 >= upright + MIN_GAIN).then_some(best.0)
}

/// A set of 28×28 images as they should be.
pub(crate) fn upright(set: Dataset, orientation: Orientation, remarks: &Remarks) -> Dataset {
    let is_transposed = match orientation {
        Orientation::Upright => false,
        Orientation::Transposed => true,
        Orientation::Auto => {
            let is_transposed = noticed(&set.train, &set.class_names) == Some(Pose::TRANSPOSED);
            if is_transposed {
                remarks.say(format!(
                    "the images of {} are transposed, as EMNIST's are, and are turned upright (--orientation upright \
                     leaves them as they are)",
                    set.name
                ));
            }
            is_transposed
        }
    };
    if !is_transposed {
        return set;
    }
    Dataset {
        train: set.train.transposed(),
        validation: set.validation.map(LabeledImages::transposed),
        test: set.test.map(LabeledImages::transposed),
        ..set
    }
}

#[cfg(test)]
mod tests;
