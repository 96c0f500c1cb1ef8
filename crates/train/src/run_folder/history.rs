//! The history of a run, a line an evaluation.

use super::{HISTORY_FILE, METRICS_FILE, RunFolder, RunFolderError};
use crate::observer::EvaluationRecord;
use std::fs::File;
use std::io::{self, Write as _};

/// The history of a run, written line by line while it runs.
pub struct History {
    jsonl: File,
    table: csv::Writer<File>,
}

impl History {
    /// Starts both files, with the records of what went before.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn create(
        folder: &RunFolder,
        records: &[EvaluationRecord],
    ) -> Result<Self, RunFolderError> {
        let create = |name: &str| {
            let path = folder.path().join(name);
            File::create(path).map_err(|source| folder.failed(name, source))
        };
        let mut history = Self {
            jsonl: create(METRICS_FILE)?,
            table: csv::Writer::from_writer(create(HISTORY_FILE)?),
        };
        for record in records {
            let added = history.add(record);
            added.map_err(|source| folder.failed(METRICS_FILE, source))?;
        }
        Ok(history)
    }

    /// Adds a line to each and hands it to the system.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn add(&mut self, record: &EvaluationRecord) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.jsonl.write_all(&line)?;
        self.table.serialize(record)?;
        self.table.flush()
    }
}
