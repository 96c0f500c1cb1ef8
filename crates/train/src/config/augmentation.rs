//! The recipe's `[augmentation]`: by how much training images are changed. What is done with it is
//! `augment`'s.

use super::check::{Problem, require};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How training images are changed, each anew in every epoch: by amounts that are drawn evenly from
/// these ranges. Nothing is changed by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentationConfig {
    /// Turned by at most so many degrees, either way.
    #[schemars(range(min = 0, max = 180))]
    pub rotation_degrees: f64,
    /// Moved by at most so many pixels, left or right, and up or down.
    #[schemars(range(min = 0, max = 28))]
    pub shift_pixels: f64,
    /// Least and largest factor of the width, and of the height, between 0.1 and 10.
    pub scale: [f64; 2],
    /// Slanted by at most so many degrees, either way: uprights lean, lines stay level.
    #[schemars(range(min = 0, max = 60))]
    pub shear_degrees: f64,
    /// Elastic distortion (Simard, Steinkraus and Platt, 2003): how many pixels everything is
    /// displaced by, as the root of the mean square of the distance.
    #[schemars(range(min = 0, max = 28))]
    pub elastic_pixels: f64,
    /// Standard deviation, in pixels, of the Gaussian that smooths these displacements.
    #[schemars(range(min = 1, max = 28))]
    pub elastic_smoothing_pixels: f64,
    /// Share of the images of which a rectangle is erased (Zhong et al., 2017).
    #[schemars(range(min = 0, max = 1))]
    pub erase_probability: f64,
    /// Least and largest side of the rectangle, in pixels between 1 and 28.
    pub erase_pixels: [usize; 2],
    /// Share of the training, at its end, over which these changes fade to nothing, so that training
    /// ends on images as they are. Images of `[additions]` stay to the end.
    #[schemars(range(min = 0, max = 1))]
    pub taper: f64,
}

impl Default for AugmentationConfig {
    fn default() -> Self {
        Self {
            rotation_degrees: 0.0,
            shift_pixels: 0.0,
            scale: [1.0, 1.0],
            shear_degrees: 0.0,
            elastic_pixels: 0.0,
            elastic_smoothing_pixels: 4.0,
            erase_probability: 0.0,
            erase_pixels: [4, 10],
            taper: 0.0,
        }
    }
}

impl AugmentationConfig {
    /// Whether images are changed at all.
    #[must_use]
    pub fn changes_images(&self) -> bool {
        let strengths = [
            self.rotation_degrees,
            self.shift_pixels,
            self.scale[0] - 1.0,
            self.scale[1] - 1.0,
            self.shear_degrees,
            self.elastic_pixels,
            self.erase_probability,
        ];
        strengths.iter().any(|&strength| strength != 0.0)
    }

    /// Key and problem of the first pair that is none.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let [least, largest] = self.scale;
        let is_scale = 0.1 <= least && least <= largest && largest <= 10.0;
        let expected = "a least and a largest factor, between 0.1 and 10, such as [0.9, 1.1]";
        require(is_scale, "augmentation.scale", expected)?;
        let [least, largest] = self.erase_pixels;
        let is_size = 1 <= least && least <= largest && largest <= base::IMAGE_SIDE;
        let expected = "a least and a largest side, between 1 and 28, such as [4, 10]";
        require(is_size, "augmentation.erase_pixels", expected)
    }
}
