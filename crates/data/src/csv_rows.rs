//! Lines of a CSV file become rows: a label, where there is one, and 784 pixels.
//!
//! Owns the format. Lines are split here and not by a general reader because a record of numbers
//! never spans lines: so memory stays bounded whatever the file holds, and messages name the true
//! line, with any line ends and blank lines between. Which column is what is `layout`'s.

mod layout;
mod lines;

use std::collections::VecDeque;
use std::path::Path;

use crate::error::DataError;
use crate::record::{Content, Part, Record};
use base::{IMAGE_PIXELS, MAX_CLASSES};
use layout::{Layout, ROWS_LOOKED_AT, Scale};
use lines::Lines;
pub(crate) use lines::{fields, separator};

/// Number of fields of a record with a label.
pub(crate) const NUM_FIELDS: usize = 1 + IMAGE_PIXELS;

/// The rows of a file one by one, in its order, named `FILE#ROW`: as [`read_csv`] takes them, or
/// without labels, as the first lines decide.
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
            rows: Rows::open(path, false)?,
            row: 0,
            is_finished: false,
        })
    }

    /// What was understood in an unusual way, for people.
    pub(crate) fn remarks(&self) -> Vec<String> {
        self.rows.remarks()
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
            Some(Err(DataError::Record { .. })) => self.rows.is_lost(),
            _ => true,
        };
        let name = format!("{}#{}", self.rows.lines.path.display(), self.row);
        self.row += 1;
        Some(item?.map(|(label, pixels)| Record {
            name,
            content: Content::Pixels(Box::new(pixels)),
            label: label.map(i64::from),
            part: Part::Unknown,
        }))
    }
}

/// A label, where there is one, and pixels.
type Row = (Option<u8>, [u8; IMAGE_PIXELS]);

/// The rows of a file.
pub(crate) struct Rows {
    lines: Lines,
    layout: Layout,
    /// Lines that were read to see the layout, with their numbers, and not handed out yet.
    ahead: VecDeque<(u64, Vec<u8>)>,
    /// What ended the looking ahead.
    failure: Option<DataError>,
    /// The number of the line at hand.
    number: u64,
}

impl Rows {
    /// Opens a file and looks at its first lines. With `needs_label`, a row without one is an error.
    pub(crate) fn open(path: &Path, needs_label: bool) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        let mut failure = None;
        while texts.len() <= ROWS_LOOKED_AT {
            match lines.advance() {
                Ok(true) => {
                    numbers.push(lines.number);
                    texts.push(std::mem::take(&mut lines.text));
                }
                Ok(false) => break,
                Err(error @ DataError::Record { .. }) => {
                    failure = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        let layout = Layout::of(&texts, needs_label);
        let mut ahead: VecDeque<_> = numbers.into_iter().zip(texts).collect();
        let mut number = 0;
        if layout.has_header() {
            number = ahead.pop_front().map_or(0, |(number, _)| number);
        }
        Ok(Self {
            lines,
            layout,
            ahead,
            failure,
            number,
        })
    }

    /// What was understood in an unusual way, for people.
    pub(crate) fn remarks(&self) -> Vec<String> {
        self.layout.remarks()
    }

    /// Whether where the next line begins is not known.
    pub(crate) fn is_lost(&self) -> bool {
        self.lines.is_lost && self.ahead.is_empty() && self.failure.is_none()
    }

    /// The label, where rows have one, and the pixels of the next row; `None` at the end.
    pub(crate) fn read_next(&mut self) -> Result<Option<Row>, DataError> {
        if let Some((number, text)) = self.ahead.pop_front() {
            self.number = number;
            return self.parse(&text).map(Some);
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let is_line = self.lines.advance()?;
        self.number = self.lines.number;
        if !is_line {
            return Ok(None);
        }
        self.parse(&self.lines.text).map(Some)
    }

    fn parse(&self, line: &[u8]) -> Result<Row, DataError> {
        let layout = &self.layout;
        let num_fields = fields(line, layout.separator).count();
        if num_fields != layout.num_fields {
            let wanted = layout.num_fields;
            let label = layout.label.map_or("", |_| "a label and ");
            let expected = format!("{wanted} fields ({label}{IMAGE_PIXELS} pixels)");
            return Err(self.error(None, expected, num_fields.to_string()));
        }
        let (mut label, mut pixels) = (None, [0; IMAGE_PIXELS]);
        let mut pixel = pixels.iter_mut();
        for (column, field) in fields(line, layout.separator).enumerate() {
            if Some(column) == layout.label {
                label = Some(parse_label(field).ok_or_else(|| self.bad_field(column, field))?);
            } else if Some(column) != layout.index {
                let value = layout.scale.parse(field);
                let value = value.ok_or_else(|| self.bad_field(column, field))?;
                // There are as many places as fields that are no others.
                if let Some(pixel) = pixel.next() {
                    *pixel = value;
                }
            }
        }
        Ok((label, pixels))
    }

    fn bad_field(&self, column: usize, field: &[u8]) -> DataError {
        let named = match self.layout.header.get(column) {
            Some(name) => format!("{} ({name})", column + 1),
            None => format!("{}", column + 1),
        };
        let expected = if Some(column) == self.layout.label {
            expected_label()
        } else {
            self.layout.scale.expected().to_owned()
        };
        self.error(Some(named), expected, format!("`{}`", shown(field)))
    }

    /// The error of a file without rows.
    pub(crate) fn empty(&self) -> DataError {
        DataError::Record {
            path: self.lines.path.clone(),
            line: self.number + 1,
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
            line: self.number,
            column,
            expected,
            found,
        }
    }
}

/// What a label is, for people.
pub(crate) fn expected_label() -> String {
    format!("a label from 0 to {}", MAX_CLASSES - 1)
}

impl Scale {
    fn expected(self) -> &'static str {
        match self {
            Self::Whole => "a whole number from 0 to 255",
            Self::Bytes => "a number from 0 to 255",
            Self::Unit => "a number from 0 to 1, as in the first rows",
        }
    }

    fn parse(self, field: &[u8]) -> Option<u8> {
        let most = match self {
            Self::Whole => return parse_byte(field),
            Self::Bytes => 255.0,
            Self::Unit => 1.0,
        };
        let value: f64 = std::str::from_utf8(field).ok()?.parse().ok()?;
        let is_in_range = (0.0..=most).contains(&value);
        is_in_range.then(|| (value / most * 255.0).round() as u8)
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

/// A label: a whole number, which spreadsheets may have given a place (`7.0`).
fn parse_label(field: &[u8]) -> Option<u8> {
    let whole = field
        .strip_suffix(b".0")
        .or_else(|| field.strip_suffix(b".00"));
    parse_byte(whole.unwrap_or(field)).filter(|&label| usize::from(label) < MAX_CLASSES)
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
