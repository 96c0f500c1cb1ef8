//! A run that begins with the weights of another one.

use super::Work;
use super::overlap::check_set_aside;
use crate::config::{self, LoadedRecipe, Recipe};
use crate::run_folder::{CONFIG_FILE, is_run};
use burn::tensor::Device;
use console::{Failure, find_run};
use model::{
    ArtifactError, Classifier, ClassifierConfig, is_weights_file, load_manifest, load_weights,
    load_weights_file,
};
use std::path::Path;

/// The recipe with the path of the run that its `init` means, and with that run's network where it names none itself.
pub(super) fn find(loaded: &LoadedRecipe) -> Result<Recipe, Failure> {
    let recipe = loaded.recipe.clone();
    let Some(called) = &recipe.init else {
        return Ok(recipe);
    };
    if is_weights_file(Path::new(called)) {
        return with_file(loaded, called);
    }
    let run = &find_run(Path::new(called), &is_run)?;
    let init = Some(run.display().to_string());
    if loaded.names_network {
        return Ok(Recipe { init, ..recipe });
    }
    let manifest = load_manifest(run).map_err(|error| init_failure(&error))?;
    Ok(Recipe {
        init,
        input: manifest.classifier.input,
        model: manifest.classifier.network,
        ..recipe
    })
}

/// The recipe with the network that a file of weights tells of, where it names none itself.
fn with_file(loaded: &LoadedRecipe, called: &str) -> Result<Recipe, Failure> {
    let recipe = loaded.recipe.clone();
    if loaded.names_network {
        return Ok(recipe);
    }
    let manifest = load_manifest(Path::new(called)).map_err(|error| init_failure(&error))?;
    Ok(Recipe {
        input: manifest.classifier.input,
        model: manifest.classifier.network,
        ..recipe
    })
}

fn init_failure(error: &ArtifactError) -> Failure {
    Failure::usage(format!("init: {error}")).with_hint(error.hint())
}

impl Work<'_> {
    /// The weights to begin with, where they are not random.
    pub(super) fn first_weights(&self) -> Result<Option<Classifier>, Failure> {
        let Some(run) = &self.recipe.init else {
            return Ok(None);
        };
        let num_classes = self.data.class_names.len();
        let network = self.recipe.classifier();
        let blank = |pairs| {
            let network = ClassifierConfig {
                pairs,
                ..network.clone()
            };
            let blank = network.init(num_classes, 0, &Device::flex());
            blank.map_err(Failure::usage)
        };
        if is_weights_file(Path::new(run)) {
            return self.weights_of_file(run, blank(network.pairs)?).map(Some);
        }
        let manifest = load_manifest(Path::new(run)).map_err(|error| init_failure(&error))?;
        let known = manifest.class_names.len();
        if known != num_classes {
            let message = format!(
                "init: {run} tells {known} classes apart, and {} has {num_classes}",
                self.data.label()
            );
            let hint = "begin with a run of as many classes, or leave init out";
            return Err(Failure::usage(message).with_hint(Some(hint)));
        }
        let has_pairs = manifest.classifier.pairs;
        if network.pairs && !has_pairs {
            let message =
                format!("init: {run} reads no pairs of digits, and additions.pairs asks for them");
            let hint = "--set additions.pairs=0, or leave init out";
            return Err(Failure::usage(message).with_hint(Some(hint)));
        }
        if manifest.dataset.sha256 == self.data.provenance.sha256
            && let Ok(earlier) = config::load_saved(&Path::new(run).join(CONFIG_FILE))
        {
            check_set_aside("init", Path::new(run), &earlier, self.recipe)?;
        }
        let saved = load_weights(Path::new(run), blank(has_pairs)?);
        let saved = saved.map_err(|error| init_failure(&error))?;
        let saved = if network.pairs {
            saved
        } else {
            saved.without_pairs()
        };
        let (terminal, manifest) = (&self.terminal, &saved.manifest);
        terminal.note(&format!(
            "begins   with the weights of {run}, trained on {}\n",
            manifest.dataset.name
        ));
        if manifest.classifier.input != self.recipe.input {
            terminal.warn(&format!(
                "{run} was trained with another normalisation of the pixels ([input]): its weights mean little here"
            ));
        }
        if manifest.class_names != self.data.class_names {
            terminal.warn(&format!(
                "{run} knows other classes: {}",
                manifest.class_names.join(", ")
            ));
        }
        Ok(Some(saved.classifier))
    }

    /// The same of a file of weights, with how its layers were taken where their names are not ours.
    fn weights_of_file(&self, path: &str, blank: Classifier) -> Result<Classifier, Failure> {
        let loaded = load_weights_file(Path::new(path), blank);
        let (classifier, renamed) = loaded.map_err(|error| init_failure(&error))?;
        self.terminal
            .note(&format!("begins   with the weights of {path}"));
        if !renamed.is_empty() {
            let renamed = renamed.join(", ");
            self.terminal
                .note(&format!("         whose layers are taken as {renamed}"));
        }
        self.terminal.note("");
        Ok(classifier)
    }
}
