//! Initial weights and biases: their keys in a recipe, and their drawing. They are drawn on the host from the
//! run's seed, so that every device starts from the same numbers. Parameters are numbered in the order in which
//! they are made, so that the same run also saves the same bytes.

use crate::checks::{Checked, refuse};
use base::random::{Purpose, stream};
use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How weights and biases start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { weights = \"he-normal\" }"
)]
pub struct InitializerConfig {
    /// How the first weights are drawn.
    pub weights: WeightDistribution,
    /// Standard deviation of the first weights, above 0; for `normal` and `truncated-normal` alone, which need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub std: Option<f32>,
    /// What every bias starts with.
    pub bias: f32,
}

/// Distribution of the first weights of a layer with `fan_in` inputs and `fan_out` outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    expecting = "the name of a distribution, such as \"he-normal\""
)]
pub enum WeightDistribution {
    /// Uniform in ±√(6 / (`fan_in` + `fan_out`)): Keras' default (Glorot and Bengio, 2010).
    #[default]
    GlorotUniform,
    /// Uniform in ±√(6 / `fan_in`) (He et al., 2015).
    HeUniform,
    /// Normal with standard deviation √(2 / `fan_in`) (He et al., 2015).
    HeNormal,
    /// Uniform in ±√(1 / `fan_in`): `PyTorch`'s default for weights.
    LecunUniform,
    /// Normal with the given `std`.
    Normal,
    /// Normal with the given `std`, drawn anew where it falls beyond two of them.
    TruncatedNormal,
    /// All zero: fit for softmax regression only.
    Zeros,
}

impl InitializerConfig {
    pub(crate) fn check(&self) -> Checked<()> {
        let takes_std = matches!(
            self.weights,
            WeightDistribution::Normal | WeightDistribution::TruncatedNormal
        );
        match self.std {
            None if takes_std => refuse(
                "initializer.std",
                "is missing: this distribution needs it, above 0",
            ),
            Some(_) if !takes_std => refuse(
                "initializer.std",
                "is only for `normal` and `truncated-normal`",
            ),
            Some(std) if !(std.is_finite() && std > 0.0) => {
                refuse("initializer.std", format!("is {std}, but must be above 0"))
            }
            _ if !self.bias.is_finite() => refuse("initializer.bias", "must be a finite number"),
            _ => Ok(()),
        }
    }
}

/// Makes the parameters of one network, in order, from one stream of random numbers.
pub(crate) struct ParameterSource<'a> {
    config: InitializerConfig,
    random: ChaCha8Rng,
    device: &'a Device,
    num_parameters: u64,
}

impl<'a> ParameterSource<'a> {
    pub(crate) fn new(config: InitializerConfig, seed: u64, device: &'a Device) -> Self {
        Self {
            config,
            random: stream(seed, Purpose::Weights, 0),
            device,
            num_parameters: 0,
        }
    }

    /// Weights of a layer each of whose outputs has `fan_in` inputs, and each of whose inputs `fan_out` outputs.
    pub(crate) fn weights<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan_in: usize,
        fan_out: usize,
    ) -> Param<Tensor<D>> {
        let weights = self.draw(shape.iter().product(), fan_in as f32, fan_out as f32);
        self.parameter(TensorData::new(weights, shape))
    }

    /// A bias for each of so many outputs.
    pub(crate) fn biases(&mut self, num_outputs: usize) -> Param<Tensor<1>> {
        self.constant(self.config.bias, num_outputs)
    }

    /// Parameters that all start with the same value.
    pub(crate) fn constant(&mut self, value: f32, count: usize) -> Param<Tensor<1>> {
        self.parameter(TensorData::new(vec![value; count], [count]))
    }

    /// Values that are not trained but saved, all the same at the start, and the number that they are saved under.
    pub(crate) fn untrained(&mut self, value: f32, count: usize) -> (ParamId, Tensor<1>) {
        let data = TensorData::new(vec![value; count], [count]);
        (self.next_id(), Tensor::from_data(data, self.device))
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

    fn draw(&mut self, count: usize, fan_in: f32, fan_out: f32) -> Vec<f32> {
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
        let device = Device::flex();
        let mut source = ParameterSource::new(config, seed, &device);
        let weights = source.weights([200, 100], 200, 100).val();
        let biases: Vec<f32> = source.biases(100).val().try_to_vec_as().unwrap();
        assert_eq!(biases, [0.1; 100]);
        weights.try_to_vec_as().unwrap()
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
