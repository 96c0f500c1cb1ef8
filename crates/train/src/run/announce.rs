//! What is said before a run begins.

use crate::config::Recipe;
use crate::dataset::{self, TrainingData};
use crate::run_folder::RunFolder;
use base::with_separators;
use console::{Failure, Terminal};
use model::{DeviceChoice, DeviceClass, OpenDevice};

/// Says what is going to happen. With the device comes what was measured where it is the quickest.
pub(super) fn announce(
    recipe: &Recipe,
    (device, measured): (&OpenDevice, Option<&str>),
    data: &TrainingData,
    folder: &RunFolder,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let summary = recipe.model.summarize().map_err(Failure::usage)?;
    let set = &data.provenance;
    terminal.note(&format!("run      {}", folder.path().display()));
    terminal.note(&format!("device   {} ({})", device.choice, device.name));
    if let Some(measured) = measured {
        terminal.note(&format!("         the quickest: {measured}"));
    }
    terminal.note(&format!(
        "data     {}: {} training, {} validation, {} test images",
        data.label(),
        with_separators(data.train.len()),
        with_separators(data.validation.len()),
        with_separators(data.test.len()),
    ));
    terminal.note(&format!("         {}", set.origin));
    if let Some(additions) = data.additions_text() {
        terminal.note(&format!("added    {additions}"));
    }
    if let Some(wanted) = &set.stands_in_for {
        terminal.warn(&dataset::stand_in_warning(wanted));
    }
    if device.class == DeviceClass::SoftwareGpu {
        terminal.warn("this GPU is software on the processor: `--device cpu` is many times faster");
    }
    if device.choice == DeviceChoice::NdArray {
        terminal.warn("`ndarray` is slow and deprecated upstream: `--device cpu` is the fast one");
    }
    terminal.detail(&format!("sha256   {} (of images and labels)", set.sha256));
    terminal.note(&format!("seed     {}", recipe.seed));
    terminal.note(&format!("\n{summary}\n"));
    Ok(())
}
