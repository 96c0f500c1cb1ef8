//! The page of the answers to look over, which `--review` asks for.

use super::arguments::PredictArgs;
use super::failure::failure;
use crate::output::{Review, Sink};
use console::{Failure, Terminal};
use std::path::PathBuf;

/// How sure an answer is that nobody needs to look over, where nothing else is said.
const SURE: f64 = 0.9;

/// The page that is to be.
pub(super) struct Page {
    pub(super) review: Review,
    sink: Sink,
    file: PathBuf,
}

impl Page {
    /// Before any work, so that a file that cannot be written is known first; `None` where no page is asked for.
    pub(super) fn begin(
        arguments: &PredictArgs,
        class_names: &[String],
    ) -> Result<Option<Self>, Failure> {
        let Some(file) = arguments.review.clone() else {
            return Ok(None);
        };
        let names = (!arguments.digits.are_many()).then_some(class_names);
        Ok(Some(Self {
            review: Review::new(arguments.min_confidence.unwrap_or(SURE), names),
            sink: Sink::file(&file).map_err(failure)?,
            file,
        }))
    }

    /// Writes the page, as a partial one where the job did not come to its end, and says so.
    pub(super) fn finish(self, is_whole: bool, terminal: &Terminal) -> Result<(), Failure> {
        let summary = self.review.summary();
        let path = self.review.write(self.sink, is_whole).map_err(failure)?;
        let path = path.unwrap_or(self.file);
        terminal.note(&format!("{}: {summary}", path.display()));
        Ok(())
    }
}
