//! A network with its parameters: layers, one after another.

use crate::host::InferenceError;
use crate::layers::{Layer, Mode, StepLayer, TrainingContext, Values};
use crate::weights::NamedWeights;
use base::IMAGE_SIDE;
use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::tensor::{Device, Tensor};
use kernels::NetworkShape;
use std::collections::HashMap;

/// The layers of a network, first to last.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    layers: Vec<PlacedLayer>,
}

/// A layer, and where a saved model has its parameters.
#[derive(Clone, Debug)]
pub(super) struct PlacedLayer {
    /// Names below the network, outermost first.
    pub path: Vec<String>,
    pub layer: Layer,
    /// Whether training leaves it as it is.
    pub is_kept: bool,
}

impl Network {
    pub(super) fn new(layers: Vec<PlacedLayer>) -> Self {
        Self { layers }
    }

    /// Normalised pixels `[batch, IMAGE_PIXELS]` to logits `[batch, num_classes]`; as a step of training, where
    /// there is one.
    pub(crate) fn forward(&self, x_np: Tensor<2>, training: Option<TrainingContext>) -> Tensor<2> {
        let mut x = as_images(x_np);
        for (number, placed) in (0..).zip(&self.layers) {
            let mode = match training {
                None => Mode::Evaluation,
                Some(step) if placed.is_kept => Mode::Kept(step, number),
                Some(step) => Mode::Training(step, number),
            };
            x = placed.layer.forward(x, mode);
        }
        x.into_features()
    }

    /// What the first layer makes of one image of normalised pixels, `[1, IMAGE_PIXELS]`: `[channels, height, width]`
    /// or `[features]`.
    pub(crate) fn first_output(&self, x_np: Tensor<2>) -> Result<NamedWeights, InferenceError> {
        let x = as_images(x_np);
        let name = "first_layer";
        let read = match self.layers.first() {
            Some(placed) => match placed.layer.forward(x, Mode::Evaluation) {
                Values::Images(images) => NamedWeights::read(name, &images)?,
                Values::Features(features) => NamedWeights::read(name, &features)?,
            },
            None => NamedWeights::read(name, &x.into_features())?,
        };
        // The one image.
        let shape = read.shape[1..].to_vec();
        Ok(NamedWeights { shape, ..read })
    }

    /// All that is saved of every layer, in the order of saving, by names such as `convolution_1/weights`. The last
    /// layer is called `output`.
    pub(crate) fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        let mut list = Vec::with_capacity(2 * self.layers.len());
        let mut num_of_kind = HashMap::new();
        for (index, placed) in self.layers.iter().enumerate() {
            let kind = placed.layer.kind();
            let number = num_of_kind.entry(kind).or_insert(0_usize);
            *number += 1;
            let name = if index + 1 == self.layers.len() {
                "output".to_string()
            } else {
                format!("{kind}_{number}")
            };
            let tensors = placed.layer.tensors()?.into_iter();
            list.extend(tensors.map(|tensor| tensor.within(&name)));
        }
        Ok(list)
    }

    /// The weights of the first layer as one picture a unit, `[units, height, width]`.
    pub(crate) fn pictures(&self) -> Result<NamedWeights, InferenceError> {
        let name = "first_layer".to_string();
        match self.layers.first() {
            Some(placed) => Ok(NamedWeights {
                name,
                ..placed.layer.pictures()?
            }),
            None => Ok(NamedWeights {
                name,
                shape: vec![0, IMAGE_SIDE, IMAGE_SIDE],
                values: Vec::new(),
                is_trained: true,
            }),
        }
    }

    /// The layers as a GPU trains them in one piece, where it can: convolutions, then dense layers.
    pub(crate) fn step_shape(&self, factor: f32, shift: f32) -> Option<NetworkShape> {
        let mut shape = NetworkShape {
            convolutions: Vec::new(),
            dense: Vec::new(),
            factor,
            shift,
        };
        for placed in &self.layers {
            match placed.layer.step_layer()? {
                StepLayer::Convolution(layer) if shape.dense.is_empty() => {
                    shape.convolutions.push(layer);
                }
                StepLayer::Convolution(_) => return None,
                StepLayer::Dense(layer) => shape.dense.push(layer),
            }
        }
        Some(shape)
    }

    /// The same network, of which training changes the last layers alone.
    pub(crate) fn train_last(self, count: usize) -> Self {
        let num_kept = self.layers.len().saturating_sub(count);
        let layers = self.layers.into_iter().enumerate();
        let layers = layers.map(|(index, placed)| {
            if index < num_kept {
                PlacedLayer {
                    layer: placed.layer.no_grad(),
                    is_kept: true,
                    ..placed
                }
            } else {
                placed
            }
        });
        Self::new(layers.collect())
    }

    /// The same network, of whose outputs there are the first ones alone.
    pub(crate) fn with_outputs(self, count: usize) -> Self {
        let last = self.layers.len().saturating_sub(1);
        let layers = self.layers.into_iter().enumerate();
        let layers = layers.map(|(index, placed)| match placed.layer {
            Layer::Dense(layer) if index == last => PlacedLayer {
                layer: Layer::Dense(layer.with_outputs(count)),
                ..placed
            },
            layer => PlacedLayer { layer, ..placed },
        });
        Self::new(layers.collect())
    }

    fn map_layers(self, mut change: impl FnMut(Layer) -> Layer) -> Self {
        let layers = self.layers.into_iter().map(|placed| PlacedLayer {
            layer: change(placed.layer),
            ..placed
        });
        Self::new(layers.collect())
    }
}

/// Pixels `[batch, IMAGE_PIXELS]` as what the first layer is given.
fn as_images(x_np: Tensor<2>) -> Values {
    let [num_images, _] = x_np.dims();
    Values::Images(x_np.reshape([num_images, 1, IMAGE_SIDE, IMAGE_SIDE]))
}

/// What Burn is told that the parts of a path are.
const CONTAINER: &str = "Struct:Layer";

/// By hand, because the names in a saved model are older than the list of layers.
impl Module for Network {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        for PlacedLayer { path, layer, .. } in &self.layers {
            for name in path {
                visitor.enter_module(name, CONTAINER);
            }
            layer.visit(visitor);
            for name in path.iter().rev() {
                visitor.exit_module(name, CONTAINER);
            }
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let layers = self.layers.into_iter().map(|placed| {
            for name in &placed.path {
                mapper.enter_module(name, CONTAINER);
            }
            let layer = placed.layer.map(mapper);
            for name in placed.path.iter().rev() {
                mapper.exit_module(name, CONTAINER);
            }
            PlacedLayer { layer, ..placed }
        });
        Self::new(layers.collect())
    }

    fn to_device(self, device: &Device) -> Self {
        self.map_layers(|layer| layer.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.map_layers(|layer| layer.fork(device))
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        self.layers.iter().fold(devices, |devices, placed| {
            placed.layer.collect_devices(devices)
        })
    }

    fn materialize(self) -> Self {
        self.map_layers(Layer::materialize)
    }

    fn valid(&self) -> Self {
        self.clone().map_layers(|layer| layer.valid())
    }

    fn train(self) -> Self {
        self.map_layers(Layer::train)
    }
}

impl ModuleDisplayDefault for Network {
    fn content(&self, content: Content) -> Option<Content> {
        content
            .add_formatted(&format!("{} layers", self.layers.len()))
            .optional()
    }
}

impl ModuleDisplay for Network {}
