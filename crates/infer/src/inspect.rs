//! What a saved model is, where it comes from, and whether it is undamaged.

use crate::error::Error;
use crate::facts::{Facts, percent};
use crate::predict::stand_in_warning;
use base::with_separators;
use model::{ArtifactError, Manifest, NetworkSummary, Score, load_manifest, verify_weights};
use serde::Serialize;
use std::path::Path;

/// A saved model, looked into.
pub struct Inspection {
    manifest: Manifest,
    network: NetworkSummary,
    /// What is wrong with the weights, where something is.
    damage: Option<ArtifactError>,
}

/// What programs get: the manifest, the layers, and whether the weights are those that were saved.
#[derive(Serialize)]
struct JsonInspection<'a> {
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

impl Inspection {
    /// Looks into the model of a run folder. Damaged weights are no error yet.
    ///
    /// # Errors
    ///
    /// Where there is no model, or its manifest is damaged.
    pub fn of(run_folder: &Path) -> Result<Self, Error> {
        let manifest = load_manifest(run_folder)?;
        let network = manifest.summarize();
        let network = network.map_err(|error| Error::Network(error.to_string()))?;
        let damage = verify_weights(run_folder, &manifest).err();
        Ok(Self {
            manifest,
            network,
            damage,
        })
    }

    /// For people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let facts = facts(&self.manifest, self.damage.is_none());
        format!("{}\n\n{}", self.network, facts.to_text())
    }

    /// What is wrong with the weights, where something is.
    #[must_use]
    pub fn damage(self) -> Option<Error> {
        self.damage.map(Error::Model)
    }
}

impl Serialize for Inspection {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inspection = JsonInspection {
            manifest: &self.manifest,
            layers: layers(&self.network),
            weights_are_intact: self.damage.is_none(),
        };
        inspection.serialize(serializer)
    }
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
    if manifest.classifier.pairs {
        facts.add(
            "pairs",
            "two digits that touch are also read as one (00 to 99)",
        );
    }
    let dataset = &manifest.dataset;
    facts.add("data", format!("{}; {}", dataset.name, dataset.origin));
    facts.add("data SHA-256", dataset.sha256.as_str());
    if let Some(run) = &manifest.based_on {
        facts.add("begun with", format!("the weights of {run}"));
    }
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
