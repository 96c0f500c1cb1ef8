//! Files that `torch.save` wrote of a `state_dict`: a zip archive of a pickle and of the numbers it speaks of.

use super::Contents;
use super::pickle::{self, Pickle, Value};
use super::safetensors::floats;
use super::zip;
use crate::exchange_error::ExchangeError;
use crate::weights::NamedWeights;
use std::collections::HashMap;

/// What trainers call the weights within all that they save.
const WITHIN: [&str; 5] = ["state_dict", "model_state_dict", "model", "net", "network"];
/// The most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 8;

/// What the file holds.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, ExchangeError> {
    let members = zip::members(bytes).map_err(malformed)?;
    let pickled = members.iter().find_map(|(name, bytes)| {
        let folder = name.strip_suffix("data.pkl")?;
        Some((folder.to_string(), *bytes))
    });
    let (folder, pickled) = pickled.ok_or_else(|| malformed("there is no data.pkl in it"))?;
    if members.get(format!("{folder}byteorder").as_str()) == Some(&&b"big"[..]) {
        return Err(malformed("its numbers have their highest byte first"));
    }
    let pickle = pickle::read(pickled).map_err(malformed)?;
    let Value::Dictionary(root) = pickle.root else {
        return Err(malformed(
            "it holds no dictionary of weights, but a whole module perhaps",
        ));
    };
    let reader = Reader {
        pickle,
        members,
        folder,
    };
    let mut found = reader.tensors(root)?;
    for name in WITHIN {
        if !found.is_empty() {
            break;
        }
        let entries = reader.pickle.entries(root).iter();
        let inner = entries.filter_map(|(key, value)| match (key, value) {
            (Value::Text(key), Value::Dictionary(inner)) if key == name => Some(*inner),
            _ => None,
        });
        for inner in inner {
            found.extend(reader.tensors(inner)?);
        }
    }
    Ok(Contents {
        tensors: found,
        ..Contents::default()
    })
}

fn malformed(problem: impl Into<String>) -> ExchangeError {
    ExchangeError::malformed("PyTorch", problem)
}

/// Shape and values of a tensor.
type Numbers = (Vec<usize>, Vec<f32>);

struct Reader<'a> {
    pickle: Pickle,
    members: HashMap<&'a str, &'a [u8]>,
    folder: String,
}

impl Reader<'_> {
    /// The tensors of floats right in a dictionary.
    fn tensors(&self, dictionary: usize) -> Result<Vec<NamedWeights>, ExchangeError> {
        let mut list = Vec::new();
        for (key, value) in self.pickle.entries(dictionary) {
            let (Value::Text(name), Some(arguments)) = (key, tensor(value)) else {
                continue;
            };
            let read = self.tensor(arguments);
            let read = read.map_err(|problem| malformed(format!("`{name}`: {problem}")))?;
            if let Some((shape, values)) = read {
                list.push(NamedWeights {
                    name: name.clone(),
                    shape,
                    values,
                    is_trained: true,
                });
            }
        }
        Ok(list)
    }

    /// Shape and values of a tensor, where they are floats: storage, offset, sizes and strides are what it is
    /// rebuilt of.
    fn tensor(&self, arguments: &[Value]) -> Result<Option<Numbers>, String> {
        let [
            Value::Persistent(storage),
            Value::Int(offset),
            sizes,
            strides,
            ..,
        ] = arguments
        else {
            return Err("it is put together in an unknown way".into());
        };
        let Value::Tuple(storage) = &**storage else {
            return Err("its numbers are nowhere".into());
        };
        let [_, Value::Global(kind), Value::Text(key), ..] = &storage[..] else {
            return Err("its numbers are nowhere".into());
        };
        let (dtype, width) = match kind.as_str() {
            "torch.DoubleStorage" => ("F64", 8),
            "torch.FloatStorage" => ("F32", 4),
            "torch.HalfStorage" => ("F16", 2),
            "torch.BFloat16Storage" => ("BF16", 2),
            _ => return Ok(None),
        };
        let (shape, strides) = (sizes_of(sizes)?, sizes_of(strides)?);
        let member = format!("{}data/{key}", self.folder);
        let bytes = self.members.get(member.as_str());
        let bytes = bytes.ok_or_else(|| format!("there is no {member} in the file"))?;
        let num_stored = bytes.len() / width;
        let count = shape
            .iter()
            .try_fold(1_usize, |all, &size| all.checked_mul(size));
        let count = count.filter(|&count| count <= num_stored);
        let count =
            count.ok_or_else(|| format!("{shape:?} values are not in {} bytes", bytes.len()))?;
        let stored = floats(dtype, bytes).ok_or("its numbers are of an unknown kind")?;
        let offset = usize::try_from(*offset).map_err(|_| "it begins before its numbers")?;
        let values = (0..count).map(|index| {
            let place = place(index, &shape, &strides)?.checked_add(offset)?;
            stored.get(place).copied()
        });
        let values: Option<Vec<f32>> = values.collect();
        let values = values.ok_or("its values are not in the file")?;
        Ok(Some((shape, values)))
    }
}

/// Where among its numbers a value of a tensor lies.
fn place(mut index: usize, shape: &[usize], strides: &[usize]) -> Option<usize> {
    let mut place = 0_usize;
    for (size, stride) in shape.iter().zip(strides).rev() {
        place = place.checked_add((index % size).checked_mul(*stride)?)?;
        index /= size;
    }
    Some(place)
}

/// What a tensor, or a parameter that is made of one, is rebuilt of.
fn tensor(value: &Value) -> Option<&[Value]> {
    let Value::Call(name, arguments) = value else {
        return None;
    };
    match (name.as_str(), &arguments[..]) {
        ("torch._utils._rebuild_tensor_v2", arguments) => Some(arguments),
        ("torch._utils._rebuild_parameter", [inner, ..]) => tensor(inner),
        _ => None,
    }
}

fn sizes_of(value: &Value) -> Result<Vec<usize>, String> {
    let Value::Tuple(values) = value else {
        return Err("it has no shape".into());
    };
    if values.len() > MAX_DIMENSIONS {
        return Err(format!("it has {} dimensions", values.len()));
    }
    let sizes = values.iter().map(|value| match value {
        Value::Int(size) => usize::try_from(*size).ok(),
        _ => None,
    });
    let sizes: Option<Vec<usize>> = sizes.collect();
    sizes.ok_or_else(|| "its shape is no list of sizes".into())
}
