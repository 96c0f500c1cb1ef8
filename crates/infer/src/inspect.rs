//! `infer inspect`: what a saved model is, where it comes from, and whether it is undamaged.

use crate::cli::{InspectArgs, ReportFormat};
use crate::predictor::{model_failure, stand_in_warning};
use crate::report::{Facts, percent, print_json, print_text};
use base::with_separators;
use console::{Exit, Failure};
use model::{Manifest, NetworkSummary, Score, load_manifest, verify_weights};
use serde::Serialize;

/// What `--format json` prints: the manifest, the layers, and whether the weights are those that
/// were saved.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    manifest: &'a Manifest,
    layers: Vec<Layer<'a>>,
    weights_are_intact: bool,
}

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    output: &'a [usize],
    num_parameters: usize,
}

/// Runs the command. Damaged weights are reported with all the rest, and then as a failure.
///
/// # Errors
///
/// Where there is no model or it is damaged.
pub(crate) fn run(arguments: &InspectArgs) -> Result<Exit, Failure> {
    let manifest = load_manifest(&arguments.model).map_err(model_failure)?;
    let network = manifest
        .classifier
        .network
        .summarize()
        .map_err(Failure::new)?;
    let intact = verify_weights(&arguments.model, &manifest);
    match arguments.format {
        ReportFormat::Text => {
            let facts = facts(&manifest, intact.is_ok());
            print_text(&format!("{network}\n\n{}", facts.to_text()))?;
        }
        ReportFormat::Json => print_json(&Report {
            manifest: &manifest,
            layers: layers(&network),
            weights_are_intact: intact.is_ok(),
        })?,
    }
    intact.map_err(model_failure)?;
    Ok(Exit::Done)
}

fn layers(network: &NetworkSummary) -> Vec<Layer<'_>> {
    let layers = network.layers.iter().map(|layer| Layer {
        name: &layer.name,
        output: &layer.output,
        num_parameters: layer.num_parameters,
    });
    layers.collect()
}

fn facts(manifest: &Manifest, is_intact: bool) -> Facts {
    let mut facts = Facts::default();
    let input = &manifest.input_convention;
    let normalisation = manifest.classifier.input;
    facts.add(
        "input",
        format!("{}×{} pixels, {}", input.width, input.height, input.pixels),
    );
    facts.add("placement", input.placement.as_str());
    facts.add(
        "normalisation",
        format!(
            "(pixel / 255 - {}) / {}",
            normalisation.mean, normalisation.std
        ),
    );
    facts.add("classes", manifest.class_names.join(", "));
    let dataset = &manifest.dataset;
    facts.add("data", format!("{}; {}", dataset.name, dataset.origin));
    facts.add("data SHA-256", dataset.sha256.as_str());
    if let Some(warning) = stand_in_warning(manifest) {
        facts.add("WARNING", warning);
    }
    facts.add("seed", manifest.seed.to_string());
    facts.add("validation", score(manifest.metrics.validation));
    facts.add("test", score(manifest.metrics.test));
    if let Some(temperature) = manifest.temperature {
        facts.add("temperature", format!("{:.3}", f64::from(temperature)));
    }
    let program = &manifest.program;
    let commit = program
        .git_commit
        .as_ref()
        .map(|commit| format!(" ({commit})"));
    let commit = commit.unwrap_or_default();
    facts.add(
        "saved",
        format!(
            "{} by {} {}{commit}",
            manifest.created, program.name, program.version
        ),
    );
    let weights = &manifest.weights;
    facts.add(
        "weights",
        format!(
            "{} bytes, {} parameters",
            with_separators(usize::try_from(weights.num_bytes).unwrap_or(usize::MAX)),
            with_separators(weights.num_parameters)
        ),
    );
    let verdict = if is_intact { "right" } else { "WRONG" };
    facts.add("weights SHA-256", format!("{}, {verdict}", weights.sha256));
    facts
}

fn score(score: Option<Score>) -> String {
    match score {
        Some(score) => format!("{}, log loss {:.4}", percent(score.accuracy), score.loss),
        None => "not measured".into(),
    }
}
