//! Gradient clipping by the norm over all parameters together. (Burn's own clips each parameter by
//! itself, which changes the direction of the step.)

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales all gradients of `module` by the same factor so that their joint Euclidean norm is at
/// most `max_norm`; smaller gradients stay as they are.
///
/// Pascanu et al., "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
#[must_use]
pub fn clip_global_norm<M: Module>(
    module: &M,
    gradients: GradientsParams,
    max_norm: f64,
) -> GradientsParams {
    let mut squares = SumOfSquares {
        gradients: &gradients,
        sum: None,
    };
    module.visit(&mut squares);
    let Some(sum) = squares.sum else {
        return gradients;
    };
    // A zero norm gives an infinite factor, which the clamp turns into one.
    let factor = (sum.sqrt().recip() * max_norm).clamp_max(1.0);
    let mut scaled = Scale { gradients, factor };
    module.visit(&mut scaled);
    scaled.gradients
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let squares = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
        }
    }
}

struct Scale {
    gradients: GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register::<D>(param.id, gradient * factor);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::nn::{Initializer, Linear, LinearConfig};
    use burn::tensor::Device;

    fn layer() -> Linear {
        let device = Device::flex();
        LinearConfig::new(3, 1)
            .with_initializer(Initializer::Ones)
            .init(&device)
    }

    /// Gradients 3, 0, 0 for the weight and 4 for the bias: a joint norm of 5.
    fn gradients(layer: &Linear) -> GradientsParams {
        let device = Device::flex();
        let mut gradients = GradientsParams::new();
        gradients.register::<2>(
            layer.weight.id,
            Tensor::from_floats([[3.0], [0.0], [0.0]], &device),
        );
        gradients.register::<1>(
            layer.bias.as_ref().unwrap().id,
            Tensor::from_floats([4.0], &device),
        );
        gradients
    }

    fn values(layer: &Linear, gradients: &GradientsParams) -> Vec<f32> {
        let mut all: Vec<f32> = gradients
            .get::<2>(layer.weight.id)
            .unwrap()
            .try_to_vec_as()
            .unwrap();
        let bias = layer.bias.as_ref().unwrap().id;
        all.extend::<Vec<f32>>(gradients.get::<1>(bias).unwrap().try_to_vec_as().unwrap());
        all
    }

    #[test]
    fn a_long_gradient_is_shortened_without_turning() {
        let layer = layer();
        let clipped = clip_global_norm(&layer, gradients(&layer), 1.0);
        let expected = [0.6, 0.0, 0.0, 0.8];
        for (found, expected) in values(&layer, &clipped).iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-6,
                "{found} instead of {expected}"
            );
        }
    }

    #[test]
    fn a_short_gradient_stays() {
        let layer = layer();
        let clipped = clip_global_norm(&layer, gradients(&layer), 6.0);
        assert_eq!(values(&layer, &clipped), [3.0, 0.0, 0.0, 4.0]);
    }
}
