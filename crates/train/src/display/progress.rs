//! Progress of training: a bar on a terminal, a line an evaluation elsewhere, and the history files.

use crate::observer::{EvaluationRecord, Observer, StepReport};
use crate::run_folder::{History, RunFolder, RunFolderError};
use crate::training::Budget;
use console::Terminal;
use indicatif::ProgressBar;

const TEMPLATE: &str = "{msg} {bar:24} step {pos}/{len} {elapsed} left {eta}";

/// Shows and records a run.
pub(crate) struct Progress {
    terminal: Terminal,
    history: History,
    bar: ProgressBar,
    budget: Budget,
}

impl Progress {
    /// Starts the history files and the bar.
    ///
    /// # Errors
    ///
    /// Where the files cannot be made.
    pub(crate) fn start(
        folder: &RunFolder,
        budget: Budget,
        terminal: &Terminal,
    ) -> Result<Self, RunFolderError> {
        let history = History::create(folder)?;
        let bar = terminal.bar(Some(budget.num_steps as u64), TEMPLATE);
        Ok(Self {
            terminal: terminal.clone(),
            history,
            bar,
            budget,
        })
    }
}

impl Observer for Progress {
    fn steps(&mut self, report: &StepReport) {
        let figures = format!(
            "epoch {}/{} loss {:.4} accuracy {:.2} % {:.0} images/s",
            report.epoch,
            self.budget.num_epochs,
            report.loss,
            100.0 * report.accuracy,
            report.images_per_second
        );
        self.terminal
            .detail(&format!("step {:>6} {figures}", report.step));
        self.bar.set_position(report.step as u64);
        self.bar.set_message(figures);
    }

    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String> {
        self.history
            .add(record)
            .map_err(|error| format!("the history: {error}"))?;
        self.terminal
            .progress_line(&evaluation_line(record, self.budget));
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn evaluation_line(record: &EvaluationRecord, budget: Budget) -> String {
    let validation = match (record.validation_loss, record.validation_accuracy) {
        (Some(loss), Some(accuracy)) => {
            format!(
                "  validation loss {loss:.4} accuracy {:6.2} %",
                100.0 * accuracy
            )
        }
        _ => String::new(),
    };
    format!(
        "epoch {:>2}/{} step {:>6}  training loss {:.4} accuracy {:6.2} %{validation}  {:.0} images/s{}",
        record.epoch,
        budget.num_epochs,
        record.step,
        record.train_loss,
        100.0 * record.train_accuracy,
        record.images_per_second,
        if record.is_best { "  best" } else { "" }
    )
}
