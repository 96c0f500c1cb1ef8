//! Lines of a CSV file become rows: a label, where there is one, and 784 pixels.
//!
//! Owns the format. Lines are split here and not by a general reader because a record of numbers
//! never spans lines: so memory stays bounded whatever the file holds, and messages name the true
//! line, with any line ends and blank lines between.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::record::{Content, Record};
use crate::unpack::Contents;
use base::{IMAGE_PIXELS, NUM_CLASSES};

/// Number of fields of a record with a label.
pub(crate) const NUM_FIELDS: usize = 1 + IMAGE_PIXELS;
/// The longest line that is read; a record of quoted three-digit numbers is far shorter.
const MAX_LINE_BYTES: u64 = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The rows of a file one by one, in its order, named `FILE#ROW`: as [`read_csv`] takes them, or
/// without labels, as the first line decides.
///
/// A row that is wrong is an error in its place, and the rest goes on.
pub(crate) struct CsvReader {
    rows: Rows,
    row: u64,
    is_finished: bool,
}

impl CsvReader {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        Ok(Self {
            rows: Rows::open(path, None)?,
            row: 0,
            is_finished: false,
        })
    }
}

impl Iterator for CsvReader {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let item = self.rows.read_next().transpose();
        // Where lines cannot be told apart, there is no next one.
        self.is_finished = match &item {
            Some(Ok(_)) => false,
            Some(Err(DataError::Record { .. })) => self.rows.lines.is_lost,
            _ => true,
        };
        let name = format!("{}#{}", self.rows.lines.path.display(), self.row);
        self.row += 1;
        Some(item?.map(|(label, pixels)| Record {
            name,
            content: Content::Pixels(Box::new(pixels)),
            label: label.map(i64::from),
        }))
    }
}

/// The lines of a file that hold something.
struct Lines {
    path: PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    /// The line's number, counted from 1; 0 before the first.
    number: u64,
    text: Vec<u8>,
    /// Whether a line was too long, so that where the next one begins is not known.
    is_lost: bool,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, DataError> {
        let reader = BufReader::with_capacity(1 << 16, Contents::open(path)?.into_reader());
        Ok(Self {
            path: path.into(),
            reader,
            number: 0,
            text: Vec::new(),
            is_lost: false,
        })
    }

    /// Goes to the next line that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool, DataError> {
        loop {
            self.text.clear();
            let num_bytes = (&mut self.reader)
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut self.text)
                .map_err(DataError::io(&self.path, "read"))?;
            if num_bytes == 0 {
                return Ok(false);
            }
            self.number += 1;
            if num_bytes as u64 == MAX_LINE_BYTES {
                self.is_lost = true;
                return Err(DataError::Record {
                    path: self.path.clone(),
                    line: self.number,
                    column: None,
                    expected: format!("a line shorter than {MAX_LINE_BYTES} bytes"),
                    found: "a longer one".into(),
                });
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

/// A label, where there is one, and pixels.
type Row = (Option<u8>, [u8; IMAGE_PIXELS]);

/// The rows of a file.
pub(crate) struct Rows {
    lines: Lines,
    /// The names of the columns; empty where there is no header.
    header: Vec<String>,
    /// How many fields a row has; `None` where the first line decides.
    num_fields: Option<usize>,
    is_first: bool,
}

impl Rows {
    pub(crate) fn open(path: &Path, num_fields: Option<usize>) -> Result<Self, DataError> {
        Ok(Self {
            lines: Lines::open(path)?,
            header: Vec::new(),
            num_fields,
            is_first: true,
        })
    }

    /// The label, where rows have one, and the pixels of the next row; `None` at the end.
    pub(crate) fn read_next(&mut self) -> Result<Option<Row>, DataError> {
        if !self.lines.advance()? {
            return Ok(None);
        }
        if std::mem::take(&mut self.is_first) {
            if self.num_fields.is_none() && fields(&self.lines.text).count() == IMAGE_PIXELS {
                self.num_fields = Some(IMAGE_PIXELS);
            }
            if is_header(&self.lines.text) {
                self.header = fields(&self.lines.text).map(shown).collect();
                return self.read_next();
            }
        }
        self.parse().map(Some)
    }

    fn parse(&self) -> Result<Row, DataError> {
        let line = &self.lines.text;
        let (wanted, num_fields) = (self.num_fields.unwrap_or(NUM_FIELDS), fields(line).count());
        if num_fields != wanted {
            let label = if wanted == NUM_FIELDS {
                "a label and "
            } else {
                ""
            };
            let expected = format!("{wanted} fields ({label}{IMAGE_PIXELS} pixels)");
            return Err(self.error(None, expected, num_fields.to_string()));
        }
        let num_labels = wanted - IMAGE_PIXELS;
        let (mut label, mut pixels) = (None, [0; IMAGE_PIXELS]);
        for (index, field) in fields(line).enumerate() {
            match (parse_byte(field), index.checked_sub(num_labels)) {
                (Some(value), Some(pixel)) => pixels[pixel] = value,
                (Some(value), None) if usize::from(value) < NUM_CLASSES => label = Some(value),
                (_, pixel) => return Err(self.field_error(index, pixel.is_none(), field)),
            }
        }
        Ok((label, pixels))
    }

    fn field_error(&self, index: usize, is_label: bool, field: &[u8]) -> DataError {
        let column = match self.header.get(index) {
            Some(name) => format!("{} ({name})", index + 1),
            None => format!("{}", index + 1),
        };
        let expected = if is_label {
            format!("a label from 0 to {}", NUM_CLASSES - 1)
        } else {
            "a whole number from 0 to 255".to_owned()
        };
        self.error(Some(column), expected, format!("`{}`", shown(field)))
    }

    /// The error of a file without rows.
    pub(crate) fn empty(&self) -> DataError {
        DataError::Record {
            path: self.lines.path.clone(),
            line: self.lines.number + 1,
            column: None,
            expected: format!("a row of {NUM_FIELDS} fields"),
            found: "the end of the file".into(),
        }
    }

    /// An error in the line that was read last.
    pub(crate) fn error(
        &self,
        column: Option<String>,
        expected: String,
        found: String,
    ) -> DataError {
        DataError::Record {
            path: self.lines.path.clone(),
            line: self.lines.number,
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

#[cfg(test)]
mod tests;
