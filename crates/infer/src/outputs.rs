//! Rows of results as text, JSON, JSON Lines, CSV or Parquet. Owns the formats; where they go is
//! `sink`'s.

mod row;
mod table;

use crate::failures::printable;
use crate::sink::Sink;
use clap::ValueEnum;
use console::Failure;
use data::digit_names;
use model::with_separators;
use row::Note;
pub(crate) use row::Row;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use table::{Table, column_names};

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: a line a picture
    #[default]
    Text,
    /// One JSON array
    Json,
    /// A JSON object a line
    Jsonl,
    /// A header and a line a picture
    Csv,
    /// The columns of CSV, typed and packed
    Parquet,
}

impl Format {
    /// The one that the end of the file's name stands for, else text.
    pub(crate) fn of_file(file: Option<&Path>) -> Self {
        let extension = file.and_then(Path::extension).unwrap_or_default();
        match extension.to_string_lossy().to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            _ => Self::Text,
        }
    }
}

/// The names of the classes, where they are more than the digits.
pub(crate) fn telling_names(names: &[String]) -> Option<&[String]> {
    (names != digit_names()).then_some(names)
}

/// Writes rows in a format.
pub(crate) struct Output<'a> {
    sink: Sink,
    format: Format,
    /// Names of the classes, where they are more than the digits.
    names: Option<&'a [String]>,
    num_ranks: usize,
    num_rows: usize,
    num_without_ink: usize,
    num_unsure: usize,
    /// For Parquet.
    table: Option<Table>,
}

/// Every row has the same keys, so that whoever reads a few of them knows the types of all.
#[derive(Serialize)]
struct JsonRow<'a> {
    path: &'a str,
    label: Option<usize>,
    /// Left out, or null.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Option<&'a str>>,
    probability: Option<f32>,
    top: Vec<JsonClass<'a>>,
    note: Option<&'static str>,
}

/// Probabilities are as precise as the network's own numbers.
#[derive(Serialize)]
struct JsonClass<'a> {
    label: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    probability: f32,
}

impl<'a> Output<'a> {
    /// Writes rows of `top_k` classes to `sink`; `names` are the classes'.
    ///
    /// # Errors
    ///
    /// Where the format cannot be begun.
    pub(crate) fn new(
        sink: Sink,
        format: Format,
        top_k: usize,
        names: &'a [String],
    ) -> Result<Self, Failure> {
        let names = telling_names(names);
        let table = (format == Format::Parquet).then(|| Table::new(top_k, names));
        Ok(Self {
            sink,
            format,
            names,
            num_ranks: top_k,
            num_rows: 0,
            num_without_ink: 0,
            num_unsure: 0,
            table: table.transpose()?,
        })
    }

    /// Writes some rows; false where nobody reads them any more.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn write(&mut self, rows: Vec<Row>) -> Result<bool, Failure> {
        let num_rows = rows.len();
        for row in &rows {
            match row.note {
                Some(Note::NoInk) => self.num_without_ink += 1,
                Some(Note::LowConfidence) => self.num_unsure += 1,
                None => {}
            }
        }
        let bytes = match (self.format, &mut self.table) {
            (Format::Parquet, Some(table)) => table.add(rows)?,
            (Format::Csv, _) => self.csv(&rows).map_err(Failure::new)?,
            (Format::Json | Format::Jsonl, _) => self.json(&rows).map_err(Failure::new)?,
            _ => rows
                .iter()
                .map(|row| self.text(row))
                .collect::<String>()
                .into_bytes(),
        };
        self.num_rows += num_rows;
        self.sink.write(bytes)
    }

    /// How many rows have no label, and why, to be added to a line: nothing where all have one.
    pub(crate) fn unlabelled(&self) -> String {
        let some = |num: usize, note: Note| {
            let text = format!("; no label for {} ({})", with_separators(num), note.name());
            if num > 0 { text } else { String::new() }
        };
        some(self.num_without_ink, Note::NoInk) + &some(self.num_unsure, Note::LowConfidence)
    }

    /// Ends the format; with `keep`, the file appears, else what was there before stays.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn finish(mut self, keep: bool) -> Result<(), Failure> {
        if self.format == Format::Json {
            self.sink
                .write(if self.num_rows == 0 { "[]\n" } else { "\n]\n" })?;
        }
        if let Some(table) = self.table.take() {
            self.sink.write(table.finish()?)?;
        }
        if keep { self.sink.finish() } else { Ok(()) }
    }

    fn name(&self, label: usize) -> Option<&'a str> {
        self.names?.get(label).map(String::as_str)
    }

    /// `seven.png: 7 (98.12 %), 1 (1.20 %)`
    fn text(&self, row: &Row) -> String {
        let path = printable(&row.path);
        let classes = row.classes_text(self.names);
        match row.note {
            None => format!("{path}: {classes}\n"),
            Some(note) if classes.is_empty() => format!("{path}: none, {}\n", note.name()),
            Some(note) => format!("{path}: none, {}: {classes}\n", note.name()),
        }
    }

    fn json(&self, rows: &[Row]) -> serde_json::Result<Vec<u8>> {
        let mut text = String::new();
        for (index, row) in rows.iter().enumerate() {
            let (label, probability) = row.at(0);
            let top = row.ranked.iter().map(|&class| self.json_class(class));
            let row = JsonRow {
                path: &row.path,
                label,
                class: self.names.map(|_| label.and_then(|label| self.name(label))),
                probability: probability.map(|probability| probability as f32),
                top: top.collect(),
                note: row.note.map(Note::name),
            };
            let row = serde_json::to_string(&row)?;
            let _ = match self.format {
                Format::Json if self.num_rows + index == 0 => write!(text, "[\n  {row}"),
                Format::Json => write!(text, ",\n  {row}"),
                _ => writeln!(text, "{row}"),
            };
        }
        Ok(text.into_bytes())
    }

    fn json_class(&self, (label, probability): (usize, f64)) -> JsonClass<'a> {
        JsonClass {
            label,
            class: self.name(label),
            probability: probability as f32,
        }
    }

    fn csv(&self, rows: &[Row]) -> csv::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if self.num_rows == 0 && !rows.is_empty() {
            writer.write_record(column_names(self.num_ranks, self.names.is_some()))?;
        }
        for row in rows {
            writer.write_field(&row.path)?;
            for rank in 0..self.num_ranks {
                let (label, probability) = row.at(rank);
                writer.write_field(label.map_or_else(String::new, |label| label.to_string()))?;
                if self.names.is_some() {
                    writer.write_field(label.and_then(|label| self.name(label)).unwrap_or(""))?;
                }
                let probability = probability.map(|probability| (probability as f32).to_string());
                writer.write_field(probability.unwrap_or_default())?;
            }
            writer.write_field(row.note.map_or("", Note::name))?;
            writer.write_record(None::<&[u8]>)?;
        }
        let bytes = writer.into_inner();
        bytes.map_err(|error| csv::Error::from(error.into_error()))
    }
}

#[cfg(test)]
mod tests;
