//! Reads CSV files of images: a label and 784 pixels a line, as Kaggle and others publish
//! MNIST. Plain or packed, with a header line or without.
//!
//! The format is `csv_rows`', the drawing of some rows out of many `sample`'s.

use std::path::Path;

use crate::csv_rows::Rows as Lines;
use crate::error::DataError;
use crate::images::LabeledImages;
use crate::labelled::How;
use crate::pile::{MAX_IMAGES, Pile};

/// Reads a CSV file whose records are a label and 784 pixels (0 is paper), in the layout that its header or its first
/// rows tell; blanks and quotes around a number are ignored.
///
/// The first line is a header where its first field is not a number. Where only some rows are wanted, they are
/// drawn in one pass (memory in proportion to their number and not to the file) and
/// kept in the order of the file. Every row is checked, whether drawn or not.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Record`] with line and column; [`DataError::TooFewRows`].
pub(crate) fn read_csv(path: &Path, how: How<'_>) -> Result<LabeledImages, DataError> {
    let mut lines = Lines::open(path, true)?;
    for remark in lines.remarks() {
        how.remarks.say(format!("{}: {remark}", path.display()));
    }
    let mut pile = Pile::new(how.rows);
    loop {
        let row = match lines.read_next() {
            Ok(None) => break,
            Ok(Some(row)) => Ok(row),
            Err(error) if lines.is_lost() => return Err(error),
            Err(error) => Err(error),
        };
        let Some((label, pixels)) = how.unless_skipped(row)? else {
            continue;
        };
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
