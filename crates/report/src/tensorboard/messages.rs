//! The protocol buffer messages of an event file, as far as they are written here. Field numbers are
//! those of `event.proto`, `summary.proto`, `tensor.proto` and `tensor_shape.proto`.

use prost::{Enumeration, Message, Oneof};

/// One record of a file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum What {
    /// In the first record, and there alone.
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(message, optional, tag = "8")]
    pub tensor: Option<TensorProto>,
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<SummaryMetadata>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    pub plugin_data: Option<PluginData>,
    #[prost(enumeration = "DataClass", tag = "4")]
    pub data_class: i32,
}

/// The plugin's own content is left out: version 0 of all three plugins is an empty message.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PluginData {
    #[prost(string, tag = "1")]
    pub plugin_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(super) enum DataClass {
    Unknown = 0,
    Scalar = 1,
    Tensor = 2,
    BlobSequence = 3,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorProto {
    #[prost(enumeration = "DataType", tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub tensor_shape: Option<TensorShape>,
    /// The values of a matrix, little-endian, row after row.
    #[prost(bytes = "vec", tag = "4")]
    pub tensor_content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    pub float_val: Vec<f32>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub string_val: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(super) enum DataType {
    Invalid = 0,
    Float = 1,
    Double = 2,
    String = 7,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Dim {
    #[prost(int64, tag = "1")]
    pub size: i64,
}

/// Who shows a value.
#[derive(Clone, Copy)]
pub(super) enum Plugin {
    Scalars,
    Histograms,
    Images,
}

impl Plugin {
    fn metadata(self) -> SummaryMetadata {
        let (plugin_name, data_class) = match self {
            Self::Scalars => ("scalars", DataClass::Scalar),
            Self::Histograms => ("histograms", DataClass::Tensor),
            Self::Images => ("images", DataClass::BlobSequence),
        };
        SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: plugin_name.to_string(),
            }),
            data_class: data_class.into(),
        }
    }
}

impl Value {
    pub(super) fn new(tag: &str, plugin: Plugin, tensor: TensorProto) -> Self {
        Self {
            tag: tag.to_string(),
            tensor: Some(tensor),
            metadata: Some(plugin.metadata()),
        }
    }
}

fn shape(sizes: &[usize]) -> TensorShape {
    let dim = |&size: &usize| Dim {
        size: i64::try_from(size).unwrap_or(i64::MAX),
    };
    TensorShape {
        dim: sizes.iter().map(dim).collect(),
    }
}

/// A tensor without dimensions.
pub(super) fn scalar(value: f32) -> TensorProto {
    TensorProto {
        dtype: DataType::Float.into(),
        tensor_shape: Some(shape(&[])),
        float_val: vec![value],
        ..TensorProto::default()
    }
}

/// A tensor `[rows, 3]`.
pub(super) fn matrix(rows: &[[f64; 3]]) -> TensorProto {
    let values = rows.iter().flatten();
    TensorProto {
        dtype: DataType::Double.into(),
        tensor_shape: Some(shape(&[rows.len(), 3])),
        tensor_content: values.flat_map(|value| value.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

/// A tensor of three strings: width and height, in digits, and the encoded picture.
pub(super) fn image((width, height): (u32, u32), png: &[u8]) -> TensorProto {
    TensorProto {
        dtype: DataType::String.into(),
        tensor_shape: Some(shape(&[3])),
        string_val: vec![
            width.to_string().into_bytes(),
            height.to_string().into_bytes(),
            png.to_vec(),
        ],
        ..TensorProto::default()
    }
}
