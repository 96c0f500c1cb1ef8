//! Convolutional layers. Shapes: `x_nchw` is `[batch, channels, height, width]`.

use crate::classifier::TrainingContext;
use crate::config::{Activation, CnnConfig, ConvolutionConfig, Padding, Pool};
use crate::dense::{DenseStack, DenseStackConfig, activate};
use crate::initializer::LayerSource;
use crate::weights::WeightedLayer;
use base::IMAGE_SIDE;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, PaddingConfig2d};
use burn::tensor::Tensor;
use kernels::{ConvPoolOptions, Dropout, FusedActivation, FusedPool, conv_pool};

/// Convolutional layers, then a dense stack.
#[derive(Module, Debug)]
pub struct Cnn {
    convolutions: Vec<ConvolutionLayer>,
    dense: DenseStack,
}

/// Convolution, batch normalisation, activation, pooling, dropout.
#[derive(Module, Debug)]
pub struct ConvolutionLayer {
    convolution: Conv2d,
    batch_norm: Option<BatchNorm>,
    max_pool: Option<MaxPool2d>,
    average_pool: Option<AvgPool2d>,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    activation: Activation,
}

impl CnnConfig {
    /// Builds the network; `num_features` is what the last convolutional layer puts out for one
    /// image, `channels × height × width`.
    pub(crate) fn init(&self, num_features: usize, layers: &mut LayerSource<'_>) -> Cnn {
        let mut channels = 1;
        let mut convolutions = Vec::with_capacity(self.convolutions.len());
        for config in &self.convolutions {
            convolutions.push(config.init(channels, layers));
            channels = config.channels;
        }
        let dense = DenseStackConfig {
            num_inputs: num_features,
            hidden: &self.dense,
            activation: self.activation,
            dropout: self.dropout,
            dropout_on: self.dropout_on,
        };
        Cnn {
            convolutions,
            dense: dense.init(layers),
        }
    }
}

impl ConvolutionConfig {
    fn init(&self, channels_in: usize, layers: &mut LayerSource<'_>) -> ConvolutionLayer {
        let padding = match self.padding {
            Padding::Same => PaddingConfig2d::Same,
            Padding::Valid => PaddingConfig2d::Valid,
        };
        let window = [self.pool_size; 2];
        ConvolutionLayer {
            convolution: layers.convolution(channels_in, self.channels, self.kernel, padding),
            batch_norm: self.batch_norm.then(|| layers.batch_norm(self.channels)),
            max_pool: (self.pool == Pool::Max).then(|| MaxPool2dConfig::new(window).init()),
            average_pool: (self.pool == Pool::Average).then(|| AvgPool2dConfig::new(window).init()),
            dropout: self.dropout,
            activation: self.activation,
        }
    }
}

impl ConvolutionLayer {
    /// The steps of the layer that go with the convolution as one operation.
    fn fused(&self) -> ConvPoolOptions {
        let is_alone = self.batch_norm.is_none() && self.convolution.bias.is_some();
        let pool = match (&self.max_pool, &self.average_pool) {
            (Some(pool), _) if pool.kernel_size == [2, 2] => FusedPool::Max,
            (_, Some(pool)) if pool.kernel_size == [2, 2] => FusedPool::Average,
            _ => FusedPool::None,
        };
        ConvPoolOptions {
            same_padding: matches!(self.convolution.padding, PaddingConfig2d::Same),
            activation: if is_alone {
                self.activation.fused()
            } else {
                FusedActivation::Identity
            },
            pool: if is_alone { pool } else { FusedPool::None },
        }
    }

    fn forward(&self, x_nchw: Tensor<4>, dropout: Option<Dropout>) -> Tensor<4> {
        let fused = self.fused();
        let weight = self.convolution.weight.val();
        let has_pool = self.max_pool.is_some() || self.average_pool.is_some();
        let is_whole = self.batch_norm.is_none() && has_pool == (fused.pool != FusedPool::None);
        let mut x_nchw = match &self.convolution.bias {
            Some(bias) if is_whole => return conv_pool(x_nchw, weight, bias.val(), fused, dropout),
            Some(bias) => conv_pool(x_nchw, weight, bias.val(), fused, None),
            None => self.convolution.forward(x_nchw),
        };
        if let Some(batch_norm) = &self.batch_norm {
            x_nchw = batch_norm.forward(x_nchw);
        }
        if fused.activation == FusedActivation::Identity {
            x_nchw = activate(self.activation, x_nchw);
        }
        if fused.pool == FusedPool::None {
            if let Some(pool) = &self.max_pool {
                x_nchw = pool.forward(x_nchw);
            }
            if let Some(pool) = &self.average_pool {
                x_nchw = pool.forward(x_nchw);
            }
        }
        match dropout {
            Some(dropout) => kernels::dropout(x_nchw, dropout),
            None => x_nchw,
        }
    }
}

impl Cnn {
    /// Normalised pixels `[batch, IMAGE_PIXELS]` to logits `[batch, NUM_CLASSES]`, with dropout in
    /// training.
    #[must_use]
    pub fn forward(&self, x_np: Tensor<2>, training: Option<TrainingContext>) -> Tensor<2> {
        let [num_images, _] = x_np.dims();
        let mut x_nchw = x_np.reshape([num_images, 1, IMAGE_SIDE, IMAGE_SIDE]);
        for (index, layer) in self.convolutions.iter().enumerate() {
            let dropout = training.and_then(|training| training.dropout(index, layer.dropout));
            x_nchw = layer.forward(x_nchw, dropout);
        }
        let num_before = self.convolutions.len();
        self.dense
            .forward(x_nchw.flatten(1, 3), num_before, training)
    }

    pub(crate) fn weighted_layers(&self) -> impl Iterator<Item = WeightedLayer<'_>> {
        let convolutions = self.convolutions.iter();
        convolutions
            .map(|layer| WeightedLayer::Convolution(&layer.convolution))
            .chain(self.dense.weighted_layers())
    }
}
