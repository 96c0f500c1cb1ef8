//! A graph in the making: values by name, and one operation after another.

use super::messages::{
    Attribute, Dimension, Graph, Node, Shape, Size, Tensor, TensorType, Type, ValueInfo,
};
use model::NamedWeights;

/// What the axis of images is called, whose length is free.
const BATCH: &str = "batch";

/// Nodes and constants so far. Names of one network of several begin with its prefix.
#[derive(Default)]
pub(super) struct Building {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    prefix: String,
}

impl Building {
    /// What is added from here on has this before its name.
    pub(super) fn begin(&mut self, prefix: impl Into<String>) {
        self.prefix = prefix.into();
    }

    /// Weights or biases.
    pub(super) fn weights(&mut self, weights: &NamedWeights) -> String {
        let values = weights.values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(&weights.name, &weights.shape, Tensor::FLOAT, values)
    }

    /// One number.
    pub(super) fn number(&mut self, name: &str, value: f32) -> String {
        self.constant(name, &[], Tensor::FLOAT, value.to_le_bytes())
    }

    /// Axes or sizes.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, &[values.len()], Tensor::INT64, bytes)
    }

    fn constant(
        &mut self,
        name: &str,
        shape: &[usize],
        data_type: i32,
        bytes: impl IntoIterator<Item = u8>,
    ) -> String {
        let name = format!("{}{name}", self.prefix);
        self.constants.push(Tensor {
            dims: shape.iter().map(|&size| as_int(size)).collect(),
            data_type,
            name: name.clone(),
            raw_data: bytes.into_iter().collect(),
        });
        name
    }

    /// An operation, and its output, which is called as the operation is.
    pub(super) fn node(
        &mut self,
        operation: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<Attribute>,
    ) -> String {
        let name = format!("{}{name}", self.prefix);
        self.nodes.push(Node {
            input: inputs.iter().map(ToString::to_string).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operation.into(),
            attribute: attributes,
        });
        name
    }

    pub(super) fn finish(self, name: &str, input: Vec<ValueInfo>, output: Vec<ValueInfo>) -> Graph {
        Graph {
            node: self.nodes,
            name: name.into(),
            initializer: self.constants,
            input,
            output,
        }
    }
}

/// A size as ONNX has it.
fn as_int(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// An attribute that is one integer.
pub(super) fn int(name: &str, value: i64) -> Attribute {
    Attribute {
        name: name.into(),
        int: Some(value),
        ints: Vec::new(),
        kind: Attribute::INT,
    }
}

/// An attribute that is several.
pub(super) fn ints(name: &str, values: &[usize]) -> Attribute {
    Attribute {
        name: name.into(),
        int: None,
        ints: values.iter().map(|&value| as_int(value)).collect(),
        kind: Attribute::INTS,
    }
}

/// An input or output with a row of these sizes for each image.
pub(super) fn of_images(name: &str, about: &str, data_type: i32, sizes: &[usize]) -> ValueInfo {
    let batch = Size::Free(BATCH.into());
    let sizes = sizes.iter().map(|&size| Size::Fixed(as_int(size)));
    let dim = std::iter::once(batch).chain(sizes);
    let dim = dim.map(|size| Dimension { size: Some(size) }).collect();
    ValueInfo {
        name: name.into(),
        kind: Some(Type {
            tensor: Some(TensorType {
                data_type,
                shape: Some(Shape { dim }),
            }),
        }),
        doc_string: about.into(),
    }
}
