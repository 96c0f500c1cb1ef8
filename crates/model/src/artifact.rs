//! What is saved of a trained network: the weights and a manifest that says all that is needed to use and to trust
//! them. Owns what is in the folder, and the checks on loading. Knows nothing of how the network was trained.
//!
//! A saved model is a folder of three files: `weights.bpk`, Burn's own format, `manifest.json`, and a seal over both.

use crate::artifact_error::ArtifactError;
use crate::calibration::Temperature;
use crate::checks::NetworkConfigError;
use crate::classifier::Classifier;
use crate::config::ClassifierConfig;
use crate::exchange::{is_weights_file, load_safetensors_manifest, load_safetensors_model};
use crate::host::has_finite_weights;
use crate::manifest::{
    DatasetProvenance, InputConvention, MANIFEST_FILE, MODEL_FOLDER, Manifest, ProgramProvenance,
    SavedMetrics, WEIGHTS_FILE, WeightsEntry,
};
use crate::saved::{FORMAT_VERSION, SavedModel, parse_manifest, read_limited, sha256};
use crate::views::Views;
use base::files::{Existing, read_sealed_file, whole_folder, write_sealed};
use burn::module::Module as _;
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device};
use std::io;
use std::path::{Path, PathBuf};

/// From this version on a seal covers both files.
const FIRST_SEALED_VERSION: u64 = 3;
/// Largest manifest that is read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 16 << 20;
/// Bytes of one number in the weights file, at least.
const BYTES_OF_A_PARAMETER: u64 = 4;
/// Largest weights file that is read, in bytes.
const MAX_WEIGHTS_BYTES: u64 = 4 << 30;

/// What goes into the manifest beside what saving itself finds out.
#[derive(Clone, Debug)]
pub struct ModelDescription {
    /// See [`Manifest::classifier`].
    pub classifier: ClassifierConfig,
    /// See [`Manifest::class_names`].
    pub class_names: Vec<String>,
    /// See [`Manifest::dataset`].
    pub dataset: DatasetProvenance,
    /// See [`Manifest::seed`].
    pub seed: u64,
    /// See [`Manifest::program`].
    pub program: ProgramProvenance,
    /// See [`Manifest::metrics`].
    pub metrics: SavedMetrics,
    /// See [`Manifest::temperature`].
    pub temperature: Option<Temperature>,
    /// See [`Manifest::views`].
    pub views: Views,
    /// See [`Manifest::cut_short`].
    pub cut_short: Option<String>,
    /// See [`Manifest::based_on`].
    pub based_on: Option<String>,
}

/// Saves a model into `run_folder/model`, all or nothing. A model that was there before is replaced.
///
/// # Errors
///
/// Where the file system refuses, or Burn cannot pack the weights.
pub fn save_model(
    run_folder: &Path,
    classifier: &Classifier,
    description: ModelDescription,
) -> Result<Manifest, ArtifactError> {
    let weights_path = run_folder.join(MODEL_FOLDER).join(WEIGHTS_FILE);
    let num_parameters = classifier.num_params();
    let bytes = classifier
        .clone()
        .into_record()
        .into_bytes()
        .map_err(|error| ArtifactError::Mismatch {
            path: weights_path,
            problem: error.to_string(),
        })?;
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        classifier: description.classifier,
        class_names: description.class_names,
        input_convention: InputConvention::default(),
        dataset: description.dataset,
        seed: description.seed,
        created: jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string(),
        program: description.program,
        metrics: description.metrics,
        temperature: description.temperature,
        views: description.views,
        cut_short: description.cut_short,
        based_on: description.based_on,
        weights: WeightsEntry {
            sha256: sha256(&bytes),
            num_bytes: bytes.len() as u64,
            num_parameters,
        },
    };
    write_folder(run_folder, &bytes, &manifest)?;
    Ok(manifest)
}

fn write_folder(
    run_folder: &Path,
    weights: &[u8],
    manifest: &Manifest,
) -> Result<(), ArtifactError> {
    let target = run_folder.join(MODEL_FOLDER);
    let write = || {
        let json = serde_json::to_vec_pretty(manifest).map_err(io::Error::from)?;
        let files: [(&str, &[u8]); 2] = [(WEIGHTS_FILE, weights), (MANIFEST_FILE, &json)];
        write_sealed(&target, &files, Existing::Replace)
    };
    write().map_err(|source| ArtifactError::Io {
        path: target.clone(),
        source,
    })
}

/// The folder of the model saved in `run_folder`.
fn model_folder(run_folder: &Path) -> PathBuf {
    whole_folder(&run_folder.join(MODEL_FOLDER))
}

/// Reads and checks the manifest of the model saved in `run_folder`, without its weights; `run_folder` may be a
/// safetensors file of ours, here and on loading.
///
/// # Errors
///
/// Where there is none, or it is not what this program writes.
pub fn load_manifest(run_folder: &Path) -> Result<Manifest, ArtifactError> {
    if is_weights_file(run_folder) {
        return load_safetensors_manifest(run_folder);
    }
    let folder = model_folder(run_folder);
    let path = folder.join(MANIFEST_FILE);
    if !path.is_file() {
        return Err(ArtifactError::NotFound {
            path: run_folder.to_path_buf(),
        });
    }
    let sealed = read_sealed_file(&folder, MANIFEST_FILE, MAX_MANIFEST_BYTES)?;
    let is_sealed = sealed.is_some();
    let bytes = match sealed {
        Some(bytes) => bytes,
        None => read_limited(&path, MAX_MANIFEST_BYTES)?,
    };
    let (manifest, version) = parse_manifest(&path, &bytes)?;
    if !is_sealed && version >= FIRST_SEALED_VERSION {
        let problem = "its seal.txt is missing".into();
        return Err(ArtifactError::Manifest { path, problem });
    }
    Ok(manifest)
}

/// Loads the model saved in `run_folder` onto `device`, for prediction.
///
/// # Errors
///
/// Where there is none, a file is damaged, or the parts do not fit together.
pub fn load_model(run_folder: &Path, device: &Device) -> Result<SavedModel, ArtifactError> {
    if is_weights_file(run_folder) {
        return load_safetensors_model(run_folder, device);
    }
    load_with(run_folder, |manifest| manifest.blank(device))
}

/// Loads the model saved in `run_folder` as another classifier with the same parameters: one with other dropout, say.
/// It comes on the device of `blank`.
///
/// # Errors
///
/// As of [`load_model`], and where the parameters are not those of `blank`.
pub fn load_weights(run_folder: &Path, blank: Classifier) -> Result<SavedModel, ArtifactError> {
    load_with(run_folder, |_| Ok(blank))
}

fn load_with(
    run_folder: &Path,
    blank: impl FnOnce(&Manifest) -> Result<Classifier, NetworkConfigError>,
) -> Result<SavedModel, ArtifactError> {
    let manifest = load_manifest(run_folder)?;
    let folder = model_folder(run_folder);
    let path = folder.join(WEIGHTS_FILE);
    let bytes = read_weights(&path, &manifest)?;
    let network_error = |error: NetworkConfigError| ArtifactError::Manifest {
        path: folder.join(MANIFEST_FILE),
        problem: format!("classifier.network: {error}"),
    };
    let mismatch = |problem: String| ArtifactError::Mismatch {
        path: path.clone(),
        problem,
    };
    // Before anything of the network's size is made.
    let summary = manifest.summarize();
    let num_parameters = summary.map_err(network_error)?.num_parameters();
    if num_parameters as u64 > bytes.len() as u64 / BYTES_OF_A_PARAMETER {
        let problem = format!(
            "{num_parameters} parameters are not in {} bytes",
            bytes.len()
        );
        return Err(mismatch(problem));
    }
    let blank = blank(&manifest).map_err(network_error)?;
    if blank.num_params() != manifest.weights.num_parameters {
        let (found, wanted) = (manifest.weights.num_parameters, blank.num_params());
        return Err(mismatch(format!("{found} parameters, expected {wanted}")));
    }
    let classifier = ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes))
        .and_then(|record| blank.try_load_record(record))
        .map_err(|error| mismatch(error.to_string()))?;
    let is_finite = has_finite_weights(&classifier).map_err(|error| mismatch(error.to_string()))?;
    if !is_finite {
        return Err(ArtifactError::NotFinite { path });
    }
    Ok(SavedModel {
        classifier,
        manifest,
    })
}

/// Checks that the weights saved in `run_folder` are those that the manifest speaks of.
///
/// # Errors
///
/// Where there are none, or they are damaged.
pub fn verify_weights(run_folder: &Path, manifest: &Manifest) -> Result<(), ArtifactError> {
    if is_weights_file(run_folder) {
        return load_safetensors_model(run_folder, &Device::flex()).map(drop);
    }
    let path = model_folder(run_folder).join(WEIGHTS_FILE);
    read_weights(&path, manifest).map(drop)
}

fn read_weights(path: &Path, manifest: &Manifest) -> Result<Vec<u8>, ArtifactError> {
    let bytes = read_limited(path, MAX_WEIGHTS_BYTES)?;
    let found = sha256(&bytes);
    if found == manifest.weights.sha256 {
        return Ok(bytes);
    }
    Err(ArtifactError::Checksum {
        path: path.to_path_buf(),
        expected: manifest.weights.sha256.clone(),
        found,
    })
}
