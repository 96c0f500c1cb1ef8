//! A residual block (He et al., 2015): two convolutions, whose output is added to the block's input. Where the
//! number of channels changes, the input goes through a convolution of one pixel first.

use super::activation::Activation;
use super::fields::{ConvolutionalFields, LayerKind};
use super::pooling::Pool;
use super::unit::{Padding, Tail, Unit, UnitConfig, batch_norm_suffix};
use super::values::{Mode, Shape};
use crate::checks::Checked;
use crate::host::InferenceError;
use crate::initializer::ParameterSource;
use crate::summary::LayerSummary;
use crate::weights::NamedWeights;
use burn::module::Module;
use burn::tensor::Tensor;

/// One residual block, as a recipe describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualConfig {
    /// Number of output channels, of both convolutions.
    pub channels: usize,
    /// Height and width of both convolutions' kernels, in pixels; stride 1, padded to keep the image's size.
    pub kernel: usize,
    /// After the first convolution, and after the sum.
    pub activation: Activation,
    /// After the block.
    pub pool: Pool,
    /// Height, width and stride of the pooling window, in pixels.
    pub pool_size: usize,
    /// Whether what each convolution puts out is normalised over the batch.
    pub batch_norm: bool,
    /// Probability of zeroing a pooled value in training, 0 ≤ p < 1.
    pub dropout: f64,
}

impl Default for ResidualConfig {
    fn default() -> Self {
        Self {
            channels: 16,
            kernel: 3,
            activation: Activation::Relu,
            pool: Pool::None,
            pool_size: 2,
            batch_norm: true,
            dropout: 0.0,
        }
    }
}

impl ResidualConfig {
    pub(super) fn from_fields(fields: &ConvolutionalFields) -> Result<Self, String> {
        let default = Self::default();
        if fields.padding.is_some() {
            let problem = "it is always padded, so that its input can be added";
            return Err(format!(
                "`padding` is not a key of kind = \"residual\": {problem}"
            ));
        }
        Ok(Self {
            channels: fields.channels.unwrap_or(default.channels),
            kernel: fields.kernel.unwrap_or(default.kernel),
            activation: fields.activation.unwrap_or(default.activation),
            pool: fields.pool.unwrap_or(default.pool),
            pool_size: fields.pool_size.unwrap_or(default.pool_size),
            batch_norm: fields.batch_norm.unwrap_or(default.batch_norm),
            dropout: fields.dropout.unwrap_or(default.dropout),
        })
    }

    pub(super) fn into_fields(self) -> ConvolutionalFields {
        ConvolutionalFields {
            kind: Some(LayerKind::Residual),
            channels: Some(self.channels),
            kernel: Some(self.kernel),
            padding: None,
            activation: Some(self.activation),
            pool: Some(self.pool),
            pool_size: self.pool.has_windows().then_some(self.pool_size),
            batch_norm: Some(self.batch_norm),
            dropout: Some(self.dropout),
        }
    }

    /// The first and the second convolution, and that of the shortcut where there is one.
    fn units(&self, input: Shape) -> (UnitConfig, UnitConfig, Option<UnitConfig>) {
        let [channels_in, ..] = input.images();
        let unit = |channels_in, kernel, activation| UnitConfig {
            channels_in,
            channels: self.channels,
            kernel,
            padding: Padding::Same,
            batch_norm: self.batch_norm,
            tail: Tail::of(activation),
        };
        let changes = channels_in != self.channels;
        (
            unit(channels_in, self.kernel, self.activation),
            unit(self.channels, self.kernel, Activation::None),
            changes.then(|| unit(channels_in, 1, Activation::None)),
        )
    }

    fn tail(&self) -> Tail {
        Tail::new(self.activation, self.pool, self.pool_size, self.dropout)
    }

    pub(super) fn summarize(&self, key: &str, input: Shape) -> Checked<(LayerSummary, Shape)> {
        let (first, second, shortcut) = self.units(input);
        let (mut num_parameters, inner) = first.summarize(key, input)?;
        let (num_more, sum) = second.summarize(key, inner)?;
        num_parameters += num_more;
        if let Some(shortcut) = shortcut {
            num_parameters += shortcut.summarize(key, input)?.0;
        }
        let (output, tail) = self.tail().summarize(key, sum)?;
        let kernel = self.kernel;
        let batch_norm = batch_norm_suffix(self.batch_norm);
        let summary = LayerSummary {
            name: format!("residual {kernel}×{kernel}{batch_norm}{tail}"),
            output: output.sizes(),
            num_parameters,
        };
        Ok((summary, output))
    }

    pub(super) fn init(&self, input: Shape, source: &mut ParameterSource<'_>) -> Residual {
        let (first, second, shortcut) = self.units(input);
        Residual {
            first: first.init(source),
            second: second.init(source),
            shortcut: shortcut.map(|unit| unit.init(source)),
            tail: self.tail(),
        }
    }
}

/// A block with its parameters.
#[derive(Module, Debug)]
pub(crate) struct Residual {
    first: Unit,
    second: Unit,
    shortcut: Option<Unit>,
    #[module(skip)]
    tail: Tail,
}

impl Residual {
    pub(super) fn forward(&self, x_nchw: Tensor<4>, mode: Mode) -> Tensor<4> {
        let inner_nchw = self.first.forward(x_nchw.clone(), mode);
        let inner_nchw = self.second.forward(inner_nchw, mode);
        let x_nchw = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x_nchw, mode),
            None => x_nchw,
        };
        let sum_nchw = self.tail.activation.apply(inner_nchw + x_nchw);
        self.tail.finish(sum_nchw, mode)
    }

    pub(super) fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        let parts = [
            ("first", Some(&self.first)),
            ("second", Some(&self.second)),
            ("shortcut", self.shortcut.as_ref()),
        ];
        let mut list = Vec::new();
        for (part, unit) in parts {
            let Some(unit) = unit else { continue };
            list.extend(
                unit.tensors()?
                    .into_iter()
                    .map(|tensor| tensor.within(part)),
            );
        }
        Ok(list)
    }

    /// The weights of the first convolution alone.
    pub(super) fn weights(&self) -> Result<NamedWeights, InferenceError> {
        self.first.weights()
    }
}
