//! Training on the whole screen, by Burn's own renderer: its curves, figures, progress and keys. Owns
//! what the renderer is told; this program's loop does not go through Burn's metrics, so they are
//! handed over here.

use super::screen;
use crate::observer::{EvaluationRecord, Observer, Pass, PassProgress, StepReport};
use crate::training::Budget;
use burn::train::Interrupter;
use burn::train::metric::{
    MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry,
};
use burn::train::renderer::tui::TuiMetricsRendererWrapper;
use burn::train::renderer::{MetricState, MetricsRenderer};
use console::{Exit, Terminal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One curve, of training or of both.
struct Figure {
    name: &'static str,
    unit: Option<&'static str>,
    num_decimals: usize,
    higher_is_better: bool,
}

const LOSS: Figure = Figure {
    name: "Loss",
    unit: None,
    num_decimals: 4,
    higher_is_better: false,
};
const ACCURACY: Figure = Figure {
    name: "Accuracy",
    unit: Some("%"),
    num_decimals: 2,
    higher_is_better: true,
};
const SPEED: Figure = Figure {
    name: "Images per second",
    unit: None,
    num_decimals: 0,
    higher_is_better: true,
};
const LEARNING_RATE: Figure = Figure {
    name: "Learning rate",
    unit: None,
    num_decimals: 6,
    higher_is_better: true,
};

impl Figure {
    fn id(&self) -> MetricId {
        MetricId::new(Arc::new(self.name.to_string()))
    }

    fn definition(&self) -> MetricDefinition {
        let attributes = NumericAttributes {
            unit: self.unit.map(str::to_string),
            higher_is_better: self.higher_is_better,
        };
        MetricDefinition {
            metric_id: self.id(),
            name: Arc::new(self.name.to_string()),
            description: None,
            attributes: attributes.into(),
        }
    }

    /// A point of the curve; a value that is no finite number is told but not drawn.
    fn at(&self, value: f64) -> MetricState {
        let unit = self.unit.map_or(String::new(), |unit| format!(" {unit}"));
        let text = format!("{value:.*}{unit}", self.num_decimals);
        let entry = MetricEntry::new(self.id(), SerializedEntry::new(text, value.to_string()));
        let point = value.is_finite().then_some(NumericEntry::Value(value));
        MetricState::Numeric(entry, point)
    }
}

/// Shows a run on the whole screen until it is dropped.
pub(crate) struct Tui {
    renderer: Option<Box<dyn MetricsRenderer>>,
    /// What is said meanwhile is kept for later.
    terminal: Terminal,
    /// The pass that the renderer was told of last, and its epoch.
    current: Option<(Pass, usize)>,
}

impl Tui {
    /// Takes the screen, and draws what went `before` of a run that goes on. The renderer's own key stops
    /// training through `interrupter`, after the step. Where the budget ends within an epoch, the bar of the
    /// whole run stops short of its end too.
    pub(crate) fn start(
        (label, before): (&str, &[EvaluationRecord]),
        budget: Budget,
        interrupter: &Interrupter,
        terminal: &Terminal,
    ) -> Self {
        terminal.hold();
        let done = Some(epochs_done(before, budget)).filter(|&done| done > 0);
        let renderer = TuiMetricsRendererWrapper::new(interrupter.clone(), done);
        screen::let_interrupts_through();
        Self::with_renderer(Box::new(renderer), (label, before), budget, terminal)
    }

    fn with_renderer(
        renderer: Box<dyn MetricsRenderer>,
        (label, before): (&str, &[EvaluationRecord]),
        budget: Budget,
        terminal: &Terminal,
    ) -> Self {
        let mut tui = Self {
            renderer: Some(renderer),
            terminal: terminal.clone(),
            current: None,
        };
        tui.show(|renderer| {
            for figure in [LOSS, ACCURACY, SPEED, LEARNING_RATE] {
                renderer.register_metric(figure.definition());
            }
            let first = epochs_done(before, budget) + 1;
            renderer.start(budget.num_epochs, first, None, Some(label));
            for record in before {
                let figures = (record.train_loss, record.train_accuracy);
                update_trained(renderer, figures, record.images_per_second);
                update_evaluated(renderer, record);
            }
        });
        tui
    }

    /// Tells the renderer. It panics where the user chose to stop at once, on this thread too.
    fn show(&mut self, tell: impl FnOnce(&mut dyn MetricsRenderer)) {
        if let Some(renderer) = &mut self.renderer {
            let told = catch_unwind(AssertUnwindSafe(|| tell(renderer.as_mut())));
            if told.is_err() {
                screen::give_back();
                self.terminal.release();
                self.terminal
                    .warn("stopped at once: nothing of the network is saved");
                std::process::exit(Exit::Interrupted as i32);
            }
        }
    }
}

impl Observer for Tui {
    fn progress(&mut self, progress: &PassProgress) {
        let PassProgress { pass, epoch, .. } = *progress;
        let last = self.current.replace((pass, epoch));
        let progress = *progress;
        self.show(|renderer| {
            if last != Some((pass, epoch)) {
                if last.is_some() {
                    renderer.end_split();
                }
                if last.is_some_and(|(_, last_epoch)| last_epoch != epoch) {
                    renderer.update_epoch(epoch - 1);
                }
                let split = match pass {
                    Pass::Training => "train",
                    Pass::Validation => "valid",
                };
                renderer.start_split(split, progress.num_images);
            }
            renderer.update_split(progress.num_done);
        });
    }

    fn steps(&mut self, report: &StepReport) {
        let figures = (report.loss, report.accuracy);
        self.show(|renderer| update_trained(renderer, figures, report.images_per_second));
    }

    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String> {
        self.show(|renderer| update_evaluated(renderer, record));
        Ok(())
    }
}

/// Epochs that are over after these evaluations.
fn epochs_done(before: &[EvaluationRecord], budget: Budget) -> usize {
    let steps = before.last().map_or(0, |record| record.step);
    steps / budget.steps_per_epoch
}

/// Tells the renderer how steps of training went.
fn update_trained(
    renderer: &mut dyn MetricsRenderer,
    (loss, accuracy): (f64, f64),
    images_per_second: f64,
) {
    renderer.update_train(LOSS.at(loss));
    renderer.update_train(ACCURACY.at(100.0 * accuracy));
    renderer.update_train(SPEED.at(images_per_second));
}

/// Tells the renderer of what is known once an evaluation is done.
fn update_evaluated(renderer: &mut dyn MetricsRenderer, record: &EvaluationRecord) {
    renderer.update_train(LEARNING_RATE.at(record.learning_rate));
    if let Some(loss) = record.validation_loss {
        renderer.update_valid(LOSS.at(loss));
    }
    if let Some(accuracy) = record.validation_accuracy {
        renderer.update_valid(ACCURACY.at(100.0 * accuracy));
    }
}

impl Drop for Tui {
    fn drop(&mut self) {
        let renderer = self.renderer.take();
        let closed = catch_unwind(AssertUnwindSafe(|| drop(renderer)));
        if closed.is_err() || std::thread::panicking() {
            screen::give_back();
        }
        self.terminal.release();
    }
}

#[cfg(test)]
mod tests;
