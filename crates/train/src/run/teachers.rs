//! The teachers of a run that learns from other runs: finds and loads them, and refuses those who have seen its
//! validation images.

use super::overlap::check_set_aside;
use crate::config::{self, Recipe};
use crate::dataset::TrainingData;
use crate::run_folder::{CONFIG_FILE, is_run};
use crate::teachers::Teachers;
use console::{Failure, Terminal, find_runs};
use model::{OpenDevice, load_model};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const KEY: &str = "training.distillation.teachers";

/// The teachers, where the recipe names some.
pub(super) fn find(
    recipe: &Recipe,
    device: &OpenDevice,
    data: &TrainingData,
    terminal: &Terminal,
) -> Result<Option<Arc<Teachers>>, Failure> {
    let Some(config) = &recipe.training.distillation else {
        return Ok(None);
    };
    let mut runs: Vec<PathBuf> = Vec::new();
    for called in &config.teachers {
        runs.extend(find_runs(Path::new(called), &is_run)?);
    }
    let mut named = Vec::with_capacity(runs.len());
    for run in &runs {
        let saved = load_model(run, &device.device)
            .map_err(|error| Failure::usage(format!("{KEY}: {error}")).with_hint(error.hint()))?;
        if saved.manifest.class_names != data.class_names {
            let classes = saved.manifest.class_names.join(", ");
            let message = format!("{KEY}: {} knows other classes: {classes}", run.display());
            return Err(Failure::usage(message));
        }
        let teacher = config::load_saved(&run.join(CONFIG_FILE)).map_err(|error| {
            let shown = run.display();
            Failure::usage(format!(
                "{KEY}: what {shown} has learnt is not known: {error}"
            ))
        })?;
        check_answers(run, &teacher, recipe)?;
        if saved.manifest.dataset.sha256 == data.provenance.sha256 {
            check_set_aside(KEY, run, &teacher, recipe)?;
        } else {
            let run = run.display();
            terminal.warn(&format!(
                "{run} was trained on other data; whether these images were among them is not known"
            ));
        }
        named.push((run.display().to_string(), saved.classifier));
    }
    let teachers = Teachers::new(named, config, recipe.loss_options());
    Ok(Some(Arc::new(teachers)))
}

/// A student is to say nothing that its teachers do not know.
fn check_answers(run: &Path, teacher: &Recipe, recipe: &Recipe) -> Result<(), Failure> {
    let ours = recipe.additions.other_answers().into_iter();
    let mut both = ours.zip(teacher.additions.other_answers());
    let Some(((key, _), _)) = both.find(|(ours, theirs)| ours.1 > 0.0 && theirs.1 <= 0.0) else {
        return Ok(());
    };
    let shown = run.display();
    let message = format!("{KEY}: {shown} was trained without {key}, which this recipe has");
    let hint = format!("train the teacher with it, or --set {key}=0");
    Err(Failure::usage(message).with_hint(Some(&hint)))
}
