//! Run folders of models: checked, and loaded onto a device.
//!
//! Owns the order in which things are checked: manifests, device, weights; and what users should know of the models.

use super::predictor::Predictor;
use crate::error::Error;
use model::{
    DeviceChoice, Manifest, OpenDevice, SavedModel, Views, load_manifest, load_model, open_device,
};
use std::path::PathBuf;

/// Run folders with models in them that can answer together. Their weights are not loaded.
pub struct Models {
    folders: Vec<PathBuf>,
    manifests: Vec<Manifest>,
}

impl Models {
    /// Reads the manifests of the models in these run folders.
    ///
    /// # Errors
    ///
    /// Where there are none, one is not there or damaged, or they tell different classes apart.
    pub fn check(folders: Vec<PathBuf>) -> Result<Self, Error> {
        let manifests = folders.iter().map(|folder| load_manifest(folder));
        let manifests: Vec<Manifest> = manifests.collect::<Result<_, _>>()?;
        let (Some(folder), Some(manifest)) = (folders.first(), manifests.first()) else {
            return Err(Error::NoModel);
        };
        for (other, others) in folders.iter().zip(&manifests) {
            if others.class_names != manifest.class_names {
                return Err(Error::DifferentClasses {
                    first: folder.clone(),
                    other: other.clone(),
                    names: manifest.class_names.join(", "),
                    other_names: others.class_names.join(", "),
                });
            }
        }
        Ok(Self { folders, manifests })
    }

    /// What users should know of these models, each thing once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        each_once(self.manifests.iter().filter_map(stand_in_warning))
    }

    /// Loads the models onto the device, each by itself.
    ///
    /// # Errors
    ///
    /// As of [`Models::open`].
    pub fn load(self, choice: DeviceChoice) -> Result<Vec<SavedModel>, Error> {
        self.load_on(&open_device(choice)?)
    }

    fn load_on(&self, device: &OpenDevice) -> Result<Vec<SavedModel>, Error> {
        let folders = self.folders.iter();
        let models = folders.map(|folder| load_model(folder, &device.device));
        Ok(models.collect::<Result<_, _>>()?)
    }

    /// Loads the models onto the device; `batch_size` images go through a network at once, each read at so many views
    /// or, without a number, at those of the models' recipes, the most that any has.
    ///
    /// # Errors
    ///
    /// Where the device is not there, or a model's weights are damaged.
    pub fn open(
        self,
        choice: DeviceChoice,
        batch_size: usize,
        views: Option<Views>,
    ) -> Result<Predictor, Error> {
        let known = self.manifests.iter().map(|manifest| manifest.views);
        let views = views.or_else(|| known.max()).unwrap_or_default();
        let device = open_device(choice)?;
        let models = self.load_on(&device)?;
        Predictor::of(models, device, batch_size, views)
    }
}

/// Texts in their order, the same one once.
#[must_use]
pub fn each_once(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// What to say of a model that was not trained on what its recipe asked for.
#[must_use]
pub fn stand_in_warning(manifest: &Manifest) -> Option<String> {
    let wanted = manifest.dataset.stands_in_for.as_ref()?;
    Some(format!(
        "THIS MODEL WAS TRAINED ON DRAWN DIGITS ({}), because {wanted} was not to be had when it \
         was trained: on real handwriting it is less accurate than its figures say",
        manifest.dataset.name
    ))
}
