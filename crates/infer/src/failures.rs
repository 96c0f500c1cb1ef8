//! What is done with inputs that cannot be used: named on standard error, written to a table, or
//! the end of the job.

use crate::input::Failed;
use crate::sink::Sink;
use base::with_separators;
use clap::ValueEnum;
use console::{Exit, Failure, Terminal};
use std::path::PathBuf;

/// So many are named on standard error; a million lines help nobody.
const MAX_NAMED: usize = 20;

/// What an input that cannot be used does to the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// It is named and passed over; the exit code is 3
    #[default]
    Skip,
    /// It ends the job; the exit code is 1, and no file is written
    Fail,
}

/// The inputs that could not be used.
pub(crate) struct Failures {
    on_error: OnError,
    terminal: Terminal,
    table: Option<Sink>,
    num: usize,
}

impl Failures {
    /// None yet. With a file, all are written there as CSV with the columns path and error.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(crate) fn new(
        on_error: OnError,
        file: Option<PathBuf>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let mut table = match file {
            None => None,
            Some(file) => Some(Sink::open(Some(file))?),
        };
        if let Some(table) = &mut table {
            table.write("path,error\n")?;
        }
        Ok(Self {
            on_error,
            terminal: terminal.clone(),
            table,
            num: 0,
        })
    }

    /// How many there were.
    pub(crate) fn num(&self) -> usize {
        self.num
    }

    /// Takes one.
    ///
    /// # Errors
    ///
    /// Where one is one too many, or the table cannot be written.
    pub(crate) fn add(&mut self, failed: &Failed) -> Result<(), Failure> {
        self.num += 1;
        let message = printable(&failed.to_string());
        if let Some(table) = &mut self.table {
            let row = csv_row(&[&failed.path, &message]).map_err(Failure::new)?;
            table.write(row)?;
        }
        if self.on_error == OnError::Fail {
            let hint = "`--on-error skip` passes over what cannot be used";
            return Err(Failure::new(message).with_hint(Some(hint)));
        }
        if self.num <= MAX_NAMED {
            self.terminal.warn(&message);
        }
        if self.num == MAX_NAMED {
            self.terminal
                .warn("further ones are only counted; `--errors FILE` names them all");
        }
        Ok(())
    }

    /// Puts the table in its place.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.table.take().map_or(Ok(()), Sink::finish)
    }

    /// The exit code of a job that did the rest, said where it is not 0.
    pub(crate) fn conclude(&self) -> Exit {
        if self.num == 0 {
            return Exit::Done;
        }
        let inputs = if self.num == 1 { "input" } else { "inputs" };
        let num = with_separators(self.num);
        self.terminal
            .warn(&format!("{num} {inputs} could not be used"));
        Exit::SomeInputsFailed
    }
}

/// In one line, and without what a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn csv_row(fields: &[&str]) -> csv::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(fields)?;
    let bytes = writer.into_inner();
    bytes.map_err(|error| csv::Error::from(error.into_error()))
}
