//! Whether a device computes rightly: one step of LeNet, compared with Burn's own operations on the CPU.

use crate::classifier::Classifier;
use crate::config::{ClassifierConfig, InputConfig};
use crate::host::{InferenceError, pixels_to_tensor, read_floats};
use crate::network::{CnnConfig, NetworkConfig};
use base::{IMAGE_PIXELS, NUM_CLASSES};
use burn::module::{Module as _, ModuleVisitor, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use kernels::{NetworkStep, StepImages, with_fusing};
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
    /// Whether the device trains such a network in one piece, and that was checked too.
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
}

/// Compares one LeNet step on `device` with the CPU's; where the device takes such a step in one piece, that too.
///
/// # Errors
///
/// Where the device fails.
pub fn self_check(device: &Device) -> Result<SelfCheck, InferenceError> {
    let expected = with_fusing(false, || Step::compute(&Device::flex()))?;
    let one_by_one = Step::compute(device)?;
    let in_one_piece = Step::compute_in_one_piece(device)?;
    let is_in_one_piece = in_one_piece.is_some();
    let found: Vec<Step> = [one_by_one].into_iter().chain(in_one_piece).collect();
    let worst =
        |difference: &dyn Fn(&Step) -> f64| found.iter().map(difference).fold(0.0, f64::max);
    Ok(SelfCheck {
        logits_difference: worst(&|step| relative_difference(&expected.logits, &step.logits)),
        loss_difference: worst(&|step| relative_difference(&[expected.loss], &[step.loss])),
        gradients_difference: worst(&|step| {
            relative_difference(&expected.gradients, &step.gradients)
        }),
        is_in_one_piece,
    })
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
    fn compute(device: &Device) -> Result<Self, InferenceError> {
        let training = Training::new(device)?;
        let (logits, loss) = training.forward();
        let gradients = loss.clone().backward();
        let gradients = GradientsParams::from_grads(gradients, &training.classifier);
        Self::read(&training.classifier, &gradients, &logits, &loss)
    }

    /// By the kernels for all layers at once, where the device has them.
    fn compute_in_one_piece(device: &Device) -> Result<Option<Self>, InferenceError> {
        let Training {
            classifier,
            pixels,
            targets,
        } = Training::new(device)?;
        let shape = classifier.step_shape();
        let Some(step) = shape.and_then(|shape| NetworkStep::new(&shape, BATCH_SIZE, device))
        else {
            return Ok(None);
        };
        let images = StepImages::Pixels(&pixels);
        let found = step.run(&classifier, images, &targets, 0.0);
        let logits = step.logits(&classifier, images);
        let found = found
            .zip(logits)
            .map(|(found, logits)| Self::read(&classifier, &found.gradients, &logits, &found.loss));
        found.transpose()
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

/// LeNet and a batch of noise on a device.
struct Training {
    classifier: Classifier,
    pixels: Tensor<2>,
    targets: Tensor<1, Int>,
}

impl Training {
    fn new(device: &Device) -> Result<Self, InferenceError> {
        let device = device.clone().autodiff();
        let config = ClassifierConfig {
            input: InputConfig::default(),
            network: NetworkConfig::Cnn(CnnConfig::default()),
        };
        let classifier = config
            .init(1, &device)
            .map_err(|error| InferenceError::Device(error.to_string()))?;
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let pixels: Vec<u8> = (0..BATCH_SIZE * IMAGE_PIXELS)
            .map(|_| random.random())
            .collect();
        let labels: Vec<u8> = (0..BATCH_SIZE)
            .map(|_| random.random_range(0..NUM_CLASSES as u8))
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
