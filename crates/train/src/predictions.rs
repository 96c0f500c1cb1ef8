//! What a trained network said of each test image, and the file that keeps it. Owns no figures: they
//! are `model::evaluation`'s.

use model::{Evaluation, Temperature, Views, most_probable};
use serde::{Deserialize, Serialize};
use std::io;

/// A line a test image.
pub(crate) const PREDICTIONS_FILE: &str = "predictions.csv";

/// What the test came to.
pub(crate) struct Tested {
    /// At how many angles the images were read.
    pub views: Views,
    /// The share that is right where each image is read as it is alone, where it was read at more angles.
    pub at_one_view: Option<f64>,
    pub evaluation: Evaluation,
    pub predictions: Vec<Prediction>,
}

/// What was said of one image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are the columns of the file"
)]
pub(crate) struct Prediction {
    /// The image's place in the test set, from 0.
    pub index: usize,
    /// Its label.
    pub label: usize,
    /// The most probable class.
    pub prediction: usize,
    /// That class's probability.
    pub confidence: f64,
}

impl Prediction {
    pub(crate) fn is_right(&self) -> bool {
        self.label == self.prediction
    }
}

/// From logits, `[num_images * num_classes]`, and labels, `[num_images]`.
pub(crate) fn predictions(
    num_classes: usize,
    temperature: Temperature,
    logits: &[f32],
    labels: &[u8],
) -> Vec<Prediction> {
    let images = logits.chunks_exact(num_classes).zip(labels).enumerate();
    images
        .map(|(index, (logits, &label))| {
            let (prediction, confidence) = most_probable(&temperature.probabilities(logits));
            Prediction {
                index,
                label: usize::from(label),
                prediction,
                confidence,
            }
        })
        .collect()
}

/// The misread ones, the most confident first.
pub(crate) fn misread(predictions: &[Prediction]) -> Vec<Prediction> {
    let mut misread: Vec<Prediction> = predictions
        .iter()
        .copied()
        .filter(|prediction| !prediction.is_right())
        .collect();
    misread.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    misread
}

/// As the bytes of [`PREDICTIONS_FILE`].
pub(crate) fn to_csv(predictions: &[Prediction]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for prediction in predictions {
        writer.serialize(prediction)?;
    }
    writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))
}

/// From the bytes of [`PREDICTIONS_FILE`].
pub(crate) fn from_csv(bytes: &[u8]) -> Result<Vec<Prediction>, csv::Error> {
    csv::Reader::from_reader(bytes).deserialize().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NUM_CLASSES: usize = 12;

    #[test]
    fn the_most_confident_mistake_comes_first() {
        let logits = |class: usize, height: f32| {
            (0..NUM_CLASSES).map(move |other| if other == class { height } else { 0.0 })
        };
        let all: Vec<f32> = [(3, 1.0), (4, 9.0), (5, 4.0)]
            .into_iter()
            .flat_map(|(class, height)| logits(class, height))
            .collect();
        let found = predictions(NUM_CLASSES, Temperature::default(), &all, &[0, 4, 1]);
        let misread = misread(&found);
        assert_eq!(
            misread.iter().map(|one| one.index).collect::<Vec<_>>(),
            [2, 0]
        );
        assert_eq!((misread[0].label, misread[0].prediction), (1, 5));
        assert!(misread[0].confidence > misread[1].confidence);
    }

    #[test]
    fn the_file_reads_back() {
        let one = Prediction {
            index: 7,
            label: 1,
            prediction: 2,
            confidence: 0.1 + 0.2,
        };
        let bytes = to_csv(&[one]).unwrap();
        assert!(bytes.starts_with(b"index,label,prediction,confidence\n"));
        assert_eq!(from_csv(&bytes).unwrap(), [one]);
    }
}
