//! What is said before a run begins.

use super::Work;
use crate::dataset;
use base::with_separators;
use console::Failure;
use model::{DeviceChoice, DeviceClass};

impl Work<'_> {
    /// Says what is going to happen, and what was `measured` of the device where it is the quickest.
    pub(super) fn announce(&self, measured: Option<&str>) -> Result<(), Failure> {
        let (recipe, device, data) = (self.recipe, self.device, &self.data);
        let terminal = &self.terminal;
        let summary = recipe.model.summarize().map_err(Failure::usage)?;
        let set = &data.provenance;
        terminal.note(&format!("run      {}", self.folder.path().display()));
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
        terminal.detail(&format!("sha256   {} (of images and labels)", set.sha256));
        terminal.note(&format!("seed     {}", recipe.seed));
        terminal.note(&format!("\n{summary}\n"));
        Ok(())
    }

    /// Warns of what makes figures worth less, or training slow.
    pub(super) fn warn(&self) {
        let (device, terminal) = (self.device, &self.terminal);
        if let Some(wanted) = &self.data.provenance.stands_in_for {
            terminal.warn(&dataset::stand_in_warning(wanted));
        }
        for oddity in self.data.oddities() {
            terminal.warn(&oddity);
        }
        if device.class == DeviceClass::SoftwareGpu {
            terminal
                .warn("this GPU is software on the processor: `--device cpu` is many times faster");
        }
        if device.choice == DeviceChoice::NdArray {
            terminal
                .warn("`ndarray` is slow and deprecated upstream: `--device cpu` is the fast one");
        }
    }
}
