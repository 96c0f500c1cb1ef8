//! A run's event files for TensorBoard: two runs, so that the curves of training and validation
//! share a chart. What such a file is made of is `report::tensorboard`'s.

use super::album::first_layer;
use crate::observer::{EvaluationRecord, Observer, Snapshot, StepReport};
use report::png;
use report::tensorboard::{EventWriter, TensorboardError};
use std::path::{Path, PathBuf};

/// Writes the run `train`, and `validation` once there are figures of it.
pub(crate) struct TensorBoard {
    folder: PathBuf,
    train: EventWriter,
    validation: Option<EventWriter>,
}

impl TensorBoard {
    /// Starts the files in `folder`, which is made.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn create(folder: &Path) -> Result<Self, TensorboardError> {
        Ok(Self {
            folder: folder.to_path_buf(),
            train: EventWriter::create(&folder.join("train"))?,
            validation: None,
        })
    }

    fn add_record(&mut self, record: &EvaluationRecord) -> Result<(), TensorboardError> {
        let step = record.step;
        for (tag, value) in [
            ("loss", record.train_loss),
            ("accuracy", record.train_accuracy),
            ("learning_rate", record.learning_rate),
            ("images_per_second", record.images_per_second),
        ] {
            self.train.scalar(step, tag, value)?;
        }
        if let (Some(loss), Some(accuracy)) = (record.validation_loss, record.validation_accuracy) {
            let writer = self.validation()?;
            writer.scalar(step, "loss", loss)?;
            writer.scalar(step, "accuracy", accuracy)?;
        }
        Ok(())
    }

    fn validation(&mut self) -> Result<&mut EventWriter, TensorboardError> {
        let writer = match self.validation.take() {
            Some(writer) => writer,
            None => EventWriter::create(&self.folder.join("validation"))?,
        };
        Ok(self.validation.insert(writer))
    }

    fn add_snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), String> {
        let step = snapshot.step;
        let classifier = snapshot.classifier;
        let weights = classifier.weights().map_err(|error| error.to_string())?;
        for weights in weights {
            let added = self.train.histogram(step, &weights.name, &weights.values);
            added.map_err(|error| error.to_string())?;
        }
        let drawn = png::weights(&[first_layer(snapshot)?]);
        if let Some(picture) = drawn.map_err(|error| error.to_string())? {
            let added = self.train.picture(step, "first_layer", &picture);
            added.map_err(|error| error.to_string())?;
        }
        if let Some(evaluation) = snapshot.evaluation {
            let classes = evaluation.classes.iter();
            let names: Vec<String> = classes.map(|class| class.name.clone()).collect();
            let drawn = png::confusion(&names, &evaluation.confusion);
            if let Some(picture) = drawn.map_err(|error| error.to_string())? {
                self.validation()
                    .and_then(|writer| writer.picture(step, "confusion", &picture))
                    .map_err(|error| error.to_string())?;
            }
        }
        let mut writers = std::iter::once(&mut self.train).chain(&mut self.validation);
        writers
            .try_for_each(EventWriter::flush)
            .map_err(|error| error.to_string())
    }
}

impl Observer for TensorBoard {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String> {
        self.add_record(record)
            .map_err(|error| format!("the event files: {error}"))
    }

    fn snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), String> {
        self.add_snapshot(snapshot)
            .map_err(|error| format!("the event files: {error}"))
    }
}
