//! Saved networks as one ONNX file (<https://onnx.ai>): pixels in, logits and probabilities out.
//!
//! Owns what goes in and out, how several networks answer together, and what the file tells of itself.

mod check;
mod graph;
mod messages;
mod metadata;
mod network;
mod run;

pub use check::check_onnx;

use super::plan::Plan;
use crate::error::Error;
use base::IMAGE_SIDE;
use graph::{Building, int, of_images};
use messages::{Model, OperatorSet, Property, Tensor};
use model::SavedModel;
use prost::Message as _;

/// The version of the format's own fields that belongs to the operations.
const IR_VERSION: i64 = 8;
/// The version of ONNX's operations.
const OPSET: i64 = 18;
/// What the file's input and outputs are called.
const PIXELS: &str = "pixels";
const LOGITS: &str = "logits";
const PROBABILITIES: &str = "probabilities";

/// How pixels of 0 to 255 come to the file's network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PixelType {
    /// A byte each.
    #[default]
    Uint8,
    /// A 32-bit float each.
    Float,
}

/// The file of saved models that are called `name`. Several answer together as [`crate::predict::Predictor`] has them
/// do: by the means of their logits, each divided by its own temperature.
///
/// # Errors
///
/// Where there is no model, or they tell different classes apart.
pub fn to_onnx(models: &[SavedModel], name: &str, pixels: PixelType) -> Result<Vec<u8>, Error> {
    let first = models.first().ok_or(Error::NoModel)?;
    let mut building = Building::default();
    let floats = match pixels {
        PixelType::Float => PIXELS.to_string(),
        PixelType::Uint8 => {
            let to_float = vec![int("to", i64::from(Tensor::FLOAT))];
            building.node("Cast", "floats", &[PIXELS], to_float)
        }
    };
    let mut sum: Option<String> = None;
    for (index, model) in models.iter().enumerate() {
        let plan = Plan::of(model)?;
        let alone = models.len() == 1;
        if !alone {
            building.begin(format!("network_{}/", index + 1));
        }
        let input = model.manifest.classifier.input;
        let mut logits = network::add_network(&mut building, &plan, input, &floats)?;
        if !alone {
            let temperature = f64::from(model.manifest.temperature.unwrap_or_default());
            let weight = (1.0 / (temperature * models.len() as f64)) as f32;
            let weight = building.number("weight", weight);
            logits = building.node("Mul", "weighted", &[&logits, &weight], vec![]);
        }
        sum = Some(match sum {
            None => logits,
            Some(sum) => building.node("Add", "sum", &[&sum, &logits], vec![]),
        });
    }
    building.begin("");
    let sum = sum.ok_or(Error::NoModel)?;
    let logits = building.node("Identity", LOGITS, &[&sum], vec![]);
    let scaled = match first.manifest.temperature.filter(|_| models.len() == 1) {
        None => logits,
        Some(temperature) => {
            let temperature = building.number("temperature", f64::from(temperature) as f32);
            building.node("Div", "scaled_logits", &[&logits, &temperature], vec![])
        }
    };
    building.node("Softmax", PROBABILITIES, &[&scaled], vec![int("axis", 1)]);
    let file = Model {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: metadata::description(models),
        graph: Some(graph(
            building,
            name,
            pixels,
            first.manifest.class_names.len(),
        )),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: metadata::properties(models)
            .into_iter()
            .map(|(key, value)| Property {
                key: key.into(),
                value,
            })
            .collect(),
    };
    Ok(file.encode_to_vec())
}

fn graph(building: Building, name: &str, pixels: PixelType, num_classes: usize) -> messages::Graph {
    let data_type = match pixels {
        PixelType::Uint8 => Tensor::UINT8,
        PixelType::Float => Tensor::FLOAT,
    };
    let about = "0 paper to 255 ink, row after row";
    let input = of_images(PIXELS, about, data_type, &[IMAGE_SIDE; 2]);
    let about = "one for each class, in the order of `names`";
    let output = |name| of_images(name, about, Tensor::FLOAT, &[num_classes]);
    building.finish(
        name,
        vec![input],
        vec![output(LOGITS), output(PROBABILITIES)],
    )
}

#[cfg(test)]
mod tests;
