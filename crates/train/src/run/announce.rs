//! What is said before a run begins.

use super::Work;
use crate::dataset;
use base::with_separators;
use console::Failure;
use kernels::WholeStep;
use model::{DeviceChoice, DeviceClass};

impl Work<'_> {
    /// Says what is going to happen, and what was `measured` of the device where it is the quickest.
    pub(super) fn announce(&self, measured: Option<&str>) -> Result<(), Failure> {
        let (recipe, device, data) = (self.recipe, self.device, &self.data);
        let terminal = &self.terminal;
        let summary = recipe
            .classifier()
            .summarize(data.class_names.len())
            .map_err(Failure::usage)?;
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
            let anew = match recipe.additions.refresh_every {
                0 => String::new(),
                1 => ", all drawn anew in every epoch".into(),
                every => format!(", all drawn anew every {every} epochs"),
            };
            terminal.note(&format!("added    {additions}{anew}"));
        }
        if let Some(teachers) = &self.teachers {
            terminal.note(&format!("taught   by {teachers}"));
        }
        terminal.detail(&format!("sha256   {} (of images and labels)", set.sha256));
        terminal.note(&format!("seed     {}", recipe.seed));
        if device.class != DeviceClass::Cpu {
            terminal.detail(&format!("steps    {}", self.way_of_steps()?));
        }
        terminal.note(&format!("\n{summary}\n"));
        Ok(())
    }

    /// How the GPU takes a step.
    fn way_of_steps(&self) -> Result<&'static str, Failure> {
        let (recipe, device) = (self.recipe, &self.device.device);
        let num_classes = self.data.class_names.len();
        let classifier = recipe.classifier().init(num_classes, 0, device);
        let shape = classifier.map_err(Failure::usage)?.step_shape();
        let batch_size = recipe.training.batch_size;
        let step = shape.and_then(|shape| WholeStep::new(&shape, batch_size, device));
        let training = &recipe.training;
        let is_whole = training.last_layers.is_none() && training.distillation.is_none();
        let step = step.filter(|_| is_whole);
        Ok(step.map_or("layer by layer", |step| step.describe()))
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
