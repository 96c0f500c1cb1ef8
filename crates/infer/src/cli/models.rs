//! Which models the command line means, and their way onto the device.

use super::failure::failure;
use super::model_arguments::ModelArgs;
use crate::predict::{Models, Predictor};
use console::{Failure, Terminal, find_runs, last_run};
use model::{DeviceChoice, MANIFEST_FILE, MODEL_FOLDER, is_weights_file};
use std::path::{Path, PathBuf};

/// Whether a saved model is in this folder, or this is a file of weights.
pub(super) fn is_run(folder: &Path) -> bool {
    is_weights_file(folder) || folder.join(MODEL_FOLDER).join(MANIFEST_FILE).is_file()
}

/// What the run in this folder may be called elsewhere: in a path, say.
pub(super) fn run_name(folder: &Path) -> String {
    let whole = folder.canonicalize();
    let name = whole.as_deref().unwrap_or(folder).file_name();
    let name = name.unwrap_or(folder.as_os_str()).to_string_lossy();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    name.replace(|letter| !is_plain(letter), "-")
}

/// The run folders that were named. Run folders at the beginning of `paths` are taken out of there: that is
/// where a shell leaves all but the first of `--model artifacts/cnn-00*`.
///
/// # Errors
///
/// Where none is named, or one is not there.
pub(super) fn run_folders(
    named: &[PathBuf],
    paths: &mut Vec<PathBuf>,
    terminal: &Terminal,
) -> Result<Vec<PathBuf>, Failure> {
    if named.is_empty() {
        let hint = match last_run(&is_run) {
            Some(run) => format!("name one, such as the last: --model {}", run.display()),
            None => "train one first: `train` tells its run folder, for --model".into(),
        };
        return Err(Failure::usage("no model is given").with_hint(Some(hint)));
    }
    let mut folders = Vec::new();
    for path in named {
        folders.extend(find_runs(path, &is_run)?);
    }
    let num_more = paths.iter().take_while(|path| is_run(path)).count();
    let more: Vec<PathBuf> = paths.drain(..num_more).collect();
    if !more.is_empty() {
        let shown: Vec<String> = more.iter().map(|path| path.display().to_string()).collect();
        terminal.note(&format!(
            "{}: taken for further models, which answer together",
            shown.join(", ")
        ));
    }
    folders.extend(more);
    Ok(folders)
}

/// Loads the models onto the device, and says what there is to say of them.
///
/// # Errors
///
/// Where the device or a model is not there, or they do not fit together.
pub(super) fn open(
    folders: Vec<PathBuf>,
    model: &ModelArgs,
    terminal: &Terminal,
) -> Result<Predictor, Failure> {
    let choice: Result<DeviceChoice, _> = model.device.parse();
    let choice = choice.map_err(|error| failure(crate::Error::Device(error)))?;
    let models = Models::check(folders).map_err(failure)?;
    for warning in models.warnings() {
        terminal.warn(&warning);
    }
    let batch_size = model.batch_size as usize;
    let predictor = models
        .open(choice, batch_size, model.views)
        .map_err(failure)?;
    if let Some(remark) = predictor.remark_on_views() {
        terminal.note(&remark);
    }
    Ok(predictor)
}
