//! Training images changed at random, as the recipe's `[augmentation]` says: draws by how much,
//! and composes it into one resampling, which is `kernels`'. Never for validation or test images.
//!
//! What is drawn for an image is a pure function of the run's seed, the epoch and the image,
//! whatever batch it is in, on whatever device, and on however many threads.

use crate::config::AugmentationConfig;
use base::random::{Purpose, stream};
use burn::tensor::Tensor;
use kernels::{RESAMPLED_SIDE, Rectangle, Smoothing, StepImages, Warp, resample};
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use rayon::prelude::*;

const _: () = assert!(RESAMPLED_SIDE == base::IMAGE_SIDE);

/// Images that a thread draws for at a time: tens of microseconds of work.
const IMAGES_PER_TASK: usize = 16;

/// An image at one moment of the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Showing {
    /// Which of the training images.
    pub image: u32,
    /// Images that were shown before, in all epochs.
    pub position: u64,
}

/// Changes the images of one run.
#[derive(Clone, Debug)]
pub struct Augmenter {
    config: AugmentationConfig,
    seed: u64,
    images_per_epoch: u64,
    images_in_all: u64,
    smoothing: Option<Smoothing>,
}

impl Augmenter {
    /// For a run that shows `images_per_epoch` images in each epoch, and `images_in_all` before it
    /// ends. Nothing where the recipe changes no images.
    #[must_use]
    pub fn new(
        config: AugmentationConfig,
        seed: u64,
        images_per_epoch: u64,
        images_in_all: u64,
    ) -> Option<Self> {
        let is_elastic = config.elastic_pixels > 0.0;
        let length = config.elastic_smoothing_pixels as f32;
        config.changes_images().then(|| Self {
            config,
            seed,
            images_per_epoch: images_per_epoch.max(1),
            images_in_all: images_in_all.max(1),
            smoothing: is_elastic.then(|| Smoothing::new(length)),
        })
    }

    /// Changes images, each as drawn for its showing: pixels `[batch, IMAGE_PIXELS]`.
    #[must_use]
    pub fn apply(&self, images: StepImages<'_>, showings: &[Showing]) -> Tensor<2> {
        let num_values = self.smoothing.as_ref().map_or(0, Smoothing::num_values);
        let mut warps = vec![Warp::default(); showings.len()];
        // One too many where there are none, as chunks cannot be empty.
        let mut values = vec![0.0; showings.len() * num_values.max(1)];
        warps
            .par_iter_mut()
            .zip(values.par_chunks_exact_mut(num_values.max(1)))
            .zip(showings)
            .with_min_len(IMAGES_PER_TASK)
            .for_each(|((warp, values), &showing)| {
                *warp = self.draw(showing, &mut values[..num_values]);
            });
        let displacement = self.smoothing.as_ref();
        resample(
            images,
            &warps,
            displacement.map(|smoothing| (smoothing, &values[..])),
        )
    }

    /// The share of its full strength that the augmentation has for an image: 1, and at the end of
    /// the training less and less, to 0 for the last image.
    fn strength(&self, position: u64) -> f64 {
        let shown = (position + 1).min(self.images_in_all);
        let left = (self.images_in_all - shown) as f64 / self.images_in_all as f64;
        if left < self.config.taper {
            left / self.config.taper
        } else {
            1.0
        }
    }

    /// Draws by how much an image is changed, and the values of its elastic displacement.
    fn draw(&self, showing: Showing, values: &mut [f32]) -> Warp {
        let epoch = showing.position / self.images_per_epoch + 1;
        let index = (epoch << 32) | u64::from(showing.image);
        let mut random = stream(self.seed, Purpose::Augmentation, index);
        let strength = self.strength(showing.position);
        // All are drawn, whichever the recipe asks for: changing one leaves the others' alone.
        let mut either_way = |range: f64| range * strength * random.random_range(-1.0..=1.0);
        let affine = Affine {
            angle: either_way(self.config.rotation_degrees).to_radians(),
            slant: either_way(self.config.shear_degrees).to_radians(),
            shift: [0; 2].map(|_| either_way(self.config.shift_pixels)),
            scale: {
                let [least, largest] = self.config.scale;
                let middle = 1.0 + strength * (f64::midpoint(least, largest) - 1.0);
                [0; 2].map(|_| middle + either_way((largest - least) / 2.0))
            },
        };
        let blank = self.draw_rectangle(&mut random, strength);
        // Half of the mean square is along x, half of it along y.
        let deviation = (strength * self.config.elastic_pixels / 2.0_f64.sqrt()) as f32;
        for value in values {
            let normal: f32 = StandardNormal.sample(&mut random);
            *value = deviation * normal;
        }
        Warp {
            affine: affine.inverse(),
            blank,
        }
    }

    fn draw_rectangle(&self, random: &mut ChaCha8Rng, strength: f64) -> Rectangle {
        let [least, largest] = self.config.erase_pixels;
        let is_erased = random.random_bool(self.config.erase_probability * strength);
        let [width, height] = [0; 2].map(|_| random.random_range(least..=largest));
        let left = random.random_range(0..=RESAMPLED_SIDE - width);
        let top = random.random_range(0..=RESAMPLED_SIDE - height);
        if !is_erased {
            return Rectangle::default();
        }
        Rectangle {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }
}

/// How an image is changed, about its middle: scaled, then slanted, then turned, then shifted.
struct Affine {
    /// Radians, clockwise as one sees it.
    angle: f64,
    /// Radians; above 0, what is up goes left.
    slant: f64,
    /// Pixels to the right and down.
    shift: [f64; 2],
    /// Factors of the width and the height.
    scale: [f64; 2],
}

impl Affine {
    /// Where each pixel comes from, as [`Warp::affine`] wants it.
    fn inverse(&self) -> [f32; 6] {
        let (sine, cosine) = self.angle.sin_cos();
        let slope = self.slant.tan();
        let [width, height] = self.scale;
        let [right, down] = self.shift;
        let x_by_x = (cosine + slope * sine) / width;
        let x_by_y = (sine - slope * cosine) / width;
        let (y_by_x, y_by_y) = (-sine / height, cosine / height);
        [
            x_by_x,
            x_by_y,
            -(x_by_x * right + x_by_y * down),
            y_by_x,
            y_by_y,
            -(y_by_x * right + y_by_y * down),
        ]
        .map(|value| value as f32)
    }
}

#[cfg(test)]
mod tests;
