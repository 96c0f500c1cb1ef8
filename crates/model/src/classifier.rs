//! The one network type that training, evaluation and prediction see. Shapes: `pixels_np` is
//! `[batch, IMAGE_PIXELS]` with values 0–255, row after row; logits are `[batch, num_classes]`, outputs
//! `[batch, num_outputs]`: the same, and behind them logits of pairs of digits where the network reads them.

use crate::checks::NetworkConfigError;
use crate::config::{ClassifierConfig, InputConfig};
use crate::host::InferenceError;
use crate::layers::TrainingContext;
use crate::network::Network;
use crate::weights::NamedWeights;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kernels::{NetworkShape, standardize};

/// Highest pixel value: full ink.
const MAX_PIXEL: f32 = 255.0;

/// A network together with its input step, so that training, prediction and export cannot normalise differently.
///
/// A clone shares nothing that can change with what it was cloned from: neither weights nor running statistics of
/// one follow the training of the other.
#[derive(Module, Debug)]
pub struct Classifier {
    network: Network,
    #[module(skip)]
    input: InputConfig,
    #[module(skip)]
    num_classes: usize,
    #[module(skip)]
    reads_pairs: bool,
}

impl ClassifierConfig {
    /// Builds the classifier of so many classes on `device` with weights drawn from `seed`: the same on every device.
    ///
    /// # Errors
    ///
    /// Where the configuration makes no network.
    pub fn init(
        &self,
        num_classes: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Classifier, NetworkConfigError> {
        self.input.check()?;
        let num_outputs = self.num_outputs(num_classes);
        Ok(Classifier {
            network: self.network.init(num_outputs, seed, device)?,
            input: self.input,
            num_classes,
            reads_pairs: self.pairs,
        })
    }
}

impl Classifier {
    /// Pixels 0–255, `[batch, IMAGE_PIXELS]`, to logits `[batch, num_classes]`: without dropout, and with the
    /// running statistics of batch normalisation.
    #[must_use]
    pub fn forward(&self, pixels_np: Tensor<2>) -> Tensor<2> {
        self.of_classes(self.outputs(pixels_np))
    }

    /// As [`Classifier::forward`], to outputs.
    #[must_use]
    pub fn outputs(&self, pixels_np: Tensor<2>) -> Tensor<2> {
        self.network.forward(self.normalize(pixels_np), None)
    }

    /// The logits of the classes among outputs.
    #[must_use]
    pub fn of_classes(&self, outputs: Tensor<2>) -> Tensor<2> {
        if self.reads_pairs {
            outputs.narrow(1, 0, self.num_classes)
        } else {
            outputs
        }
    }

    /// Whether it reads two digits that touch as one.
    #[must_use]
    pub fn reads_pairs(&self) -> bool {
        self.reads_pairs
    }

    /// The same classifier without what it says of pairs.
    #[must_use]
    pub fn without_pairs(self) -> Self {
        Self {
            network: self.network.with_outputs(self.num_classes),
            reads_pairs: false,
            ..self
        }
    }

    /// What the first layer makes of one image's pixels 0–255, `[1, IMAGE_PIXELS]`, with all that belongs to that
    /// layer: `[channels, height, width]` of a convolution, `[features]` of a dense layer.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn first_layer_output(&self, pixels_np: Tensor<2>) -> Result<NamedWeights, InferenceError> {
        self.network.first_output(self.normalize(pixels_np))
    }

    /// As [`Classifier::outputs`], as a step of training: with dropout, and with batch normalisation over the batch,
    /// whose running statistics follow.
    #[must_use]
    pub fn forward_training(&self, pixels_np: Tensor<2>, context: TrainingContext) -> Tensor<2> {
        self.network
            .forward(self.normalize(pixels_np), Some(context))
    }

    fn normalize(&self, pixels_np: Tensor<2>) -> Tensor<2> {
        let (factor, shift) = self.factor_and_shift();
        standardize(pixels_np, factor, shift)
    }

    /// What pixels are multiplied by, and then made smaller by.
    fn factor_and_shift(&self) -> (f32, f32) {
        let InputConfig { mean, std } = self.input;
        (1.0 / (MAX_PIXEL * std), mean / std)
    }

    /// The same classifier, of which training changes the last `count` layers alone. A residual block is one layer.
    /// Running statistics of batch normalisation follow the images all the same.
    #[must_use]
    pub fn train_last(self, count: usize) -> Self {
        Self {
            network: self.network.train_last(count),
            ..self
        }
    }

    /// The network as [`kernels::WholeStep`] knows it, where it is of a kind of which a GPU takes a step as a whole.
    #[must_use]
    pub fn step_shape(&self) -> Option<NetworkShape> {
        let (factor, shift) = self.factor_and_shift();
        self.network.step_shape(factor, shift)
    }

    /// All that is saved of every layer, first to last and in the order of saving: weights, biases, scales and
    /// shifts, and running statistics. A dense layer's weights are `[inputs, outputs]`, a convolution's
    /// `[channels out, channels in, height, width]`. Copies them from the device.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        self.network.tensors()
    }

    /// Those of [`Classifier::tensors`] that are trained.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn weights(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        let mut list = self.tensors()?;
        list.retain(|tensor| tensor.is_trained);
        Ok(list)
    }

    /// The weights of the first layer as one picture a unit, `[units, height, width]`: the kernels
    /// of a convolution, or for a dense layer what each unit takes from each pixel.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn first_layer_pictures(&self) -> Result<NamedWeights, InferenceError> {
        self.network.pictures()
    }
}

#[cfg(test)]
mod tests;
