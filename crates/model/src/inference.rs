//! Logits for any number of images, batch after batch. Used by training for validation and test and
//! by the `infer` program, so that both see the same numbers.

use crate::classifier::Classifier;
use crate::host::{InferenceError, pixels_to_tensor, read_floats};
use base::{IMAGE_PIXELS, NUM_CLASSES};
use burn::tensor::Device;
use kernels::{NetworkStep, StepImages, on_computing_thread};

/// Images in one batch of inference, where nobody asks for another number.
pub const DEFAULT_INFERENCE_BATCH: usize = 1_000;

/// Logits, `[num_images * NUM_CLASSES]`, of `pixels`, `[num_images * IMAGE_PIXELS]` with values
/// 0–255. `classifier` must be on `device`, without automatic differentiation.
///
/// # Errors
///
/// Where the device fails.
pub fn predict_logits(
    classifier: &Classifier,
    pixels: &[u8],
    batch_size: usize,
    device: &Device,
) -> Result<Vec<f32>, InferenceError> {
    let num_images = pixels.len() / IMAGE_PIXELS;
    let mut logits = Vec::with_capacity(num_images * NUM_CLASSES);
    let shape = classifier.step_shape();
    let step = shape.and_then(|shape| NetworkStep::new(&shape, 1, device));
    on_computing_thread(|| {
        for batch in pixels.chunks(batch_size.max(1) * IMAGE_PIXELS) {
            let batch = pixels_to_tensor(batch, device);
            let output = step
                .as_ref()
                .and_then(|step| step.logits(classifier, StepImages::Pixels(&batch)))
                .unwrap_or_else(|| classifier.forward(batch));
            logits.extend(read_floats(&output)?);
        }
        Ok(logits)
    })
}
