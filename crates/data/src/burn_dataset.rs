//! Our images as a data set of Burn's, so that its own transforms and loaders take them.

use burn_dataset::{Dataset, DatasetError};

use crate::images::LabeledImages;
use base::IMAGE_PIXELS;

/// One image with its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabeledImage {
    /// `[IMAGE_PIXELS]`, 0 is paper and 255 full ink.
    pub pixels: [u8; IMAGE_PIXELS],
    /// Below the number of classes.
    pub label: u8,
}

impl Dataset<LabeledImage> for LabeledImages {
    fn get(&self, index: usize) -> Result<LabeledImage, DatasetError> {
        let len = LabeledImages::len(self);
        // Burn's contract asks for a panic here, as of a slice.
        assert!(index < len, "image {index} of {len}");
        let mut pixels = [0; IMAGE_PIXELS];
        pixels.copy_from_slice(&self.pixels()[index * IMAGE_PIXELS..][..IMAGE_PIXELS]);
        Ok(LabeledImage {
            pixels,
            label: self.labels()[index],
        })
    }

    fn len(&self) -> usize {
        LabeledImages::len(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn_dataset::transform::{Mapper, MapperDataset, PartialDataset, ShuffledDataset};

    fn numbered(num_images: u8) -> LabeledImages {
        let pixels = (0..num_images)
            .flat_map(|number| [number; IMAGE_PIXELS])
            .collect();
        LabeledImages::new(pixels, (0..num_images).map(|number| number % 10).collect()).unwrap()
    }

    struct FirstPixel;

    impl Mapper<LabeledImage, (u8, u8)> for FirstPixel {
        fn map(&self, item: &LabeledImage) -> (u8, u8) {
            (item.pixels[0], item.label)
        }
    }

    #[test]
    fn burns_own_transforms_take_our_images() {
        let part = PartialDataset::new(numbered(40), 10, 30);
        assert_eq!(Dataset::<LabeledImage>::len(&part), 20);
        assert_eq!(part.get(3).unwrap(), numbered(40).get(13).unwrap());
        let shuffled = ShuffledDataset::new(part, 7);
        let mapped = MapperDataset::new(shuffled, FirstPixel);
        let mut seen: Vec<(u8, u8)> = mapped.iter().map(Result::unwrap).collect();
        assert!(!seen.is_sorted());
        seen.sort_unstable();
        let expected: Vec<(u8, u8)> = (10..30).map(|number| (number, number % 10)).collect();
        assert_eq!(seen, expected);
    }
}
