//! What is said before a run begins.

use super::Work;
use crate::dataset;
use base::with_separators;
use console::Failure;
use model::{DeviceChoice, DeviceClass};

impl Work<'_> {
    /// Says what is going to happen, of one of many in detail only; and what was `measured` of the device where
    /// it is the quickest.
    pub(super) fn announce(&self, measured: Option<&str>) -> Result<(), Failure> {
        let (recipe, device, data) = (self.recipe, self.device, &self.data);
        let terminal = self.terminal;
        let say = |text: &str| {
            if self.is_one_of_many {
                terminal.detail(text);
            } else {
                terminal.note(text);
            }
        };
        let summary = recipe.model.summarize().map_err(Failure::usage)?;
        let set = &data.provenance;
        say(&format!("run      {}", self.folder.path().display()));
        say(&format!("device   {} ({})", device.choice, device.name));
        if let Some(measured) = measured {
            say(&format!("         the quickest: {measured}"));
        }
        say(&format!(
            "data     {}: {} training, {} validation, {} test images",
            data.label(),
            with_separators(data.train.len()),
            with_separators(data.validation.len()),
            with_separators(data.test.len()),
        ));
        say(&format!("         {}", set.origin));
        if let Some(additions) = data.additions_text() {
            say(&format!("added    {additions}"));
        }
        terminal.detail(&format!("sha256   {} (of images and labels)", set.sha256));
        say(&format!("seed     {}", recipe.seed));
        say(&format!("\n{summary}\n"));
        if !self.is_one_of_many {
            self.warn();
        }
        Ok(())
    }

    /// Warns of what makes figures worth less, or training slow.
    pub(super) fn warn(&self) {
        let (device, terminal) = (self.device, self.terminal);
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
