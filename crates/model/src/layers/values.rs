//! What goes from one layer to the next, and in which mode. Shapes: images are `[batch, channels, height, width]`,
//! features `[batch, features]`.

use burn::tensor::Tensor;
use kernels::{Dropout, DropoutKey};

/// What a layer takes or puts out for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `[channels, height, width]`.
    Images([usize; 3]),
    /// So many features.
    Features(usize),
}

impl Shape {
    /// As channels of images; features become channels of one pixel.
    pub(super) fn images(self) -> [usize; 3] {
        match self {
            Self::Images(sizes) => sizes,
            Self::Features(num_features) => [num_features, 1, 1],
        }
    }

    /// As features: all values in a row.
    pub(super) fn num_values(self) -> usize {
        self.images().iter().product()
    }

    /// All sizes, outermost first.
    pub(super) fn sizes(self) -> Vec<usize> {
        match self {
            Self::Images(sizes) => sizes.to_vec(),
            Self::Features(num_features) => vec![num_features],
        }
    }
}

/// What is on its way between two layers.
pub(crate) enum Values {
    /// `[batch, channels, height, width]`.
    Images(Tensor<4>),
    /// `[batch, features]`.
    Features(Tensor<2>),
}

impl Values {
    pub(super) fn into_images(self) -> Tensor<4> {
        match self {
            Self::Images(x_nchw) => x_nchw,
            Self::Features(x_nf) => {
                let [num_images, num_features] = x_nf.dims();
                x_nf.reshape([num_images, num_features, 1, 1])
            }
        }
    }

    /// Images as rows of features, channel after channel.
    pub(crate) fn into_features(self) -> Tensor<2> {
        match self {
            Self::Images(x_nchw) => x_nchw.flatten(1, 3),
            Self::Features(x_nf) => x_nf,
        }
    }
}

/// The step of a training that a forward pass belongs to. What is random in it is a pure function of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingContext {
    /// The run's seed.
    pub seed: u64,
    /// Steps of the optimizer before this one.
    pub step: u64,
}

/// How one layer is to be gone through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// As it is when used: no dropout, batch normalisation by the running statistics.
    Evaluation,
    /// As a step of training, as the layer of this number.
    Training(TrainingContext, u32),
    /// The same of a layer that training does not change: batch normalisation by the running statistics, which stay.
    Kept(TrainingContext, u32),
}

impl Mode {
    /// The dropout of this pass, where there is one.
    pub(super) fn dropout(self, probability: f64) -> Option<Dropout> {
        let (TrainingContext { seed, step }, layer) = match self {
            Self::Evaluation => return None,
            Self::Training(context, layer) | Self::Kept(context, layer) => (context, layer),
        };
        (probability > 0.0).then_some(Dropout {
            probability: probability as f32,
            key: DropoutKey { seed, step, layer },
        })
    }
}

/// Dropout as part of a layer's name in the summary.
pub(super) fn dropout_suffix(dropout: f64) -> String {
    if dropout > 0.0 {
        format!(", dropout {dropout}")
    } else {
        String::new()
    }
}
