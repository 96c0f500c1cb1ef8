//! A saved model on an open device: pixels in, logits out.
//!
//! Owns the order in which things are checked (device name, manifest, device, weights) and the
//! warning about models that were trained on a stand-in. Knows no files of images.

use crate::cli::ModelArgs;
use console::{Failure, Terminal};
use model::{
    ArtifactError, DeviceChoice, DeviceError, Manifest, OpenDevice, SavedModel, load_manifest,
    load_model, open_device, predict_logits,
};

/// A network that is ready to predict.
pub(crate) struct Predictor {
    model: SavedModel,
    device: OpenDevice,
    batch_size: usize,
}

impl Predictor {
    /// Loads the model onto the device.
    ///
    /// # Errors
    ///
    /// Exit code 2 for a device that is not there, 1 for a model that is not there or damaged.
    pub(crate) fn open(arguments: &ModelArgs, terminal: &Terminal) -> Result<Self, Failure> {
        let choice: DeviceChoice = arguments.device.parse().map_err(device_failure)?;
        warn_of_stand_in(
            &load_manifest(&arguments.model).map_err(model_failure)?,
            terminal,
        );
        let device = open_device(choice).map_err(device_failure)?;
        let model = load_model(&arguments.model, &device.device).map_err(model_failure)?;
        let batch_size = arguments.batch_size as usize;
        Ok(Self {
            model,
            device,
            batch_size,
        })
    }

    /// Logits, `[num_images * NUM_CLASSES]`, of `pixels`, `[num_images * INPUT_PIXELS]`.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub(crate) fn logits(&self, pixels: &[u8]) -> Result<Vec<f32>, Failure> {
        predict_logits(
            &self.model.classifier,
            pixels,
            self.batch_size,
            &self.device.device,
        )
        .map_err(|error| {
            let hint = "`--device cpu` always works; a smaller `--batch-size` needs less memory";
            Failure::new(error).with_hint(Some(hint))
        })
    }

    /// All that was saved beside the weights.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.model.manifest
    }

    /// What the device is called, for people.
    pub(crate) fn device_name(&self) -> &str {
        &self.device.name
    }

    /// Images that go through the network at once.
    pub(crate) fn batch_size(&self) -> usize {
        self.batch_size
    }
}

/// The failure that a bad model is.
pub(crate) fn model_failure(error: ArtifactError) -> Failure {
    let hint = error.hint();
    Failure::new(error).with_hint(hint)
}

fn device_failure(error: DeviceError) -> Failure {
    let hint = error.hint();
    Failure::usage(error).with_hint(hint)
}

fn warn_of_stand_in(manifest: &Manifest, terminal: &Terminal) {
    if let Some(warning) = stand_in_warning(manifest) {
        terminal.warn(&warning);
    }
}

/// What to say of a model that was not trained on what its recipe asked for.
pub(crate) fn stand_in_warning(manifest: &Manifest) -> Option<String> {
    let wanted = manifest.dataset.stands_in_for.as_ref()?;
    Some(format!(
        "THIS MODEL WAS TRAINED ON DRAWN DIGITS ({}), because {wanted} was not to be had when it \
         was trained: on real handwriting it is less accurate than its figures say",
        manifest.dataset.name
    ))
}
