//! A convolutional layer: convolution, batch normalisation, activation, pooling, dropout. The running of it is one
//! [`Unit`]'s.

use super::activation::Activation;
use super::fields::ConvolutionalFields;
use super::pooling::Pool;
use super::unit::{Padding, Tail, Unit, UnitConfig, batch_norm_suffix};
use super::values::Shape;
use crate::checks::Checked;
use crate::initializer::ParameterSource;
use crate::summary::LayerSummary;

/// One convolutional layer, as a recipe describes it; the keys are explained at `ConvolutionalFields`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvolutionConfig {
    /// Number of output channels.
    pub channels: usize,
    /// Height and width of the kernel, in pixels; stride 1.
    pub kernel: usize,
    /// Whether the borders are padded with zeros.
    pub padding: Padding,
    /// After the convolution.
    pub activation: Activation,
    /// After the activation.
    pub pool: Pool,
    /// Height, width and stride of the pooling window, in pixels.
    pub pool_size: usize,
    /// Whether the convolution's output is normalised over the batch.
    pub batch_norm: bool,
    /// Probability of zeroing a pooled value in training, 0 ≤ p < 1.
    pub dropout: f64,
}

impl Default for ConvolutionConfig {
    fn default() -> Self {
        Self {
            channels: 16,
            kernel: 3,
            padding: Padding::Valid,
            activation: Activation::Relu,
            pool: Pool::None,
            pool_size: 2,
            batch_norm: false,
            dropout: 0.0,
        }
    }
}

impl ConvolutionConfig {
    pub(super) fn from_fields(fields: &ConvolutionalFields) -> Self {
        let default = Self::default();
        Self {
            channels: fields.channels.unwrap_or(default.channels),
            kernel: fields.kernel.unwrap_or(default.kernel),
            padding: fields.padding.unwrap_or(default.padding),
            activation: fields.activation.unwrap_or(default.activation),
            pool: fields.pool.unwrap_or(default.pool),
            pool_size: fields.pool_size.unwrap_or(default.pool_size),
            batch_norm: fields.batch_norm.unwrap_or(default.batch_norm),
            dropout: fields.dropout.unwrap_or(default.dropout),
        }
    }

    pub(super) fn into_fields(self) -> ConvolutionalFields {
        ConvolutionalFields {
            kind: None,
            channels: Some(self.channels),
            kernel: Some(self.kernel),
            padding: Some(self.padding),
            activation: Some(self.activation),
            pool: Some(self.pool),
            pool_size: self.pool.has_windows().then_some(self.pool_size),
            batch_norm: Some(self.batch_norm),
            dropout: Some(self.dropout),
        }
    }

    fn unit(&self, input: Shape) -> UnitConfig {
        let [channels_in, ..] = input.images();
        UnitConfig {
            channels_in,
            channels: self.channels,
            kernel: self.kernel,
            padding: self.padding,
            batch_norm: self.batch_norm,
            tail: Tail::new(self.activation, self.pool, self.pool_size, self.dropout),
        }
    }

    pub(super) fn summarize(&self, key: &str, input: Shape) -> Checked<(LayerSummary, Shape)> {
        let unit = self.unit(input);
        let (num_parameters, convolved) = unit.summarize(key, input)?;
        let (output, tail) = unit.tail.summarize(key, convolved)?;
        let kernel = self.kernel;
        let padding = match self.padding {
            Padding::Same => "same",
            Padding::Valid => "valid",
        };
        let batch_norm = batch_norm_suffix(self.batch_norm);
        let summary = LayerSummary {
            name: format!("convolution {kernel}×{kernel} {padding}{batch_norm}{tail}"),
            output: output.sizes(),
            num_parameters,
        };
        Ok((summary, output))
    }

    pub(super) fn init(&self, input: Shape, source: &mut ParameterSource<'_>) -> Unit {
        self.unit(input).init(source)
    }
}
