//! The card of a model: Markdown with the front matter that the Hugging Face hub reads.

use super::{MODULE, WEIGHTS};
use crate::export::about::{license, network};
use crate::facts::percent;
use model::{Manifest, SavedModel, Score, Views};
use std::fmt::Write as _;

/// The text of the card.
pub(super) fn to_markdown(model: &SavedModel, name: &str) -> String {
    let manifest = &model.manifest;
    let license = license(&manifest.dataset.name);
    // Texts of JSON are texts of YAML, whatever is in them.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let dataset = quoted(&manifest.dataset.name);
    let mut text = format!(
        "---\nlicense: {}\nlibrary_name: pytorch\npipeline_tag: image-classification\n\
         tags:\n- image-classification\n- handwritten-digits\n- safetensors\n- pytorch\n- burn\n",
        license.id
    );
    if manifest.dataset.name == "mnist" {
        text.push_str("datasets:\n- ylecun/mnist\n");
    }
    if let Some(Score { accuracy, loss }) = manifest.metrics.test {
        let _ = write!(
            text,
            "metrics:\n- accuracy\nmodel-index:\n- name: {}\n  results:\n  - task:\n      type: image-classification\n    \
             dataset:\n      type: {dataset}\n      name: {dataset}\n      split: test\n    metrics:\n    \
             - type: accuracy\n      value: {accuracy}\n    - type: log_loss\n      value: {loss}\n",
            quoted(name)
        );
    }
    let _ = write!(
        text,
        "---\n\n# {name}\n\n{}.\n\n{}\n\nLicence of the {}.\n\n",
        network(model),
        figures(manifest),
        license.about
    );
    let input = &manifest.input_convention;
    let _ = write!(
        text,
        "Input: `[N, {}, {}]`, {}; {}. Normalisation is part of the network. Classes: {}.\n\n\
         ```python\nfrom {} import load  # needs torch and safetensors\nlogits = load()(pixels)\n```\n\n\
         With the program that made it: `infer predict --model {WEIGHTS} PICTURES`.\n",
        input.height,
        input.width,
        input.pixels,
        input.placement,
        manifest.class_names.join(", "),
        MODULE.trim_end_matches(".py"),
    );
    text
}

fn figures(manifest: &Manifest) -> String {
    let scores = [
        ("test", manifest.metrics.test),
        ("validation", manifest.metrics.validation),
    ];
    let scores = scores.into_iter().filter_map(|(images, score)| {
        let Score { accuracy, loss } = score?;
        Some(format!("| {images} | {} | {loss:.4} |", percent(accuracy)))
    });
    let rows: Vec<String> = scores.collect();
    if rows.is_empty() {
        return "It was not measured.".into();
    }
    let head = "| images | accuracy | log loss |\n|---|---|---|\n";
    let views = match manifest.views {
        Views::One => String::new(),
        more => format!(
            "\n\nThe test's figures are of {} views: of each image as it is and turned, the mean of the logits. This \
             module reads it as it is.",
            more.number()
        ),
    };
    format!("{head}{}{views}", rows.join("\n"))
}
