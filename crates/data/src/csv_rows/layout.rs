//! What the columns of a table of images are: which one is the label, which one numbers the rows, and how its
//! numbers are to be read.
//!
//! Owns the guesses, each from the names in the header or else from the first rows, and says what it passed over.
//! The rows themselves are [`super::Rows`]'.

use super::lines::{fields, separator};
use base::IMAGE_PIXELS;

/// So many rows are looked at before the first is handed out.
pub(super) const ROWS_LOOKED_AT: usize = 16;
/// What the column of labels may be called, in any case.
const LABEL_NAMES: [&str; 6] = ["label", "labels", "class", "target", "digit", "y"];
/// What a column that numbers the rows may be called, in any case; pandas gives it no name.
const INDEX_NAMES: [&str; 5] = ["", "id", "index", "unnamed: 0", "imageid"];
/// Rows that number themselves from 0 or 1 prove it where they pass all digits.
const MIN_NUMBERED: usize = 11;

/// How the numbers of pixels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Whole numbers from 0 to 255.
    Whole,
    /// Numbers with places, from 0 to 255.
    Bytes,
    /// Numbers with places, from 0 to 1.
    Unit,
}

/// What the columns of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) separator: u8,
    pub(super) num_fields: usize,
    pub(super) label: Option<usize>,
    /// The column that numbers the rows.
    pub(super) index: Option<usize>,
    pub(super) scale: Scale,
    /// The names of the columns; empty where there is no header.
    pub(super) header: Vec<String>,
}

impl Layout {
    /// From the first lines of a table. Of a table that fits no layout, the one that an ordinary table has: whoever
    /// reads its rows says what is wrong with them. `needs_label` says that a row of pixels alone is none.
    pub(super) fn of(lines: &[Vec<u8>], needs_label: bool) -> Self {
        let first = lines.first().map_or(&[][..], Vec::as_slice);
        let separator = separator(first);
        let names: Vec<&[u8]> = fields(first, separator).collect();
        let has_header = is_header(&names);
        let rows: Vec<Vec<&[u8]>> = lines
            .iter()
            .skip(usize::from(has_header))
            .map(|line| fields(line, separator).collect())
            .filter(|row: &Vec<&[u8]>| row.len() == names.len())
            .collect();
        let header = if has_header { &names[..] } else { &[] };
        let (label, index) = columns(names.len(), header, &rows);
        let num_others = usize::from(label.is_some()) + usize::from(index.is_some());
        let fits = names.len() == IMAGE_PIXELS + num_others && (label.is_some() || !needs_label);
        let (num_fields, label, index) = if fits {
            (names.len(), label, index)
        } else {
            (1 + IMAGE_PIXELS, Some(0), None)
        };
        let is_pixel = |column: usize| Some(column) != label && Some(column) != index;
        Self {
            separator,
            num_fields,
            label,
            index,
            scale: scale(&rows, is_pixel),
            header: header
                .iter()
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect(),
        }
    }

    /// Whether there is a header.
    pub(super) fn has_header(&self) -> bool {
        !self.header.is_empty()
    }

    /// What was passed over or understood in an unusual way, for people.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(index) = self.index {
            let name = self.header.get(index).filter(|name| !name.is_empty());
            let name = name.map_or(String::new(), |name| format!(" (`{name}`)"));
            let column = index + 1;
            remarks.push(format!(
                "column {column}{name} numbers the rows and is passed over"
            ));
        }
        if let Some(label) = self.label.filter(|&label| label > 0) {
            let name = self.header.get(label);
            let name = name.map_or(String::new(), |name| format!(" (`{name}`)"));
            let column = label + 1;
            remarks.push(format!("column {column}{name} is taken for the label"));
        }
        match self.scale {
            Scale::Whole | Scale::Bytes => {}
            Scale::Unit => remarks.push("pixels are numbers from 0 to 1".into()),
        }
        remarks
    }
}

/// Whether a line is one of names: its first field that holds anything is no number.
fn is_header(names: &[&[u8]]) -> bool {
    let first = names.iter().find(|name| !name.is_empty());
    let first = first.copied().unwrap_or_default();
    number(first).is_none()
}

fn number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The columns of the label and of the rows' numbers.
fn columns(
    num_fields: usize,
    header: &[&[u8]],
    rows: &[Vec<&[u8]>],
) -> (Option<usize>, Option<usize>) {
    let num_others = num_fields.saturating_sub(IMAGE_PIXELS);
    if num_others == 0 || num_others > 2 {
        return (None, None);
    }
    let named = |names: &[&str]| {
        let is_named = |name: &[u8]| {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            names.contains(&name.as_str())
        };
        header.iter().position(|name| is_named(name))
    };
    let (label, index) = (named(&LABEL_NAMES), named(&INDEX_NAMES));
    match (num_others, label, index) {
        (1, Some(label), _) => (Some(label), None),
        (1, None, Some(index)) => (None, Some(index)),
        (1, None, None) if is_numbered(rows, 0) => (None, Some(0)),
        (1, None, None) => (Some(label_of(num_fields, 0, header, rows)), None),
        (_, Some(label), Some(index)) => (Some(label), Some(index)),
        (_, Some(label), None) => {
            let index = (0..num_fields).filter(|&column| column != label);
            let ends = index.filter(|&column| column <= 1 || column + 2 >= num_fields);
            let index = ends.into_iter().find(|&column| is_numbered(rows, column));
            (Some(label), index)
        }
        (_, None, index) => {
            let index = index.or_else(|| is_numbered(rows, 0).then_some(0));
            let first = usize::from(index == Some(0));
            let label = index.map(|_| label_of(num_fields, first, header, rows));
            (label, index)
        }
    }
}

/// The column of labels of a table that does not say: the first one, unless that is like the pixels and the last
/// one is not.
fn label_of(num_fields: usize, first: usize, header: &[&[u8]], rows: &[Vec<&[u8]>]) -> usize {
    let last = num_fields - 1;
    if !header.is_empty() {
        let stem = |column: usize| {
            let name = header[column];
            let end = name.iter().position(u8::is_ascii_digit);
            &name[..end.unwrap_or(name.len())]
        };
        let is_pixel = |column: usize| stem(column) == stem(num_fields / 2);
        return if is_pixel(first) && !is_pixel(last) {
            last
        } else {
            first
        };
    }
    let values = |column: usize| rows.iter().filter_map(move |row| number(row[column]));
    let is_empty = |column: usize| values(column).all(|value| value.abs() < f64::EPSILON);
    let is_class = |column: usize| values(column).all(|value| value.fract() == 0.0 && value < 10.0);
    if is_empty(first) && !is_empty(last) && is_class(last) {
        last
    } else {
        first
    }
}

/// Whether a column counts the rows, from 0 or 1.
fn is_numbered(rows: &[Vec<&[u8]>], column: usize) -> bool {
    let counts_from = |start: usize| {
        rows.iter().enumerate().all(|(place, row)| {
            number(row[column]).is_some_and(|value| (value - (place + start) as f64).abs() < 0.5)
        })
    };
    rows.len() >= MIN_NUMBERED && (counts_from(0) || counts_from(1))
}

/// How the pixels of these rows are written. Whole numbers, unless there are more numbers with places than whole
/// ones above 1: so one slip in a table of whole numbers stays a slip.
fn scale(rows: &[Vec<&[u8]>], is_pixel: impl Fn(usize) -> bool) -> Scale {
    let (mut num_with_places, mut num_whole, mut most) = (0, 0, 0.0_f64);
    for row in rows {
        let pixels = row
            .iter()
            .enumerate()
            .filter(|(column, _)| is_pixel(*column));
        for (_, field) in pixels {
            let Some(value) = number(field) else { continue };
            most = most.max(value);
            if field.iter().all(u8::is_ascii_digit) {
                num_whole += usize::from(value > 1.0);
            } else {
                num_with_places += 1;
            }
        }
    }
    match (num_with_places > num_whole, most > 1.0) {
        (false, _) => Scale::Whole,
        (true, true) => Scale::Bytes,
        (true, false) => Scale::Unit,
    }
}
