//! The recipe's `[augmentation]`: by how much training images are changed. What is done with it is
//! `augment`'s.

use super::check::{Problem, require};
use serde::{Deserialize, Serialize};

/// How training images are changed, each anew in every epoch: by amounts that are drawn evenly from
/// these ranges. Nothing is changed by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentationConfig {
    /// Turned by at most so much, either way.
    pub rotation_degrees: f64,
    /// Moved by at most so much, left or right, and up or down.
    pub shift_pixels: f64,
    /// Least and largest factor of the width, and of the height; each is drawn for itself.
    pub scale: [f64; 2],
    /// Slanted by at most so much, either way: uprights lean, lines stay level.
    pub shear_degrees: f64,
    /// Elastic distortion (Simard, Steinkraus and Platt, 2003): how far pixels are displaced, as
    /// the root of the mean square of the distance.
    pub elastic_pixels: f64,
    /// Standard deviation of the Gaussian that smooths these displacements: the larger, the more
    /// alike are those of neighbours.
    pub elastic_smoothing_pixels: f64,
    /// Share of the images of which a rectangle is erased (Zhong et al., 2017).
    pub erase_probability: f64,
    /// Least and largest width, and height, of the rectangle; each is drawn for itself.
    pub erase_pixels: [usize; 2],
    /// So many images, as a share of the number of training images, are drawn again with other pens, thin
    /// and wide, or seen in few pixels, and are trained on too.
    pub pens: f64,
    /// So many pairs of digits that touch, as a share of the number of training images, are cut apart
    /// rightly and wrongly and are trained on too: what is no digit is to be none with confidence.
    pub touching: f64,
    /// Share of the training, at its end, over which all of this fades to nothing, so that training
    /// ends on images as they are.
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
            pens: 0.0,
            touching: 0.0,
            taper: 0.0,
        }
    }
}

/// The side of the images, which nothing moves further than.
const SIDE: f64 = base::IMAGE_SIDE as f64;

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

    /// Key and problem of the first value that makes no sense.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let within = |value: f64, least: f64, largest: f64, key: &str| {
            let expected = format!("between {least} and {largest}");
            let key = format!("augmentation.{key}");
            require((least..=largest).contains(&value), &key, &expected)
        };
        within(self.rotation_degrees, 0.0, 180.0, "rotation_degrees")?;
        within(self.shift_pixels, 0.0, SIDE, "shift_pixels")?;
        let [least, largest] = self.scale;
        let is_scale = 0.1 <= least && least <= largest && largest <= 10.0;
        let expected = "a least and a largest factor, between 0.1 and 10, such as [0.9, 1.1]";
        require(is_scale, "augmentation.scale", expected)?;
        within(self.shear_degrees, 0.0, 60.0, "shear_degrees")?;
        within(self.elastic_pixels, 0.0, SIDE, "elastic_pixels")?;
        let smoothing = self.elastic_smoothing_pixels;
        within(smoothing, 1.0, SIDE, "elastic_smoothing_pixels")?;
        within(self.erase_probability, 0.0, 1.0, "erase_probability")?;
        let [least, largest] = self.erase_pixels;
        let is_size = 1 <= least && least <= largest && largest <= base::IMAGE_SIDE;
        let expected = "a least and a largest side, between 1 and 28, such as [4, 10]";
        require(is_size, "augmentation.erase_pixels", expected)?;
        within(self.pens, 0.0, 1.0, "pens")?;
        within(self.touching, 0.0, 1.0, "touching")?;
        within(self.taper, 0.0, 1.0, "taper")
    }
}
