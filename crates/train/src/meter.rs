//! Loss and accuracy of training, left on the device and read seldom, so that no step waits for a
//! figure.

use crate::trainee::StepOutput;
use model::{InferenceError, read_numbers};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Figures of the training images since the last evaluation, as they were met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    /// The losses of all images.
    pub loss: f64,
    /// Images whose most probable class is their label.
    pub num_correct: f64,
    /// Images.
    pub num_images: usize,
    /// Those of them that are of a class.
    pub num_labelled: usize,
    /// Seconds of training.
    pub seconds: f64,
}

impl Sums {
    /// Mean loss.
    pub(crate) fn mean_loss(&self) -> f64 {
        self.loss / self.num_images.max(1) as f64
    }

    /// Share of the images of a class that were right.
    pub(crate) fn accuracy(&self) -> f64 {
        self.num_correct / self.num_labelled.max(1) as f64
    }

    pub(crate) fn images_per_second(&self) -> f64 {
        self.num_images as f64 / self.seconds.max(1e-9)
    }
}

/// What steps left on the device and was not yet read, and since when.
pub(crate) struct Meter {
    pending: Vec<StepOutput>,
    since: Instant,
}

impl Meter {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Self {
            pending: Vec::new(),
            since: Instant::now(),
        }
    }

    pub(crate) fn add(&mut self, output: StepOutput) {
        self.pending.push(output);
    }

    /// Waits for the device, once, and adds the figures of all steps, and the time, to `sums`.
    pub(crate) fn read_into(&mut self, sums: &mut Sums) -> Result<(), InferenceError> {
        let steps = std::mem::take(&mut self.pending);
        let tensors = steps
            .iter()
            .flat_map(|step| [&step.loss, &step.num_correct]);
        let figures = read_numbers(tensors)?;
        for (step, figures) in steps.iter().zip(figures.chunks_exact(2)) {
            sums.loss += f64::from(figures[0]) * step.num_images as f64;
            sums.num_correct += f64::from(figures[1]);
            sums.num_images += step.num_images;
            sums.num_labelled += step.num_labelled;
        }
        sums.seconds += self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::{Device, Tensor};

    #[test]
    fn batches_count_by_their_images() {
        let device = Device::flex();
        let output = |loss: f32, num_correct: f32, num_images| StepOutput {
            loss: Tensor::from_floats([loss], &device),
            num_correct: Tensor::from_floats([num_correct], &device),
            num_images,
            num_labelled: num_images,
        };
        let (mut meter, mut sums) = (Meter::start(), Sums::default());
        meter.add(output(1.0, 2.0, 3));
        meter.add(output(5.0, 1.0, 1));
        meter.read_into(&mut sums).unwrap();
        assert!((sums.mean_loss() - 2.0).abs() < 1e-6 && (sums.accuracy() - 0.75).abs() < 1e-6);
        meter.add(output(2.0, 0.0, 4));
        meter.read_into(&mut sums).unwrap();
        assert!((sums.mean_loss() - 2.0).abs() < 1e-6 && (sums.accuracy() - 0.375).abs() < 1e-6);
        assert_eq!(sums.num_images, 8);
    }
}
