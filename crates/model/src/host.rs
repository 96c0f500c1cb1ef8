//! Values on their way between the host and a device. Owns what can go wrong on it.

use base::IMAGE_PIXELS;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use kernels::{floats_of_bytes, is_finite};

/// Why numbers could not be had from a device.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The device failed.
    #[error("the device failed while computing predictions: {0}")]
    Device(String),
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

/// Whether every weight of a module, and every other number that is saved of it, is finite. Waits for the device.
///
/// # Errors
///
/// Where the device fails.
pub fn has_finite_weights(module: &impl Module) -> Result<bool, InferenceError> {
    let mut search = Search(Ok(true));
    module.visit(&mut search);
    search.0
}

/// Whether all numbers so far were finite.
struct Search(Result<bool, InferenceError>);

impl ModuleVisitor for Search {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Ok(true) = self.0 {
            let values = param.val();
            self.0 = match is_finite(&values) {
                Some(found) => Ok(found),
                None => {
                    read_floats(&values).map(|values| values.iter().all(|value| value.is_finite()))
                }
            };
        }
    }
}

/// Single numbers, `[1]` each, all in one go. Waits for the device once.
///
/// # Errors
///
/// Where the device fails.
pub fn read_numbers<'a>(
    tensors: impl Iterator<Item = &'a Tensor<1>>,
) -> Result<Vec<f32>, InferenceError> {
    let all = tensors.fold(Transaction::default(), |all, tensor| {
        all.register(tensor.clone())
    });
    let failed = |error: &dyn std::fmt::Display| InferenceError::Device(error.to_string());
    let data = all.try_execute().map_err(|error| failed(&error))?;
    let number = |data: TensorData| data.try_to_vec::<f32>().map_err(|error| failed(&error));
    let numbers: Result<Vec<Vec<f32>>, InferenceError> = data.into_iter().map(number).collect();
    Ok(numbers?.concat())
}
