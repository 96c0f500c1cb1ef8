//! Reads a folder of class folders with pictures.
//!
//! Owns the layout and the order of the pictures. How a picture becomes 28×28 pixels is [`crate::picture`]'s, so that
//! pictures are prepared alike for training and prediction.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::classes::Classes;
use crate::decode::has_picture_name;
use crate::error::DataError;
use crate::images::LabeledImages;
use crate::labelled::{Labelled, SPLIT_NAMES, prepared};
use crate::picture;
use crate::sample::{Rows, chosen};
use base::IMAGE_PIXELS;

/// Reads `FOLDER/CLASS/picture.png`, or `FOLDER/train/CLASS/…` and `FOLDER/test/CLASS/…` (also
/// `training` and `testing`).
///
/// Classes named by digits keep their digit as label; any other names, at most ten, are sorted
/// naturally (`class2` before `class10`) and numbered. Where `known` says what the classes are, their labels are
/// those, and some may be missing. Pictures come class after class, in natural
/// order of their names, so that the same folder always reads the same. Hidden files and files that are no pictures
/// by name are passed over, and so are folders beside the two of a split. `rows` is about the pictures to train on.
///
/// # Errors
/// [`DataError::Layout`] for a folder without classes, a class without pictures or more than ten classes;
/// [`DataError::UnknownClass`]; [`DataError::Picture`]; [`DataError::TooFewRows`]; [`DataError::Io`].
pub(crate) fn read_class_folders(
    path: &Path,
    rows: Rows,
    known: Option<&Classes>,
) -> Result<Labelled, DataError> {
    let parts = SPLIT_NAMES.map(|(train, test)| (path.join(train), path.join(test)));
    let parts = parts
        .into_iter()
        .find(|(train, test)| train.is_dir() && test.is_dir());
    let train_path = parts.as_ref().map_or(path, |(train, _)| train.as_path());
    let folders = class_folders(train_path)?;
    let classes = match known {
        Some(known) => known.clone(),
        None => Classes::of_folders(
            train_path,
            folders.iter().map(|folder| file_name(folder)).collect(),
        )?,
    };
    let train = read_classes(train_path, &folders, &classes, rows)?;
    let test = match &parts {
        None => None,
        Some((_, test_path)) => {
            let folders = class_folders(test_path)?;
            Some(read_classes(
                test_path,
                &folders,
                &classes,
                Rows::default(),
            )?)
        }
    };
    Ok(Labelled {
        classes,
        train,
        test,
    })
}

/// The folders in a folder that are not hidden, in natural order of their names.
pub(crate) fn class_folders(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut folders = list(path)?;
    folders.retain(|entry| entry.is_dir());
    Ok(folders)
}

/// The entries of a folder that are not hidden, in natural order of their names.
pub(crate) fn list(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(DataError::io(path, "read"))? {
        let entry = entry.map_err(DataError::io(path, "read"))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort_by(|left, right| natural_order(left, right));
    Ok(entries)
}

/// Natural order of the last parts of two paths.
fn natural_order(left: &Path, right: &Path) -> Ordering {
    base::natural_order(&file_name(left), &file_name(right)).then_with(|| left.cmp(right))
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The pictures of class folders with their labels, of the classes of a set.
fn read_classes(
    path: &Path,
    folders: &[PathBuf],
    classes: &Classes,
    rows: Rows,
) -> Result<LabeledImages, DataError> {
    let (mut pictures, mut labels) = (Vec::new(), Vec::new());
    for folder in folders {
        let label = classes.label(&file_name(folder), path)?;
        let num_before = pictures.len();
        pictures.extend(list(folder)?.into_iter().filter(|entry| is_picture(entry)));
        if pictures.len() == num_before {
            return Err(DataError::Layout {
                path: folder.into(),
                expected: "pictures".into(),
                found: "none".into(),
            });
        }
        labels.resize(pictures.len(), label);
    }
    if folders.is_empty() {
        // Says how many there should be.
        Classes::of_folders(path, Vec::new())?;
    }
    let chosen = chosen(pictures.len(), rows, path)?;
    let mut pixels = vec![0; chosen.len() * IMAGE_PIXELS];
    let outcomes: Vec<Result<(), DataError>> = pixels
        .par_chunks_exact_mut(IMAGE_PIXELS)
        .zip(chosen.par_iter())
        .map(|(image, &index)| {
            read_picture(&pictures[index]).map(|read| image.copy_from_slice(&read))
        })
        .collect();
    // The first error in the order of the files, whichever thread met one first.
    outcomes.into_iter().collect::<Result<(), DataError>>()?;
    let labels = chosen.iter().map(|&index| labels[index]).collect();
    LabeledImages::paired(pixels, labels, path, path)
}

fn is_picture(path: &Path) -> bool {
    has_picture_name(&file_name(path)) && path.is_file()
}

fn read_picture(path: &Path) -> Result<[u8; IMAGE_PIXELS], DataError> {
    let picture = picture::open(path).map_err(|error| DataError::Picture {
        path: path.into(),
        reason: error.to_string(),
    })?;
    prepared(&picture, path)
}

#[cfg(test)]
mod tests;
