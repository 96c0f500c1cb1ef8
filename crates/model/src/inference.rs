//! Logits for any number of images, batch after batch. Used by training for validation and test and
//! by the `infer` program, so that both see the same numbers.

use crate::classifier::Classifier;
use base::{IMAGE_PIXELS, NUM_CLASSES};
use burn::tensor::{Device, Tensor, TensorData};
use kernels::{floats_of_bytes, on_computing_thread};

/// Images in one batch of inference, where nobody asks for another number.
pub const DEFAULT_INFERENCE_BATCH: usize = 1_000;

/// Why logits could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The device failed.
    #[error("the device failed while computing predictions: {0}")]
    Device(String),
}

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
    on_computing_thread(|| {
        for batch in pixels.chunks(batch_size.max(1) * IMAGE_PIXELS) {
            let output = classifier.forward(pixels_to_tensor(batch, device));
            logits.extend(read_floats(&output)?);
        }
        Ok(logits)
    })
}

/// Pixels 0–255, `[num_images * IMAGE_PIXELS]`, as a tensor `[num_images, IMAGE_PIXELS]`.
#[must_use]
pub fn pixels_to_tensor(pixels: &[u8], device: &Device) -> Tensor<2> {
    let values = floats_of_bytes(pixels);
    let num_images = pixels.len() / IMAGE_PIXELS;
    Tensor::from_data(TensorData::new(values, [num_images, IMAGE_PIXELS]), device)
}

/// All values of a tensor, row after row. Waits for the device.
///
/// # Errors
///
/// Where the device fails.
pub fn read_floats<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>, InferenceError> {
    tensor
        .try_to_vec_as()
        .map_err(|error| InferenceError::Device(error.to_string()))
}
