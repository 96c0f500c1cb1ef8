//! Which evaluation is the best, and when to stop looking for a better one.

use crate::config::{EarlyStopping, Monitor};
use crate::observer::EvaluationRecord;

/// Keeps the best evaluation and what belongs to it.
pub(crate) struct Selection<T> {
    monitor: Monitor,
    stopping: Option<EarlyStopping>,
    best: Option<(EvaluationRecord, T)>,
    /// The figure that an improvement is measured against, and how long ago it was set.
    reference: Option<f64>,
    num_stale: usize,
}

impl<T> Selection<T> {
    pub(crate) fn new(monitor: Monitor, stopping: Option<EarlyStopping>) -> Self {
        Self {
            monitor,
            stopping,
            best: None,
            reference: None,
            num_stale: 0,
        }
    }

    /// Whether a record is better than the best one so far: always, where there is none. Among equal
    /// accuracies the lower loss is better.
    pub(crate) fn is_better(&self, accuracy: f64, loss: f64) -> bool {
        let Some((best, _)) = &self.best else {
            return true;
        };
        let best_accuracy = best.validation_accuracy.unwrap_or(0.0);
        let best_loss = best.validation_loss.unwrap_or(f64::INFINITY);
        match self.monitor {
            Monitor::Loss => loss < best_loss,
            Monitor::Accuracy => {
                accuracy > best_accuracy || (accuracy >= best_accuracy && loss < best_loss)
            }
        }
    }

    /// Takes a record; one that is the best brings along what belongs to it.
    pub(crate) fn add(&mut self, record: &EvaluationRecord, belongings: T) {
        let (Some(accuracy), Some(loss)) = (record.validation_accuracy, record.validation_loss)
        else {
            return;
        };
        let figure = match self.monitor {
            Monitor::Accuracy => accuracy,
            Monitor::Loss => -loss,
        };
        let min_delta = self.stopping.map_or(0.0, |stopping| stopping.min_delta);
        if self
            .reference
            .is_none_or(|reference| figure > reference + min_delta)
        {
            self.reference = Some(figure);
            self.num_stale = 0;
        } else {
            self.num_stale += 1;
        }
        if record.is_best {
            self.best = Some((record.clone(), belongings));
        }
    }

    /// Whether as many evaluations as `patience` says went by without an improvement.
    pub(crate) fn has_lost_patience(&self) -> bool {
        self.stopping
            .is_some_and(|stopping| self.num_stale >= stopping.patience)
    }

    pub(crate) fn into_best(self) -> Option<(EvaluationRecord, T)> {
        self.best
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(
        monitor: Monitor,
        stopping: Option<EarlyStopping>,
        figures: &[(f64, f64)],
    ) -> (Selection<usize>, Option<usize>) {
        let mut selection = Selection::new(monitor, stopping);
        for (index, &(accuracy, loss)) in figures.iter().enumerate() {
            let record = EvaluationRecord {
                epoch: index + 1,
                step: index,
                learning_rate: 0.0,
                train_loss: 0.0,
                train_accuracy: 0.0,
                validation_loss: Some(loss),
                validation_accuracy: Some(accuracy),
                is_best: selection.is_better(accuracy, loss),
                images_per_second: 0.0,
                train_seconds: 0.0,
                evaluation_seconds: 0.0,
                dataset: String::new(),
            };
            selection.add(&record, index);
            if selection.has_lost_patience() {
                return (selection, Some(index));
            }
        }
        (selection, None)
    }

    const FIGURES: [(f64, f64); 5] = [
        (0.90, 0.5),
        (0.95, 0.4),
        (0.95, 0.3),
        (0.94, 0.2),
        (0.95, 0.35),
    ];

    #[test]
    fn the_monitored_figure_decides() {
        let best = |monitor| run(monitor, None, &FIGURES).0.into_best().unwrap().1;
        assert_eq!(best(Monitor::Accuracy), 2);
        assert_eq!(best(Monitor::Loss), 3);
    }

    #[test]
    fn patience_counts_evaluations_without_enough_improvement() {
        let stopping = |patience, min_delta| {
            Some(EarlyStopping {
                patience,
                min_delta,
            })
        };
        let stopped = |stopping| run(Monitor::Accuracy, stopping, &FIGURES).1;
        assert_eq!(stopped(stopping(3, 0.0)), Some(4));
        assert_eq!(stopped(stopping(4, 0.0)), None);
        assert_eq!(stopped(stopping(2, 0.1)), Some(2));
    }
}
