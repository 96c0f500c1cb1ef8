#![allow(clippy::unwrap_used)]
use super::*;
use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::renderer::{EvaluationName, MetricsRendererEvaluation, MetricsRendererTraining};
use console::{ProgressMode, Verbosity};
use std::sync::Mutex;

const BUDGET: Budget = Budget {
    steps_per_epoch: 2,
    num_steps: 4,
    num_epochs: 2,
    num_showings: 40,
};

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<String>>>);

impl Witness {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn note_metric(&self, split: &str, state: &MetricState) {
        if let MetricState::Numeric(entry, point) = state {
            let drawn = if point.is_some() { "" } else { ", not drawn" };
            let text = &entry.serialized_entry.formatted;
            self.note(format!("{split} {text}{drawn}"));
        }
    }
}

impl TrainingProgressLogger for Witness {
    fn start(&mut self, epochs: usize, first: usize, _: Option<usize>, label: Option<&str>) {
        self.note(format!("{} from {first} of {epochs}", label.unwrap()));
    }
    fn update_epoch(&mut self, epoch: usize) {
        self.note(format!("epoch {epoch} is over"));
    }
    fn start_split(&mut self, split: &str, total: usize) {
        self.note(format!("{split} of {total}"));
    }
    fn update_split(&mut self, done: usize) {
        self.note(done.to_string());
    }
    fn end_split(&mut self) {}
    fn end(&mut self) {}
    fn log_event_training(&mut self, _: String) {}
}

impl EvaluationProgressLogger for Witness {
    fn start_global_progress(&mut self, _: usize) {}
    fn start_test(&mut self, _: &str, _: usize) {}
    fn update_test_progress(&mut self, _: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _: String) {}
}

impl MetricsRendererTraining for Witness {
    fn update_train(&mut self, state: MetricState) {
        self.note_metric("train", &state);
    }
    fn update_valid(&mut self, state: MetricState) {
        self.note_metric("valid", &state);
    }
}

impl MetricsRendererEvaluation for Witness {
    fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
}

impl MetricsRenderer for Witness {
    fn manual_close(&mut self) {}
    fn register_metric(&mut self, definition: MetricDefinition) {
        self.note(definition.name.to_string());
    }
}

fn record(validation_loss: Option<f64>) -> EvaluationRecord {
    EvaluationRecord {
        epoch: 1,
        step: 2,
        learning_rate: 0.001,
        train_loss: 0.5,
        train_accuracy: 0.75,
        validation_loss,
        validation_accuracy: validation_loss.map(|_| 0.875),
        is_best: true,
        images_per_second: 100.0,
        train_seconds: 1.0,
        evaluation_seconds: 1.0,
        dataset: String::new(),
    }
}

#[test]
fn the_renderer_is_told_of_passes_epochs_and_figures() {
    let witness = Witness::default();
    let terminal = Terminal::new(Verbosity::Quiet, ProgressMode::Tui);
    let run = ("run-001", &[][..]);
    let mut tui = Tui::with_renderer(Box::new(witness.clone()), run, BUDGET, &terminal);
    let mut progress = |pass, epoch, num_done| {
        let num_images = if pass == Pass::Training { 20 } else { 5 };
        tui.progress(&PassProgress {
            pass,
            epoch,
            num_done,
            num_images,
        });
    };
    progress(Pass::Training, 1, 10);
    progress(Pass::Training, 1, 20);
    progress(Pass::Validation, 1, 5);
    progress(Pass::Training, 2, 10);
    tui.steps(&StepReport {
        epoch: 2,
        step: 3,
        loss: 0.25,
        accuracy: 0.5,
        images_per_second: 1234.0,
    });
    tui.evaluation(&record(Some(f64::INFINITY))).unwrap();
    tui.evaluation(&record(None)).unwrap();
    drop(tui);
    let told = witness.0.lock().unwrap().join("; ");
    assert_eq!(
        told,
        "Loss; Accuracy; Images per second; Learning rate; run-001 from 1 of 2; \
         train of 20; 10; 20; valid of 5; 5; epoch 1 is over; train of 20; 10; \
         train 0.2500; train 50.00 %; train 1234; \
         train 0.001000; valid inf, not drawn; valid 87.50 %; train 0.001000"
    );
}

#[test]
fn curves_of_a_run_that_goes_on_begin_with_what_went_before() {
    let witness = Witness::default();
    let terminal = Terminal::new(Verbosity::Quiet, ProgressMode::Tui);
    let before = [record(Some(0.5))];
    let run = ("run-001", &before[..]);
    drop(Tui::with_renderer(
        Box::new(witness.clone()),
        run,
        BUDGET,
        &terminal,
    ));
    let told = witness.0.lock().unwrap()[4..].join("; ");
    assert_eq!(
        told,
        "run-001 from 2 of 2; train 0.5000; train 75.00 %; train 100; train 0.001000; \
         valid 0.5000; valid 87.50 %"
    );
}
