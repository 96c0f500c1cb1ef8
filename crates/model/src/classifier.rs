//! The one network type that training, evaluation and prediction see. Shapes: `pixels_np` is
//! `[batch, IMAGE_PIXELS]` with values 0–255, row after row; logits are `[batch, NUM_CLASSES]`.

use crate::cnn::Cnn;
use crate::config::{ClassifierConfig, InputConfig, NetworkConfig};
use crate::dense::{DenseStack, DenseStackConfig};
use crate::initializer::LayerSource;
use crate::layout::NetworkConfigError;
use crate::weights::WeightedLayer;
use base::IMAGE_PIXELS;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kernels::{Dropout, DropoutKey, standardize};

/// Highest pixel value: full ink.
const MAX_PIXEL: f32 = 255.0;

/// A network together with its input step, so that training, prediction and export cannot
/// normalise differently.
#[derive(Module, Debug)]
pub struct Classifier {
    network: Network,
    #[module(skip)]
    input: InputConfig,
}

/// What a step of training draws from, dropout's masks above all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingContext {
    /// The run's seed.
    pub seed: u64,
    /// Steps before this one, over the whole run.
    pub step: u64,
}

impl TrainingContext {
    /// The dropout after `layer`, counted from 0 over all layers with weights; none where `probability`
    /// is 0.
    pub(crate) fn dropout(self, layer: usize, probability: f64) -> Option<Dropout> {
        let key = DropoutKey {
            seed: self.seed,
            step: self.step,
            layer: layer as u32,
        };
        let probability = probability as f32;
        (probability > 0.0).then_some(Dropout { probability, key })
    }
}

/// The layers. Softmax regression is a dense stack without hidden layers.
#[derive(Module, Debug)]
enum Network {
    Dense(DenseStack),
    Cnn(Cnn),
}

impl ClassifierConfig {
    /// Builds the classifier on `device` with weights drawn from `seed`: the same on every device.
    ///
    /// # Errors
    ///
    /// Where the configuration makes no network.
    pub fn init(&self, seed: u64, device: &Device) -> Result<Classifier, NetworkConfigError> {
        let summary = self.network.summarize()?;
        if !(self.input.std.is_finite() && self.input.std > 0.0 && self.input.mean.is_finite()) {
            return Err(NetworkConfigError {
                key: "input".into(),
                problem: "needs a finite mean and a finite std above 0".into(),
            });
        }
        let source = |initializer| LayerSource::new(initializer, seed, device);
        let network = match &self.network {
            NetworkConfig::Linear(config) => {
                let stack = DenseStackConfig {
                    num_inputs: IMAGE_PIXELS,
                    hidden: &[],
                    activation: crate::config::Activation::None,
                    dropout: 0.0,
                    dropout_on: crate::config::DropoutOn::All,
                };
                Network::Dense(stack.init(&mut source(config.initializer)))
            }
            NetworkConfig::Dense(config) => {
                let stack = DenseStackConfig {
                    num_inputs: IMAGE_PIXELS,
                    hidden: &config.hidden,
                    activation: config.activation,
                    dropout: config.dropout,
                    dropout_on: config.dropout_on,
                };
                Network::Dense(stack.init(&mut source(config.initializer)))
            }
            NetworkConfig::Cnn(config) => {
                let last = summary.layers.get(config.convolutions.len() - 1);
                let num_features = last.map_or(0, |layer| layer.output.iter().product());
                Network::Cnn(config.init(num_features, &mut source(config.initializer)))
            }
        };
        Ok(Classifier {
            network,
            input: self.input,
        })
    }
}

impl Classifier {
    /// Pixels 0–255, `[batch, IMAGE_PIXELS]`, to logits `[batch, NUM_CLASSES]`.
    #[must_use]
    pub fn forward(&self, pixels_np: Tensor<2>) -> Tensor<2> {
        self.run(pixels_np, None)
    }

    /// The same in a step of training: with dropout.
    #[must_use]
    pub fn forward_training(&self, pixels_np: Tensor<2>, context: TrainingContext) -> Tensor<2> {
        self.run(pixels_np, Some(context))
    }

    fn run(&self, pixels_np: Tensor<2>, training: Option<TrainingContext>) -> Tensor<2> {
        let InputConfig { mean, std } = self.input;
        let x_np = standardize(pixels_np, 1.0 / (MAX_PIXEL * std), mean / std);
        match &self.network {
            Network::Dense(dense) => dense.forward(x_np, 0, training),
            Network::Cnn(cnn) => cnn.forward(x_np, training),
        }
    }

    /// The layers with weights, first to last.
    pub(crate) fn weighted_layers(&self) -> Vec<WeightedLayer<'_>> {
        match &self.network {
            Network::Dense(dense) => dense.weighted_layers().collect(),
            Network::Cnn(cnn) => cnn.weighted_layers().collect(),
        }
    }
}
