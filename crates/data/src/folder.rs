//! Reads a folder of class folders with pictures.
//!
//! Owns the layout, the names of the classes and the order of the pictures. How a picture becomes
//! 28×28 pixels is [`picture`]'s, so that pictures are prepared alike for training and prediction.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::decode::has_picture_name;
use crate::picture::PictureOptions;
use crate::{DataError, Dataset, LabeledImages, digit_names, picture};
use base::{IMAGE_PIXELS, NUM_CLASSES};

/// The pairs of sub-folders that part a folder into training and test pictures.
const SPLIT_NAMES: [(&str, &str); 2] = [("train", "test"), ("training", "testing")];

/// Reads `FOLDER/CLASS/picture.png`, or `FOLDER/train/CLASS/…` and `FOLDER/test/CLASS/…` (also
/// `training` and `testing`).
///
/// Classes named by digits keep their digit as label; any other names, at most ten, are sorted
/// naturally (`class2` before `class10`) and numbered. Pictures come class after class, in natural
/// order of their names, so that the same folder always reads the same. Every picture goes through
/// [`picture::open`] and [`picture::to_mnist`]. Hidden files and files that are no pictures by
/// name are passed over, and so are folders beside the two of a split.
///
/// # Errors
/// [`DataError::Layout`] for a folder without classes, a class without pictures, more than ten
/// classes or a test class that training lacks; [`DataError::Picture`]; [`DataError::Io`].
pub fn read_folder(path: &Path) -> Result<Dataset, DataError> {
    let parts = SPLIT_NAMES.map(|(train, test)| (path.join(train), path.join(test)));
    let parts = parts
        .into_iter()
        .find(|(train, test)| train.is_dir() && test.is_dir());
    let train_path = parts.as_ref().map_or(path, |(train, _)| train.as_path());
    let folders = class_folders(train_path)?;
    let classes = Classes::of(train_path, &folders)?;
    let train = read_classes(&classes.label(&folders, train_path)?)?;
    let test = match &parts {
        None => None,
        Some((_, test_path)) => {
            let folders = class_folders(test_path)?;
            Some(read_classes(&classes.label(&folders, test_path)?)?)
        }
    };
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let origin = path.display().to_string();
    Ok(Dataset {
        name,
        class_names: classes.names,
        train,
        test,
        origin,
    })
}

/// The folders of the classes, sorted by name.
fn class_folders(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut folders = list(path)?;
    folders.retain(|entry| entry.is_dir());
    let found = match folders.len() {
        1..=NUM_CLASSES => return Ok(folders),
        0 => "none".to_owned(),
        num_folders => num_folders.to_string(),
    };
    let expected = format!("1 to {NUM_CLASSES} class folders");
    Err(DataError::Layout {
        path: path.into(),
        expected,
        found,
    })
}

/// The entries of a folder that are not hidden, in natural order of their names.
fn list(path: &Path) -> Result<Vec<PathBuf>, DataError> {
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

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The classes' names, in the order of the labels.
struct Classes {
    names: Vec<String>,
}

impl Classes {
    fn of(path: &Path, folders: &[PathBuf]) -> Result<Self, DataError> {
        let names: Vec<String> = folders.iter().map(|folder| file_name(folder)).collect();
        let digits = digit_names();
        if names.iter().all(|name| digits.contains(name)) {
            return Ok(Self { names: digits });
        }
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(Self { names }),
            Some(pair) => Err(DataError::Layout {
                path: path.into(),
                expected: "class folders of different names".into(),
                found: format!(
                    "`{}` twice, after unreadable characters were replaced",
                    pair[0]
                ),
            }),
        }
    }

    /// Each folder with its label.
    fn label<'a>(
        &self,
        folders: &'a [PathBuf],
        path: &Path,
    ) -> Result<Vec<(u8, &'a Path)>, DataError> {
        let labelled = folders.iter().map(|folder| {
            let name = file_name(folder);
            let label = self.names.iter().position(|known| *known == name);
            let label = label.ok_or_else(|| DataError::Layout {
                path: path.into(),
                expected: format!("the classes to train on ({})", self.names.join(", ")),
                found: format!("`{name}`"),
            })?;
            Ok((label as u8, folder.as_path()))
        });
        labelled.collect()
    }
}

fn read_classes(classes: &[(u8, &Path)]) -> Result<LabeledImages, DataError> {
    let mut pictures: Vec<PathBuf> = Vec::new();
    let mut labels = Vec::new();
    for &(label, folder) in classes {
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
    let mut pixels = vec![0; pictures.len() * IMAGE_PIXELS];
    let outcomes: Vec<Result<(), DataError>> = pixels
        .par_chunks_exact_mut(IMAGE_PIXELS)
        .zip(pictures.par_iter())
        .map(|(image, path)| read_picture(path).map(|read| image.copy_from_slice(&read)))
        .collect();
    // The first error in the order of the files, whichever thread met one first.
    outcomes.into_iter().collect::<Result<(), DataError>>()?;
    let folder = classes.first().map_or(Path::new(""), |(_, folder)| folder);
    crate::idx::pair(pixels, labels, folder, folder)
}

fn is_picture(path: &Path) -> bool {
    has_picture_name(&file_name(path)) && path.is_file()
}

fn read_picture(path: &Path) -> Result<[u8; IMAGE_PIXELS], DataError> {
    let read = picture::open(path)
        .and_then(|picture| picture::to_mnist(&picture, PictureOptions::default()));
    read.map_err(|error| DataError::Picture {
        path: path.into(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
