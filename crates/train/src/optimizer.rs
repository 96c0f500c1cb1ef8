//! From the recipe's optimizer to our own. Owns which parameters have weight decay.

use crate::config::{OptimizerConfig, OptimizerKind};
use crate::updates::OnePass;
use burn::optim::{LearningRate, ModuleOptimizer, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};
use kernels::{Adam, RmsProp, Rule, Sgd};

impl OptimizerConfig {
    /// The optimizer. The learning rate comes from the schedule, step by step.
    ///
    /// Weights have weight decay, biases and the scales and shifts of batch normalisation have none. These are few and
    /// hold no pattern that could be learnt by heart; to pull them to zero only moves the network's outputs.
    #[must_use]
    pub fn init(&self) -> ModuleOptimizer {
        ModuleOptimizer::from(ByRank {
            weights: OnePass(self.rule(self.weight_decay as f32)),
            vectors: OnePass(self.rule(0.0)),
        })
    }

    /// The rule with so much weight decay.
    fn rule(&self, decay: f32) -> Rule {
        let adam = Adam {
            beta_1: self.beta_1 as f32,
            beta_2: self.beta_2 as f32,
            epsilon: self.epsilon as f32,
            penalty: 0.0,
            decay: 0.0,
        };
        match self.kind {
            OptimizerKind::Adam => Rule::Adam(Adam {
                penalty: decay,
                ..adam
            }),
            OptimizerKind::Adamw => Rule::Adam(Adam { decay, ..adam }),
            OptimizerKind::Sgd => Rule::Sgd(Sgd {
                momentum: self.momentum as f32,
                nesterov: self.nesterov,
                penalty: decay,
            }),
            OptimizerKind::RmsProp => Rule::RmsProp(RmsProp {
                alpha: self.alpha as f32,
                momentum: self.momentum as f32,
                epsilon: self.epsilon as f32,
                penalty: decay,
            }),
        }
    }
}

/// One rule for parameters of one axis, which are all those that have no weight decay, and one for the others.
#[derive(Clone)]
struct ByRank {
    weights: OnePass,
    vectors: OnePass,
}

impl Optimizer for ByRank {
    type State<const D: usize> = ReadOnCpu<<OnePass as Optimizer>::State<D>>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        value: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let optimizer = if D == 1 { &self.vectors } else { &self.weights };
        let state = state.map(|state| state.0);
        let (value, state) = optimizer.step(learning_rate, value, gradient, state);
        (value, state.map(ReadOnCpu))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        ReadOnCpu(OnePass::to_device(state.0, device))
    }
}

/// A state that is read from a checkpoint onto the CPU, from where each step takes it to its parameter's device.
/// Burn names its default device for it, which is a GPU that may not be there.
#[derive(Clone)]
struct ReadOnCpu<S>(S);

impl<S: RecordState> RecordState for ReadOnCpu<S> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        self.0.state_flatten(prefix, out);
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, _: &Device) -> Option<Self> {
        S::state_unflatten(prefix, source, &Device::flex()).map(Self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::nn::{BatchNorm, BatchNormConfig};
    use burn::nn::{Initializer, Linear, LinearConfig};
    use burn::optim::decay::WeightDecayConfig;
    use burn::optim::momentum::MomentumConfig;
    use burn::optim::{AdamConfig, AdamWConfig, GradientsParams, RmsPropConfig, SgdConfig};

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
    fn every_rule_is_burns_own() {
        let device = Device::flex().autodiff();
        let layer: Linear = LinearConfig::new(40, 30).init(&device);
        let train = |mut optimizer: ModuleOptimizer| {
            let mut layer = layer.clone();
            let mut draw = 1.0_f32;
            for _ in 0..10 {
                let values: Vec<f32> = (0..1200)
                    .map(|_| {
                        draw = (draw * 57.3).sin();
                        draw
                    })
                    .collect();
                let data = burn::tensor::TensorData::new(values, [40, 30]);
                let mut gradients = GradientsParams::new();
                let gradient = Tensor::<2>::from_data(data, &Device::flex());
                gradients.register::<2>(layer.weight.id, gradient);
                layer = optimizer.step(0.01, layer, gradients);
            }
            layer.weight.val().try_to_vec_as::<f32>().unwrap()
        };
        let ours = |kind| {
            let (weight_decay, momentum) = (0.1, 0.5);
            OptimizerConfig {
                weight_decay,
                momentum,
                ..config(kind)
            }
            .init()
        };
        let penalty = WeightDecayConfig::new(0.1);
        let adam = AdamConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(Some(penalty));
        let adamw = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.1);
        let defaults = config(OptimizerKind::RmsProp);
        let rms_prop = RmsPropConfig::new()
            .with_alpha(defaults.alpha as f32)
            .with_momentum(0.5)
            .with_epsilon(defaults.epsilon as f32)
            .with_weight_decay(Some(WeightDecayConfig::new(0.1)));
        let momentum = MomentumConfig::new().with_momentum(0.5).with_dampening(0.0);
        let sgd = SgdConfig::new()
            .with_momentum(Some(momentum))
            .with_weight_decay(Some(WeightDecayConfig::new(0.1)));
        for (found, expected) in [
            (train(ours(OptimizerKind::Sgd)), train(sgd.init())),
            (train(ours(OptimizerKind::Adam)), train(adam.init())),
            (train(ours(OptimizerKind::Adamw)), train(adamw.init())),
            (train(ours(OptimizerKind::RmsProp)), train(rms_prop.init())),
        ] {
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 2e-6,
                    "{found} instead of {expected}"
                );
            }
        }
    }

    /// Where weight and bias of a dense layer, and scale and shift of a batch normalisation are, which all
    /// start at 1, after a step with gradients of 0.
    fn step_without_gradients(config: &OptimizerConfig) -> [f32; 4] {
        let device = Device::flex().autodiff();
        let ones = Initializer::Ones;
        let dense = LinearConfig::new(1, 1).with_initializer(ones);
        let dense: Linear = dense.init(&device);
        let mut norm: BatchNorm = BatchNormConfig::new(1).init(&device);
        norm.beta = norm.beta.map(|shift| shift + 1.0);
        let bias_id = dense.bias.as_ref().unwrap().id;
        let mut gradients = GradientsParams::new();
        let zero = || Tensor::<1>::zeros([1], &Device::flex());
        gradients.register::<2>(dense.weight.id, zero().reshape([1, 1]));
        for id in [bias_id, norm.gamma.id, norm.beta.id] {
            gradients.register::<1>(id, zero());
        }
        let (dense, norm) = config.init().step(0.1, (dense, norm), gradients);
        let value = |tensor: Tensor<1>| tensor.try_to_vec_as::<f32>().unwrap()[0];
        [
            value(dense.weight.val().reshape([1])),
            value(dense.bias.unwrap().val()),
            value(norm.gamma.val()),
            value(norm.beta.val()),
        ]
    }

    #[test]
    fn only_weights_decay() {
        for kind in [
            OptimizerKind::Adam,
            OptimizerKind::Adamw,
            OptimizerKind::Sgd,
            OptimizerKind::RmsProp,
        ] {
            let decaying = OptimizerConfig {
                weight_decay: 0.5,
                ..config(kind)
            };
            let [weight, others @ ..] = step_without_gradients(&decaying);
            assert!(weight < 0.99, "{kind:?}: a weight stays at {weight}");
            let stay = others.map(|other| other.to_bits() == 1.0_f32.to_bits());
            assert_eq!(stay, [true; 3], "{kind:?}: bias, scale and shift");
        }
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
