//! A convolution with stride 1, its batch normalisation, activation, pooling and dropout: what convolutional
//! layers and residual blocks are made of. On the CPU as few operations as `kernels` can make of it.
//! Shapes: `x_nchw` is `[batch, channels, height, width]`.

use super::activation::{Activation, is_relu};
use super::batch_norm::BatchNorm;
use super::pooling::{Pool, Pooling};
use super::values::{Mode, Shape, dropout_suffix};
use crate::checks::{Checked, check_count, check_length, check_probability, checked_product};
use crate::host::InferenceError;
use crate::initializer::ParameterSource;
use crate::weights::NamedWeights;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::{ConvPoolOptions, FusedActivation, FusedPool, StepConvolution, conv_pool, dropout};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a convolution does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "\"same\" or \"valid\"")]
pub enum Padding {
    /// Zeros around the image, so that the output is as large as the input.
    Same,
    /// No padding: the output is `kernel - 1` pixels smaller.
    #[default]
    Valid,
}

/// What a [`Unit`] is built from.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitConfig {
    pub channels_in: usize,
    pub channels: usize,
    pub kernel: usize,
    pub padding: Padding,
    pub batch_norm: bool,
    pub tail: Tail,
}

impl UnitConfig {
    /// Checks the sizes, and works out the trained parameters and what the convolution puts out. `key` is the
    /// layer's.
    pub(super) fn summarize(&self, key: &str, input: Shape) -> Checked<(usize, Shape)> {
        let key_of = |name: &str| format!("{key}.{name}");
        check_count(&key_of("channels"), self.channels)?;
        let [_, height, width] = input.images();
        check_length(&key_of("kernel"), self.kernel, "layer's input", height)?;
        let area = self.kernel * self.kernel;
        let channels = key_of("channels");
        let weights = checked_product(&channels, &[self.channels_in, self.channels, area])?;
        checked_product(&channels, &[self.channels, height, width])?;
        let normalization = if self.batch_norm {
            BatchNorm::num_parameters(self.channels)
        } else {
            0
        };
        let lost = match self.padding {
            Padding::Same => 0,
            Padding::Valid => self.kernel - 1,
        };
        let output = Shape::Images([self.channels, height - lost, width - lost]);
        Ok((weights + self.channels + normalization, output))
    }

    pub(super) fn init(&self, source: &mut ParameterSource<'_>) -> Unit {
        let area = self.kernel * self.kernel;
        let shape = [self.channels, self.channels_in, self.kernel, self.kernel];
        Unit {
            convolution: Kernels {
                weight: source.weights(shape, self.channels_in * area, self.channels * area),
                bias: source.biases(self.channels),
            },
            batch_norm: self
                .batch_norm
                .then(|| BatchNorm::new(self.channels, source)),
            same_padding: self.padding == Padding::Same,
            tail: self.tail,
        }
    }
}

/// What comes after the convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub activation: Activation,
    pub pooling: Pooling,
    pub dropout: f64,
}

impl Tail {
    /// `pool_size` is the height, width and stride of the pooling window, in pixels.
    pub(super) fn new(activation: Activation, pool: Pool, pool_size: usize, dropout: f64) -> Self {
        Self {
            activation,
            pooling: Pooling {
                kind: pool,
                size: pool_size,
            },
            dropout,
        }
    }

    /// An activation and nothing else.
    pub(super) fn of(activation: Activation) -> Self {
        Self::new(activation, Pool::None, 1, 0.0)
    }

    /// Checks the values, and works out the output and the part of the layer's name. `key` is the layer's.
    pub(super) fn summarize(self, key: &str, input: Shape) -> Checked<(Shape, String)> {
        check_probability(&format!("{key}.dropout"), self.dropout)?;
        let (output, pool) = self.pooling.summarize(key, input)?;
        let (activation, dropout) = (self.activation.suffix(), dropout_suffix(self.dropout));
        Ok((output, format!("{activation}{pool}{dropout}")))
    }

    /// Pooling and dropout, behind the activation.
    pub(super) fn finish(self, x_nchw: Tensor<4>, mode: Mode) -> Tensor<4> {
        let x_nchw = self.pooling.apply(x_nchw);
        match mode.dropout(self.dropout) {
            Some(mask) => dropout(x_nchw, mask),
            None => x_nchw,
        }
    }
}

/// Batch normalisation as part of a layer's name in the summary.
pub(super) fn batch_norm_suffix(batch_norm: bool) -> &'static str {
    if batch_norm { ", batch norm" } else { "" }
}

/// A convolution and what belongs to it.
#[derive(Module, Debug)]
pub(crate) struct Unit {
    convolution: Kernels,
    batch_norm: Option<BatchNorm>,
    #[module(skip)]
    same_padding: bool,
    #[module(skip)]
    tail: Tail,
}

/// Weights `[channels_out, channels_in, kernel, kernel]` and biases `[channels_out]` of a convolution.
#[derive(Module, Debug)]
struct Kernels {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
}

impl Unit {
    pub(super) fn forward(&self, x_nchw: Tensor<4>, mode: Mode) -> Tensor<4> {
        let (weight, bias) = (self.convolution.weight.val(), self.convolution.bias.val());
        match (&self.batch_norm, mode) {
            (None, _) => self.fused(x_nchw, weight, bias, mode),
            (Some(batch_norm), Mode::Evaluation | Mode::Kept(..)) => {
                let (weight, bias) = batch_norm.fold(weight, bias);
                self.fused(x_nchw, weight, bias, mode)
            }
            (Some(batch_norm), Mode::Training(..)) => {
                let options = self.options(FusedActivation::Identity, FusedPool::None);
                let x_nchw = conv_pool(x_nchw, weight, bias, options, None);
                let x_nchw = batch_norm.train(x_nchw, self.tail.activation.fused());
                self.tail.finish(x_nchw, mode)
            }
        }
    }

    /// Convolution and all that follows, as one operation where it can be.
    fn fused(
        &self,
        x_nchw: Tensor<4>,
        weight: Tensor<4>,
        bias: Tensor<1>,
        mode: Mode,
    ) -> Tensor<4> {
        let Tail {
            activation,
            pooling,
            dropout,
        } = self.tail;
        let (pool, pooling) = pooling.fused();
        let options = self.options(activation.fused(), pool);
        if pooling.kind == Pool::None {
            return conv_pool(x_nchw, weight, bias, options, mode.dropout(dropout));
        }
        let x_nchw = conv_pool(x_nchw, weight, bias, options, None);
        Tail {
            pooling,
            ..self.tail
        }
        .finish(x_nchw, mode)
    }

    /// As [`kernels::WholeStep`] knows it, where it does.
    pub(super) fn step_layer(&self) -> Option<StepConvolution> {
        let Tail {
            activation,
            pooling,
            dropout,
        } = self.tail;
        let is_relu = is_relu(activation)?;
        let is_pooled = match pooling.fused() {
            (FusedPool::Max, _) => true,
            (FusedPool::None, rest) if rest.kind == Pool::None => false,
            _ => return None,
        };
        let [channels_out, _, kernel, _] = self.convolution.weight.val().dims();
        let is_plain = self.batch_norm.is_none() && dropout <= 0.0;
        is_plain.then_some(StepConvolution {
            channels_out,
            kernel,
            same_padding: self.same_padding,
            is_relu,
            is_pooled,
        })
    }

    fn options(&self, activation: FusedActivation, pool: FusedPool) -> ConvPoolOptions {
        ConvPoolOptions {
            same_padding: self.same_padding,
            activation,
            pool,
        }
    }

    /// The weights and biases of the convolution, then what batch normalisation has.
    pub(super) fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        let mut list = vec![
            self.weights()?,
            NamedWeights::read("biases", &self.convolution.bias.val())?,
        ];
        if let Some(batch_norm) = &self.batch_norm {
            list.extend(batch_norm.tensors()?);
        }
        Ok(list)
    }

    /// The weights of the convolution alone.
    pub(super) fn weights(&self) -> Result<NamedWeights, InferenceError> {
        NamedWeights::read("weights", &self.convolution.weight.val())
    }
}
