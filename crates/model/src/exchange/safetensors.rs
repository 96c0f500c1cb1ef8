//! Safetensors files (<https://github.com/huggingface/safetensors>): the length of a JSON header, the header, and all
//! values in a row.

use super::Contents;
use crate::exchange_error::ExchangeError;
use crate::weights::NamedWeights;
use half::{bf16, f16};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Bytes of the header are a multiple of this, so that values lie well in memory.
const ALIGNMENT: usize = 8;
/// Longest header that is read, in bytes: networks of ours have a few kilobytes.
const MAX_HEADER_BYTES: usize = 4 << 20;
/// The key of what is no tensor.
const METADATA: &str = "__metadata__";

/// The bytes of a safetensors file. Values are 32-bit floats, little-endian, in the order given.
#[must_use]
pub fn write(tensors: &[NamedWeights], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut header = Map::new();
    if !metadata.is_empty() {
        header.insert(METADATA.into(), json!(metadata));
    }
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
    bytes.extend(values_of(tensors));
    bytes
}

/// All values, little-endian.
pub(super) fn values_of(tensors: &[NamedWeights]) -> Vec<u8> {
    let values = tensors.iter().flat_map(|tensor| &tensor.values);
    values.flat_map(|value| value.to_le_bytes()).collect()
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// What the file holds: its tensors of floats, and its metadata.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, ExchangeError> {
    let (header, data) = split(bytes).map_err(malformed)?;
    let header: Map<String, Value> = serde_json::from_slice(header)
        .map_err(|error| malformed(format!("its header: {error}")))?;
    let mut contents = Contents::default();
    for (name, value) in header {
        if name == METADATA {
            let metadata = serde_json::from_value(value);
            contents.metadata =
                metadata.map_err(|error| malformed(format!("{METADATA}: {error}")))?;
            continue;
        }
        let entry: Entry = serde_json::from_value(value)
            .map_err(|error| malformed(format!("`{name}`: {error}")))?;
        let values =
            values(&entry, data).map_err(|problem| malformed(format!("`{name}`: {problem}")))?;
        // Whole numbers, such as how many batches were seen, are no weights.
        if let Some(values) = values {
            contents.tensors.push(NamedWeights {
                name,
                shape: entry.shape,
                values,
                is_trained: true,
            });
        }
    }
    Ok(contents)
}

fn malformed(problem: impl Into<String>) -> ExchangeError {
    ExchangeError::malformed("safetensors", problem)
}

/// The header, and what comes behind it.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let (length, rest) = bytes.split_first_chunk().ok_or("it has no header")?;
    let length = u64::from_le_bytes(*length);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > MAX_HEADER_BYTES {
        return Err(format!(
            "its header has {length} bytes, expected at most {MAX_HEADER_BYTES}"
        ));
    }
    rest.split_at_checked(length)
        .ok_or_else(|| format!("its header of {length} bytes is cut off"))
}

/// The values of a tensor, where they are floats.
fn values(entry: &Entry, data: &[u8]) -> Result<Option<Vec<f32>>, String> {
    let [begin, end] = entry.data_offsets;
    let found = data.get(begin..end);
    let found = found.ok_or_else(|| format!("bytes {begin} to {end} are not in the file"))?;
    let width = match entry.dtype.as_str() {
        "F64" => 8,
        "F32" => 4,
        "F16" | "BF16" => 2,
        _ => return Ok(None),
    };
    let sizes = entry.shape.iter();
    let wanted = sizes.copied().try_fold(width, usize::checked_mul);
    if wanted != Some(found.len()) {
        return Err(format!(
            "{} bytes for the shape {:?} of {}",
            found.len(),
            entry.shape,
            entry.dtype
        ));
    }
    Ok(floats(&entry.dtype, found))
}

/// Little-endian floats of a type as safetensors calls it.
pub(super) fn floats(dtype: &str, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        "F64" => of(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        "F32" => of(bytes, f32::from_le_bytes),
        "F16" => of(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
        "BF16" => of(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        _ => return None,
    })
}

fn of<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| value(*chunk)).collect()
}
