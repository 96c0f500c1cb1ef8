//! A classifier's weights as plain numbers on the host, for charts and pictures. Owns their names;
//! saving them is `artifact`'s.

use crate::classifier::Classifier;
use crate::inference::{InferenceError, read_floats};
use base::IMAGE_SIDE;
use burn::module::Param;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

/// One tensor of weights or biases, or pictures of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedWeights {
    /// Layer and parameter, such as `convolution_1/weights` or `output/biases`.
    pub name: String,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// The values, the last dimension quickest.
    pub values: Vec<f32>,
}

impl NamedWeights {
    fn read<const D: usize>(
        name: String,
        parameter: &Param<Tensor<D>>,
    ) -> Result<Self, InferenceError> {
        let tensor = parameter.val();
        Ok(Self {
            name,
            shape: tensor.dims().to_vec(),
            values: read_floats(&tensor)?,
        })
    }
}

/// A layer with weights, as its network hands it out.
pub(crate) enum WeightedLayer<'a> {
    Convolution(&'a Conv2d),
    Dense(&'a Linear),
}

impl WeightedLayer<'_> {
    fn read(&self, layer: &str) -> Result<Vec<NamedWeights>, InferenceError> {
        let name = format!("{layer}/weights");
        let (weights, bias) = match self {
            Self::Convolution(layer) => (NamedWeights::read(name, &layer.weight)?, &layer.bias),
            Self::Dense(layer) => (NamedWeights::read(name, &layer.weight)?, &layer.bias),
        };
        let bias = bias
            .as_ref()
            .map(|bias| NamedWeights::read(format!("{layer}/biases"), bias));
        Ok(std::iter::once(weights).chain(bias.transpose()?).collect())
    }
}

impl Classifier {
    /// Weights and biases of every layer, first to last: a dense layer's are `[inputs, outputs]`, a
    /// convolution's `[channels out, channels in, height, width]`. Copies them from the device.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn weights(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        let layers = self.weighted_layers();
        let mut list = Vec::with_capacity(2 * layers.len());
        let (mut num_convolutions, mut num_dense) = (0, 0);
        for (index, layer) in layers.iter().enumerate() {
            let name = match layer {
                _ if index + 1 == layers.len() => "output".to_string(),
                WeightedLayer::Convolution(_) => {
                    num_convolutions += 1;
                    format!("convolution_{num_convolutions}")
                }
                WeightedLayer::Dense(_) => {
                    num_dense += 1;
                    format!("dense_{num_dense}")
                }
            };
            list.extend(layer.read(&name)?);
        }
        Ok(list)
    }

    /// The weights of the first layer as one picture a unit, `[units, height, width]`: the kernels
    /// of a convolution, or for a dense layer what each unit takes from each pixel.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn first_layer_pictures(&self) -> Result<NamedWeights, InferenceError> {
        let name = "first_layer".to_string();
        match self.weighted_layers().first() {
            Some(WeightedLayer::Convolution(layer)) => {
                // The input has one channel, so each kernel is one picture.
                let weights = NamedWeights::read(name, &layer.weight)?;
                let [units, _, height, width] = layer.weight.val().dims();
                Ok(NamedWeights {
                    shape: vec![units, height, width],
                    ..weights
                })
            }
            Some(WeightedLayer::Dense(layer)) => {
                let weight = layer.weight.val();
                let [_, units] = weight.dims();
                Ok(NamedWeights {
                    name,
                    shape: vec![units, IMAGE_SIDE, IMAGE_SIDE],
                    values: read_floats(&weight.transpose())?,
                })
            }
            None => Ok(NamedWeights {
                name,
                shape: vec![0, IMAGE_SIDE, IMAGE_SIDE],
                values: Vec::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::{ClassifierConfig, DenseConfig, LinearConfig, NetworkConfig};
    use burn::tensor::Device;

    fn classifier(network: NetworkConfig) -> Classifier {
        let config = ClassifierConfig {
            input: crate::config::InputConfig::default(),
            network,
        };
        config.init(1, &Device::flex()).unwrap()
    }

    fn names_and_shapes(network: NetworkConfig) -> Vec<(String, Vec<usize>)> {
        let num_parameters = network.summarize().unwrap().num_parameters();
        let list = classifier(network).weights().unwrap();
        let num_values: usize = list.iter().map(|weights| weights.values.len()).sum();
        assert_eq!(num_values, num_parameters);
        for weights in &list {
            assert_eq!(
                weights.values.len(),
                weights.shape.iter().product::<usize>()
            );
        }
        list.into_iter()
            .map(|weights| (weights.name, weights.shape))
            .collect()
    }

    #[test]
    fn every_layer_has_its_name_and_shape() {
        let lenet = names_and_shapes(NetworkConfig::default());
        let expected = [
            ("convolution_1/weights", vec![6, 1, 5, 5]),
            ("convolution_1/biases", vec![6]),
            ("convolution_2/weights", vec![16, 6, 5, 5]),
            ("convolution_2/biases", vec![16]),
            ("dense_1/weights", vec![400, 120]),
            ("dense_1/biases", vec![120]),
            ("dense_2/weights", vec![120, 84]),
            ("dense_2/biases", vec![84]),
            ("output/weights", vec![84, 10]),
            ("output/biases", vec![10]),
        ];
        assert_eq!(
            lenet,
            expected.map(|(name, shape)| (name.to_string(), shape))
        );
        let linear = names_and_shapes(NetworkConfig::Linear(LinearConfig::default()));
        assert_eq!(linear[0], ("output/weights".to_string(), vec![784, 10]));
    }

    #[test]
    fn the_first_layer_is_a_picture_a_unit() {
        let lenet = classifier(NetworkConfig::default());
        let pictures = lenet.first_layer_pictures().unwrap();
        assert_eq!(pictures.shape, [6, 5, 5]);
        assert_eq!(pictures.values, lenet.weights().unwrap()[0].values);

        let dense = classifier(NetworkConfig::Dense(DenseConfig {
            hidden: vec![3],
            ..DenseConfig::default()
        }));
        let pictures = dense.first_layer_pictures().unwrap();
        assert_eq!(pictures.shape, [3, 28, 28]);
        let weights = &dense.weights().unwrap()[0].values;
        // Pixel 30 of the third unit.
        assert_eq!(
            pictures.values[2 * 784 + 30].to_bits(),
            weights[30 * 3 + 2].to_bits()
        );
    }
}
