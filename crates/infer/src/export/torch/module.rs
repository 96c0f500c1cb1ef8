//! A network as a module of PyTorch, in Python.

use super::WEIGHTS;
use crate::error::Error;
use crate::export::about::network;
use crate::export::plan::{Convolution, Layer, Plan, Residual, weights_of};
use model::{Activation, InputConfig, Padding, Pool, SavedModel};
use std::collections::HashMap;
use std::fmt::Write as _;

/// What stands before the layers.
const HEAD: &str = r"from collections import OrderedDict
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

";

/// A residual block; only where there is one.
const RESIDUAL: &str = r#"
class Residual(nn.Module):
    def __init__(self, channels_in, channels, kernel, is_normalized, activation):
        super().__init__()
        norm = lambda: nn.BatchNorm2d(channels) if is_normalized else nn.Identity()
        self.first, self.first_norm = nn.Conv2d(channels_in, channels, kernel, padding="same"), norm()
        self.second, self.second_norm = nn.Conv2d(channels, channels, kernel, padding="same"), norm()
        self.activation, self.has_shortcut = activation, channels_in != channels
        if self.has_shortcut:
            self.shortcut, self.shortcut_norm = nn.Conv2d(channels_in, channels, 1), norm()

    def forward(self, x):
        inner = self.activation(self.first_norm(self.first(x)))
        inner = self.second_norm(self.second(inner))
        outer = self.shortcut_norm(self.shortcut(x)) if self.has_shortcut else x
        return self.activation(inner + outer)

"#;

/// The text of the file. Names of layers are those of the weights.
pub(super) fn to_python(model: &SavedModel, name: &str, plan: &Plan) -> Result<String, Error> {
    let tensors = model.classifier.tensors()?.into_iter();
    let writing = Writing {
        shapes: tensors.map(|tensor| (tensor.name, tensor.shape)).collect(),
    };
    let mut layers = vec![("input".to_string(), "Input()".to_string())];
    let mut is_image = true;
    for layer in &plan.layers {
        match layer {
            Layer::Convolution(layer) => writing.convolution(layer, &mut layers)?,
            Layer::Residual(layer) => writing.residual(layer, &mut layers)?,
            Layer::Dense { name, activation } => {
                if std::mem::take(&mut is_image) {
                    layers.push(("flatten".into(), "nn.Flatten()".into()));
                }
                writing.dense(name, *activation, &mut layers)?;
            }
        }
    }
    let InputConfig { mean, std } = model.manifest.classifier.input;
    let temperature = f64::from(model.manifest.temperature.unwrap_or_default());
    let about = network(model);
    let num_classes = model.manifest.class_names.len();
    let mut text = format!(
        "\"\"\"{name}: {about}.\n\nPixels of 0 (paper) to 255 (ink), [N, 28, 28], to logits [N, {num_classes}]; \
         probabilities are softmax(logits / TEMPERATURE).\n\"\"\"\n\n"
    );
    text.push_str(HEAD);
    let _ = write!(
        text,
        "MEAN, STD, TEMPERATURE = {mean}, {std}, {temperature}\n\n\n\
         class Input(nn.Module):\n    def forward(self, pixels):\n        \
         return (pixels.float().unsqueeze(1) / 255 - MEAN) / STD\n\n"
    );
    if plan
        .layers
        .iter()
        .any(|layer| matches!(layer, Layer::Residual(_)))
    {
        text.push_str(RESIDUAL);
    }
    let _ = write!(
        text,
        "\ndef load(path=Path(__file__).with_name(\"{WEIGHTS}\")):\n    \
         network = nn.Sequential(OrderedDict([\n"
    );
    for (name, layer) in layers {
        let _ = writeln!(text, "        (\"{name}\", {layer}),");
    }
    text.push_str(
        "    ]))\n    network.load_state_dict(load_file(path))\n    return network.eval()\n",
    );
    Ok(text)
}

type Layers = Vec<(String, String)>;

struct Writing {
    /// Sizes of all weights, by the names of ours.
    shapes: HashMap<String, Vec<usize>>,
}

impl Writing {
    fn sizes(&self, name: &str) -> Result<(usize, usize), Error> {
        match self.shapes.get(&weights_of(name)).map(Vec::as_slice) {
            Some([first, second, ..]) => Ok((*first, *second)),
            _ => Err(Error::Internal("a layer has no weights of its name")),
        }
    }

    fn is_normalized(&self, name: &str) -> bool {
        self.shapes.contains_key(&format!("{name}/scales"))
    }

    fn convolution(&self, layer: &Convolution, layers: &mut Layers) -> Result<(), Error> {
        let Convolution { name, kernel, .. } = layer;
        let (channels, channels_in) = self.sizes(name)?;
        let padding = match layer.padding {
            Padding::Same => ", padding=\"same\"",
            Padding::Valid => "",
        };
        let convolution = format!("nn.Conv2d({channels_in}, {channels}, {kernel}{padding})");
        layers.push((name.clone(), convolution));
        if self.is_normalized(name) {
            layers.push((
                format!("{name}_norm"),
                format!("nn.BatchNorm2d({channels})"),
            ));
        }
        if layer.activation != Activation::None {
            let activation = activation(layer.activation).to_string();
            layers.push((format!("{name}_activation"), activation));
        }
        pool(name, layer.pool, layer.pool_size, layers);
        Ok(())
    }

    fn residual(&self, layer: &Residual, layers: &mut Layers) -> Result<(), Error> {
        let first = &layer.first;
        let (channels, channels_in) = self.sizes(&first.name)?;
        let is_normalized = if self.is_normalized(&first.name) {
            "True"
        } else {
            "False"
        };
        let name = first.name.trim_end_matches("/first");
        let (kernel, activation) = (first.kernel, activation(layer.activation));
        let block =
            format!("Residual({channels_in}, {channels}, {kernel}, {is_normalized}, {activation})");
        layers.push((name.into(), block));
        pool(name, layer.pool, layer.pool_size, layers);
        Ok(())
    }

    /// Weights are `[inputs, outputs]` here.
    fn dense(&self, name: &str, after: Activation, layers: &mut Layers) -> Result<(), Error> {
        let (inputs, outputs) = self.sizes(name)?;
        layers.push((name.into(), format!("nn.Linear({inputs}, {outputs})")));
        if after != Activation::None {
            layers.push((format!("{name}_activation"), activation(after).into()));
        }
        Ok(())
    }
}

fn activation(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "nn.ReLU()",
        Activation::Gelu => "nn.GELU()",
        Activation::Tanh => "nn.Tanh()",
        Activation::None => "nn.Identity()",
    }
}

fn pool(name: &str, pool: Pool, size: usize, layers: &mut Layers) {
    let layer = match pool {
        Pool::None => return,
        Pool::Max => format!("nn.MaxPool2d({size})"),
        Pool::Average => format!("nn.AvgPool2d({size})"),
        Pool::GlobalAverage => "nn.AdaptiveAvgPool2d(1)".into(),
    };
    layers.push((format!("{name}_pool"), layer));
}
