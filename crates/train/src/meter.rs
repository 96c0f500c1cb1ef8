//! Loss, accuracy and speed of training, summed on the device and read seldom, so that no step
//! waits for a figure.

use crate::trainee::StepOutput;
use burn::tensor::Tensor;
use model::{InferenceError, read_floats};
use std::time::{Duration, Instant};

/// Sums since the last evaluation.
pub(crate) struct Meter {
    pending: Option<(Tensor<1>, Tensor<1>)>,
    num_pending: usize,
    loss: f64,
    num_correct: f64,
    num_images: usize,
    num_labelled: usize,
    started: Instant,
}

/// What a meter shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub loss: f64,
    pub accuracy: f64,
    pub num_images: usize,
    pub elapsed: Duration,
}

impl Reading {
    pub(crate) fn images_per_second(&self) -> f64 {
        self.num_images as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self {
            pending: None,
            num_pending: 0,
            loss: 0.0,
            num_correct: 0.0,
            num_images: 0,
            num_labelled: 0,
            started: Instant::now(),
        }
    }

    pub(crate) fn add(&mut self, output: StepOutput) {
        let loss = output.loss * output.num_images as f32;
        self.num_pending += output.num_images;
        self.num_labelled += output.num_labelled;
        self.pending = Some(match self.pending.take() {
            Some((sum, num_correct)) => (sum + loss, num_correct + output.num_correct),
            None => (loss, output.num_correct),
        });
    }

    /// Waits for the device and reads what was summed.
    pub(crate) fn read(&mut self) -> Result<Reading, InferenceError> {
        if let Some((loss, num_correct)) = self.pending.take() {
            self.loss += f64::from(read_floats(&loss)?.first().copied().unwrap_or(f32::NAN));
            let counts = read_floats(&num_correct)?;
            self.num_correct += f64::from(counts.first().copied().unwrap_or(f32::NAN));
            self.num_images += std::mem::take(&mut self.num_pending);
        }
        let num_images = self.num_images.max(1) as f64;
        Ok(Reading {
            loss: self.loss / num_images,
            accuracy: self.num_correct / self.num_labelled.max(1) as f64,
            num_images: self.num_images,
            elapsed: self.started.elapsed(),
        })
    }
}

/// Images and time of every stretch of training, by epoch.
#[derive(Debug, Default)]
pub(crate) struct Throughput {
    stretches: Vec<(usize, usize, Duration)>,
}

impl Throughput {
    pub(crate) fn add(&mut self, epoch: usize, reading: &Reading) {
        self.stretches
            .push((epoch, reading.num_images, reading.elapsed));
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.stretches
            .iter()
            .map(|(_, _, elapsed)| elapsed.as_secs_f64())
            .sum()
    }

    /// Over all epochs but the first, which warms up; over the first where there is no other.
    pub(crate) fn images_per_second(&self) -> f64 {
        let is_warm = |epoch: usize| epoch > 1;
        let has_warm = self.stretches.iter().any(|(epoch, ..)| is_warm(*epoch));
        let counted = self
            .stretches
            .iter()
            .filter(|(epoch, ..)| is_warm(*epoch) || !has_warm);
        let (num_images, elapsed) = counted.fold((0, Duration::ZERO), |sum, stretch| {
            (sum.0 + stretch.1, sum.1 + stretch.2)
        });
        num_images as f64 / elapsed.as_secs_f64().max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn batches_count_by_their_images() {
        let device = Device::flex();
        let output = |loss: f32, num_correct: f32, num_images| StepOutput {
            loss: Tensor::from_floats([loss], &device),
            num_correct: Tensor::from_floats([num_correct], &device),
            num_images,
            num_labelled: num_images,
        };
        let mut meter = Meter::start();
        meter.add(output(1.0, 2.0, 3));
        meter.add(output(5.0, 1.0, 1));
        let reading = meter.read().unwrap();
        assert!((reading.loss - 2.0).abs() < 1e-6 && (reading.accuracy - 0.75).abs() < 1e-6);
        meter.add(output(2.0, 0.0, 4));
        let reading = meter.read().unwrap();
        assert!((reading.loss - 2.0).abs() < 1e-6 && (reading.accuracy - 0.375).abs() < 1e-6);
        assert_eq!(reading.num_images, 8);
    }

    #[test]
    fn the_first_epoch_warms_up() {
        let reading = |num_images, seconds| Reading {
            loss: 0.0,
            accuracy: 0.0,
            num_images,
            elapsed: Duration::from_secs(seconds),
        };
        let mut throughput = Throughput::default();
        throughput.add(1, &reading(100, 10));
        assert!((throughput.images_per_second() - 10.0).abs() < 1e-9);
        throughput.add(2, &reading(100, 5));
        throughput.add(3, &reading(300, 5));
        assert!((throughput.images_per_second() - 40.0).abs() < 1e-9);
        assert!((throughput.seconds() - 20.0).abs() < 1e-9);
    }
}
