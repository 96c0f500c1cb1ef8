//! Logits for any number of images, batch after batch. Used by training for validation and test and
//! by the `infer` program, so that both see the same numbers.

use crate::classifier::Classifier;
use crate::host::{InferenceError, pixels_to_tensor, read_floats};
use crate::views::{Angles, Views};
use base::IMAGE_PIXELS;
use burn::tensor::{Device, Tensor};
use kernels::{NetworkStep, StepImages, on_computing_thread};

/// Images in one batch of inference, where nobody asks for another number.
pub const DEFAULT_INFERENCE_BATCH: usize = 1_000;

/// Which outputs of a network are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// The logits of its classes.
    Classes,
    /// All: behind the classes those of pairs of digits, where it reads them.
    All,
}

/// Logits, `[num_images * num_classes]`, of `pixels`, `[num_images * IMAGE_PIXELS]` with values
/// 0–255, each read at so many views: the mean of these. `classifier` must be on `device`, without automatic
/// differentiation.
///
/// # Errors
///
/// Where the device fails.
pub fn predict_logits(
    classifier: &Classifier,
    pixels: &[u8],
    batch_size: usize,
    views: Views,
    device: &Device,
) -> Result<Vec<f32>, InferenceError> {
    predict(
        classifier,
        Outputs::Classes,
        pixels,
        batch_size,
        views,
        device,
    )
}

/// As [`predict_logits`], for what is wanted, at these angles: of all outputs, `[num_images * num_outputs]`.
///
/// # Errors
///
/// Where the device fails.
pub fn predict(
    classifier: &Classifier,
    wanted: Outputs,
    pixels: &[u8],
    batch_size: usize,
    angles: impl Into<Angles>,
    device: &Device,
) -> Result<Vec<f32>, InferenceError> {
    let angles = angles.into();
    let mut logits = Vec::new();
    let shape = classifier.step_shape();
    let step = shape.and_then(|shape| NetworkStep::new(&shape, 1, device));
    let forward = |images_np: Tensor<2>| {
        step.as_ref()
            .and_then(|step| step.logits(classifier, StepImages::Pixels(&images_np)))
            .unwrap_or_else(|| classifier.outputs(images_np))
    };
    on_computing_thread(|| {
        for batch in pixels.chunks(batch_size.max(1) * IMAGE_PIXELS) {
            let output = angles.mean(pixels_to_tensor(batch, device), forward);
            let output = match wanted {
                Outputs::Classes => classifier.of_classes(output),
                Outputs::All => output,
            };
            logits.extend(read_floats(&output)?);
        }
        Ok(logits)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::ClassifierConfig;
    use crate::network::NetworkConfig;
    use crate::views::turned;

    /// A stroke from the lower left to the upper right of the middle, by so many degrees to the right of upright.
    fn stroke(degrees: f32) -> [u8; IMAGE_PIXELS] {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        std::array::from_fn(|index| {
            let (x, y) = ((index % 28) as f32 - 13.5, 13.5 - (index / 28) as f32);
            let (along, beside) = (x * sine + y * cosine, x * cosine - y * sine);
            let cover = (2.5 - beside.abs()).min(9.0 - along.abs()).clamp(0.0, 1.0);
            (255.0 * cover) as u8
        })
    }

    #[test]
    fn an_image_is_turned_about_its_middle_to_the_left() {
        let device = Device::flex();
        let turned = turned(&pixels_to_tensor(&stroke(12.0), &device), 8.0);
        let found = read_floats(&turned).unwrap();
        let off = |degrees: f32| -> f32 {
            let pairs = found.iter().zip(stroke(degrees));
            pairs
                .map(|(found, pixel)| (found - f32::from(pixel)).abs())
                .sum()
        };
        assert!(off(4.0) < 0.4 * off(12.0), "{} {}", off(4.0), off(12.0));
        assert!(off(4.0) < 0.4 * off(20.0));
    }

    #[test]
    fn views_are_the_mean_of_what_is_said_at_each_angle() {
        let device = Device::flex();
        let config = ClassifierConfig::from(NetworkConfig::default());
        let classifier = config.init(base::NUM_DIGITS, 5, &device).unwrap();
        let pixels = [stroke(30.0), stroke(-20.0), stroke(0.0)].concat();
        let at = |views| predict_logits(&classifier, &pixels, 2, views, &device).unwrap();
        let three = at(Views::Three);
        let mut expected = at(Views::One);
        for degrees in [-8.0, 8.0] {
            let images_np = turned(&pixels_to_tensor(&pixels, &device), degrees);
            let logits = read_floats(&classifier.forward(images_np)).unwrap();
            for (sum, logit) in expected.iter_mut().zip(logits) {
                *sum += logit;
            }
        }
        for (found, sum) in three.iter().zip(expected) {
            assert!((found - sum / 3.0).abs() < 1e-4, "{found} {sum}");
        }
        let five = at(Views::Five);
        assert_ne!(five, three);
        for (views, expected) in [(Views::Three, three), (Views::Five, five)] {
            let turned = predict(
                &classifier,
                Outputs::All,
                &pixels,
                2,
                views.turned(),
                &device,
            );
            let both = at(Views::One).into_iter().zip(turned.unwrap());
            for ((upright, turned), expected) in both.zip(expected) {
                assert!((views.with_turned(upright, turned) - expected).abs() < 1e-4);
            }
        }
    }
}
