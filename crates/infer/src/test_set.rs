//! The labelled images that a model is measured on.
//!
//! Owns what `--dataset` means, which part of a set is used, and the checks that the set fits the
//! model. Reading is `data`'s.

use crate::cli::EvaluateArgs;
use crate::predictor::{Predictor, warn_of};
use base::with_separators;
use console::{DownloadBar, Failure, Terminal};
use data::synthetic::SyntheticConfig;
use data::{DataError, Dataset, KnownSet, LabeledImages, Lookup, SetOptions, has_records_name};
use model::{DatasetProvenance, Manifest};
use std::path::{Path, PathBuf};

const SYNTHETIC: &str = "synthetic";
const SETS: &str =
    "mnist, fashion-mnist, kmnist, synthetic, a folder of class folders or a CSV file";

/// Images with labels of the model's classes, and where they come from.
pub(crate) struct TestSet {
    /// The set's name.
    pub(crate) name: String,
    /// SHA-256 over the whole set, as in the manifest.
    pub(crate) sha256: String,
    /// Where it was found.
    pub(crate) origin: String,
    /// Whether the set has no test images, so that all of it is used.
    pub(crate) is_whole_set: bool,
    /// What is measured on.
    pub(crate) images: LabeledImages,
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Known(KnownSet),
    Synthetic,
    Folder(PathBuf),
    Csv(PathBuf),
}

impl TestSet {
    /// The set that the user named, or the one that the (first) model was trained on.
    ///
    /// # Errors
    ///
    /// Exit code 2 where no set is named and the model's own cannot be found again, 1 where the set
    /// cannot be read or has classes that the model does not know.
    pub(crate) fn load(
        arguments: &EvaluateArgs,
        predictor: &Predictor,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let manifest = predictor.manifest();
        let source = match &arguments.dataset {
            Some(name) => Source::parse(name)?,
            None => Source::of_model(&manifest.dataset)?,
        };
        let dataset = source.read(arguments, manifest, terminal)?;
        let sha256 = dataset.sha256();
        let is_whole_set = dataset.test.is_none();
        let images = dataset.test.unwrap_or(dataset.train);
        let images = with_labels_of_model(images, &dataset.class_names, &manifest.class_names)?;
        let test_set = Self {
            name: dataset.name,
            sha256,
            origin: dataset.origin,
            is_whole_set,
            images,
        };
        let warning = |manifest: &Manifest| test_set.compare_with(&manifest.dataset);
        warn_of(predictor.manifests(), warning, terminal);
        Ok(test_set)
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
    fn parse(name: &str) -> Result<Self, Failure> {
        if name == SYNTHETIC {
            return Ok(Self::Synthetic);
        }
        if let Ok(set) = name.parse() {
            return Ok(Self::Known(set));
        }
        let path = PathBuf::from(name);
        if path.is_file() && has_records_name(name) {
            let hint = format!("give it as a path: infer evaluate … {name}");
            let message = format!("`{name}` is a file of pictures and no data set");
            return Err(Failure::usage(message).with_hint(Some(hint)));
        }
        if path.is_dir() {
            Ok(Self::Folder(path))
        } else if path.is_file() {
            Ok(Self::Csv(path))
        } else {
            Err(Failure::usage(format!(
                "no data set `{name}`: expected {SETS}"
            )))
        }
    }

    /// Only sets that can be had again by their name: a folder or a file may have changed, and its
    /// test images may have been drawn from it.
    fn of_model(trained_on: &DatasetProvenance) -> Result<Self, Failure> {
        if trained_on.name == SYNTHETIC {
            return Ok(Self::Synthetic);
        }
        trained_on.name.parse().map(Self::Known).map_err(|_| {
            Failure::usage(format!(
                "the model was trained on `{}` ({}), which is no set that is known by name",
                trained_on.name, trained_on.origin
            ))
            .with_hint(Some(format!("name one with --dataset: {SETS}")))
        })
    }

    fn read(
        &self,
        arguments: &EvaluateArgs,
        manifest: &Manifest,
        terminal: &Terminal,
    ) -> Result<Dataset, Failure> {
        match self {
            Self::Known(set) => {
                let lookup =
                    Lookup::from_environment(arguments.data_dir.clone(), arguments.offline);
                data::load(*set, &lookup, &DownloadBar::new(terminal))
            }
            Self::Synthetic => {
                let config = SyntheticConfig::from_origin(&manifest.dataset.origin);
                let config = config.unwrap_or_default();
                // All are drawn, because the set's SHA-256 is over all.
                let num_digits = with_separators(config.num_train + config.num_test);
                terminal.note(&format!("drawing {num_digits} digits"));
                Ok(data::synthetic::draw(&config))
            }
            Self::Folder(path) => data::read_set(path, &SetOptions::default()),
            Self::Csv(path) => read_csv(path, manifest),
        }
        .map_err(data_failure)
    }
}

/// A CSV file has labels but no names: they are taken for the model's classes.
fn read_csv(path: &Path, manifest: &Manifest) -> Result<Dataset, DataError> {
    Ok(Dataset {
        class_names: manifest.class_names.clone(),
        ..data::read_set(path, &SetOptions::default())?
    })
}

fn data_failure(error: DataError) -> Failure {
    let hint = match &error {
        DataError::NotAvailable { .. } => {
            Some("name a folder with its files by --data-dir, or other images by --dataset".into())
        }
        _ => error.hint(),
    };
    Failure::new(error).with_hint(hint)
}

/// The images with the model's labels: classes are matched by name, since a folder may lack some.
fn with_labels_of_model(
    images: LabeledImages,
    names: &[String],
    known: &[String],
) -> Result<LabeledImages, Failure> {
    if names == known {
        return Ok(images);
    }
    let mut labels_of_model = Vec::with_capacity(names.len());
    for name in names {
        let Some(label) = known.iter().position(|known| known == name) else {
            let known = known.join(", ");
            let message = format!("the data has a class `{name}` that the model does not know");
            return Err(
                Failure::new(message).with_hint(Some(format!("the model's classes are: {known}")))
            );
        };
        labels_of_model.push(label as u8);
    }
    let labels = images.labels().iter();
    let labels = labels.filter_map(|&label| labels_of_model.get(usize::from(label)).copied());
    LabeledImages::new(images.pixels().to_vec(), labels.collect())
        .ok_or_else(|| Failure::new("the data has a label without a class"))
}

#[cfg(test)]
mod tests;
