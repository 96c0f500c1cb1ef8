//! Exponential moving average over the parameters of a network.

use crate::blend::blend;
use crate::together::together;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;

/// Moves every floating-point parameter of `average` towards the same parameter of `current`:
/// `average = decay * average + (1 - decay) * current`.
///
/// Both must be taken with `valid()` from the same network, so that their parameters carry the same
/// ids and neither shares state with the network in training. Parameters that `current` does not
/// have stay as they are.
#[must_use]
pub fn average_parameters<M: Module>(average: M, current: &M, decay: f64) -> M {
    let mut collected = Collect {
        tensors: TensorContainer::new(),
    };
    current.visit(&mut collected);
    let mut blend = Blend {
        tensors: collected.tensors,
        decay,
    };
    together(|| average.map(&mut blend))
}

struct Collect {
    tensors: TensorContainer<ParamId>,
}

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.tensors.register(param.id, param.val());
    }
}

struct Blend {
    tensors: TensorContainer<ParamId>,
    decay: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(current) = self.tensors.remove::<Tensor<D>>(&param.id) else {
            return param;
        };
        param.map(|average| blend(average, current, self.decay))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::nn::{Initializer, LinearConfig};
    use burn::tensor::Device;

    #[test]
    fn blends_weights_and_biases() {
        let device = Device::flex();
        let average = LinearConfig::new(2, 2)
            .with_initializer(Initializer::Zeros)
            .init(&device);
        let mut current = average.clone();
        current.weight = current.weight.map(|weight| weight + 1.0);
        current.bias = current.bias.map(|bias| bias.map(|bias| bias + 3.0));

        let blended = average_parameters(average, &current, 0.75);
        let weight: Vec<f32> = blended.weight.val().try_to_vec_as().unwrap();
        let bias: Vec<f32> = blended.bias.unwrap().val().try_to_vec_as().unwrap();
        assert_eq!(weight, [0.25; 4]);
        assert_eq!(bias, [0.75; 2]);
    }
}
