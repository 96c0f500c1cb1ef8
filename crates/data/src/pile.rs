//! Images with labels, gathered one after the other, all of them or some drawn at random.
//!
//! Owns what every reader of sets ends in. Knows no format.

use std::path::Path;

use crate::error::DataError;
use crate::images::LabeledImages;
use crate::sample::{Rows, Sample};
use base::IMAGE_PIXELS;

/// The most images that are gathered.
pub(crate) const MAX_IMAGES: usize = 10_000_000;

/// Images and labels so far. `L` is a label as the source has it.
pub(crate) struct Pile<L> {
    sample: Sample,
    pixels: Vec<u8>,
    labels: Vec<L>,
}

impl<L> Pile<L> {
    pub(crate) fn new(rows: Rows) -> Self {
        Self {
            sample: Sample::new(rows),
            pixels: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// How many images were offered so far.
    pub(crate) fn num_offered(&self) -> usize {
        self.sample.num_offered()
    }

    /// The labels of what is drawn so far.
    pub(crate) fn labels(&self) -> &[L] {
        &self.labels
    }

    /// Takes an image, or leaves it where it is not drawn.
    pub(crate) fn offer(&mut self, pixels: &[u8; IMAGE_PIXELS], label: L) {
        match self.sample.offer() {
            None => {}
            Some(slot) if slot < self.labels.len() => {
                self.labels[slot] = label;
                self.pixels[slot * IMAGE_PIXELS..][..IMAGE_PIXELS].copy_from_slice(pixels);
            }
            Some(_) => {
                self.labels.push(label);
                self.pixels.extend_from_slice(pixels);
            }
        }
    }

    /// All, in the order in which they were offered, with labels below the number of classes.
    pub(crate) fn finish(
        self,
        path: &Path,
        mut label: impl FnMut(&L) -> Result<u8, DataError>,
    ) -> Result<LabeledImages, DataError> {
        let slots = self.sample.finish(path)?;
        let labels: Vec<u8> = self
            .labels
            .iter()
            .map(&mut label)
            .collect::<Result<_, _>>()?;
        let images = LabeledImages::paired(self.pixels, labels, path, path)?;
        Ok(if slots.is_sorted() {
            images
        } else {
            images.select(&slots)
        })
    }
}
