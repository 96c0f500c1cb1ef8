//! One page that holds a network and needs nothing else: it opens from disk in any browser.
//!
//! Owns how the page is put together. Its look and its drawing are the service's page; the preparation of drawings
//! and the network's forward pass are the scripts beside this file.

use super::plan::{Layer, Plan};
use crate::error::Error;
use crate::serve::page;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{SavedModel, safetensors_of};
use serde::Serialize;
use std::collections::BTreeMap;

const PREPARE: &str = include_str!("html/prepare.js");
const NETWORK: &str = include_str!("html/network.js");
const ASK: &str = include_str!("html/ask.js");
/// Nothing is fetched from anywhere.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/// What the scripts are told.
#[derive(Serialize)]
struct Description<'a> {
    name: &'a str,
    class_names: &'a [String],
    mean: f32,
    std: f32,
    temperature: f64,
    layers: &'a [Layer],
}

/// The page of a saved model that is called `name`.
///
/// # Errors
///
/// Where the network has a layer that the page does not know.
pub fn to_html(model: &SavedModel, name: &str) -> Result<String, Error> {
    let plan = Plan::of(model)?;
    let is_known = |layer: &Layer| !matches!(layer, Layer::Residual(_));
    if !plan.layers.iter().all(is_known) {
        return Err(Error::NotExported { layer: "residual" });
    }
    let manifest = &model.manifest;
    let description = Description {
        name,
        class_names: &manifest.class_names,
        mean: manifest.classifier.input.mean,
        std: manifest.classifier.input.std,
        temperature: f64::from(manifest.temperature.unwrap_or_default()),
        layers: &plan.layers,
    };
    let description = serde_json::to_string(&description);
    let description = description.map_err(|error| Error::Format(error.to_string()))?;
    // No name of a class may end the script.
    let description = description.replace('<', "\\u003c");
    let weights = STANDARD.encode(safetensors_of(&plan.tensors, &BTreeMap::new()));
    let policy = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n");
    let data = format!(
        "<script type=\"application/json\" id=\"network\">{description}</script>\n\
         <script type=\"text/plain\" id=\"weights\">{weights}</script>\n"
    );
    let script = |text: &str| format!("<script>\n{text}</script>\n");
    let scripts = [page::DRAW, PREPARE, NETWORK, ASK, page::PAGE]
        .map(script)
        .concat();
    let icon = STANDARD.encode(page::ICON);
    let mut html = String::new();
    for line in page::INDEX.lines() {
        let put = if line.contains("<meta charset") {
            format!("{line}\n{policy}")
        } else if line.contains("rel=\"icon\"") {
            format!("<link rel=\"icon\" href=\"data:image/svg+xml;base64,{icon}\">\n")
        } else if line.contains("rel=\"stylesheet\"") {
            format!("<style>\n{}</style>\n", page::STYLE)
        } else if line.contains("<script src=\"/draw.js\"") {
            format!("{data}{scripts}")
        } else if line.contains("<script src=") {
            continue;
        } else {
            format!("{line}\n")
        };
        html.push_str(&put);
    }
    Ok(html)
}
