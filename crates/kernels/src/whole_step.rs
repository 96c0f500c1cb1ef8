//! A step of training as a whole on a GPU: images to the gradients of every parameter, without automatic
//! differentiation, in the way that suits the network's shape.

use crate::cross_entropy::LossOptions;
use crate::dense::DenseStep;
use crate::network_step::{NetworkShape, NetworkStep, StepFound};
use crate::packed::StepImages;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};

/// Steps of one network on one device.
#[derive(Clone, Debug)]
pub enum WholeStep {
    /// Of a small convolutional network: two launches.
    Images(NetworkStep),
    /// Of a dense network: about two launches a layer.
    Layers(DenseStep),
}

impl WholeStep {
    /// For batches of at most so many images. Nothing where the device is no GPU, or the network of no such kind.
    #[must_use]
    pub fn new(shape: &NetworkShape, batch_size: usize, device: &Device) -> Option<Self> {
        let of_images = NetworkStep::new(shape, batch_size, device).map(Self::Images);
        of_images.or_else(|| DenseStep::new(shape, batch_size, device).map(Self::Layers))
    }

    /// How it is taken, in words.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Images(_) => "in one piece: two kernels for all layers",
            Self::Layers(_) => {
                "without automatic differentiation: a kernel for each layer, forward and back"
            }
        }
    }

    /// As [`NetworkStep::run`] and [`DenseStep::run`]; `of_training` is the seed of the training, and the number of the
    /// step, which dropout is drawn from.
    #[must_use]
    pub fn run<M: Module>(
        &self,
        module: &M,
        images: StepImages<'_>,
        labels: &Tensor<1, Int>,
        options: LossOptions,
        of_training: (u64, u64),
    ) -> Option<StepFound> {
        match self {
            Self::Images(step) => step.run(module, images, labels, options),
            Self::Layers(step) => step.run(module, images, labels, options, of_training),
        }
    }

    /// As [`NetworkStep::logits`]; nothing where the layers are as quick one by one.
    #[must_use]
    pub fn logits<M: Module>(&self, module: &M, images: StepImages<'_>) -> Option<Tensor<2>> {
        match self {
            Self::Images(step) => step.logits(module, images),
            Self::Layers(_) => None,
        }
    }
}
