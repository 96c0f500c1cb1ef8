//! Rows of results as text, JSON, JSON Lines, CSV or Parquet. Owns the formats; where they go is
//! `sink`'s.

mod table;

use crate::failures::printable;
use crate::sink::Sink;
use clap::ValueEnum;
use console::Failure;
use data::digit_names;
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

/// The classes of one picture, most probable first; at least one.
pub(crate) struct Row {
    path: String,
    ranked: Vec<(usize, f64)>,
}

impl Row {
    /// The `top_k` most probable classes; of equally probable ones, the first.
    pub(crate) fn new(path: &str, probabilities: &[f64], top_k: usize) -> Self {
        let mut ranked: Vec<(usize, f64)> = probabilities.iter().copied().enumerate().collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1));
        ranked.truncate(top_k.max(1));
        Self {
            path: path.to_owned(),
            ranked,
        }
    }

    /// The classes with their probabilities, for people: `7 (98.12 %), 1 (1.20 %)`.
    pub(crate) fn classes_text(&self, names: Option<&[String]>) -> String {
        let classes = self.ranked.iter().map(|&(label, probability)| {
            let name = names.and_then(|names| names.get(label));
            let name = name.map(|name| format!(" {name}")).unwrap_or_default();
            format!("{label}{name} ({:.2} %)", 100.0 * probability)
        });
        classes.collect::<Vec<_>>().join(", ")
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
    num_rows: usize,
    /// For Parquet.
    table: Option<Table>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    path: &'a str,
    #[serde(flatten)]
    best: JsonClass<'a>,
    top: Vec<JsonClass<'a>>,
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
            num_rows: 0,
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
        format!(
            "{}: {}\n",
            printable(&row.path),
            row.classes_text(self.names)
        )
    }

    fn json(&self, rows: &[Row]) -> serde_json::Result<Vec<u8>> {
        let mut text = String::new();
        for (index, row) in rows.iter().enumerate() {
            let classes = || row.ranked.iter().map(|&class| self.json_class(class));
            let best = self.json_class(row.ranked.first().copied().unwrap_or_default());
            let row = JsonRow {
                path: &row.path,
                best,
                top: classes().collect(),
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
        if let Some(row) = rows.first().filter(|_| self.num_rows == 0) {
            writer.write_record(column_names(row.ranked.len(), self.names.is_some()))?;
        }
        for row in rows {
            writer.write_field(&row.path)?;
            for &(label, probability) in &row.ranked {
                writer.write_field(label.to_string())?;
                if let Some(name) = self.name(label) {
                    writer.write_field(name)?;
                }
                writer.write_field((probability as f32).to_string())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        let bytes = writer.into_inner();
        bytes.map_err(|error| csv::Error::from(error.into_error()))
    }
}

#[cfg(test)]
mod tests;
