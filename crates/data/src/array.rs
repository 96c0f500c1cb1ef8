//! Arrays of numbers as IDX and `NumPy` files hold them: images, row after row, and labels.
//!
//! Owns what a shape means (how many images of which size), how numbers of any type become bytes, and that no more
//! than a few images are in memory at a time. The heads of the two formats are [`crate::idx`]'s and [`npy`]'s.

mod columns;
mod form;
mod labels;
pub(crate) mod npy;

use std::collections::VecDeque;

use crate::decode::DecodeLimits;
use crate::element::Element;
use crate::error::DataError;
use crate::pile::MAX_IMAGES;
use crate::record::Content;
use crate::unpack::Contents;
use base::IMAGE_PIXELS;
use form::Form;
pub(crate) use labels::read_labels;

/// Bytes of images that are looked at before the first is handed out, at most.
const BYTES_LOOKED_AT: u64 = 1 << 17;

/// What the head of an array says.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) element: Element,
    pub(crate) is_big_endian: bool,
    /// Whether the first index runs fastest, and not the last.
    pub(crate) is_by_columns: bool,
    /// The first dimension is that of the images.
    pub(crate) shape: Vec<u64>,
    /// Bytes of the head.
    pub(crate) num_bytes: u64,
}

impl Header {
    /// Bytes of all numbers; `None` where that is no number that a file could have.
    fn num_payload_bytes(&self) -> Option<u64> {
        let first = self.element.num_bytes() as u64;
        self.shape
            .iter()
            .try_fold(first, |product, &size| product.checked_mul(size))
            .filter(|&product| product < 1 << 56)
    }

    /// The sizes, for people: `60000×28×28`.
    pub(crate) fn shown(&self) -> String {
        let sizes: Vec<String> = self.shape.iter().map(u64::to_string).collect();
        format!("{} of type {}", sizes.join("×"), self.element)
    }

    /// Refuses an array whose numbers are not all there.
    fn check_length(&self, contents: &Contents<'_>) -> Result<u64, DataError> {
        let num_bytes = self.num_payload_bytes().ok_or_else(|| {
            format_error(
                contents,
                self.num_bytes,
                "an array that fits a file",
                &self.shown(),
            )
        })?;
        contents.check_stored_length(self.num_bytes, num_bytes)?;
        Ok(num_bytes)
    }
}

fn format_error(contents: &Contents<'_>, offset: u64, expected: &str, found: &str) -> DataError {
    DataError::Format {
        path: contents.path().into(),
        offset,
        expected: expected.into(),
        found: found.into(),
    }
}

/// How large the numbers of pixels are that stand for full ink.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale(f64);

/// Reads the images of an array one by one.
///
/// After an error that is not of one image, or after the last image, nothing more follows; bytes beyond the last
/// image show as an error in the place after it.
pub(crate) struct ImageReader {
    contents: Contents<'static>,
    header: Header,
    form: Form,
    scale: Scale,
    num_payload_bytes: u64,
    /// Raw images that were looked at, and not handed out.
    ahead: VecDeque<Vec<u8>>,
    /// What ended the looking ahead.
    failure: Option<DataError>,
    num_read: u64,
    is_finished: bool,
}

impl ImageReader {
    /// Begins behind the head of an array.
    ///
    /// # Errors
    /// [`DataError::Format`] where the shape is none of images, there are too many or too large ones, or the length
    /// is wrong.
    pub(crate) fn new(
        contents: Contents<'static>,
        header: Header,
        limits: &DecodeLimits,
    ) -> Result<Self, DataError> {
        let expected = "images: a shape such as 60000×28×28 or 60000×784";
        let form = Form::of(&header.shape)
            .ok_or_else(|| format_error(&contents, 0, expected, &header.shown()))?;
        if form.num_images > MAX_IMAGES as u64 {
            let expected = format!("at most {MAX_IMAGES} images");
            return Err(format_error(
                &contents,
                4,
                &expected,
                &form.num_images.to_string(),
            ));
        }
        let num_row_bytes = form
            .num_values()
            .saturating_mul(header.element.num_bytes() as u64);
        if form.num_pixels() > limits.max_pixels || num_row_bytes > limits.max_file_bytes {
            let expected = format!("images of at most {} pixels", limits.max_pixels);
            return Err(format_error(&contents, 0, &expected, &header.shown()));
        }
        let (contents, header) = columns::in_rows(contents, header, limits.max_memory_bytes)?;
        let num_payload_bytes = header.check_length(&contents)?;
        let mut reader = Self {
            contents,
            header,
            form,
            scale: Scale(255.0),
            num_payload_bytes,
            ahead: VecDeque::new(),
            failure: None,
            num_read: 0,
            is_finished: false,
        };
        reader.look_ahead(num_row_bytes);
        Ok(reader)
    }

    /// Number of images that the head announces.
    pub(crate) fn num_images(&self) -> u64 {
        self.form.num_images
    }

    /// What was understood in an unusual way, for people.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let Scale(most) = self.scale;
        if most < 255.0 && self.header.element != Element::Bool {
            remarks.push(format!("pixels are numbers from 0 to {most}"));
        }
        remarks
    }

    /// Reads the first images, to see how large their numbers are.
    fn look_ahead(&mut self, num_row_bytes: u64) {
        let num_rows = (BYTES_LOOKED_AT / num_row_bytes.max(1)).clamp(1, 64);
        let mut most = 0.0_f64;
        for _ in 0..num_rows.min(self.form.num_images) {
            match self.read_row() {
                Ok(row) => {
                    most = self.values(&row).fold(most, f64::max);
                    self.ahead.push_back(row);
                }
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        let is_small = self.form.num_pixels() < IMAGE_PIXELS as u64;
        self.scale = match (self.header.element, most) {
            (Element::Bool, _) => Scale(1.0),
            // Digits of 8×8 pixels, as scikit-learn has them.
            (_, most) if is_small && most > 1.0 && most <= 16.0 => Scale(16.0),
            (element, most) if element.has_places() && most <= 1.0 => Scale(1.0),
            _ => Scale(255.0),
        };
    }

    /// Passes over as many of the next images as can be had, at most so many; returns how many it were.
    pub(crate) fn pass_over(&mut self, most: u64) -> u64 {
        let most = most.min(self.form.num_images - self.num_read);
        let mut num_passed = 0;
        while num_passed < most && self.ahead.pop_front().is_some() {
            num_passed += 1;
        }
        if num_passed < most && self.failure.is_none() {
            let num_bytes = self.form.num_values() * self.header.element.num_bytes() as u64;
            let wanted = (most - num_passed) * num_bytes;
            match self.contents.pass_over(wanted) {
                Ok(passed) if passed == wanted => num_passed = most,
                // The next one is not there as a whole, which is said in its place.
                Ok(passed) => num_passed += passed / num_bytes.max(1),
                Err(error) => self.failure = Some(error),
            }
        }
        self.num_read += num_passed;
        num_passed
    }

    fn read_row(&mut self) -> Result<Vec<u8>, DataError> {
        let num_bytes = self.form.num_values() * self.header.element.num_bytes() as u64;
        let row = self.contents.read_up_to(num_bytes)?;
        if (row.len() as u64) < num_bytes {
            let found = (self.contents.offset() - self.header.num_bytes).to_string();
            let head = self.header.num_bytes;
            return Err(self
                .contents
                .length_error(head, self.num_payload_bytes, &found));
        }
        Ok(row)
    }

    fn values<'a>(&'a self, row: &'a [u8]) -> impl Iterator<Item = f64> + 'a {
        self.header.element.values(row, self.header.is_big_endian)
    }

    fn read_next(&mut self) -> Result<Option<Content>, DataError> {
        if self.num_read == self.form.num_images {
            let head = self.header.num_bytes;
            self.contents.expect_end(head, self.num_payload_bytes)?;
            return Ok(None);
        }
        let row = match self.ahead.pop_front() {
            Some(row) => row,
            None => match self.failure.take() {
                Some(failure) => return Err(failure),
                None => self.read_row()?,
            },
        };
        self.num_read += 1;
        self.content(row).map(Some)
    }

    fn content(&self, row: Vec<u8>) -> Result<Content, DataError> {
        let Scale(most) = self.scale;
        let is_plain = self.header.element == Element::U8 && most >= 255.0;
        let bytes = if is_plain {
            row
        } else {
            let byte = |value: f64| {
                let is_in_range = (0.0..=most).contains(&value);
                is_in_range.then(|| (value / most * 255.0).round() as u8)
            };
            let bytes: Option<Vec<u8>> = self.values(&row).map(byte).collect();
            bytes.ok_or_else(|| self.out_of_range(&row))?
        };
        Ok(self.form.content(bytes))
    }

    /// The error of an image with a number that is no pixel.
    fn out_of_range(&self, row: &[u8]) -> DataError {
        let Scale(most) = self.scale;
        let mut values = self.values(row);
        let bad = values.find(|value| !(0.0..=most).contains(value));
        let index = self.num_read - 1;
        let found = bad.unwrap_or(f64::NAN);
        DataError::Picture {
            path: format!("{}#{index}", self.contents.path().display()).into(),
            reason: format!("a pixel is {found}, expected a number from 0 to {most}"),
        }
    }
}

impl Iterator for ImageReader {
    type Item = Result<Content, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let item = self.read_next().transpose();
        let goes_on = matches!(item, Some(Ok(_) | Err(DataError::Picture { .. })));
        self.is_finished = !goes_on;
        item
    }
}

#[cfg(test)]
mod tests;
