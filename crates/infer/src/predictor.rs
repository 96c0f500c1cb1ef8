//! Saved models on an open device: pixels in, logits out.
//!
//! Owns how several models answer together, the order in which things are checked (device name,
//! manifests, device, weights) and the warning about models that were trained on a stand-in. Knows no
//! files of images.

use crate::cli::ModelArgs;
use console::{Failure, Terminal};
use model::{
    ArtifactError, DeviceChoice, DeviceError, Manifest, OpenDevice, SavedModel, Temperature,
    load_manifest, load_model, open_device, predict_logits,
};
use std::path::PathBuf;

/// Networks that are ready to predict, mostly one.
pub(crate) struct Predictor {
    first: SavedModel,
    /// Those that answer together with the first.
    others: Vec<SavedModel>,
    device: OpenDevice,
    batch_size: usize,
}

impl Predictor {
    /// Loads the models onto the device.
    ///
    /// # Errors
    ///
    /// Exit code 2 for a device that is not there and for models of different classes, 1 for a model that
    /// is not there or damaged.
    pub(crate) fn open(arguments: &ModelArgs, terminal: &Terminal) -> Result<Self, Failure> {
        let choice: DeviceChoice = arguments.device.parse().map_err(device_failure)?;
        let (first, others) = checked(&arguments.models, terminal)?;
        let device = open_device(choice).map_err(device_failure)?;
        let load = |folder: &PathBuf| load_model(folder, &device.device).map_err(model_failure);
        Ok(Self {
            first: load(first)?,
            others: others.iter().map(load).collect::<Result<_, _>>()?,
            batch_size: arguments.batch_size as usize,
            device,
        })
    }

    /// Logits, `[num_images * NUM_CLASSES]`, of `pixels`, `[num_images * IMAGE_PIXELS]`. Of several models,
    /// the means of their logits, each divided by its own temperature.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub(crate) fn logits(&self, pixels: &[u8]) -> Result<Vec<f32>, Failure> {
        let mut logits = self.logits_of(&self.first, pixels)?;
        if self.others.is_empty() {
            return Ok(logits);
        }
        let weight = |model: &SavedModel| {
            let temperature = f64::from(model.manifest.temperature.unwrap_or_default());
            (1.0 / (temperature * (1 + self.others.len()) as f64)) as f32
        };
        let first = weight(&self.first);
        for logit in &mut logits {
            *logit *= first;
        }
        for model in &self.others {
            let weight = weight(model);
            for (logit, other) in logits.iter_mut().zip(self.logits_of(model, pixels)?) {
                *logit += weight * other;
            }
        }
        Ok(logits)
    }

    fn logits_of(&self, model: &SavedModel, pixels: &[u8]) -> Result<Vec<f32>, Failure> {
        let (classifier, device) = (&model.classifier, &self.device.device);
        let found = self
            .device
            .compute(|| predict_logits(classifier, pixels, self.batch_size, device));
        found.map_err(|error| {
            let hint = "`--device cpu` always works; a smaller `--batch-size` needs less memory";
            Failure::new(error).with_hint(Some(hint))
        })
    }

    /// What [`Predictor::logits`] are still to be divided by; `None` where they are to be taken as they are.
    pub(crate) fn temperature(&self) -> Option<Temperature> {
        let temperature = self.first.manifest.temperature;
        temperature.filter(|_| self.others.is_empty())
    }

    /// All that was saved beside the weights, of the first model: the others have the same classes.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.first.manifest
    }

    /// The same of all models.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        let all = std::iter::once(&self.first).chain(&self.others);
        all.map(|model| &model.manifest)
    }

    /// What the device is called, for people.
    pub(crate) fn device_name(&self) -> &str {
        &self.device.name
    }

    /// Images that go through a network at once.
    pub(crate) fn batch_size(&self) -> usize {
        self.batch_size
    }
}

/// The folder of the first model and those of the others, after a look at their manifests.
fn checked<'a>(
    folders: &'a [PathBuf],
    terminal: &Terminal,
) -> Result<(&'a PathBuf, &'a [PathBuf]), Failure> {
    let Some((first, others)) = folders.split_first() else {
        return Err(Failure::usage("no model is given").with_hint(Some("name one by --model RUN")));
    };
    let load = |folder: &PathBuf| load_manifest(folder).map_err(model_failure);
    let manifests: Vec<Manifest> = folders.iter().map(load).collect::<Result<_, _>>()?;
    let names = &manifests[0].class_names;
    for (folder, other) in folders.iter().zip(&manifests) {
        if other.class_names != *names {
            let message = format!(
                "{} and {} tell different classes apart: {} and {}",
                first.display(),
                folder.display(),
                names.join(", "),
                other.class_names.join(", ")
            );
            let hint = "models that answer together are trained on the same classes";
            return Err(Failure::usage(message).with_hint(Some(hint)));
        }
    }
    warn_of(&manifests, stand_in_warning, terminal);
    Ok((first, others))
}

/// Says what there is to say of models, the same thing once.
pub(crate) fn warn_of<'a>(
    manifests: impl IntoIterator<Item = &'a Manifest>,
    warning: impl Fn(&Manifest) -> Option<String>,
    terminal: &Terminal,
) {
    let mut said = Vec::new();
    for warning in manifests.into_iter().filter_map(warning) {
        if !said.contains(&warning) {
            terminal.warn(&warning);
            said.push(warning);
        }
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

/// What to say of a model that was not trained on what its recipe asked for.
pub(crate) fn stand_in_warning(manifest: &Manifest) -> Option<String> {
    let wanted = manifest.dataset.stands_in_for.as_ref()?;
    Some(format!(
        "THIS MODEL WAS TRAINED ON DRAWN DIGITS ({}), because {wanted} was not to be had when it \
         was trained: on real handwriting it is less accurate than its figures say",
        manifest.dataset.name
    ))
}
