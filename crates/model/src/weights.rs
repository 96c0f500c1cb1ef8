//! A network's numbers as plain values on the host: for charts, pictures and exports. Owns the form; which layer
//! has which is told by `layers`, and saving them is `artifact`'s.

use crate::host::{InferenceError, read_floats};
use burn::tensor::Tensor;

/// One tensor of weights, biases or statistics, or pictures of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedWeights {
    /// Layer and parameter, such as `convolution_1/weights` or `output/biases`.
    pub name: String,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// The values, the last dimension quickest.
    pub values: Vec<f32>,
    /// Whether the values are trained; running statistics are not.
    pub is_trained: bool,
}

impl NamedWeights {
    /// Copies trained values from the device.
    pub(crate) fn read<const D: usize>(
        name: impl Into<String>,
        tensor: &Tensor<D>,
    ) -> Result<Self, InferenceError> {
        Ok(Self {
            name: name.into(),
            shape: tensor.dims().to_vec(),
            values: read_floats(tensor)?,
            is_trained: true,
        })
    }

    /// Copies values that are not trained from the device.
    pub(crate) fn read_untrained<const D: usize>(
        name: impl Into<String>,
        tensor: &Tensor<D>,
    ) -> Result<Self, InferenceError> {
        Ok(Self {
            is_trained: false,
            ..Self::read(name, tensor)?
        })
    }

    /// The same under a longer name.
    pub(crate) fn within(self, part: &str) -> Self {
        Self {
            name: format!("{part}/{}", self.name),
            ..self
        }
    }
}
