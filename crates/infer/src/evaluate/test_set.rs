//! The labelled images that a model is measured on.
//!
//! Owns what `--dataset` means, which part of a set is used, and the checks that the set fits the
//! model. Reading is `data`'s.

use crate::error::Error;
use crate::predict::{Predictor, each_once};
use base::with_separators;
use data::synthetic::SyntheticConfig;
use data::{
    DataError, Dataset, KnownSet, LabeledImages, Lookup, Progress, SetOptions, are_numbers,
};
use model::{DatasetProvenance, Manifest};
use std::path::{Path, PathBuf};

const SYNTHETIC: &str = "synthetic";
const SETS: &str = "mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced, synthetic, or a path: a \
    folder, or a CSV, IDX, NumPy, Parquet, tar or zip file";

/// Images with labels of the model's classes, and where they come from.
pub struct TestSet {
    /// The set's name.
    pub name: String,
    /// SHA-256 over the whole set, as in the manifest.
    pub sha256: String,
    /// Where it was found.
    pub origin: String,
    /// Whether the set has no test images, so that all of it is used.
    pub is_whole_set: bool,
    /// What is measured on.
    pub images: LabeledImages,
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Known(KnownSet),
    Synthetic,
    Path(PathBuf),
}

impl TestSet {
    /// The set of this name, or the one that the (first) model was trained on. Known sets are looked for as
    /// `lookup` says, others read as `options` say, and `progress` is told what takes long.
    ///
    /// # Errors
    ///
    /// Where no set is named and the model's own cannot be found again, and where the set cannot be read or
    /// has classes that the model does not know.
    pub fn load(
        name: Option<&str>,
        predictor: &Predictor,
        lookup: &Lookup,
        options: &SetOptions,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let manifest = predictor.manifest();
        let source = match name {
            Some(name) => Source::parse(name)?,
            None => Source::of_model(&manifest.dataset)?,
        };
        let dataset = source.read(manifest, lookup, options, progress)?;
        let sha256 = dataset.sha256();
        let is_whole_set = dataset.test.is_none();
        let images = dataset.test.unwrap_or(dataset.train);
        let images = with_labels_of_model(images, &dataset.class_names, &manifest.class_names)?;
        Ok(Self {
            name: dataset.name,
            sha256,
            origin: dataset.origin,
            is_whole_set,
            images,
        })
    }

    /// What the figures of these models on it cannot be taken for, each thing once.
    #[must_use]
    pub fn warnings(&self, predictor: &Predictor) -> Vec<String> {
        let manifests = predictor.manifests();
        each_once(manifests.filter_map(|manifest| self.compare_with(&manifest.dataset)))
    }

    /// What the figures cannot be taken for.
    fn compare_with(&self, trained_on: &DatasetProvenance) -> Option<String> {
        let is_same = self.sha256 == trained_on.sha256;
        if self.is_whole_set && is_same {
            return Some(format!(
                "{} has no test images of its own: these are images that the model was trained on",
                self.name
            ));
        }
        let is_namesake = self.name == trained_on.name && !is_same;
        is_namesake.then(|| {
            format!(
                "this {} is not the one that the model was trained on: SHA-256 {} instead of {}",
                self.name, self.sha256, trained_on.sha256
            )
        })
    }
}

impl Source {
    fn parse(name: &str) -> Result<Self, Error> {
        if name == SYNTHETIC {
            return Ok(Self::Synthetic);
        }
        if let Ok(set) = name.parse() {
            return Ok(Self::Known(set));
        }
        let path = PathBuf::from(name);
        if path.exists() {
            return Ok(Self::Path(path));
        }
        Err(Error::NoSuchSet {
            name: name.to_owned(),
            expected: SETS,
        })
    }

    /// Only sets that can be had again by their name: a folder or a file may have changed, and its
    /// test images may have been drawn from it.
    fn of_model(trained_on: &DatasetProvenance) -> Result<Self, Error> {
        if trained_on.name == SYNTHETIC {
            return Ok(Self::Synthetic);
        }
        let known = trained_on.name.parse().map(Self::Known);
        known.map_err(|_| Error::UnknownTrainingSet {
            name: trained_on.name.clone(),
            origin: trained_on.origin.clone(),
            expected: SETS,
        })
    }

    fn read(
        &self,
        manifest: &Manifest,
        lookup: &Lookup,
        options: &SetOptions,
        progress: &dyn Progress,
    ) -> Result<Dataset, DataError> {
        match self {
            Self::Known(set) => data::load(*set, lookup, progress),
            Self::Synthetic => {
                let config = SyntheticConfig::from_origin(&manifest.dataset.origin);
                let config = config.unwrap_or_default();
                // All are drawn, because the set's SHA-256 is over all.
                let num_digits = with_separators(config.num_train + config.num_test);
                progress.note(&format!("drawing {num_digits} digits"));
                Ok(data::synthetic::draw(&config))
            }
            Self::Path(path) => read_path(path, manifest, options),
        }
    }
}

/// Whatever a path holds. A file that has numbers for labels and no names means the model's classes.
fn read_path(path: &Path, manifest: &Manifest, options: &SetOptions) -> Result<Dataset, DataError> {
    let mut set = match data::read_set(path, options) {
        Ok(set) => set,
        // Nothing to train on, but perhaps something to test.
        Err(error @ DataError::NoSet { .. }) => {
            options.remarks.clear();
            let images = data::read_test_images(path, &manifest.class_names, options);
            let name = path.file_stem().unwrap_or(path.as_os_str());
            Dataset {
                name: name.to_string_lossy().into_owned(),
                class_names: manifest.class_names.clone(),
                train: images.map_err(|_| error)?,
                validation: None,
                test: None,
                origin: path.display().to_string(),
            }
        }
        Err(error) => return Err(error),
    };
    if !path.is_dir() && are_numbers(&set.class_names) {
        let known = &manifest.class_names;
        let unknown = set
            .labels()
            .find(|&label| usize::from(label) >= known.len());
        if let Some(label) = unknown {
            return Err(DataError::UnknownClass {
                path: path.into(),
                class: label.to_string(),
                known: known.clone(),
            });
        }
        set.class_names.clone_from(known);
    }
    Ok(set)
}

/// The images with the model's labels: classes are matched by name, since a folder may lack some.
fn with_labels_of_model(
    images: LabeledImages,
    names: &[String],
    known: &[String],
) -> Result<LabeledImages, Error> {
    if names == known {
        return Ok(images);
    }
    let mut labels_of_model = Vec::with_capacity(names.len());
    for name in names {
        let Some(label) = known.iter().position(|known| known == name) else {
            return Err(Error::UnknownClass {
                name: name.clone(),
                known: known.join(", "),
            });
        };
        labels_of_model.push(label as u8);
    }
    let labels = images.labels().iter();
    let labels = labels.filter_map(|&label| labels_of_model.get(usize::from(label)).copied());
    LabeledImages::new(images.pixels().to_vec(), labels.collect())
        .ok_or(Error::Internal("the data has a label without a class"))
}

#[cfg(test)]
mod tests;
