//! Which evaluation is the best, and when to stop looking for a better one. Owns the rule and its
//! numbers; the weights that belong to the best evaluation are the loop's.

use crate::config::{EarlyStopping, Monitor};
use crate::observer::EvaluationRecord;
use serde::{Deserialize, Serialize};

/// What to go by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Criterion {
    pub monitor: Monitor,
    pub stopping: Option<EarlyStopping>,
}

/// The best evaluation so far, and for how long there was no better one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    /// The best evaluation on validation images.
    record: Option<EvaluationRecord>,
    /// The figure that an improvement is measured against, and the evaluations since it was set.
    reference: Option<f64>,
    num_stale: usize,
}

impl Best {
    /// Whether figures are better than the best ones so far: always, where there are none. Among equal
    /// accuracies the lower loss is better.
    pub(crate) fn is_beaten_by(&self, criterion: &Criterion, accuracy: f64, loss: f64) -> bool {
        let Some(best) = &self.record else {
            return true;
        };
        let best_accuracy = best.validation_accuracy.unwrap_or(0.0);
        let best_loss = best.validation_loss.unwrap_or(f64::INFINITY);
        match criterion.monitor {
            Monitor::Loss => loss < best_loss,
            Monitor::Accuracy => {
                accuracy > best_accuracy || (accuracy >= best_accuracy && loss < best_loss)
            }
        }
    }

    /// Takes a record; nothing where it has no validation figures.
    pub(crate) fn add(&mut self, criterion: &Criterion, record: &EvaluationRecord) {
        let (Some(accuracy), Some(loss)) = (record.validation_accuracy, record.validation_loss)
        else {
            return;
        };
        let figure = match criterion.monitor {
            Monitor::Accuracy => accuracy,
            Monitor::Loss => -loss,
        };
        let min_delta = criterion
            .stopping
            .map_or(0.0, |stopping| stopping.min_delta);
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
            self.record = Some(record.clone());
        }
    }

    /// Whether as many evaluations as `patience` says went by without an improvement.
    pub(crate) fn has_lost_patience(&self, criterion: &Criterion) -> bool {
        criterion
            .stopping
            .is_some_and(|stopping| self.num_stale >= stopping.patience)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The step of the best of these evaluations, and of the one at which training stops early.
    fn run(
        monitor: Monitor,
        stopping: Option<EarlyStopping>,
        figures: &[(f64, f64)],
    ) -> (Option<usize>, Option<usize>) {
        let criterion = Criterion { monitor, stopping };
        let mut best = Best::default();
        let step_of = |best: &Best| best.record.as_ref().map(|record| record.step);
        for (index, &(accuracy, loss)) in figures.iter().enumerate() {
            let record = EvaluationRecord {
                epoch: index + 1,
                step: index,
                validation_loss: Some(loss),
                validation_accuracy: Some(accuracy),
                is_best: best.is_beaten_by(&criterion, accuracy, loss),
                ..EvaluationRecord::default()
            };
            best.add(&criterion, &record);
            if best.has_lost_patience(&criterion) {
                return (step_of(&best), Some(index));
            }
        }
        (step_of(&best), None)
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
        let best = |monitor| run(monitor, None, &FIGURES).0.unwrap();
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
