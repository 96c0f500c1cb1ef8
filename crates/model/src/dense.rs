//! Dense layers. Shapes: `x_nf` is `[batch, features]`.

use crate::classifier::TrainingContext;
use crate::config::{Activation, DropoutOn};
use crate::initializer::LayerSource;
use crate::weights::WeightedLayer;
use base::NUM_CLASSES;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, relu, tanh};
use kernels::{Dropout, FusedActivation, dense};

/// Hidden dense layers with activation and dropout, then the output layer.
#[derive(Module, Debug)]
pub struct DenseStack {
    hidden: Vec<Linear>,
    output: Linear,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    dropout_on: DropoutOn,
}

/// What a [`DenseStack`] is built from.
pub(crate) struct DenseStackConfig<'a> {
    pub num_inputs: usize,
    pub hidden: &'a [usize],
    pub activation: Activation,
    pub dropout: f64,
    pub dropout_on: DropoutOn,
}

impl DenseStackConfig<'_> {
    pub(crate) fn init(&self, layers: &mut LayerSource<'_>) -> DenseStack {
        let mut width = self.num_inputs;
        let mut hidden = Vec::with_capacity(self.hidden.len());
        for &next in self.hidden {
            hidden.push(layers.dense(width, next));
            width = next;
        }
        DenseStack {
            hidden,
            output: layers.dense(width, NUM_CLASSES),
            dropout: self.dropout,
            activation: self.activation,
            dropout_on: self.dropout_on,
        }
    }
}

impl DenseStack {
    /// `[batch, features]` to logits `[batch, NUM_CLASSES]`, after `num_before` other layers, with dropout
    /// in training.
    #[must_use]
    pub fn forward(
        &self,
        x_nf: Tensor<2>,
        num_before: usize,
        training: Option<TrainingContext>,
    ) -> Tensor<2> {
        let mut x_nf = x_nf;
        for (index, layer) in self.hidden.iter().enumerate() {
            let is_last = index + 1 == self.hidden.len();
            let dropout = training
                .filter(|_| self.dropout_on.follows(is_last))
                .and_then(|training| training.dropout(num_before + index, self.dropout));
            x_nf = layer_forward(layer, x_nf, self.activation, dropout);
        }
        layer_forward(&self.output, x_nf, Activation::None, None)
    }

    pub(crate) fn weighted_layers(&self) -> impl Iterator<Item = WeightedLayer<'_>> {
        let layers = self.hidden.iter().chain(std::iter::once(&self.output));
        layers.map(WeightedLayer::Dense)
    }
}

/// A layer, its activation and its dropout, as one operation where they can be.
fn layer_forward(
    layer: &Linear,
    x_nf: Tensor<2>,
    activation: Activation,
    dropout: Option<Dropout>,
) -> Tensor<2> {
    let Some(bias) = &layer.bias else {
        let x_nf = activate(activation, layer.forward(x_nf));
        return match dropout {
            Some(dropout) => kernels::dropout(x_nf, dropout),
            None => x_nf,
        };
    };
    dense(
        x_nf,
        layer.weight.val(),
        bias.val(),
        activation.fused(),
        dropout,
    )
}

impl Activation {
    /// The kernels' name for it.
    pub(crate) fn fused(self) -> FusedActivation {
        match self {
            Self::Relu => FusedActivation::Relu,
            Self::Gelu => FusedActivation::Gelu,
            Self::Tanh => FusedActivation::Tanh,
            Self::None => FusedActivation::Identity,
        }
    }
}

/// Applies an activation to every value.
pub(crate) fn activate<const D: usize>(activation: Activation, x: Tensor<D>) -> Tensor<D> {
    match activation {
        Activation::Relu => relu(x),
        Activation::Gelu => gelu(x),
        Activation::Tanh => tanh(x),
        Activation::None => x,
    }
}
