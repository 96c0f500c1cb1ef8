//! Weights as PyTorch names and lays them out: written for others, and taken from files of theirs, which are never
//! trusted. Owns names, layouts, and which tensor of a file belongs to which of a network; each kind of file has its
//! own module.
//!
//! | here | in PyTorch |
//! |---|---|
//! | `convolution_1/weights`, `/biases` | `convolution_1.weight`, `.bias`; `[out, in, height, width]` |
//! | `convolution_1/scales`, `/shifts` | `convolution_1_norm.weight`, `.bias` |
//! | `convolution_1/running_means`, `/running_variances` | `convolution_1_norm.running_mean`, `.running_var` |
//! | `residual_1/first/weights` | `residual_1.first.weight` |
//! | `dense_1/weights`, `[inputs, outputs]` | `dense_1.weight`, `[outputs, inputs]` |

mod assign;
mod file;
mod fill;
mod pickle;
mod pytorch;
mod safetensors;
mod zip;

pub use file::{is_weights_file, load_weights_file, save_safetensors};
pub(crate) use file::{load_safetensors_manifest, load_safetensors_model};
pub use safetensors::write as safetensors_of;

use crate::weights::NamedWeights;
use std::collections::BTreeMap;

/// What a file of weights holds: tensors of floats, and texts.
#[derive(Debug, Default)]
struct Contents {
    tensors: Vec<NamedWeights>,
    metadata: BTreeMap<String, String>,
}

/// The same tensor as PyTorch has it.
#[must_use]
pub fn to_torch(tensor: NamedWeights) -> NamedWeights {
    let (layer, parameter) = tensor.name.rsplit_once('/').unwrap_or(("", &tensor.name));
    let layer = layer.replace('/', ".");
    let (suffix, parameter) = match parameter {
        "weights" => ("", "weight"),
        "biases" => ("", "bias"),
        "scales" => ("_norm", "weight"),
        "shifts" => ("_norm", "bias"),
        "running_means" => ("_norm", "running_mean"),
        "running_variances" => ("_norm", "running_var"),
        other => ("", other),
    };
    let name = format!("{layer}{suffix}.{parameter}");
    transposed(NamedWeights { name, ..tensor })
}

/// Rows and columns changed, of what has no other dimensions.
fn transposed(tensor: NamedWeights) -> NamedWeights {
    let [rows, columns] = tensor.shape[..] else {
        return tensor;
    };
    let column = |column: usize| tensor.values.iter().skip(column).step_by(columns.max(1));
    NamedWeights {
        values: (0..columns).flat_map(column).copied().collect(),
        shape: vec![columns, rows],
        ..tensor
    }
}

#[cfg(test)]
mod tests;
