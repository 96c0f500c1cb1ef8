//! What every reader of labelled sets hands over.

use crate::classes::Classes;
use crate::error::DataError;
use crate::images::LabeledImages;
use crate::picture::{PictureOptions, to_mnist};
use base::IMAGE_PIXELS;
use image::DynamicImage;
use std::path::Path;

/// Pairs of names of the parts of a set, for training and for the test.
pub(crate) const SPLIT_NAMES: [(&str, &str); 2] = [("train", "test"), ("training", "testing")];

/// A set, as far as it lies in one place.
#[derive(Debug)]
pub(crate) struct Labelled {
    pub(crate) classes: Classes,
    pub(crate) train: LabeledImages,
    /// `None` where the place has no images for the test.
    pub(crate) test: Option<LabeledImages>,
}

/// A decoded picture as an image, prepared as for prediction; `path` is where it came from.
pub(crate) fn prepared(
    picture: &DynamicImage,
    path: &Path,
) -> Result<[u8; IMAGE_PIXELS], DataError> {
    to_mnist(picture, PictureOptions::default()).map_err(|error| DataError::Picture {
        path: path.into(),
        reason: error.to_string(),
    })
}
