//! What every reader of labelled sets is told, and what it hands over.

use crate::classes::Classes;
use crate::decode::{DecodeLimits, decode_when};
use crate::error::DataError;
use crate::foreign::Foreign;
use crate::images::LabeledImages;
use crate::picture::{PictureOptions, to_mnist};
use crate::record::Part;
use crate::remarks::Remarks;
use crate::sample::Rows;
use base::IMAGE_PIXELS;
use std::path::Path;

/// How sets are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How<'a> {
    /// Which of the images to train on.
    pub(crate) rows: Rows,
    /// Whether an image that cannot be used is left out; else it is an error.
    pub(crate) skips_unusable: bool,
    pub(crate) remarks: &'a Remarks,
}

impl How<'_> {
    /// The same, of all images.
    pub(crate) fn of_all(self) -> Self {
        Self {
            rows: Rows::default(),
            ..self
        }
    }

    /// Leaves an image out, where that is wanted and the error is of one image alone.
    pub(crate) fn unless_skipped<T>(
        &self,
        outcome: Result<T, DataError>,
    ) -> Result<Option<T>, DataError> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.skips_unusable && error.is_of_one_image() => {
                self.remarks.leave_out(&error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A set, as far as it lies in one place.
#[derive(Debug)]
pub(crate) struct Labelled {
    pub(crate) classes: Classes,
    pub(crate) train: LabeledImages,
    /// `None` where the place has no images for validation.
    pub(crate) validation: Option<LabeledImages>,
    /// `None` where the place has no images for the test.
    pub(crate) test: Option<LabeledImages>,
    /// Whether the images were 28×28 pixels in a file of many, and no pictures that were prepared.
    pub(crate) are_plain: bool,
}

/// The part of a set that a folder is for, by its whole name.
pub(crate) fn part_of_folder(name: &str) -> Part {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Part::of_name(name)
    } else {
        Part::Unknown
    }
}

/// The file of a picture as an image, prepared as for prediction; `path` is where it came from.
pub(crate) fn prepared(
    bytes: &[u8],
    path: &Path,
    remarks: &Remarks,
) -> Result<[u8; IMAGE_PIXELS], DataError> {
    let failed = |reason: String| DataError::Picture {
        path: path.into(),
        reason,
    };
    let decoded = decode_when(bytes, &DecodeLimits::default(), |_| ())
        .map_err(|error| failed(Foreign::explain(bytes, error)))?;
    if let Some(remark) = decoded.remark {
        remarks.say(remark.into());
    }
    to_mnist(&decoded.picture, PictureOptions::default()).map_err(|error| failed(error.to_string()))
}
