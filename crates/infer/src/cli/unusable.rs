//! What is done with inputs that cannot be used: named on standard error, written to a table, or
//! the end of the job.

use super::choices::OnError;
use super::failure::failure;
use crate::Error;
use crate::input::Unusable;
use crate::output::{Sink, csv_rows, printable};
use base::{inert, with_separators};
use console::{Exit, Failure, Terminal};
use std::borrow::Cow;
use std::path::Path;

/// So many are named on standard error; a million lines help nobody.
const MAX_NAMED: usize = 20;

/// The inputs that could not be used.
pub(super) struct UnusableInputs {
    on_error: OnError,
    terminal: Terminal,
    table: Option<Sink>,
    num: usize,
}

impl UnusableInputs {
    /// None yet. With a file, all are written there as CSV with the columns path and error.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(super) fn new(
        on_error: OnError,
        file: Option<&Path>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let table = file.map(Sink::file).transpose();
        let mut table = table.map_err(failure)?;
        if let Some(table) = &mut table {
            table.write("path,error\n").map_err(failure)?;
        }
        Ok(Self {
            on_error,
            terminal: terminal.clone(),
            table,
            num: 0,
        })
    }

    /// How many there were.
    pub(super) fn num(&self) -> usize {
        self.num
    }

    /// The table, under the name that it has until it is whole.
    pub(super) fn scratch_path(&self) -> Option<&Path> {
        self.table.as_ref()?.scratch_path()
    }

    /// Takes one.
    ///
    /// # Errors
    ///
    /// Where one is one too many, or the table cannot be written.
    pub(super) fn add(&mut self, unusable: &Unusable) -> Result<(), Error> {
        self.num += 1;
        let message = printable(&unusable.to_string());
        if let Some(table) = &mut self.table {
            table.write(csv_rows(
                [[inert(unusable.path()), inert(&message)]].map(|row| row.map(Cow::into_owned)),
            )?)?;
        }
        if self.on_error == OnError::Fail {
            return Err(Error::Unusable(message));
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
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let table = self.table.take();
        table.map_or(Ok(()), |table| table.finish().map(drop).map_err(failure))
    }

    /// Keeps the table of a job that ended early, and says where.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(super) fn keep_partial(&mut self) -> Result<(), Failure> {
        let Some(table) = self.table.take().filter(|_| self.num > 0) else {
            return Ok(());
        };
        if let Some(path) = table.keep_partial(&[]).map_err(failure)? {
            let path = path.display();
            let inputs = "the inputs that could not be used so far";
            self.terminal.warn(&format!("{inputs} are in {path}"));
        }
        Ok(())
    }

    /// The exit code of a job that did the rest, said where it is not 0.
    pub(super) fn conclude(&self) -> Exit {
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
