//! A network as operations of ONNX: pixels in, logits out.

use super::graph::{Building, int, ints};
use crate::error::Error;
use crate::export::plan::{Convolution, Layer, Plan, Residual, biases_of, weights_of};
use model::{Activation, InputConfig, NamedWeights, Padding, Pool};
use std::collections::HashMap;
use std::f32::consts::FRAC_1_SQRT_2;

/// Highest pixel value: full ink.
const MAX_PIXEL: f32 = 255.0;

/// Adds a network that is given `pixels`, numbers of 0 to 255, `[images, 28, 28]`. Returns its logits' name.
pub(super) fn add_network(
    building: &mut Building,
    plan: &Plan,
    input: InputConfig,
    pixels: &str,
) -> Result<String, Error> {
    let by_name = plan.tensors.iter();
    let mut adding = Adding {
        building,
        tensors: by_name
            .map(|tensor| (tensor.name.as_str(), tensor))
            .collect(),
    };
    let mut x = adding.normalized(input, pixels);
    let is_flat = matches!(plan.layers.first(), Some(Layer::Dense { .. }));
    if !is_flat {
        let axis = adding.building.integers("channel_axis", &[1]);
        x = adding.node("Unsqueeze", "images", &[&x, &axis], vec![]);
    }
    let mut is_image = true;
    for layer in &plan.layers {
        x = match layer {
            Layer::Convolution(layer) => adding.convolution(layer, &x)?,
            Layer::Residual(layer) => adding.residual(layer, &x)?,
            Layer::Dense { name, activation } => {
                if std::mem::take(&mut is_image) {
                    x = adding.node("Flatten", "features", &[&x], vec![int("axis", 1)]);
                }
                adding.dense(name, *activation, &x)?
            }
        };
    }
    Ok(x)
}

struct Adding<'a, 'b> {
    building: &'b mut Building,
    tensors: HashMap<&'a str, &'a NamedWeights>,
}

impl Adding<'_, '_> {
    fn node(
        &mut self,
        operation: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<super::messages::Attribute>,
    ) -> String {
        self.building.node(operation, name, inputs, attributes)
    }

    fn weights(&mut self, name: &str) -> Result<String, Error> {
        let found = self.tensors.get(name);
        let found = *found.ok_or(Error::Internal("a layer's weights are not in its plan"))?;
        Ok(self.building.weights(found))
    }

    /// As the network's own first step: `p * factor - shift`.
    fn normalized(&mut self, input: InputConfig, pixels: &str) -> String {
        let InputConfig { mean, std } = input;
        let factor = self.building.number("factor", 1.0 / (MAX_PIXEL * std));
        let shift = self.building.number("shift", mean / std);
        let scaled = self.node("Mul", "scaled", &[pixels, &factor], vec![]);
        self.node("Sub", "normalized", &[&scaled, &shift], vec![])
    }

    fn convolution(&mut self, layer: &Convolution, x: &str) -> Result<String, Error> {
        let Convolution { name, kernel, .. } = layer;
        let weights = self.weights(&weights_of(name))?;
        let biases = self.weights(&biases_of(name))?;
        let pads = match layer.padding {
            Padding::Valid => [0; 4],
            Padding::Same => {
                let before = (kernel - 1) / 2;
                let after = kernel - 1 - before;
                [before, before, after, after]
            }
        };
        let attributes = vec![ints("kernel_shape", &[*kernel; 2]), ints("pads", &pads)];
        let x = self.node("Conv", name, &[x, &weights, &biases], attributes);
        let x = self.activation(layer.activation, name, &x);
        Ok(self.pool(layer.pool, layer.pool_size, name, &x))
    }

    fn residual(&mut self, layer: &Residual, x: &str) -> Result<String, Error> {
        let inner = self.convolution(&layer.first, x)?;
        let inner = self.convolution(&layer.second, &inner)?;
        let outer = match &layer.shortcut {
            Some(shortcut) => self.convolution(shortcut, x)?,
            None => x.to_string(),
        };
        let name = layer.first.name.trim_end_matches("/first");
        let sum = self.node("Add", &format!("{name}/sum"), &[&inner, &outer], vec![]);
        let x = self.activation(layer.activation, name, &sum);
        Ok(self.pool(layer.pool, layer.pool_size, name, &x))
    }

    /// Weights are `[inputs, outputs]`.
    fn dense(&mut self, name: &str, activation: Activation, x: &str) -> Result<String, Error> {
        let weights = self.weights(&weights_of(name))?;
        let biases = self.weights(&biases_of(name))?;
        let x = self.node("Gemm", name, &[x, &weights, &biases], vec![]);
        Ok(self.activation(activation, name, &x))
    }

    fn activation(&mut self, activation: Activation, name: &str, x: &str) -> String {
        match activation {
            Activation::None => x.to_string(),
            Activation::Relu => self.node("Relu", &format!("{name}/relu"), &[x], vec![]),
            Activation::Tanh => self.node("Tanh", &format!("{name}/tanh"), &[x], vec![]),
            Activation::Gelu => self.gelu(name, x),
        }
    }

    /// `x (1 + erf(x / √2)) / 2`: an operation of its own only from opset 20 on.
    fn gelu(&mut self, name: &str, x: &str) -> String {
        let part = |part: &str| format!("{name}/gelu/{part}");
        let root = self.building.number(&part("root"), FRAC_1_SQRT_2);
        let one = self.building.number(&part("one"), 1.0);
        let half = self.building.number(&part("half"), 0.5);
        let inner = self.node("Mul", &part("inner"), &[x, &root], vec![]);
        let erf = self.node("Erf", &part("erf"), &[&inner], vec![]);
        let sum = self.node("Add", &part("sum"), &[&erf, &one], vec![]);
        let product = self.node("Mul", &part("product"), &[x, &sum], vec![]);
        self.node("Mul", &format!("{name}/gelu"), &[&product, &half], vec![])
    }

    fn pool(&mut self, pool: Pool, size: usize, name: &str, x: &str) -> String {
        let windows = || {
            vec![
                ints("kernel_shape", &[size; 2]),
                ints("strides", &[size; 2]),
            ]
        };
        let name = format!("{name}/pool");
        match pool {
            Pool::None => x.to_string(),
            Pool::Max => self.node("MaxPool", &name, &[x], windows()),
            Pool::Average => self.node("AveragePool", &name, &[x], windows()),
            Pool::GlobalAverage => self.node("GlobalAveragePool", &name, &[x], vec![]),
        }
    }
}
