//! Reads CSV files of images: a label and then 784 pixels a line, as Kaggle and others publish
//! MNIST. Plain or gzipped, with a header line or without.
//!
//! The format is `csv_rows`', the drawing of some rows out of many `sample`'s.

use std::path::Path;

use crate::csv_rows::{NUM_FIELDS, Rows as Lines};
use crate::error::DataError;
use crate::images::LabeledImages;
use crate::pile::{MAX_IMAGES, Pile};
use crate::sample::Rows;

/// Reads a CSV file whose records are a label (0–9) and then 784 pixels (0–255, 0 is paper),
/// whole numbers all, between commas; blanks and quotes around a number are ignored.
///
/// The first line is a header where its first field is not a number. Where only some rows are wanted, they are
/// drawn in one pass (memory in proportion to their number and not to the file) and
/// kept in the order of the file. Every row is checked, whether drawn or not.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Record`] with line and column; [`DataError::TooFewRows`].
pub(crate) fn read_csv(path: &Path, rows: Rows) -> Result<LabeledImages, DataError> {
    let mut lines = Lines::open(path, Some(NUM_FIELDS))?;
    let mut pile = Pile::new(rows);
    while let Some((label, pixels)) = lines.read_next()? {
        if pile.num_offered() == MAX_IMAGES {
            let expected = format!("at most {MAX_IMAGES} rows");
            return Err(lines.error(None, expected, "more".into()));
        }
        pile.offer(&pixels, label.unwrap_or_default());
    }
    if pile.num_offered() == 0 {
        return Err(lines.empty());
    }
    pile.finish(path, |&label| Ok(label))
}

#[cfg(test)]
mod tests;
