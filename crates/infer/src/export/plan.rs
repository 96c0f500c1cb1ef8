//! What a network's layers do, one after another, without anything that only training needs.
//!
//! Owns which networks can be exported, and the folding of batch normalisation into a convolution's weights.

use crate::error::Error;
use model::{
    Activation, ConvolutionalConfig, NamedWeights, NetworkConfig, Padding, Pool, SavedModel,
};
use serde::Serialize;
use std::collections::HashMap;

/// Added to a variance before its root is divided by, as in the network itself.
const EPSILON: f64 = 1e-5;

/// A layer. Its weights are `NAME/weights` and `NAME/biases`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Layer {
    Convolution {
        name: String,
        /// Rows and columns of a kernel.
        kernel: usize,
        padding: Padding,
        activation: Activation,
        pool: Pool,
        pool_size: usize,
    },
    Dense {
        name: String,
        activation: Activation,
    },
}

/// Layers, first to last, and their weights.
pub(super) struct Plan {
    pub(super) layers: Vec<Layer>,
    pub(super) tensors: Vec<NamedWeights>,
}

impl Plan {
    /// Of a saved model.
    pub(super) fn of(model: &SavedModel) -> Result<Self, Error> {
        let tensors = model.classifier.tensors()?.into_iter();
        let tensors = tensors
            .map(|tensor| (tensor.name.clone(), tensor))
            .collect();
        let mut plan = Planning {
            tensors,
            layers: Vec::new(),
            kept: Vec::new(),
        };
        match &model.manifest.classifier.network {
            NetworkConfig::Linear(_) => plan.dense_layers(&[], Activation::None)?,
            NetworkConfig::Dense(config) => plan.dense_layers(&config.hidden, config.activation)?,
            NetworkConfig::Cnn(config) => {
                for (index, layer) in config.convolutions.iter().enumerate() {
                    plan.convolution(index + 1, layer)?;
                }
                plan.dense_layers(&config.dense, config.activation)?;
            }
        }
        Ok(Self {
            layers: plan.layers,
            tensors: plan.kept,
        })
    }
}

struct Planning {
    tensors: HashMap<String, NamedWeights>,
    layers: Vec<Layer>,
    kept: Vec<NamedWeights>,
}

impl Planning {
    fn convolution(&mut self, number: usize, layer: &ConvolutionalConfig) -> Result<(), Error> {
        let name = format!("convolution_{number}");
        let ConvolutionalConfig::Convolution(config) = layer else {
            return Err(Error::NotExported { layer: "residual" });
        };
        let (mut weights, mut biases) = self.parameters(&name)?;
        if config.batch_norm {
            self.fold(&name, &mut weights, &mut biases)?;
        }
        self.kept.extend([weights, biases]);
        self.layers.push(Layer::Convolution {
            name,
            kernel: config.kernel,
            padding: config.padding,
            activation: config.activation,
            pool: config.pool,
            pool_size: config.pool_size,
        });
        Ok(())
    }

    fn dense_layers(&mut self, hidden: &[usize], activation: Activation) -> Result<(), Error> {
        for number in 1..=hidden.len() {
            self.dense(format!("dense_{number}"), activation)?;
        }
        self.dense("output".into(), Activation::None)
    }

    fn dense(&mut self, name: String, activation: Activation) -> Result<(), Error> {
        let (weights, biases) = self.parameters(&name)?;
        self.kept.extend([weights, biases]);
        self.layers.push(Layer::Dense { name, activation });
        Ok(())
    }

    fn parameters(&mut self, layer: &str) -> Result<(NamedWeights, NamedWeights), Error> {
        Ok((self.take(layer, "weights")?, self.take(layer, "biases")?))
    }

    fn take(&mut self, layer: &str, parameter: &str) -> Result<NamedWeights, Error> {
        let tensor = self.tensors.remove(&format!("{layer}/{parameter}"));
        tensor.ok_or(Error::Internal("a layer's parameters have another name"))
    }

    /// Lets a convolution do by itself what batch normalisation does behind it, with the running statistics.
    fn fold(
        &mut self,
        layer: &str,
        weights: &mut NamedWeights,
        biases: &mut NamedWeights,
    ) -> Result<(), Error> {
        let mut next = |parameter| self.take(layer, parameter).map(|tensor| tensor.values);
        let (scales, shifts) = (next("scales")?, next("shifts")?);
        let (means, variances) = (next("running_means")?, next("running_variances")?);
        let of_channel = weights.values.len() / biases.values.len().max(1);
        let channels = weights.values.chunks_exact_mut(of_channel.max(1));
        for (channel, (kernel, bias)) in channels.zip(&mut biases.values).enumerate() {
            let deviation = (f64::from(variances[channel]) + EPSILON).sqrt();
            let scale = f64::from(scales[channel]) / deviation;
            for weight in kernel {
                *weight = (f64::from(*weight) * scale) as f32;
            }
            let moved = (f64::from(*bias) - f64::from(means[channel])) * scale;
            *bias = (moved + f64::from(shifts[channel])) as f32;
        }
        Ok(())
    }
}
