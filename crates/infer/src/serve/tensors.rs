//! Tensors as the Open Inference Protocol v2 has them, in JSON or as bytes behind it.
//!
//! Owns the forms of requests and answers. What goes through the networks is not known here.

use super::few::Few;
use super::pixels::FlatPixels;
use super::problem::Problem;
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The only input.
pub(super) const INPUT: &str = "images";
const HINT: &str = "the input is `images`, UINT8 of [N,28,28], [N,1,28,28], [N,28,28,1] or [N,784], \
    0 paper to 255 ink";

/// More outputs are asked for by nobody, and more sizes are of no shape that is read.
const MAX_OUTPUTS: usize = 8;
const MAX_SIZES: usize = 5;

/// A request.
#[derive(Deserialize)]
pub(super) struct Inference {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    parameters: Parameters,
    inputs: Few<Input, 1>,
    #[serde(default)]
    outputs: Option<Few<Output, MAX_OUTPUTS>>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    datatype: String,
    shape: Few<u64, MAX_SIZES>,
    #[serde(default)]
    parameters: Parameters,
    #[serde(default)]
    data: Option<FlatPixels>,
}

#[derive(Deserialize)]
struct Output {
    name: String,
    #[serde(default)]
    parameters: Parameters,
}

/// Those that are known; others are read over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    /// Bytes of an input.
    #[serde(rename = "binary_data_size")]
    num_bytes: Option<u64>,
    /// Whether an output is to be bytes, and whether all are of which nothing is said.
    #[serde(rename = "binary_data")]
    is_binary: Option<bool>,
    #[serde(rename = "binary_data_output")]
    are_binary: Option<bool>,
}

/// What may be asked for: its name, its datatype, and whether an image has one for each class.
pub(super) const OUTPUTS: [(&str, &str, bool); 3] = [
    ("labels", "INT64", false),
    ("probabilities", "FP32", true),
    ("logits", "FP32", true),
];

/// What the networks say, image after image.
pub(super) struct Values {
    pub(super) labels: Vec<i64>,
    pub(super) probabilities: Vec<f32>,
    pub(super) logits: Vec<f32>,
}

impl Inference {
    /// Reads a request; `rest` is what stands behind the JSON.
    pub(super) fn read(json: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(json).map_err(|error| bad(error.to_string()))
    }

    /// The images, `[num_images * IMAGE_PIXELS]`.
    pub(super) fn pixels(&mut self, rest: &[u8]) -> Result<Vec<u8>, Problem> {
        let found = self.inputs.number;
        let ([input], 1) = (&mut self.inputs.first[..], found) else {
            return Err(bad(format!("expected one input, found {found}")));
        };
        if input.name != INPUT {
            return Err(bad(format!("there is no input `{}`", input.name)));
        }
        if input.datatype != "UINT8" {
            let found = &input.datatype;
            return Err(bad(format!("datatype: expected UINT8, found {found}")));
        }
        let side = IMAGE_SIDE as u64;
        let num_images = match input.shape.first[..] {
            [num, height, width] | [num, 1, height, width] | [num, height, width, 1]
                if height == side && width == side =>
            {
                num
            }
            [num, pixels] if pixels == IMAGE_PIXELS as u64 => num,
            _ => return Err(bad(format!("shape: found {:?}", input.shape.first))),
        };
        let num_bytes = input.parameters.num_bytes;
        let pixels = match (num_bytes, input.data.take()) {
            (None, Some(FlatPixels(pixels))) if rest.is_empty() => pixels,
            (Some(num_bytes), None) if num_bytes == rest.len() as u64 => rest.to_vec(),
            (Some(_), None) => return Err(bad("binary_data_size is not what follows the JSON")),
            _ => return Err(bad("an input needs either data or binary_data_size")),
        };
        if num_images.checked_mul(IMAGE_PIXELS as u64) != Some(pixels.len() as u64) {
            let found = pixels.len();
            return Err(bad(format!("the shape is of other than {found} values")));
        }
        Ok(pixels)
    }

    /// The outputs that are wanted, and whether each is to be bytes.
    pub(super) fn wanted(&self) -> Result<Vec<(usize, bool)>, Problem> {
        let usually = self.parameters.are_binary.unwrap_or(false);
        let Some(outputs) = self.outputs.as_ref().filter(|outputs| outputs.number > 0) else {
            return Ok((0..2).map(|place| (place, usually)).collect());
        };
        let found = outputs.number;
        if found > MAX_OUTPUTS {
            let message = format!("expected at most {MAX_OUTPUTS} outputs, found {found}");
            return Err(bad(message));
        }
        let place = |output: &Output| {
            let place = OUTPUTS.iter().position(|(name, ..)| *name == output.name);
            let place = place.ok_or_else(|| {
                let message = format!("there is no output `{}`", output.name);
                Problem::bad(message, "there are labels, probabilities and logits")
            })?;
            let is_binary = output.parameters.is_binary.unwrap_or(usually);
            Ok((place, is_binary))
        };
        outputs.first.iter().map(place).collect()
    }
}

fn bad(message: impl Into<String>) -> Problem {
    Problem::bad(message, HINT)
}

/// An answer: JSON, and the bytes that stand behind it.
pub(super) fn answer(
    about: (&str, &str),
    id: Option<String>,
    values: &Values,
    wanted: &[(usize, bool)],
) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let num_images = values.labels.len();
    let outputs = wanted.iter().map(|&(place, is_binary)| {
        let (name, datatype, is_by_class) = OUTPUTS[place];
        let num_classes = values.logits.len() / num_images.max(1);
        let sizes = is_by_class.then_some(num_classes);
        let shape: Vec<usize> = std::iter::once(num_images).chain(sizes).collect();
        let mut output = json!({ "name": name, "datatype": datatype, "shape": shape });
        let begin = bytes.len();
        let data = match place {
            0 => values_of(&values.labels, is_binary, &mut bytes, |label| {
                label.to_le_bytes()
            }),
            1 => values_of(&values.probabilities, is_binary, &mut bytes, |value| {
                value.to_le_bytes()
            }),
            _ => values_of(&values.logits, is_binary, &mut bytes, |value| {
                value.to_le_bytes()
            }),
        };
        match data {
            Some(data) => output["data"] = data,
            None => output["parameters"] = json!({ "binary_data_size": bytes.len() - begin }),
        }
        output
    });
    let outputs: Vec<Value> = outputs.collect();
    let (name, version) = about;
    let mut answer = json!({ "model_name": name, "model_version": version, "outputs": outputs });
    if let Some(id) = id {
        answer["id"] = id.into();
    }
    (answer.to_string(), bytes)
}

/// Values as JSON, or added to the bytes.
fn values_of<T: Copy + Serialize, const N: usize>(
    values: &[T],
    is_binary: bool,
    bytes: &mut Vec<u8>,
    to_bytes: impl Fn(T) -> [u8; N],
) -> Option<Value> {
    if is_binary {
        bytes.extend(values.iter().flat_map(|&value| to_bytes(value)));
        return None;
    }
    Some(serde_json::to_value(values).unwrap_or_default())
}
