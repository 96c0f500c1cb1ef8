//! Reads CSV files of images: a label and then 784 pixels a line, as Kaggle and others publish
//! MNIST. Plain or gzipped, with a header line or without.
//!
//! Owns the format and the drawing of some rows out of many. Lines are split here and not by a
//! general reader because a record of numbers never spans lines: so memory stays bounded whatever
//! the file holds, and messages name the true line, with any line ends and blank lines between.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use rand::rngs::ChaCha8Rng;

use crate::idx::MAX_IMAGES;
use crate::split::{below, generator};
use crate::unpack::Contents;
use crate::{DataError, Dataset, IMAGE_PIXELS, LabeledImages, NUM_CLASSES, digit_names};

/// Number of fields of a record: the label and the pixels.
const NUM_FIELDS: usize = 1 + IMAGE_PIXELS;
/// The longest line that is read; a record of quoted three-digit numbers is far shorter.
const MAX_LINE_BYTES: u64 = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

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
    let mut lines = Lines::open(path)?;
    let mut sheet = Sheet {
        path,
        header: Vec::new(),
    };
    let mut sample = Sample::new(options);
    let mut is_first = true;
    while lines.advance()? {
        if std::mem::take(&mut is_first) && is_header(&lines.text) {
            sheet.header = fields(&lines.text).map(shown).collect();
            continue;
        }
        let row = sheet.parse(&lines.text, lines.number)?;
        if sample.num_seen == MAX_IMAGES {
            let expected = format!("at most {MAX_IMAGES} rows");
            return Err(sheet.error(lines.number, None, expected, "more".into()));
        }
        sample.offer(&row);
    }
    if sample.num_seen == 0 {
        let expected = format!("a row of {NUM_FIELDS} fields");
        return Err(sheet.error(
            lines.number + 1,
            None,
            expected,
            "the end of the file".into(),
        ));
    }
    sample.finish(path)
}

/// The lines of a file that hold something.
struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<Box<dyn Read + Send>>,
    /// The line's number, counted from 1; 0 before the first.
    number: u64,
    text: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self, DataError> {
        let reader = BufReader::with_capacity(1 << 16, Contents::open(path)?.into_reader());
        Ok(Self {
            path,
            reader,
            number: 0,
            text: Vec::new(),
        })
    }

    /// Goes to the next line that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool, DataError> {
        loop {
            self.text.clear();
            let num_bytes = (&mut self.reader)
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut self.text)
                .map_err(DataError::io(self.path, "read"))?;
            if num_bytes == 0 {
                return Ok(false);
            }
            self.number += 1;
            if num_bytes as u64 == MAX_LINE_BYTES {
                let sheet = Sheet {
                    path: self.path,
                    header: Vec::new(),
                };
                let expected = format!("a line shorter than {MAX_LINE_BYTES} bytes");
                return Err(sheet.error(self.number, None, expected, "a longer one".into()));
            }
            if self.number == 1 && self.text.starts_with(BYTE_ORDER_MARK) {
                self.text.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&character| character == b',').map(|field| {
        let field = field.trim_ascii();
        let inner = field
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_suffix(b"\""));
        inner.unwrap_or(field)
    })
}

fn is_header(line: &[u8]) -> bool {
    let first = fields(line).next().unwrap_or_default();
    std::str::from_utf8(first).map_or(true, |text| text.parse::<f64>().is_err())
}

/// A label and its pixels.
type Row = (u8, [u8; IMAGE_PIXELS]);

/// What messages about the file need.
struct Sheet<'a> {
    path: &'a Path,
    /// The names of the columns; empty where there is no header.
    header: Vec<String>,
}

impl Sheet<'_> {
    fn parse(&self, line: &[u8], number: u64) -> Result<Row, DataError> {
        let num_fields = fields(line).count();
        if num_fields != NUM_FIELDS {
            let expected = format!("{NUM_FIELDS} fields (a label and {IMAGE_PIXELS} pixels)");
            return Err(self.error(number, None, expected, num_fields.to_string()));
        }
        let (mut label, mut pixels) = (0, [0; IMAGE_PIXELS]);
        for (index, field) in fields(line).enumerate() {
            match (index, parse_byte(field)) {
                (0, Some(value)) if usize::from(value) < NUM_CLASSES => label = value,
                (1.., Some(value)) => pixels[index - 1] = value,
                _ => return Err(self.field_error(number, index, field)),
            }
        }
        Ok((label, pixels))
    }

    fn field_error(&self, line: u64, index: usize, field: &[u8]) -> DataError {
        let column = match self.header.get(index) {
            Some(name) => format!("{} ({name})", index + 1),
            None => format!("{}", index + 1),
        };
        let expected = if index == 0 {
            format!("a label from 0 to {}", NUM_CLASSES - 1)
        } else {
            "a whole number from 0 to 255".to_owned()
        };
        self.error(line, Some(column), expected, format!("`{}`", shown(field)))
    }

    fn error(
        &self,
        line: u64,
        column: Option<String>,
        expected: String,
        found: String,
    ) -> DataError {
        DataError::Record {
            path: self.path.into(),
            line,
            column,
            expected,
            found,
        }
    }
}

/// The first characters of a field, fit for a message.
fn shown(field: &[u8]) -> String {
    const MAX_CHARACTERS: usize = 40;
    let text = String::from_utf8_lossy(field);
    let mut short: String = text.chars().take(MAX_CHARACTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn parse_byte(field: &[u8]) -> Option<u8> {
    if field.is_empty() {
        return None;
    }
    field.iter().try_fold(0_u8, |value, &character| {
        let digit = character
            .is_ascii_digit()
            .then_some(character.wrapping_sub(b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
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
            rng: generator(options.seed, 0),
            num_seen: 0,
            numbers: Vec::new(),
            labels: Vec::new(),
            pixels: Vec::new(),
        }
    }

    fn offer(&mut self, (label, pixels): &Row) {
        let number = self.num_seen;
        self.num_seen += 1;
        if self.rows.is_none_or(|rows| number < rows) {
            self.numbers.push(number);
            self.labels.push(*label);
            self.pixels.extend_from_slice(pixels);
            return;
        }
        let slot = below(&mut self.rng, self.num_seen as u32) as usize;
        if let Some(replaced) = self.numbers.get_mut(slot) {
            *replaced = number;
            self.labels[slot] = *label;
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
