//! Reads CSV files of images: a label and then 784 pixels a line, as Kaggle and others publish
//! MNIST. Plain or gzipped, with a header line or without.
//!
//! Owns the drawing of some rows out of many; the format is `csv_rows`'.

use std::path::Path;

use rand::rngs::ChaCha8Rng;

use crate::csv_rows::{NUM_FIELDS, Rows};
use crate::idx::MAX_IMAGES;
use crate::{DataError, Dataset, LabeledImages, digit_names};
use base::IMAGE_PIXELS;
use base::random::{Purpose, below, stream};

/// Which rows of a CSV file to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// How many rows to draw at random; `None` for all.
    pub rows: Option<usize>,
    /// The seed that decides which; without effect where all are taken.
    pub seed: u64,
}

/// Reads a CSV file as [`read_csv`] does, as a data set of digits that is named after the file and
/// has no test images.
///
/// # Errors
/// Those of [`read_csv`].
pub fn read_csv_set(path: &Path, options: &CsvOptions) -> Result<Dataset, DataError> {
    let name = path.file_stem().unwrap_or(path.as_os_str());
    Ok(Dataset {
        name: name.to_string_lossy().into_owned(),
        class_names: digit_names(),
        train: read_csv(path, options)?,
        test: None,
        origin: path.display().to_string(),
    })
}

/// Reads a CSV file whose records are a label (0–9) and then 784 pixels (0–255, 0 is paper),
/// whole numbers all, between commas; blanks and quotes around a number are ignored.
///
/// The first line is a header where its first field is not a number. With `rows`, that many are
/// drawn in one pass (reservoir sampling, memory in proportion to `rows` and not to the file) and
/// kept in the order of the file: which ones is a pure function of seed, `rows` and the number of
/// rows in the file. Every row is checked, whether drawn or not.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Record`] with line and column; [`DataError::TooFewRows`].
pub fn read_csv(path: &Path, options: &CsvOptions) -> Result<LabeledImages, DataError> {
    let mut rows = Rows::open(path, Some(NUM_FIELDS))?;
    let mut sample = Sample::new(options);
    while let Some((label, pixels)) = rows.read_next()? {
        if sample.num_seen == MAX_IMAGES {
            let expected = format!("at most {MAX_IMAGES} rows");
            return Err(rows.error(None, expected, "more".into()));
        }
        sample.offer(label.unwrap_or_default(), &pixels);
    }
    if sample.num_seen == 0 {
        return Err(rows.empty());
    }
    sample.finish(path)
}

/// Algorithm R (Vitter 1985): after every row, each row seen so far is in the sample with the
/// same probability.
struct Sample {
    rows: Option<usize>,
    rng: ChaCha8Rng,
    num_seen: usize,
    /// The number in the file of each row kept.
    numbers: Vec<usize>,
    labels: Vec<u8>,
    pixels: Vec<u8>,
}

impl Sample {
    fn new(options: &CsvOptions) -> Self {
        Self {
            rows: options.rows,
            rng: stream(options.seed, Purpose::Weights, 0),
            num_seen: 0,
            numbers: Vec::new(),
            labels: Vec::new(),
            pixels: Vec::new(),
        }
    }

    fn offer(&mut self, label: u8, pixels: &[u8; IMAGE_PIXELS]) {
        let number = self.num_seen;
        self.num_seen += 1;
        if self.rows.is_none_or(|rows| number < rows) {
            self.numbers.push(number);
            self.labels.push(label);
            self.pixels.extend_from_slice(pixels);
            return;
        }
        let slot = below(&mut self.rng, self.num_seen as u32) as usize;
        if let Some(replaced) = self.numbers.get_mut(slot) {
            *replaced = number;
            self.labels[slot] = label;
            self.pixels[slot * IMAGE_PIXELS..][..IMAGE_PIXELS].copy_from_slice(pixels);
        }
    }

    fn finish(self, path: &Path) -> Result<LabeledImages, DataError> {
        let available = self.num_seen;
        if let Some(requested) = self.rows.filter(|&rows| rows > available) {
            return Err(DataError::TooFewRows {
                path: path.into(),
                requested,
                available,
            });
        }
        let num_kept = self.numbers.len();
        let in_file_order = self.numbers.is_sorted();
        let images = crate::idx::pair(self.pixels, self.labels, path, path)?;
        if in_file_order {
            return Ok(images);
        }
        let mut slots: Vec<usize> = (0..num_kept).collect();
        slots.sort_unstable_by_key(|&slot| self.numbers[slot]);
        Ok(images.select(&slots))
    }
}

#[cfg(test)]
mod tests;
