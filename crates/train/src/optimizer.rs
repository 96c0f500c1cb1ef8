//! From the recipe's optimizer to Burn's.

use crate::config::{OptimizerConfig, OptimizerKind};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer, RmsPropConfig, SgdConfig};

impl OptimizerConfig {
    /// Burn's optimizer. The learning rate comes from the schedule, step by step.
    #[must_use]
    pub fn init(&self) -> ModuleOptimizer {
        let penalty =
            (self.weight_decay > 0.0).then(|| WeightDecayConfig::new(self.weight_decay as f32));
        match self.kind {
            OptimizerKind::Adam => AdamConfig::new()
                .with_beta_1(self.beta_1 as f32)
                .with_beta_2(self.beta_2 as f32)
                .with_epsilon(self.epsilon as f32)
                .with_weight_decay(penalty)
                .init(),
            OptimizerKind::Adamw => AdamWConfig::new()
                .with_beta_1(self.beta_1 as f32)
                .with_beta_2(self.beta_2 as f32)
                .with_epsilon(self.epsilon as f32)
                .with_weight_decay(self.weight_decay as f32)
                .init(),
            OptimizerKind::Sgd => {
                let momentum = MomentumConfig::new()
                    .with_momentum(self.momentum)
                    .with_dampening(0.0)
                    .with_nesterov(self.nesterov);
                SgdConfig::new()
                    .with_momentum((self.momentum > 0.0).then_some(momentum))
                    .with_weight_decay(penalty)
                    .init()
            }
            OptimizerKind::RmsProp => RmsPropConfig::new()
                .with_alpha(self.alpha as f32)
                .with_momentum(self.momentum as f32)
                .with_epsilon(self.epsilon as f32)
                .with_weight_decay(penalty)
                .init(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::nn::{Initializer, Linear, LinearConfig};
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor};

    /// The weight, starting at 1, after steps with the gradients 1 and then 0.5, learning rate 0.1.
    fn two_steps(config: &OptimizerConfig) -> f64 {
        let device = Device::flex().autodiff();
        let mut layer: Linear = LinearConfig::new(1, 1)
            .with_bias(false)
            .with_initializer(Initializer::Ones)
            .init(&device);
        let mut optimizer = config.init();
        for gradient in [1.0, 0.5] {
            let mut gradients = GradientsParams::new();
            let value = Tensor::<2>::from_floats([[gradient]], &Device::flex());
            gradients.register::<2>(layer.weight.id, value);
            layer = optimizer.step(0.1, layer, gradients);
        }
        let weight: Vec<f32> = layer.weight.val().try_to_vec_as().unwrap();
        f64::from(weight[0])
    }

    fn config(kind: OptimizerKind) -> OptimizerConfig {
        OptimizerConfig {
            kind,
            ..OptimizerConfig::default()
        }
    }

    fn assert_near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-5,
            "{found} instead of {expected}"
        );
    }

    #[test]
    fn gradient_descent_follows_its_formulas() {
        let sgd = config(OptimizerKind::Sgd);
        assert_near(two_steps(&sgd), 1.0 - 0.1 - 0.05);
        let momentum = OptimizerConfig {
            momentum: 0.9,
            ..sgd
        };
        assert_near(two_steps(&momentum), 1.0 - 0.1 - 0.1 * (0.9 + 0.5));
        let nesterov = OptimizerConfig {
            nesterov: true,
            ..momentum
        };
        // Sutskever et al. as in PyTorch: the step is gradient + momentum × velocity.
        let expected = 1.0 - 0.1 * (1.0 + 0.9) - 0.1 * (0.5 + 0.9 * (0.9 + 0.5));
        let first_step_without_lookahead = 1.0 - 0.1 * 1.9 - 0.1 * (0.5 + 0.9 * 1.4);
        assert_near(expected, first_step_without_lookahead);
        assert_near(two_steps(&nesterov), expected);
        let decayed = OptimizerConfig {
            weight_decay: 0.1,
            ..sgd
        };
        assert_near(two_steps(&decayed), 0.89 - 0.1 * (0.5 + 0.1 * 0.89));
    }

    #[test]
    fn adam_follows_its_formula() {
        let adam = config(OptimizerKind::Adam);
        let mean = (0.9 * 0.1 + 0.1 * 0.5) / (1.0 - 0.81);
        let square: f64 = (0.999 * 0.001 + 0.001 * 0.25) / (1.0 - 0.999 * 0.999);
        let expected = 1.0 - 0.1 - 0.1 * mean / square.sqrt();
        assert_near(two_steps(&adam), expected);
        let adamw = OptimizerConfig {
            weight_decay: 0.5,
            ..config(OptimizerKind::Adamw)
        };
        let first = 1.0 * (1.0 - 0.1 * 0.5) - 0.1;
        let second = first * (1.0 - 0.1 * 0.5) - 0.1 * mean / square.sqrt();
        assert_near(two_steps(&adamw), second);
    }

    #[test]
    fn rms_prop_follows_its_formula() {
        let rms_prop = OptimizerConfig {
            alpha: 0.9,
            ..config(OptimizerKind::RmsProp)
        };
        let first: f64 = 0.1;
        let second: f64 = 0.9 * 0.1 + 0.1 * 0.25;
        let expected = 1.0 - 0.1 / first.sqrt() - 0.1 * 0.5 / second.sqrt();
        assert_near(two_steps(&rms_prop), expected);
    }
}
