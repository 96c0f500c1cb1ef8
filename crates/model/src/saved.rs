//! A saved model in memory, and what every way to save one shares: reading within bounds, sums, and the checks on a
//! manifest.

use crate::artifact_error::ArtifactError;
use crate::classifier::Classifier;
use crate::manifest::{Manifest, Score};
use base::{IMAGE_SIDE, MAX_CLASSES, MIN_CLASSES, NUM_DIGITS, hexadecimal};
use burn::module::Module as _;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::{fs, io};

/// Version of the folder's layout and of the manifest's fields.
pub(crate) const FORMAT_VERSION: u32 = 3;
/// The oldest version that is still read.
const OLDEST_VERSION: u32 = 1;

/// A model as loaded: the network, ready to predict, and its manifest.
#[derive(Debug)]
pub struct SavedModel {
    /// The network, on the device it was loaded for.
    pub classifier: Classifier,
    /// All the rest.
    pub manifest: Manifest,
}

impl SavedModel {
    /// The same model without what it says of pairs of digits.
    #[must_use]
    pub fn without_pairs(self) -> Self {
        if !self.classifier.reads_pairs() {
            return self;
        }
        let classifier = self.classifier.without_pairs();
        let mut manifest = self.manifest;
        manifest.classifier.pairs = false;
        manifest.weights.num_parameters = classifier.num_params();
        Self {
            classifier,
            manifest,
        }
    }
}

/// Reads and checks a manifest that stands in `path`. Also returns its version.
pub(crate) fn parse_manifest(path: &Path, bytes: &[u8]) -> Result<(Manifest, u64), ArtifactError> {
    let refuse = |problem: String| ArtifactError::Manifest {
        path: path.to_path_buf(),
        problem,
    };
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| refuse(format!("not JSON: {error}")))?;
    let version = value
        .get("format_version")
        .and_then(serde_json::Value::as_u64);
    let readable = u64::from(OLDEST_VERSION)..=u64::from(FORMAT_VERSION);
    if !version.is_some_and(|version| readable.contains(&version)) {
        let found = version.map_or_else(|| "none".to_string(), |version| version.to_string());
        return Err(refuse(format!(
            "format_version: expected {OLDEST_VERSION} to {FORMAT_VERSION}, found {found}"
        )));
    }
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| refuse(error.to_string()))?;
    let num_classes = manifest.class_names.len();
    if !(MIN_CLASSES..=MAX_CLASSES).contains(&num_classes) {
        return Err(refuse(format!(
            "class_names: expected {MIN_CLASSES} to {MAX_CLASSES} names, found {num_classes}"
        )));
    }
    if manifest.classifier.pairs && num_classes != NUM_DIGITS {
        return Err(refuse(format!(
            "classifier.pairs: pairs are of {NUM_DIGITS} digits, and there are {num_classes} classes"
        )));
    }
    if manifest.input_convention.width != IMAGE_SIDE
        || manifest.input_convention.height != IMAGE_SIDE
    {
        return Err(refuse(format!(
            "input_convention: expected {IMAGE_SIDE}×{IMAGE_SIDE} pixels"
        )));
    }
    let scores = [manifest.metrics.validation, manifest.metrics.test];
    let is_score = |score: &Score| (0.0..=1.0).contains(&score.accuracy) && score.loss >= 0.0;
    if !scores.iter().flatten().all(is_score) {
        return Err(refuse(
            "metrics: an accuracy is not of 0 to 1, or a loss is below 0".into(),
        ));
    }
    Ok((manifest, version.unwrap_or_default()))
}

/// The bytes of an ordinary file of no more than `limit`.
pub(crate) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ArtifactError> {
    let failed = |source| ArtifactError::Io {
        path: path.to_path_buf(),
        source,
    };
    let about = fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(failed(io::Error::other("no ordinary file")));
    }
    let found = about.len();
    if found > limit {
        return Err(ArtifactError::TooLarge {
            path: path.to_path_buf(),
            found,
            limit,
        });
    }
    fs::read(path).map_err(failed)
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}
