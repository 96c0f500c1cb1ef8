//! A dense layer: each output is a weighted sum of all inputs; then activation and dropout.
//! Shapes: `x_nf` is `[batch, features]`.

use super::activation::{Activation, is_relu};
use super::values::{Mode, Shape, dropout_suffix};
use crate::checks::{Checked, check_count, checked_product};
use crate::host::InferenceError;
use crate::initializer::ParameterSource;
use crate::summary::LayerSummary;
use crate::weights::NamedWeights;
use base::IMAGE_SIDE;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::{StepDense, dense};

/// One dense layer. A recipe writes the widths of all of them as one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseLayerConfig {
    /// Number of outputs.
    pub width: usize,
    pub activation: Activation,
    /// Probability of zeroing an output in training, 0 ≤ p < 1.
    pub dropout: f64,
}

impl DenseLayerConfig {
    /// `key` is that of the width.
    pub(super) fn summarize(&self, key: &str, input: Shape) -> Checked<(LayerSummary, Shape)> {
        check_count(key, self.width)?;
        let weights = checked_product(key, &[input.num_values(), self.width])?;
        let output = Shape::Features(self.width);
        let activation = self.activation.suffix();
        let summary = LayerSummary {
            name: format!("dense{activation}{}", dropout_suffix(self.dropout)),
            output: output.sizes(),
            num_parameters: weights + self.width,
        };
        Ok((summary, output))
    }

    pub(super) fn init(&self, input: Shape, source: &mut ParameterSource<'_>) -> Dense {
        let (num_inputs, num_outputs) = (input.num_values(), self.width);
        Dense {
            weight: source.weights([num_inputs, num_outputs], num_inputs, num_outputs),
            bias: source.biases(num_outputs),
            activation: self.activation,
            dropout: self.dropout,
        }
    }
}

/// A layer with its weights `[inputs, outputs]` and biases `[outputs]`.
#[derive(Module, Debug)]
pub(crate) struct Dense {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    dropout: f64,
}

impl Dense {
    pub(super) fn forward(&self, x_nf: Tensor<2>, mode: Mode) -> Tensor<2> {
        dense(
            x_nf,
            self.weight.val(),
            self.bias.val(),
            self.activation.fused(),
            mode.dropout(self.dropout),
        )
    }

    /// The same layer with its first outputs alone.
    pub(crate) fn with_outputs(self, count: usize) -> Self {
        Self {
            weight: self.weight.map(|weight| weight.narrow(1, 0, count)),
            bias: self.bias.map(|bias| bias.narrow(0, 0, count)),
            ..self
        }
    }

    /// As [`kernels::WholeStep`] knows it, where it does.
    pub(super) fn step_layer(&self) -> Option<StepDense> {
        let is_relu = is_relu(self.activation)?;
        let [_, num_outputs] = self.weight.val().dims();
        Some(StepDense {
            num_outputs,
            is_relu,
            dropout: self.dropout as f32,
        })
    }

    pub(super) fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        Ok(vec![
            NamedWeights::read("weights", &self.weight.val())?,
            NamedWeights::read("biases", &self.bias.val())?,
        ])
    }

    /// What each unit of a first layer takes from each pixel, `[units, height, width]`.
    pub(super) fn pictures(&self) -> Result<NamedWeights, InferenceError> {
        let weights = self.weight.val().transpose();
        let [num_units, _] = weights.dims();
        Ok(NamedWeights {
            shape: vec![num_units, IMAGE_SIDE, IMAGE_SIDE],
            ..NamedWeights::read("weights", &weights)?
        })
    }
}
