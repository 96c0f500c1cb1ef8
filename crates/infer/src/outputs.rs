//! Rows of results as text, JSON, JSON Lines or CSV. Owns the formats; where they go is `sink`'s.

use crate::sink::Sink;
use clap::ValueEnum;
use console::Failure;
use data::digit_names;
use serde::Serialize;
use std::fmt::Write as _;

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
}

/// Writes rows in a format.
pub(crate) struct Output<'a> {
    sink: Sink,
    format: Format,
    /// Names of the classes, where they are more than the digits.
    names: Option<&'a [String]>,
    num_rows: usize,
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
    /// Writes to `sink`; `names` are the classes'.
    pub(crate) fn new(sink: Sink, format: Format, names: &'a [String]) -> Self {
        let names = (names != digit_names()).then_some(names);
        Self {
            sink,
            format,
            names,
            num_rows: 0,
        }
    }

    /// Writes some rows; false where nobody reads them any more.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn write(&mut self, rows: &[Row]) -> Result<bool, Failure> {
        let text = match self.format {
            Format::Text => rows.iter().map(|row| self.text(row)).collect(),
            Format::Csv => self.csv(rows).map_err(Failure::new)?,
            Format::Json | Format::Jsonl => self.json(rows).map_err(Failure::new)?,
        };
        self.num_rows += rows.len();
        self.sink.write(&text)
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
        if keep { self.sink.finish() } else { Ok(()) }
    }

    fn name(&self, label: usize) -> Option<&'a str> {
        self.names?.get(label).map(String::as_str)
    }

    /// `seven.png: 7 (98.12 %), 1 (1.20 %)`
    fn text(&self, row: &Row) -> String {
        let classes = row.ranked.iter().map(|&(label, probability)| {
            let name = self
                .name(label)
                .map(|name| format!(" {name}"))
                .unwrap_or_default();
            format!("{label}{name} ({:.2} %)", 100.0 * probability)
        });
        format!("{}: {}\n", row.path, classes.collect::<Vec<_>>().join(", "))
    }

    fn json(&self, rows: &[Row]) -> serde_json::Result<String> {
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
        Ok(text)
    }

    fn json_class(&self, (label, probability): (usize, f64)) -> JsonClass<'a> {
        JsonClass {
            label,
            class: self.name(label),
            probability: probability as f32,
        }
    }

    fn csv(&self, rows: &[Row]) -> csv::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if let Some(row) = rows.first().filter(|_| self.num_rows == 0) {
            writer.write_record(self.csv_header(row.ranked.len()))?;
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
        let bytes = writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn csv_header(&self, num_classes: usize) -> Vec<String> {
        let mut header = vec!["path".to_owned()];
        for rank in 1..=num_classes {
            let suffix = if rank == 1 {
                String::new()
            } else {
                format!("_{rank}")
            };
            header.push(format!("label{suffix}"));
            if self.names.is_some() {
                header.push(format!("class{suffix}"));
            }
            header.push(format!("probability{suffix}"));
        }
        header
    }
}

#[cfg(test)]
mod tests;
