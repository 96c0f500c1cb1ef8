//! Whether a device computes rightly: one step of LeNet and one of a dense network, compared with Burn's own operations
//! on the CPU.

use crate::classifier::Classifier;
use crate::config::ClassifierConfig;
use crate::host::{InferenceError, pixels_to_tensor, read_floats};
use crate::network::{CnnConfig, DenseConfig, NetworkConfig};
use base::{IMAGE_PIXELS, NUM_DIGITS};
use burn::module::{Module as _, ModuleVisitor, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use kernels::{LossOptions, StepImages, WholeStep, with_fusing};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

/// Largest difference from the CPU that passes: of the logits and the gradients, relative to the
/// largest of them; of the loss, relative to the loss.
pub const SELF_CHECK_TOLERANCE: f64 = 1e-3;
/// Images in the compared step.
const BATCH_SIZE: usize = 128;

/// How a device did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfCheck {
    /// Largest difference of a logit, relative to the largest logit.
    pub logits_difference: f64,
    /// Difference of the loss, relative to the loss.
    pub loss_difference: f64,
    /// Largest difference of a gradient, relative to the largest gradient.
    pub gradients_difference: f64,
    /// Whether the device trains LeNet in one piece, and that was checked too.
    pub is_in_one_piece: bool,
}

impl SelfCheck {
    /// Whether all differences are within [`SELF_CHECK_TOLERANCE`].
    #[must_use]
    pub fn has_passed(&self) -> bool {
        [
            self.logits_difference,
            self.loss_difference,
            self.gradients_difference,
        ]
        .iter()
        .all(|difference| *difference <= SELF_CHECK_TOLERANCE)
    }

    /// The worst so far, and what this step adds.
    fn compare(&mut self, expected: &Step, found: &Step) {
        let worse = |worst: &mut f64, expected: &[f32], found: &[f32]| {
            *worst = worst.max(relative_difference(expected, found));
        };
        worse(&mut self.logits_difference, &expected.logits, &found.logits);
        worse(&mut self.loss_difference, &[expected.loss], &[found.loss]);
        worse(
            &mut self.gradients_difference,
            &expected.gradients,
            &found.gradients,
        );
    }
}

/// Compares a step on `device` with the CPU's: by the layers one after another, and as a whole, where the device takes it
/// so.
///
/// # Errors
///
/// Where the device fails.
pub fn self_check(device: &Device) -> Result<SelfCheck, InferenceError> {
    let mut check = SelfCheck {
        logits_difference: 0.0,
        loss_difference: 0.0,
        gradients_difference: 0.0,
        is_in_one_piece: false,
    };
    let networks = [
        NetworkConfig::Cnn(CnnConfig::default()),
        NetworkConfig::Dense(DenseConfig::default()),
    ];
    for network in networks {
        let expected = with_fusing(false, || Step::compute(&network, &Device::flex()))?;
        check.compare(&expected, &Step::compute(&network, device)?);
        if let Some((whole, is_in_one_piece)) = Step::compute_whole(&network, device)? {
            check.compare(&expected, &whole);
            check.is_in_one_piece |= is_in_one_piece;
        }
    }
    Ok(check)
}

/// Largest difference between two lists, relative to the largest value of the first. Infinite where
/// a value is not finite.
fn relative_difference(expected: &[f32], found: &[f32]) -> f64 {
    let largest = expected.iter().fold(0.0_f64, |largest, value| {
        largest.max(f64::from(value.abs()))
    });
    let differences = expected
        .iter()
        .zip(found)
        .map(|(a, b)| f64::from((a - b).abs()));
    let worst = differences.fold(0.0, |worst: f64, difference| {
        if difference.is_finite() {
            worst.max(difference)
        } else {
            f64::INFINITY
        }
    });
    if expected.len() == found.len() {
        worst / largest
    } else {
        f64::INFINITY
    }
}

/// The results of one step.
struct Step {
    logits: Vec<f32>,
    loss: f32,
    gradients: Vec<f32>,
}

impl Step {
    fn compute(network: &NetworkConfig, device: &Device) -> Result<Self, InferenceError> {
        let training = Training::new(network, device)?;
        let (logits, loss) = training.forward();
        let gradients = loss.clone().backward();
        let gradients = GradientsParams::from_grads(gradients, &training.classifier);
        Self::read(&training.classifier, &gradients, &logits, &loss)
    }

    /// By the kernels for the whole network, where the device has them, and whether that is in one piece.
    fn compute_whole(
        network: &NetworkConfig,
        device: &Device,
    ) -> Result<Option<(Self, bool)>, InferenceError> {
        let Training {
            classifier,
            pixels,
            targets,
        } = Training::new(network, device)?;
        let shape = classifier.step_shape();
        let step = shape.and_then(|shape| WholeStep::new(&shape, BATCH_SIZE, device));
        let Some(step) = step else {
            return Ok(None);
        };
        let images = StepImages::Pixels(&pixels);
        let Some(found) = step.run(
            &classifier,
            images,
            &targets,
            LossOptions::default(),
            (0, 0),
        ) else {
            return Ok(None);
        };
        let logits = step.logits(&classifier, images);
        let logits = logits.unwrap_or_else(|| classifier.forward(pixels.clone()));
        let read = Self::read(&classifier, &found.gradients, &logits, &found.loss)?;
        Ok(Some((read, matches!(step, WholeStep::Images(_)))))
    }

    fn read(
        classifier: &Classifier,
        gradients: &GradientsParams,
        logits: &Tensor<2>,
        loss: &Tensor<1>,
    ) -> Result<Self, InferenceError> {
        let mut collected = CollectGradients {
            gradients,
            values: Vec::new(),
            failure: None,
        };
        classifier.visit(&mut collected);
        if let Some(failure) = collected.failure {
            return Err(failure);
        }
        Ok(Self {
            logits: read_floats(logits)?,
            loss: read_floats(loss)?.first().copied().unwrap_or(f32::NAN),
            gradients: collected.values,
        })
    }
}

/// A network and a batch of noise on a device.
struct Training {
    classifier: Classifier,
    pixels: Tensor<2>,
    targets: Tensor<1, Int>,
}

impl Training {
    fn new(network: &NetworkConfig, device: &Device) -> Result<Self, InferenceError> {
        let device = device.clone().autodiff();
        let config = ClassifierConfig::from(network.clone());
        let classifier = config
            .init(NUM_DIGITS, 1, &device)
            .map_err(|error| InferenceError::Device(error.to_string()))?;
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let pixels: Vec<u8> = (0..BATCH_SIZE * IMAGE_PIXELS)
            .map(|_| random.random())
            .collect();
        let labels: Vec<u8> = (0..BATCH_SIZE)
            .map(|_| random.random_range(0..NUM_DIGITS as u8))
            .collect();
        Ok(Self {
            classifier,
            pixels: pixels_to_tensor(&pixels, &device),
            targets: Tensor::from_data(
                TensorData::new(labels, [BATCH_SIZE]).convert::<i32>(),
                &device,
            ),
        })
    }

    fn forward(&self) -> (Tensor<2>, Tensor<1>) {
        let logits = self.classifier.forward(self.pixels.clone());
        let loss = CrossEntropyLossConfig::new()
            .init(&logits.device())
            .forward(logits.clone(), self.targets.clone());
        (logits, loss)
    }
}

struct CollectGradients<'a> {
    gradients: &'a GradientsParams,
    values: Vec<f32>,
    failure: Option<InferenceError>,
}

impl ModuleVisitor for CollectGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else {
            self.failure = Some(InferenceError::Device("a parameter has no gradient".into()));
            return;
        };
        match read_floats(&gradient) {
            Ok(values) => self.values.extend(values),
            Err(failure) => self.failure = Some(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::device::{DeviceClass, open_device};
    use crate::device_choice::DeviceChoice;
    use std::io::Write as _;

    #[test]
    fn the_cpu_agrees_with_burns_own_operations() {
        let check = self_check(&Device::flex()).unwrap();
        assert!(check.logits_difference < 1e-5 && check.gradients_difference < 1e-5);
        assert!(check.has_passed() && !check.is_in_one_piece);
    }

    #[test]
    fn ndarray_agrees_with_the_cpu() {
        let check = self_check(&open_device(DeviceChoice::NdArray).unwrap().device).unwrap();
        assert!(check.has_passed(), "{check:?}");
    }

    #[test]
    fn a_gpu_agrees_with_the_cpu() {
        let Ok(open) = open_device(DeviceChoice::Gpu(None)) else {
            // Not by `eprintln!`, which the test harness hides where a test passes.
            let text = "a_gpu_agrees_with_the_cpu: skipped, no GPU adapter";
            let _ = writeln!(std::io::stderr(), "{text}");
            return;
        };
        assert_ne!(open.class, DeviceClass::Cpu);
        let check = self_check(&open.device).unwrap();
        assert!(check.has_passed(), "{}: {check:?}", open.name);
    }

    #[test]
    fn differences_are_relative_and_never_hide_nan() {
        assert!((relative_difference(&[2.0, -4.0], &[2.0, -3.0]) - 0.25).abs() < 1e-12);
        assert!(relative_difference(&[1.0], &[f32::NAN]).is_infinite());
        assert!(relative_difference(&[1.0, 2.0], &[1.0]).is_infinite());
    }
}
