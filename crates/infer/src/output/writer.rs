//! Answers in a format, one batch after the other. Owns how a format begins, goes on and ends, also
//! before its time.

use super::answer::{Answer, Note, Rows, Style, telling_names};
use super::format::Format;
use super::sink::{Kept, Sink, Written};
use super::table::Table;
use super::text::csv_rows;
use crate::error::Error;
use base::with_separators;
use std::fmt::Write as _;
use std::marker::PhantomData;
use std::path::Path;

/// The header of [`Format::Kaggle`].
const KAGGLE_HEADER: &str = "ImageId,Label\n";

/// Writes answers in a format.
pub struct Output<'a, A> {
    sink: Sink,
    format: Format,
    style: Style<'a>,
    num_answers: usize,
    /// Whether an object of JSON was written.
    has_begun: bool,
    num_without_ink: usize,
    num_unsure: usize,
    num_several: usize,
    num_crowded: usize,
    num_of_other_length: usize,
    num_with_others: usize,
    /// For Parquet.
    table: Option<Table>,
    /// Answers that are in the sink as a whole, and row groups of Parquet.
    num_whole: usize,
    num_whole_groups: usize,
    answers: PhantomData<A>,
}

impl<'a, A: Answer> Output<'a, A> {
    /// Writes answers of `top_k` classes to `sink`, in such rows or the usual ones; `names` are the classes'.
    ///
    /// # Errors
    ///
    /// Where the format cannot be begun.
    pub fn new(
        sink: Sink,
        format: Format,
        top_k: usize,
        rows: Option<Rows>,
        names: &'a [String],
    ) -> Result<Self, Error> {
        let usual = match format {
            Format::Csv | Format::Parquet => A::USUAL_ROWS,
            Format::Text | Format::Json | Format::Jsonl | Format::Kaggle => Rows::Picture,
        };
        let style = Style {
            names: telling_names(names),
            num_ranks: top_k,
            rows: rows.unwrap_or(usual),
        };
        let table = (format == Format::Parquet).then(|| Table::new(&A::columns(&style)));
        Ok(Self {
            sink,
            format,
            table: table.transpose()?,
            style,
            num_answers: 0,
            has_begun: false,
            num_whole: 0,
            num_whole_groups: 0,
            num_without_ink: 0,
            num_unsure: 0,
            num_several: 0,
            num_crowded: 0,
            num_of_other_length: 0,
            num_with_others: 0,
            answers: PhantomData,
        })
    }

    /// Writes some answers; false where nobody reads them any more.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&mut self, answers: &[A]) -> Result<bool, Error> {
        let style = self.style;
        let style = &style;
        let bytes = match (self.format, &mut self.table) {
            (Format::Parquet, Some(table)) => {
                let rows = answers.iter().flat_map(|answer| answer.rows(style));
                table.add(rows)?
            }
            (Format::Csv, _) => self.csv(answers)?,
            (Format::Kaggle, _) => self.kaggle(answers)?,
            (Format::Json | Format::Jsonl, _) => {
                let objects = answers.iter().map(|answer| answer.json(style));
                let objects: Result<Vec<Vec<String>>, _> = objects.collect();
                let objects = objects.map_err(|error| Error::Format(error.to_string()))?;
                self.json(&objects.concat())
            }
            _ => answers
                .iter()
                .map(|answer| answer.text(style))
                .collect::<String>()
                .into_bytes(),
        };
        let is_read = self.sink.write(bytes)?;
        self.count(answers);
        Ok(is_read)
    }

    /// Counts answers that were written.
    fn count(&mut self, answers: &[A]) {
        for answer in answers {
            match answer.note() {
                Some(Note::NoInk) => self.num_without_ink += 1,
                Some(Note::LowConfidence) => self.num_unsure += 1,
                Some(Note::SeveralDigits) => self.num_several += 1,
                Some(Note::TooManyMarks) => self.num_crowded += 1,
                Some(Note::OtherLength) => self.num_of_other_length += 1,
                Some(Note::OtherMarks) => self.num_with_others += 1,
                None => {}
            }
        }
        self.num_answers += answers.len();
        match &self.table {
            None => self.num_whole = self.num_answers,
            Some(table) if table.num_groups() > self.num_whole_groups => {
                self.num_whole_groups = table.num_groups();
                self.num_whole = self.num_answers;
            }
            Some(_) => {}
        }
    }

    /// What all answers have in common.
    #[must_use]
    pub fn style(&self) -> &Style<'a> {
        &self.style
    }

    /// The file that is being written, under the name that it has until it is whole.
    #[must_use]
    pub fn scratch_path(&self) -> Option<&Path> {
        self.sink.scratch_path()
    }

    /// How many answers are to be known of, and why, to be added to a line: nothing where all are plain labels.
    #[must_use]
    pub fn remarks(&self) -> String {
        let mut text = String::new();
        for (num, note) in [
            (self.num_without_ink, Note::NoInk),
            (self.num_unsure, Note::LowConfidence),
            (self.num_several, Note::SeveralDigits),
            (self.num_crowded, Note::TooManyMarks),
            (self.num_of_other_length, Note::OtherLength),
            (self.num_with_others, Note::OtherMarks),
        ] {
            let (shown, name) = (with_separators(num), note.name());
            let _ = match (num, note.withholds_label()) {
                (0, _) => Ok(()),
                (_, true) => write!(text, "; no label for {shown} ({name})"),
                (_, false) => write!(text, "; {name} on {shown}"),
            };
        }
        text
    }

    /// Ends the format; with `keep`, the file appears, else what was there before stays. Says what is in the file, where
    /// the sink was asked for that.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn finish(mut self, keep: bool) -> Result<Option<Written>, Error> {
        let end = self.end()?;
        self.sink.write(end)?;
        if keep { self.sink.finish() } else { Ok(None) }
    }

    /// Ends the format where the job ended early: the answers that are whole are kept under a name that says
    /// that they are not all. `None` where there is no file, or no answer for one.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn keep_partial(mut self) -> Result<Option<Kept>, Error> {
        let is_broken = self.sink.is_broken();
        let is_file = self.sink.scratch_path().is_some();
        if is_broken {
            // What is in memory of a table is lost with the rows that could not be written.
            self.num_answers = self.num_whole;
        }
        if is_file && self.num_answers == 0 {
            return Ok(None);
        }
        let end = match self.table.take() {
            Some(table) if is_broken => table.finish_early(self.num_whole_groups)?,
            table => {
                self.table = table;
                self.end()?
            }
        };
        if !is_file {
            self.sink.write(end)?;
            return Ok(None);
        }
        let num_answers = self.num_answers;
        let path = self.sink.keep_partial(&end)?;
        Ok(path.map(|path| Kept { path, num_answers }))
    }

    /// The last bytes of the format.
    fn end(&mut self) -> Result<Vec<u8>, Error> {
        Ok(match (self.format, self.table.take()) {
            (_, Some(table)) => table.finish()?,
            (Format::Json, _) if self.num_answers == 0 => b"[]\n".to_vec(),
            (Format::Json, _) => b"\n]\n".to_vec(),
            (Format::Kaggle, _) if self.num_answers == 0 => KAGGLE_HEADER.into(),
            _ => Vec::new(),
        })
    }

    fn json(&mut self, objects: &[String]) -> Vec<u8> {
        let mut text = String::new();
        for object in objects {
            let _ = match self.format {
                Format::Json if !self.has_begun => write!(text, "[\n  {object}"),
                Format::Json => write!(text, ",\n  {object}"),
                _ => writeln!(text, "{object}"),
            };
            self.has_begun = true;
        }
        text.into_bytes()
    }

    fn csv(&self, answers: &[A]) -> Result<Vec<u8>, Error> {
        let style = &self.style;
        let is_first = self.num_answers == 0 && !answers.is_empty();
        let header = is_first.then(|| {
            let names = A::columns(style).into_iter();
            names.map(|column| column.name.into_owned()).collect()
        });
        let rows = answers.iter().flat_map(|answer| answer.rows(style));
        let rows = rows.map(|row| {
            row.iter()
                .map(|cell| cell.to_field().into_owned())
                .collect()
        });
        csv_rows(header.into_iter().chain(rows).map(|row: Vec<String>| row))
    }

    fn kaggle(&self, answers: &[A]) -> Result<Vec<u8>, Error> {
        let mut text = String::new();
        if self.num_answers == 0 {
            text.push_str(KAGGLE_HEADER);
        }
        for answer in answers {
            let Some((number, class)) = answer.numbered_class() else {
                return Err(Error::Internal("an answer without a class"));
            };
            let _ = writeln!(text, "{number},{class}");
        }
        Ok(text.into_bytes())
    }
}

#[cfg(test)]
mod tests;
