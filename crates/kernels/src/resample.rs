//! Resampling of whole batches of 28×28 images: an affine map and a smooth displacement in one
//! bilinear look-up, and a rectangle blanked out. Owns the geometry, no random numbers.
//!
//! On Burn's flex it is one loop over the images (`host`), on GPUs one launch (`gpu`), on any other backend plain
//! tensor operations (`on_device`), with the same result. Not differentiable: it changes inputs.

mod gpu;
mod host;
mod on_device;

use crate::packed::StepImages;
use crate::stopwatch::timed;
use burn::tensor::Tensor;

/// Side of the images, in pixels.
pub const RESAMPLED_SIDE: usize = 28;

const SIDE: usize = RESAMPLED_SIDE;
const PIXELS: usize = SIDE * SIDE;
/// The middle of an image, in pixels from the middle of its first one.
const CENTRE: f32 = (SIDE as f32 - 1.0) / 2.0;
/// Side of an image with paper around it: one pixel before, and behind as many as fill up to a
/// power of two, so that rows are whole registers and indices can be masked.
const PADDED_SIDE: usize = ROW_STEP as usize;
const ROW_STEP: i32 = 32;
const PADDED_PIXELS: usize = PADDED_SIDE * PADDED_SIDE;
/// Where coordinates in a padded image are cut off; beyond there is nothing but paper.
const LAST: f32 = SIDE as f32 + 1.0;

/// What is done to one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warp {
    /// Where the pixel (x, y) of the result comes from, both in pixels from the middle of the
    /// image, x to the right and y down: (a·x + b·y + c, d·x + e·y + f), as `[a, b, c, d, e, f]`.
    pub affine: [f32; 6],
    /// What is blank in the result.
    pub blank: Rectangle,
}

impl Default for Warp {
    /// Leaves the image as it is.
    fn default() -> Self {
        Self {
            affine: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            blank: Rectangle::default(),
        }
    }
}

/// Some of an image's pixels; none where right is left or bottom is top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rectangle {
    /// The first column.
    pub left: usize,
    /// The first row.
    pub top: usize,
    /// The column after the last one, at most the side of the image.
    pub right: usize,
    /// The row after the last one, at most the side of the image.
    pub bottom: usize,
}

/// Spreads values at a coarse square grid of nodes smoothly over all pixels, by a Gaussian around
/// each node. Where the nodes' values are independent and of the same variance, so is each pixel's
/// value of that variance, and neighbours are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothing {
    /// Of each row (and column) of nodes, its weight in each row (and column) of pixels.
    weights: Vec<[f32; PADDED_SIDE]>,
}

/// Distance of nodes in standard deviations of the Gaussian. At 1.5 the sum of the squared weights
/// wavers by 3 % before it is made even.
const NODE_DISTANCE: f32 = 1.5;
/// How far the nodes reach beyond the image, in standard deviations.
const NODE_MARGIN: f32 = 1.0;

impl Smoothing {
    /// By Gaussians of this standard deviation, in pixels, at least 1.
    #[must_use]
    pub fn new(length_pixels: f32) -> Self {
        let length = length_pixels.max(1.0);
        let distance = NODE_DISTANCE * length;
        let covered = 2.0 * (CENTRE + NODE_MARGIN * length);
        let num_nodes = (covered / distance).ceil() as usize + 1;
        let middle = (num_nodes as f32 - 1.0) / 2.0;
        let mut weights = vec![[0.0; PADDED_SIDE]; num_nodes];
        for pixel in 0..SIDE {
            let mut sum = 0.0;
            for (node, weights) in weights.iter_mut().enumerate() {
                let away = pixel as f32 - CENTRE - (node as f32 - middle) * distance;
                weights[pixel] = (-0.5 * (away / length).powi(2)).exp();
                sum += weights[pixel] * weights[pixel];
            }
            for weights in &mut weights {
                weights[pixel] /= sum.sqrt();
            }
        }
        Self { weights }
    }

    /// Nodes in each row, and in each column.
    #[must_use]
    pub fn side(&self) -> usize {
        self.weights.len()
    }

    /// Values that an image's displacement is made of: the nodes' x, row after row, then their y.
    #[must_use]
    pub fn num_values(&self) -> usize {
        2 * self.side() * self.side()
    }
}

/// Resamples images by one warp each: pixels `[batch, 28 · 28]`. Outside of an image is paper, 0.
///
/// With `displacement`, where the affine map has come out is moved further, in pixels: by what the
/// smoothing makes of [`Smoothing::num_values`] values an image, `[batch * num_values]`.
///
/// # Panics
///
/// Where there is not one warp, and so many values, for each image.
#[must_use]
pub fn resample(
    images: StepImages<'_>,
    warps: &[Warp],
    displacement: Option<(&Smoothing, &[f32])>,
) -> Tensor<2> {
    let batch = images.len();
    assert_eq!(batch, warps.len(), "one warp an image");
    if let Some((smoothing, values)) = displacement {
        let expected = batch * smoothing.num_values();
        assert_eq!(values.len(), expected, "the displacement's values");
    }
    let on_gpu = || gpu::resample(images, warps, displacement);
    if let Some(resampled_np) = timed(|| "augmentation".into(), on_gpu) {
        return like(resampled_np, images.device().is_autodiff());
    }
    let images_np = images.pixels();
    assert_eq!(images_np.dims()[1], PIXELS, "images of 28×28 pixels");
    let is_autodiff = images_np.is_autodiff();
    let images_np = images_np.inner();
    let resampled_np = timed(
        || "augmentation".into(),
        || {
            host::resample(&images_np, warps, displacement)
                .unwrap_or_else(|| on_device::resample(images_np, warps, displacement))
        },
    );
    like(resampled_np, is_autodiff)
}

/// With automatic differentiation, where the images had it.
fn like(resampled_np: Tensor<2>, is_autodiff: bool) -> Tensor<2> {
    if is_autodiff {
        resampled_np.autodiff()
    } else {
        resampled_np
    }
}

#[cfg(test)]
mod tests;
