//! A saved model whose seal fits what is in it, so that what lies behind the seal is reached.

use base::files::{Existing, write_sealed};
use burn::tensor::Device;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::LazyLock;

/// The manifest of the model whose weights are in `seeds/weights`.
pub const MANIFEST: &[u8] = include_bytes!("../../seeds/manifest/dense");
/// Its weights.
pub const WEIGHTS: &[u8] = include_bytes!("../../seeds/weights/dense");

/// One for the whole process.
static RUN: LazyLock<PathBuf> = LazyLock::new(|| tempfile::tempdir().unwrap().keep());

/// Saves these and loads them: what can be loaded has its ten classes.
pub fn load(manifest: &[u8], weights: &[u8]) {
    let files = [("weights.bpk", weights), ("manifest.json", manifest)];
    write_sealed(&RUN.join("model"), &files, Existing::Replace).unwrap();
    let _ = model::load_manifest(&RUN);
    if let Ok(saved) = model::load_model(&RUN, &Device::flex()) {
        assert_eq!(saved.manifest.class_names.len(), 10);
    }
}

/// The manifest with the sum of these weights.
pub fn manifest_of(weights: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(MANIFEST).unwrap();
    let sum = |bytes: &[u8]| base::hexadecimal(&Sha256::digest(bytes));
    text.replace(&sum(WEIGHTS), &sum(weights)).into_bytes()
}
