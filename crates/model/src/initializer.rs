//! Initial weights and biases, drawn on the host from the run's seed, so that every device starts
//! from the same numbers. Parameters are numbered in the order in which they are made, so that the
//! same run also saves the same bytes.

use crate::config::{InitializerConfig, WeightDistribution};
use burn::module::{Param, ParamId, RunningState};
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, StandardNormal};

/// Draws the layers of one network, in order, from one stream of random numbers.
pub(crate) struct LayerSource<'a> {
    config: InitializerConfig,
    random: ChaCha8Rng,
    device: &'a Device,
    num_parameters: u64,
}

impl<'a> LayerSource<'a> {
    pub(crate) fn new(config: InitializerConfig, seed: u64, device: &'a Device) -> Self {
        Self {
            config,
            random: ChaCha8Rng::seed_from_u64(seed),
            device,
            num_parameters: 0,
        }
    }

    /// A dense layer with weights `[num_inputs, num_outputs]`.
    pub(crate) fn dense(&mut self, num_inputs: usize, num_outputs: usize) -> Linear {
        let weights = self.weights(num_inputs * num_outputs, num_inputs, num_outputs);
        let weight = TensorData::new(weights, [num_inputs, num_outputs]);
        Linear {
            weight: self.parameter(weight),
            bias: Some(self.bias(num_outputs)),
        }
    }

    /// A convolution with stride 1 and weights `[channels_out, channels_in, kernel, kernel]`.
    pub(crate) fn convolution(
        &mut self,
        channels_in: usize,
        channels_out: usize,
        kernel: usize,
        padding: PaddingConfig2d,
    ) -> Conv2d {
        let area = kernel * kernel;
        let num_weights = channels_out * channels_in * area;
        let weights = self.weights(num_weights, channels_in * area, channels_out * area);
        let weight = TensorData::new(weights, [channels_out, channels_in, kernel, kernel]);
        Conv2d {
            weight: self.parameter(weight),
            bias: Some(self.bias(channels_out)),
            stride: [1, 1],
            kernel_size: [kernel, kernel],
            dilation: [1, 1],
            groups: 1,
            padding,
        }
    }

    /// Batch normalisation over `channels`.
    pub(crate) fn batch_norm(&mut self, channels: usize) -> BatchNorm {
        let mut norm = BatchNormConfig::new(channels).init(self.device);
        norm.gamma = self.parameter(TensorData::ones::<f32, _>([channels]));
        norm.beta = self.parameter(TensorData::zeros::<f32, _>([channels]));
        norm.running_mean = RunningState::with_id(self.next_id(), norm.running_mean.value());
        norm.running_var = RunningState::with_id(self.next_id(), norm.running_var.value());
        norm
    }

    fn bias(&mut self, num_outputs: usize) -> Param<Tensor<1>> {
        let data = TensorData::new(vec![self.config.bias; num_outputs], [num_outputs]);
        self.parameter(data)
    }

    /// A trained parameter with the next number.
    fn parameter<const D: usize>(&mut self, data: TensorData) -> Param<Tensor<D>> {
        let (_, tensor, mapper) = Param::from_data(data, self.device).consume();
        Param::from_mapped_value(self.next_id(), tensor, mapper)
    }

    fn next_id(&mut self) -> ParamId {
        self.num_parameters += 1;
        ParamId::from(self.num_parameters)
    }

    fn weights(&mut self, count: usize, fan_in: usize, fan_out: usize) -> Vec<f32> {
        let (fan_in, fan_out) = (fan_in as f32, fan_out as f32);
        let std = self.config.std.unwrap_or(1.0);
        match self.config.weights {
            WeightDistribution::GlorotUniform => {
                self.uniform(count, (6.0 / (fan_in + fan_out)).sqrt())
            }
            WeightDistribution::HeUniform => self.uniform(count, (6.0 / fan_in).sqrt()),
            WeightDistribution::LecunUniform => self.uniform(count, (1.0 / fan_in).sqrt()),
            WeightDistribution::HeNormal => {
                self.normal(count, (2.0 / fan_in).sqrt(), f32::INFINITY)
            }
            WeightDistribution::Normal => self.normal(count, std, f32::INFINITY),
            WeightDistribution::TruncatedNormal => self.normal(count, std, 2.0),
            WeightDistribution::Zeros => vec![0.0; count],
        }
    }

    fn uniform(&mut self, count: usize, limit: f32) -> Vec<f32> {
        (0..count)
            .map(|_| self.random.random_range(-limit..limit))
            .collect()
    }

    /// Normal values, drawn anew where they lie beyond `bound` standard deviations.
    fn normal(&mut self, count: usize, std: f32, bound: f32) -> Vec<f32> {
        let mut draw = || {
            loop {
                let value: f32 = StandardNormal.sample(&mut self.random);
                if value.abs() <= bound {
                    return value * std;
                }
            }
        };
        (0..count).map(|_| draw()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn draw(weights: WeightDistribution, std: Option<f32>, seed: u64) -> Vec<f32> {
        let config = InitializerConfig {
            weights,
            std,
            bias: 0.1,
        };
        let layer = LayerSource::new(config, seed, &Device::flex()).dense(200, 100);
        let bias: Vec<f32> = layer.bias.unwrap().val().try_to_vec_as().unwrap();
        assert_eq!(bias, [0.1; 100]);
        layer.weight.val().try_to_vec_as().unwrap()
    }

    fn std_of(values: &[f32]) -> f32 {
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        (values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f32>()
            / count)
            .sqrt()
    }

    #[test]
    fn a_seed_names_the_weights() {
        let weights = |seed| draw(WeightDistribution::GlorotUniform, None, seed);
        assert_eq!(weights(1), weights(1));
        assert_ne!(weights(1), weights(2));
    }

    #[test]
    fn distributions_have_their_spread() {
        let glorot = draw(WeightDistribution::GlorotUniform, None, 1);
        let limit = (6.0_f32 / 300.0).sqrt();
        assert!(glorot.iter().all(|weight| weight.abs() <= limit));
        assert!((std_of(&glorot) - limit / 3.0_f32.sqrt()).abs() < 0.002);

        let he = draw(WeightDistribution::HeNormal, None, 1);
        assert!((std_of(&he) - 0.1).abs() < 0.002);

        let truncated = draw(WeightDistribution::TruncatedNormal, Some(0.1), 1);
        assert!(truncated.iter().all(|weight| weight.abs() <= 0.2));
        // The standard deviation of a normal distribution cut off at two of them is 0.8796.
        assert!((std_of(&truncated) - 0.088).abs() < 0.002);
    }
}
