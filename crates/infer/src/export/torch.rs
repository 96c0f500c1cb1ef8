//! A saved network for PyTorch: its weights as safetensors, a module that loads them, and a card that tells of it.
//!
//! Owns the three texts and what the files are called; names and layouts of weights are `model`'s.

mod card;
mod module;

use super::about::{license, network};
use super::plan::Plan;
use crate::error::Error;
use model::{SavedModel, save_safetensors};
use std::collections::BTreeMap;

/// The weights' file name.
pub const WEIGHTS: &str = "model.safetensors";
/// The module's.
const MODULE: &str = "model.py";
/// The card's, which the Hugging Face hub shows.
const CARD: &str = "README.md";

/// The weights alone, with all that is needed to load them again.
///
/// # Errors
///
/// Where they cannot be read back from the device.
pub fn to_safetensors(model: &SavedModel) -> Result<Vec<u8>, Error> {
    let manifest = &model.manifest;
    let texts = [
        ("description", network(model)),
        ("license", license(&manifest.dataset.name).about.to_string()),
        ("weights_sha256", manifest.weights.sha256.clone()),
        (
            "version",
            concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        ),
    ];
    let texts = texts.map(|(key, text)| (key.to_string(), text));
    Ok(save_safetensors(model, BTreeMap::from(texts))?)
}

/// The names and bytes of the files of a folder: weights, module and card of a model that is called `name`.
///
/// # Errors
///
/// As of [`to_safetensors`].
pub fn to_torch_folder(
    model: &SavedModel,
    name: &str,
) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let plan = Plan::of(model)?;
    let module = module::to_python(model, name, &plan)?;
    let card = card::to_markdown(model, name);
    Ok(vec![
        (WEIGHTS, to_safetensors(model)?),
        (MODULE, module.into_bytes()),
        (CARD, card.into_bytes()),
    ])
}
