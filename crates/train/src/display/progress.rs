//! Progress of training: a bar on a terminal, a line an evaluation elsewhere, and the history files.

use crate::heartbeat::Heartbeat;
use crate::observer::{EvaluationRecord, Observer, Pass, PassProgress, StepReport};
use crate::run_folder::{History, RunFolder, RunFolderError};
use crate::training::Budget;
use base::with_separators;
use console::Terminal;
use indicatif::ProgressBar;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TEMPLATE: &str = "{msg} {wide_bar} {pos}/{len} left {eta}";
/// How often, at most, the signs of life are told how far training is.
const BETWEEN_SIGNS: Duration = Duration::from_millis(250);

/// Shows and records a run.
pub(crate) struct Progress {
    terminal: Terminal,
    heartbeat: Arc<Heartbeat>,
    folder: RunFolder,
    history: History,
    bar: ProgressBar,
    budget: Budget,
    /// Whether evaluations are after epochs, and not every so many steps.
    by_epoch: bool,
    last_sign: Option<Instant>,
}

impl Progress {
    /// Starts the history files, with the records of what went before, and the bar.
    ///
    /// # Errors
    ///
    /// Where the files cannot be made.
    pub(crate) fn start(
        (folder, before): (&RunFolder, &[EvaluationRecord]),
        budget: Budget,
        by_epoch: bool,
        heartbeat: &Arc<Heartbeat>,
        terminal: &Terminal,
    ) -> Result<Self, RunFolderError> {
        let history = History::create(folder, before)?;
        heartbeat.give_way();
        let bar = terminal.bar(Some(budget.num_steps as u64), TEMPLATE);
        bar.set_message(format!("epoch 1/{}", budget.num_epochs));
        Ok(Self {
            terminal: terminal.clone(),
            heartbeat: Arc::clone(heartbeat),
            folder: folder.clone(),
            history,
            bar,
            budget,
            by_epoch,
            last_sign: None,
        })
    }
}

impl Observer for Progress {
    fn progress(&mut self, progress: &PassProgress) {
        if self
            .last_sign
            .is_some_and(|last| last.elapsed() < BETWEEN_SIGNS)
        {
            return;
        }
        self.last_sign = Some(Instant::now());
        let share = 100 * progress.num_done / progress.num_images.max(1);
        let what = match progress.pass {
            Pass::Training => "",
            Pass::Validation => "validation, ",
        };
        let (epoch, num_epochs) = (progress.epoch, self.budget.num_epochs);
        self.heartbeat
            .doing(format!("epoch {epoch:>2}/{num_epochs} {what}{share} %"));
    }

    fn steps(&mut self, report: &StepReport) {
        let figures = format!(
            "epoch {}/{} loss {:.4} {:.2} % {}/s",
            report.epoch,
            self.budget.num_epochs,
            report.loss,
            100.0 * report.accuracy,
            with_separators(report.images_per_second as usize)
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
        let line = evaluation_line(record, self.budget, self.by_epoch);
        if self.terminal.progress_line(&line) {
            self.heartbeat.said();
        }
        Ok(())
    }

    fn went_back(&mut self, history: &[EvaluationRecord], why: &str) -> Result<(), String> {
        self.terminal.warn(why);
        self.history = History::create(&self.folder, history).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn warning(&mut self, text: &str) {
        self.terminal.warn(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// At most 80 columns, for all but the strangest figures.
fn evaluation_line(record: &EvaluationRecord, budget: Budget, by_epoch: bool) -> String {
    let place = if by_epoch {
        format!("epoch {:>2}/{}", record.epoch, budget.num_epochs)
    } else {
        format!("step {:>4}/{}", record.step, budget.num_steps)
    };
    let figures = |loss: f64, accuracy: f64| format!("{loss:.4} {:6.2} %", 100.0 * accuracy);
    let validation = match (record.validation_loss, record.validation_accuracy) {
        (Some(loss), Some(accuracy)) => format!("  valid {}", figures(loss, accuracy)),
        _ => String::new(),
    };
    format!(
        "{place}  train {}{validation}  {}/s{}",
        figures(record.train_loss, record.train_accuracy),
        with_separators(record.images_per_second as usize),
        if record.is_best { "  best" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_a_terminal() {
        let record = EvaluationRecord {
            epoch: 100,
            step: 25_780,
            train_loss: 2.345_67,
            train_accuracy: 1.0,
            validation_loss: Some(2.345_67),
            validation_accuracy: Some(1.0),
            is_best: true,
            images_per_second: 123_456.7,
            ..EvaluationRecord::default()
        };
        let budget = Budget {
            steps_per_epoch: 1_000,
            num_steps: 25_780,
            num_epochs: 100,
            num_showings: 1,
        };
        for by_epoch in [true, false] {
            let line = evaluation_line(&record, budget, by_epoch);
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
