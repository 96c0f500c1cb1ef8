//! Tables of labels: a line for each picture, with its name and what it shows.
//!
//! Owns the layout (which column is what, with a header or without, whatever stands between fields) and how a name is
//! found in a table. What a label means is its user's.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use crate::csv_rows::separator;
use crate::decode::has_picture_name;
use base::files::{BoundedLines, open_file};

/// What the column of the pictures' names may be called, in any case, the surest name first; `infer predict` writes
/// `path`.
const FILE_COLUMNS: [&str; 14] = [
    "file",
    "path",
    "filename",
    "file_name",
    "filepath",
    "image_path",
    "image",
    "img",
    "picture",
    "image_name",
    "image_id",
    "imageid",
    "id",
    "name",
];
const LABEL_COLUMNS: [&str; 8] = [
    "label", "labels", "class", "target", "digit", "classid", "class_id", "text",
];
/// The longest line, in bytes.
const MAX_LINE_BYTES: usize = 1 << 16;
/// The most rows.
const MAX_ROWS: usize = 10_000_000;
/// What is set aside to read a line in.
const LINE_BUFFER_BYTES: usize = 256;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// The line of the file, from 1.
    pub line: u64,
    /// The picture's name as the table has it, without `./`.
    pub name: Box<str>,
    /// What it shows, as the table has it.
    pub label: Box<str>,
}

/// A table of labels.
#[derive(Debug)]
pub struct LabelTable {
    path: PathBuf,
    rows: Vec<LabelRow>,
    /// The number of the row of a name.
    by_name: HashMap<Box<str>, usize>,
    /// The number of the row of the last part of a name, and of that without its ending; `None` where rows with
    /// different labels share it.
    by_last_part: HashMap<Box<str>, Option<usize>>,
}

/// Which column is what.
struct Columns {
    file: usize,
    label: usize,
    has_header: bool,
}

impl LabelTable {
    /// Reads a table.
    ///
    /// # Errors
    /// Says what is wrong with it, and in which line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let file = open_file(path).map_err(|error| error.to_string())?;
        let lines = BufReader::new(BoundedLines::new(file, MAX_LINE_BYTES)).split(b'\n');
        let mut rows = Vec::new();
        let mut layout: Option<(u8, Columns)> = None;
        for (number, line) in (1..).zip(lines) {
            let text = line.map_err(|error| error.to_string())?;
            let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
            if text.trim_ascii().is_empty() {
                continue;
            }
            if layout.is_none() {
                let separator = separator(text);
                let columns = Columns::of(&fields(text, separator, number)?)?;
                let has_header = columns.has_header;
                layout = Some((separator, columns));
                if has_header {
                    continue;
                }
            }
            let Some((separator, columns)) = &layout else {
                continue;
            };
            if rows.len() == MAX_ROWS {
                return Err(format!("expected at most {MAX_ROWS} rows, found more"));
            }
            rows.push(row(&fields(text, *separator, number)?, columns, number)?);
        }
        if layout.is_none() {
            return Err("expected the columns file and label, found nothing".into());
        }
        Self::of_rows(path, rows)
    }

    fn of_rows(path: &Path, rows: Vec<LabelRow>) -> Result<Self, String> {
        let mut by_name: HashMap<Box<str>, usize> = HashMap::new();
        let mut by_last_part: HashMap<Box<str>, Option<usize>> = HashMap::new();
        for (number, row) in rows.iter().enumerate() {
            let before = by_name.insert(row.name.clone(), number);
            if before.is_some_and(|before| rows[before].label != row.label) {
                return Err(format!("line {}: `{}` has two labels", row.line, row.name));
            }
            for part in last_parts(&row.name) {
                let entry = by_last_part.entry(part.into()).or_insert(Some(number));
                if entry.is_some_and(|before| rows[before].label != row.label) {
                    *entry = None;
                }
            }
        }
        Ok(Self {
            path: path.into(),
            rows,
            by_name,
            by_last_part,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All rows, in their order.
    #[must_use]
    pub fn rows(&self) -> &[LabelRow] {
        &self.rows
    }

    /// The number of the row of a picture (`FILE`, `FILE#INDEX` or `FILE#MEMBER`): by the whole name, by its part
    /// below the folder of the table, by the name inside its file of many, or by the last part, with or without
    /// its ending, where the folders of both names agree: the first of these that is there.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let below = self.path.parent().and_then(|folder| {
            let rest = Path::new(name).strip_prefix(folder).ok()?;
            rest.to_str()
        });
        let inside = name.split_once('#').map(|(_, member)| member);
        let names = [Some(name.trim_start_matches("./")), below, inside];
        let mut found = names
            .iter()
            .flatten()
            .map(|name| self.by_name.get(*name).copied());
        found.find_map(|row| row).or_else(|| {
            let parts = last_parts(name);
            let rows = parts
                .iter()
                .map(|part| self.by_last_part.get(*part).copied().flatten());
            rows.flatten().find(|&row| {
                let names = names.iter().flatten();
                names
                    .into_iter()
                    .any(|name| folders_agree(name, &self.rows[row].name))
            })
        })
    }
}

/// Whether the folders of two names are the same, as far as both have some.
fn folders_agree(left: &str, right: &str) -> bool {
    let folders = |name: &str| -> Vec<String> {
        let parts = name.rsplit(['/', '\\', '#']).skip(1);
        parts.map(str::to_owned).collect()
    };
    folders(left)
        .iter()
        .zip(&folders(right))
        .all(|(left, right)| left == right)
}

/// The last part of a name, and that without the ending of a picture.
fn last_parts(name: &str) -> Vec<&str> {
    let last = name.rsplit(['/', '\\', '#']).next().unwrap_or(name);
    let mut parts = vec![last];
    if has_picture_name(last)
        && let Some((stem, _)) = last.rsplit_once('.')
    {
        parts.push(stem);
    }
    parts
}

/// The fields of a line. Line by line, so that a quote that is left open takes no more than its line.
fn fields(line: &[u8], separator: u8, number: u64) -> Result<csv::StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(separator)
        .has_headers(false)
        .buffer_capacity(LINE_BUFFER_BYTES)
        .from_reader(line);
    let mut record = csv::StringRecord::new();
    let read = reader.read_record(&mut record);
    read.map_err(|_| format!("line {number}: not Unicode (UTF-8)"))?;
    Ok(record)
}

fn row(record: &csv::StringRecord, columns: &Columns, line: u64) -> Result<LabelRow, String> {
    let field = |column: usize| {
        let found = record.len();
        let expected = columns.file.max(columns.label) + 1;
        let field = record.get(column);
        field.ok_or_else(|| {
            format!("line {line}: expected at least {expected} fields, found {found}")
        })
    };
    Ok(LabelRow {
        line,
        name: field(columns.file)?.trim_start_matches("./").into(),
        label: field(columns.label)?.into(),
    })
}

impl Columns {
    /// From the first record: a header, or two columns of which one holds the name of a picture.
    fn of(first: &csv::StringRecord) -> Result<Self, String> {
        let column = |names: &[&str]| {
            let mut names = names.iter();
            names.find_map(|name| {
                first
                    .iter()
                    .position(|field| field.eq_ignore_ascii_case(name))
            })
        };
        if let (Some(file), Some(label)) = (column(&FILE_COLUMNS), column(&LABEL_COLUMNS)) {
            return Ok(Self {
                file,
                label,
                has_header: true,
            });
        }
        let is_pictures = |column: usize| first.get(column).is_some_and(has_picture_name);
        match (first.len(), is_pictures(0), is_pictures(1)) {
            (2, true, false) => Ok(Self {
                file: 0,
                label: 1,
                has_header: false,
            }),
            (2, false, true) => Ok(Self {
                file: 1,
                label: 0,
                has_header: false,
            }),
            _ => {
                let found: Vec<&str> = first.iter().take(12).collect();
                let found = found.join(", ");
                Err(format!(
                    "line 1: expected the columns file and label, found {found}"
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests;
