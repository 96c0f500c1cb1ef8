//! What a network's layers do, one after another, without anything that only training needs.
//!
//! Owns the order of layers and the folding of batch normalisation into a convolution's weights.

use crate::error::Error;
use model::{
    Activation, ConvolutionalConfig, NamedWeights, NetworkConfig, Padding, Pool, ResidualConfig,
    SavedModel,
};
use serde::Serialize;
use std::collections::HashMap;

/// Added to a variance before its root is divided by, as in the network itself.
const EPSILON: f64 = 1e-5;

/// A layer. The weights of what has a name are `NAME/weights` and `NAME/biases`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Layer {
    Convolution(Convolution),
    Residual(Residual),
    Dense {
        name: String,
        activation: Activation,
    },
}

/// A convolution, an activation and a pooling.
#[derive(Debug, Serialize)]
pub(super) struct Convolution {
    pub(super) name: String,
    /// Rows and columns of a kernel.
    pub(super) kernel: usize,
    pub(super) padding: Padding,
    pub(super) activation: Activation,
    pub(super) pool: Pool,
    pub(super) pool_size: usize,
}

/// Two convolutions whose output is added to their input, which goes through the shortcut first where there is one;
/// then an activation and a pooling.
#[derive(Debug, Serialize)]
pub(super) struct Residual {
    pub(super) first: Convolution,
    pub(super) second: Convolution,
    pub(super) shortcut: Option<Convolution>,
    pub(super) activation: Activation,
    pub(super) pool: Pool,
    pub(super) pool_size: usize,
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
            num_convolutions: 0,
            num_residuals: 0,
        };
        match &model.manifest.classifier.network {
            NetworkConfig::Linear(_) => plan.dense_layers(&[], Activation::None)?,
            NetworkConfig::Dense(config) => plan.dense_layers(&config.hidden, config.activation)?,
            NetworkConfig::Cnn(config) => {
                for layer in &config.convolutions {
                    plan.convolutional(layer)?;
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

/// What the weights of a part of a network are called.
pub(super) fn weights_of(name: &str) -> String {
    format!("{name}/weights")
}

/// The same of its biases.
pub(super) fn biases_of(name: &str) -> String {
    format!("{name}/biases")
}

struct Planning {
    tensors: HashMap<String, NamedWeights>,
    layers: Vec<Layer>,
    kept: Vec<NamedWeights>,
    num_convolutions: usize,
    num_residuals: usize,
}

impl Planning {
    /// Layers are numbered within their kind, as their weights are.
    fn convolutional(&mut self, layer: &ConvolutionalConfig) -> Result<(), Error> {
        let layer = match layer {
            ConvolutionalConfig::Convolution(config) => {
                self.num_convolutions += 1;
                let unit = Convolution {
                    name: format!("convolution_{}", self.num_convolutions),
                    kernel: config.kernel,
                    padding: config.padding,
                    activation: config.activation,
                    pool: config.pool,
                    pool_size: config.pool_size,
                };
                self.unit(&unit.name, config.batch_norm)?;
                Layer::Convolution(unit)
            }
            ConvolutionalConfig::Residual(config) => {
                self.num_residuals += 1;
                Layer::Residual(self.residual(config)?)
            }
        };
        self.layers.push(layer);
        Ok(())
    }

    fn residual(&mut self, config: &ResidualConfig) -> Result<Residual, Error> {
        let block = format!("residual_{}", self.num_residuals);
        let part = |part: &str, kernel, activation| Convolution {
            name: format!("{block}/{part}"),
            kernel,
            padding: Padding::Same,
            activation,
            pool: Pool::None,
            pool_size: 1,
        };
        let first = part("first", config.kernel, config.activation);
        let second = part("second", config.kernel, Activation::None);
        let shortcut = part("shortcut", 1, Activation::None);
        let has_shortcut = self.tensors.contains_key(&weights_of(&shortcut.name));
        let shortcut = has_shortcut.then_some(shortcut);
        for unit in [Some(&first), Some(&second), shortcut.as_ref()] {
            let Some(unit) = unit else { continue };
            self.unit(&unit.name, config.batch_norm)?;
        }
        Ok(Residual {
            first,
            second,
            shortcut,
            activation: config.activation,
            pool: config.pool,
            pool_size: config.pool_size,
        })
    }

    /// The parameters of a convolution.
    fn unit(&mut self, name: &str, batch_norm: bool) -> Result<(), Error> {
        let (mut weights, mut biases) = self.parameters(name)?;
        if batch_norm {
            self.fold(name, &mut weights, &mut biases)?;
        }
        self.kept.extend([weights, biases]);
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
