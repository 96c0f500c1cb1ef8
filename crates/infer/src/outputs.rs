//! Rows of results as text, JSON, JSON Lines, CSV or Parquet. Owns the formats; where they go is
//! `sink`'s.

mod cell;
mod number;
mod row;
mod table;

use crate::sink::Sink;
use base::with_separators;
use cell::{Cell, Column, Kind};
use clap::ValueEnum;
use console::Failure;
use data::digit_names;
pub(crate) use number::Numbers;
pub(crate) use row::{Note, Row};
use std::fmt::Write as _;
use std::marker::PhantomData;
use std::path::Path;
use table::Table;

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

/// What all rows of a job have in common.
pub(crate) struct Style<'a> {
    /// Names of the classes, where they are more than the digits.
    names: Option<&'a [String]>,
    num_ranks: usize,
}

impl<'a> Style<'a> {
    fn name(&self, label: usize) -> Option<&'a str> {
        self.names?.get(label).map(String::as_str)
    }
}

/// What is said of one picture, in every format.
pub(crate) trait Answer {
    /// Of CSV and Parquet.
    fn columns(style: &Style<'_>) -> Vec<Column>;

    /// Cells for these columns; more than one row where there is more to say.
    fn rows(&self, style: &Style<'_>) -> Vec<Vec<Cell<'_>>>;

    /// An object in one line.
    fn json(&self, style: &Style<'_>) -> serde_json::Result<String>;

    /// For people, with the end of the line.
    fn text(&self, style: &Style<'_>) -> String;

    /// Why there is no label.
    fn note(&self) -> Option<Note>;
}

/// Writes answers in a format.
pub(crate) struct Output<'a, A> {
    sink: Sink,
    format: Format,
    style: Style<'a>,
    num_answers: usize,
    num_without_ink: usize,
    num_unsure: usize,
    /// For Parquet.
    table: Option<Table>,
    answers: PhantomData<A>,
}

impl<'a, A: Answer> Output<'a, A> {
    /// Writes answers of `top_k` classes to `sink`; `names` are the classes'.
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
        let style = Style {
            names: telling_names(names),
            num_ranks: top_k,
        };
        let table = (format == Format::Parquet).then(|| Table::new(&A::columns(&style)));
        Ok(Self {
            sink,
            format,
            table: table.transpose()?,
            style,
            num_answers: 0,
            num_without_ink: 0,
            num_unsure: 0,
            answers: PhantomData,
        })
    }

    /// Writes some answers; false where nobody reads them any more.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn write(&mut self, answers: &[A]) -> Result<bool, Failure> {
        for answer in answers {
            match answer.note() {
                Some(Note::NoInk) => self.num_without_ink += 1,
                Some(Note::LowConfidence) => self.num_unsure += 1,
                None => {}
            }
        }
        let style = &self.style;
        let bytes = match (self.format, &mut self.table) {
            (Format::Parquet, Some(table)) => {
                let rows = answers.iter().flat_map(|answer| answer.rows(style));
                table.add(rows)?
            }
            (Format::Csv, _) => self.csv(answers).map_err(Failure::new)?,
            (Format::Json | Format::Jsonl, _) => self.json(answers).map_err(Failure::new)?,
            _ => answers
                .iter()
                .map(|answer| answer.text(style))
                .collect::<String>()
                .into_bytes(),
        };
        self.num_answers += answers.len();
        self.sink.write(bytes)
    }

    /// How many pictures have no label, and why, to be added to a line: nothing where all have one.
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
            let end = if self.num_answers == 0 {
                "[]\n"
            } else {
                "\n]\n"
            };
            self.sink.write(end)?;
        }
        if let Some(table) = self.table.take() {
            self.sink.write(table.finish()?)?;
        }
        if keep { self.sink.finish() } else { Ok(()) }
    }

    fn json(&self, answers: &[A]) -> serde_json::Result<Vec<u8>> {
        let mut text = String::new();
        for (index, answer) in answers.iter().enumerate() {
            let row = answer.json(&self.style)?;
            let _ = match self.format {
                Format::Json if self.num_answers + index == 0 => write!(text, "[\n  {row}"),
                Format::Json => write!(text, ",\n  {row}"),
                _ => writeln!(text, "{row}"),
            };
        }
        Ok(text.into_bytes())
    }

    fn csv(&self, answers: &[A]) -> csv::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if self.num_answers == 0 && !answers.is_empty() {
            let columns = A::columns(&self.style);
            writer.write_record(columns.iter().map(|column| column.name.as_bytes()))?;
        }
        for row in answers.iter().flat_map(|answer| answer.rows(&self.style)) {
            writer.write_record(row.iter().map(|cell| cell.to_field().into_owned()))?;
        }
        let bytes = writer.into_inner();
        bytes.map_err(|error| csv::Error::from(error.into_error()))
    }
}

#[cfg(test)]
mod tests;
