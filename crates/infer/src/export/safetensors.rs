//! Weights as a safetensors file (<https://github.com/huggingface/safetensors>): the length of a JSON header, the
//! header, and all values in a row.

use model::NamedWeights;
use serde_json::{Map, Value, json};

/// Bytes of the header are a multiple of this, so that values lie well in memory.
const ALIGNMENT: usize = 8;

/// The bytes of the file. Values are 32-bit floats, little-endian, in the order given.
pub(super) fn safetensors(tensors: &[NamedWeights]) -> Vec<u8> {
    let mut header = Map::new();
    let mut end = 0;
    for tensor in tensors {
        let begin = end;
        end += size_of_val(tensor.values.as_slice());
        let about = json!({ "dtype": "F32", "shape": tensor.shape, "data_offsets": [begin, end] });
        header.insert(tensor.name.clone(), about);
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    let values = tensors.iter().flat_map(|tensor| &tensor.values);
    bytes.extend(values.flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_are_where_the_header_says() {
        let tensor = |name: &str, values: &[f32]| NamedWeights {
            name: name.into(),
            shape: vec![values.len()],
            values: values.to_vec(),
            is_trained: true,
        };
        let bytes = safetensors(&[tensor("b", &[1.5, -2.0]), tensor("a", &[0.25])]);
        let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        assert_eq!(length % ALIGNMENT, 0);
        let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        assert_eq!(header["a"]["data_offsets"], json!([8, 12]));
        assert_eq!(bytes[8 + length + 8..], 0.25_f32.to_le_bytes());
    }
}
