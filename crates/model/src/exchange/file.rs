//! Files of weights by path: which are such, reading them within bounds, and the manifest in those that are ours.

use super::{Contents, assign, fill, pytorch, safetensors, to_torch, transposed};
use crate::artifact_error::ArtifactError;
use crate::classifier::Classifier;
use crate::exchange_error::ExchangeError;
use crate::manifest::{Manifest, WeightsEntry};
use crate::saved::{SavedModel, parse_manifest, read_limited, sha256};
use crate::weights::NamedWeights;
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;
/// Where a file of ours has its manifest.
const MANIFEST_KEY: &str = "manifest";
/// Of how many bytes a parameter is at least.
const BYTES_OF_A_PARAMETER: usize = 2;

/// The kinds of files, by the endings of their names.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Safetensors,
    Pytorch,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "safetensors" => Some(Self::Safetensors),
            "pt" | "pth" => Some(Self::Pytorch),
            _ => None,
        }
    }
}

/// Whether a path is that of a file of weights alone: safetensors, or PyTorch's.
#[must_use]
pub fn is_weights_file(path: &Path) -> bool {
    Kind::of(path).is_some() && path.is_file()
}

/// A classifier with the weights of a file, and which layer was taken for which where the names are not ours.
///
/// # Errors
///
/// Where the file cannot be read, or its weights are not those of `blank`.
pub fn load_weights_file(
    path: &Path,
    blank: Classifier,
) -> Result<(Classifier, Vec<String>), ArtifactError> {
    let (_, contents) = read(path)?;
    with_weights(contents.tensors, blank).map_err(|problem| exchange(path, problem))
}

fn exchange(path: &Path, problem: ExchangeError) -> ArtifactError {
    ArtifactError::Exchange {
        path: path.to_path_buf(),
        problem,
    }
}

fn read(path: &Path) -> Result<(Vec<u8>, Contents), ArtifactError> {
    let bytes = read_limited(path, MAX_BYTES)?;
    let contents = match Kind::of(path) {
        Some(Kind::Pytorch) => pytorch::read(&bytes),
        _ => safetensors::read(&bytes),
    };
    let contents = contents.map_err(|problem| exchange(path, problem))?;
    Ok((bytes, contents))
}

fn with_weights(
    found: Vec<NamedWeights>,
    blank: Classifier,
) -> Result<(Classifier, Vec<String>), ExchangeError> {
    let ours = blank.tensors();
    let ours = ours.map_err(|error| ExchangeError::Mismatch(error.to_string()))?;
    let wanted: Vec<NamedWeights> = ours.into_iter().map(to_torch).collect();
    let assigned = assign::assign(found, &wanted)?;
    let tensors = assigned.tensors.into_iter().map(transposed).collect();
    Ok((fill::fill(blank, tensors)?, assigned.renamed))
}

/// The bytes of a safetensors file of a saved model, with PyTorch's names and layouts, and with all that is needed to
/// load it again. Where things lay on this machine is left out.
///
/// # Errors
///
/// Where the device fails.
pub fn save_safetensors(
    model: &SavedModel,
    more: BTreeMap<String, String>,
) -> Result<Vec<u8>, ArtifactError> {
    let problem = |problem: String| ArtifactError::Mismatch {
        path: "weights".into(),
        problem,
    };
    let tensors = model.classifier.tensors();
    let tensors = tensors.map_err(|error| problem(error.to_string()))?;
    let tensors: Vec<NamedWeights> = tensors.into_iter().map(to_torch).collect();
    let values = safetensors::values_of(&tensors);
    let mut manifest = Manifest {
        based_on: None,
        weights: WeightsEntry {
            sha256: sha256(&values),
            num_bytes: values.len() as u64,
            num_parameters: model.manifest.weights.num_parameters,
        },
        ..model.manifest.clone()
    };
    manifest.dataset.origin = "not told".into();
    let manifest = serde_json::to_string(&manifest).map_err(|error| problem(error.to_string()))?;
    let mut metadata = more;
    metadata.insert("format".into(), "pt".into());
    metadata.insert(MANIFEST_KEY.into(), manifest);
    Ok(safetensors::write(&tensors, &metadata))
}

/// The manifest in a file that [`save_safetensors`] made.
pub(crate) fn load_safetensors_manifest(path: &Path) -> Result<Manifest, ArtifactError> {
    manifest_of(path, &read(path)?.1)
}

fn manifest_of(path: &Path, contents: &Contents) -> Result<Manifest, ArtifactError> {
    let manifest = contents.metadata.get(MANIFEST_KEY);
    let manifest = manifest.ok_or_else(|| exchange(path, ExchangeError::NoNetwork))?;
    parse_manifest(path, manifest.as_bytes()).map(|(manifest, _)| manifest)
}

/// The model in such a file, for prediction.
pub(crate) fn load_safetensors_model(
    path: &Path,
    device: &Device,
) -> Result<SavedModel, ArtifactError> {
    let (bytes, contents) = read(path)?;
    let manifest = manifest_of(path, &contents)?;
    let problem = |problem: String| exchange(path, ExchangeError::Mismatch(problem));
    // Before anything of the network's size is made.
    let summary = manifest.summarize();
    let summary = summary.map_err(|error| problem(error.to_string()))?;
    if summary.num_parameters() > bytes.len() / BYTES_OF_A_PARAMETER {
        let bytes = bytes.len();
        return Err(problem(format!(
            "{} parameters are not in {bytes} bytes",
            summary.num_parameters()
        )));
    }
    let num_values = manifest.weights.num_bytes as usize;
    let values = bytes
        .len()
        .checked_sub(num_values)
        .map(|from| &bytes[from..]);
    let found = sha256(values.unwrap_or_default());
    if found != manifest.weights.sha256 {
        let expected = manifest.weights.sha256;
        return Err(exchange(path, ExchangeError::Damaged { expected, found }));
    }
    let blank = manifest.blank(device);
    let blank = blank.map_err(|error| problem(error.to_string()))?;
    let (classifier, _) =
        with_weights(contents.tensors, blank).map_err(|problem| exchange(path, problem))?;
    Ok(SavedModel {
        classifier,
        manifest,
    })
}
