//! The one form in which every reader hands over what it read: a flat block of pixels and labels.
//!
//! Owns [`LabeledImages`] and [`Dataset`] and their checksums. Knows no file format.

use std::path::Path;

use crate::error::DataError;
use base::{IMAGE_PIXELS, IMAGE_SIDE, NUM_DIGITS, hexadecimal};
use sha2::{Digest, Sha256};

/// Images of 28×28 grey pixels, each with its label.
///
/// Pixels follow MNIST: 0 is paper, 255 is full ink; row after row, image after image, so that
/// image `i` starts at `i * IMAGE_PIXELS`. Labels are below the number of the set's classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabeledImages {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl LabeledImages {
    /// Joins `pixels` (`[num_images * IMAGE_PIXELS]`) and `labels` (`[num_images]`).
    ///
    /// Returns `None` where the two lengths disagree: readers check that, and labels against classes, beforehand, where
    /// they still know the file and line to blame.
    #[must_use]
    pub fn new(pixels: Vec<u8>, labels: Vec<u8>) -> Option<Self> {
        let lengths_agree = labels.len().checked_mul(IMAGE_PIXELS) == Some(pixels.len());
        lengths_agree.then_some(Self { pixels, labels })
    }

    /// [`Self::new`] for what was read from these files.
    pub(crate) fn paired(
        pixels: Vec<u8>,
        labels: Vec<u8>,
        images_path: &Path,
        labels_path: &Path,
    ) -> Result<Self, DataError> {
        let mismatch = DataError::CountMismatch {
            images: images_path.into(),
            labels: labels_path.into(),
            num_images: pixels.len() / IMAGE_PIXELS,
            num_labels: labels.len(),
        };
        Self::new(pixels, labels).ok_or(mismatch)
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// All pixels, `[num_images * IMAGE_PIXELS]`.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All labels, `[num_images]`.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The pixels of one image, or `None` past the end.
    #[must_use]
    pub fn image(&self, index: usize) -> Option<&[u8; IMAGE_PIXELS]> {
        self.pixels.as_chunks().0.get(index)
    }

    /// The images with x and y exchanged.
    #[must_use]
    pub fn transposed(mut self) -> Self {
        for image in self.pixels.as_chunks_mut::<IMAGE_PIXELS>().0 {
            transpose(image);
        }
        self
    }

    /// The images at `indices`, in that order. Indices past the end are left out.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut chosen = Self {
            pixels: Vec::with_capacity(indices.len() * IMAGE_PIXELS),
            labels: Vec::with_capacity(indices.len()),
        };
        for &index in indices {
            if let (Some(image), Some(&label)) = (self.image(index), self.labels.get(index)) {
                chosen.pixels.extend_from_slice(image);
                chosen.labels.push(label);
            }
        }
        chosen
    }

    /// Takes out the images whose place is marked, and hands them back; both keep their order. The images that stay
    /// are moved together, not copied. Places past the end of `is_taken` stay.
    #[must_use]
    pub(crate) fn take_out(&mut self, is_taken: &[bool]) -> Self {
        let mut taken = Self::default();
        let mut num_kept = 0;
        for index in 0..self.len() {
            let (start, label) = (index * IMAGE_PIXELS, self.labels[index]);
            let image = start..start + IMAGE_PIXELS;
            if is_taken.get(index).copied().unwrap_or(false) {
                taken.pixels.extend_from_slice(&self.pixels[image]);
                taken.labels.push(label);
            } else {
                self.pixels.copy_within(image, num_kept * IMAGE_PIXELS);
                self.labels[num_kept] = label;
                num_kept += 1;
            }
        }
        self.pixels.truncate(num_kept * IMAGE_PIXELS);
        self.labels.truncate(num_kept);
        taken
    }

    /// These images and then others.
    #[must_use]
    pub fn joined(mut self, others: &Self) -> Self {
        self.pixels.extend_from_slice(&others.pixels);
        self.labels.extend_from_slice(&others.labels);
        self
    }

    /// SHA-256, in hexadecimal, over number, pixels and labels: tells whether two runs had the same images, such as
    /// the same test images.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        self.update_digest(&mut digest);
        hexadecimal(&digest.finalize())
    }

    fn update_digest(&self, digest: &mut Sha256) {
        digest.update((self.len() as u64).to_le_bytes());
        digest.update(&self.pixels);
        digest.update(&self.labels);
    }
}

/// A whole data set: what to train on, what to test on, and what the classes are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The name by which users know it, such as `mnist` or a file's name.
    pub name: String,
    /// The names of the classes, in the order of the labels.
    pub class_names: Vec<String>,
    /// Training images; validation images are split from these.
    pub train: LabeledImages,
    /// Images to choose the weights by, where the source has some of its own.
    pub validation: Option<LabeledImages>,
    /// Test images, touched once; `None` where the source has none.
    pub test: Option<LabeledImages>,
    /// Where it came from, in words for the user: a folder, a file, or what was drawn.
    pub origin: String,
}

impl Dataset {
    /// The labels of all images: those to train on, to validate on, and to test on.
    pub fn labels(&self) -> impl Iterator<Item = u8> {
        let parts = [
            Some(&self.train),
            self.validation.as_ref(),
            self.test.as_ref(),
        ];
        let labels = parts.into_iter().flatten().flat_map(LabeledImages::labels);
        labels.copied()
    }

    /// SHA-256, in hexadecimal, over number, pixels and labels of the training images, then of those for validation
    /// and of the test images, where there are some. It does not depend on the file format the images came in.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        self.train.update_digest(&mut digest);
        if let Some(validation) = &self.validation {
            validation.update_digest(&mut digest);
        }
        if let Some(test) = &self.test {
            test.update_digest(&mut digest);
        }
        hexadecimal(&digest.finalize())
    }
}

/// Exchanges x and y of an image.
pub fn transpose(image: &mut [u8; IMAGE_PIXELS]) {
    for row in 0..IMAGE_SIDE {
        for column in 0..row {
            image.swap(row * IMAGE_SIDE + column, column * IMAGE_SIDE + row);
        }
    }
}

/// The class names of digits: `"0"` to `"9"`.
#[must_use]
pub fn digit_names() -> Vec<String> {
    (0..NUM_DIGITS).map(|digit| digit.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_images() -> LabeledImages {
        let mut pixels = vec![1; IMAGE_PIXELS];
        pixels.extend(vec![2; IMAGE_PIXELS]);
        LabeledImages::new(pixels, vec![3, 4]).unwrap_or_default()
    }

    #[test]
    fn lengths_are_checked() {
        assert!(LabeledImages::new(vec![0; IMAGE_PIXELS], vec![]).is_none());
        assert!(LabeledImages::new(vec![0; IMAGE_PIXELS - 1], vec![0]).is_none());
        assert_eq!(two_images().len(), 2);
    }

    #[test]
    fn select_keeps_the_given_order() {
        let swapped = two_images().select(&[1, 0, 7]);
        assert_eq!(swapped.labels(), [4, 3]);
        assert_eq!(swapped.image(0).map(|image| image[0]), Some(2));
    }

    #[test]
    fn the_checksum_sees_pixels_labels_and_the_split() {
        let set = |train: LabeledImages, test| Dataset {
            name: "tiny".into(),
            class_names: digit_names(),
            train,
            validation: None,
            test,
            origin: String::new(),
        };
        let whole = set(two_images(), None).sha256();
        assert_eq!(whole.len(), 64);
        assert_ne!(whole, set(two_images().select(&[1, 0]), None).sha256());
        assert_eq!(
            whole,
            two_images().sha256(),
            "a set without test images is its images"
        );
        let parted = set(two_images().select(&[0]), Some(two_images().select(&[1])));
        assert_ne!(whole, parted.sha256());
    }
}
