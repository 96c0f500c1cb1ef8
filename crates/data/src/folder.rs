//! Reads a folder of class folders with pictures.
//!
//! Owns the layout and the order of the pictures. How a picture becomes 28×28 pixels is [`crate::picture`]'s, so that
//! pictures are prepared alike for training and prediction.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use crate::classes::Classes;
use crate::decode::has_picture_name;
use crate::error::DataError;
use crate::images::LabeledImages;
use crate::labelled::{How, Labelled, part_of_folder};
use crate::picture_files::read_pictures;
use crate::record::Part;
use crate::remarks::Remarks;

/// Folders in a class folder are looked into so deep.
const MAX_DEPTH: usize = 8;
/// What systems leave in folders, beside hidden files.
const SYSTEM_NAMES: [&str; 3] = ["__MACOSX", "Thumbs.db", "desktop.ini"];

/// Reads `FOLDER/CLASS/picture.png`, or `FOLDER/train/CLASS/…` and `FOLDER/test/CLASS/…` (also
/// `training`, `testing`, and `val`, `valid` or `validation`, in any case).
///
/// Classes named by digits, in figures or words, keep their digit as label; any other names are sorted
/// naturally (`class2` before `class10`) and numbered. Where `known` says what the classes are, their labels are
/// those, and some may be missing. Pictures come class after class, in natural
/// order of their names, each page of those of several, so that the same folder always reads the same. Hidden files are passed over; files that are no
/// pictures by name, and folders beside the parts of a split, are passed over and counted.
///
/// # Errors
/// [`DataError::Layout`] for a folder without classes, a class without pictures or too many classes;
/// [`DataError::UnknownClass`]; [`DataError::Picture`]; [`DataError::TooFewRows`]; [`DataError::Io`].
pub(crate) fn read_class_folders(
    path: &Path,
    how: How<'_>,
    known: Option<&Classes>,
) -> Result<Labelled, DataError> {
    let folders = class_folders(path)?;
    let part = |wanted: Part| {
        let mut folders = folders.iter();
        folders.find(|folder| part_of_folder(&file_name(folder)) == wanted)
    };
    let [train, validation, test] = [Part::Train, Part::Validation, Part::Test].map(part);
    let is_parted = train.is_some() && (validation.is_some() || test.is_some());
    if !is_parted {
        pass_over_files(path, how.remarks)?;
        let (classes, train) = read_part(path, how, known)?;
        return Ok(Labelled {
            classes,
            train,
            validation: None,
            test: None,
            are_plain: false,
        });
    }
    let parts = [train, validation, test];
    for other in folders
        .iter()
        .filter(|folder| !parts.contains(&Some(folder)))
    {
        how.remarks.say(format!(
            "the folder {} is passed over: it is no part of the set",
            other.display()
        ));
    }
    pass_over_files(path, how.remarks)?;
    let train_path = train.map_or(path, PathBuf::as_path);
    let (classes, train) = read_part(train_path, how, known)?;
    let others = |folder: Option<&PathBuf>| match folder {
        None => Ok(None),
        Some(folder) => {
            read_part(folder, how.of_all(), Some(&classes)).map(|(_, images)| Some(images))
        }
    };
    Ok(Labelled {
        validation: others(validation)?,
        test: others(test)?,
        classes,
        train,
        are_plain: false,
    })
}

/// The pictures of one part of a set.
fn read_part(
    path: &Path,
    how: How<'_>,
    known: Option<&Classes>,
) -> Result<(Classes, LabeledImages), DataError> {
    let folders = class_folders(path)?;
    let names = folders.iter().map(|folder| file_name(folder));
    let classes = match known {
        Some(known) => known.clone(),
        None => Classes::of_folders(path, names.collect())?,
    };
    let images = read_classes(path, &folders, &classes, how)?;
    Ok((classes, images))
}

/// Counts the files that lie beside folders of pictures.
fn pass_over_files(path: &Path, remarks: &Remarks) -> Result<(), DataError> {
    for entry in list(path)?.iter().filter(|entry| entry.is_file()) {
        remarks.pass_over(entry);
    }
    Ok(())
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
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && !SYSTEM_NAMES.contains(&name.as_ref()) {
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
    how: How<'_>,
) -> Result<LabeledImages, DataError> {
    let (mut pictures, mut labels) = (Vec::new(), Vec::new());
    for folder in folders {
        let label = classes.label(&file_name(folder), path)?;
        let num_before = pictures.len();
        find_pictures(folder, MAX_DEPTH, how.remarks, &mut pictures)?;
        if pictures.len() == num_before {
            return Err(DataError::Layout {
                path: folder.into(),
                expected: "pictures".into(),
                found: how
                    .remarks
                    .losses()
                    .first()
                    .map_or("none".into(), |passed_over| format!("none ({passed_over})")),
            });
        }
        labels.resize(pictures.len(), label);
    }
    if folders.is_empty() {
        // Says how many there should be.
        Classes::of_folders(path, Vec::new())?;
    }
    read_pictures(path, &pictures, &labels, how)
}

/// The pictures in a folder and those in it, in natural order; what is none by name is counted.
pub(crate) fn find_pictures(
    folder: &Path,
    depth: usize,
    remarks: &Remarks,
    pictures: &mut Vec<PathBuf>,
) -> Result<(), DataError> {
    for entry in list(folder)? {
        if entry.is_dir() {
            if depth > 0 {
                find_pictures(&entry, depth - 1, remarks, pictures)?;
            }
        } else if is_picture(&entry) {
            pictures.push(entry);
        } else {
            remarks.pass_over(&entry);
        }
    }
    Ok(())
}

fn is_picture(path: &Path) -> bool {
    has_picture_name(&file_name(path)) && path.is_file()
}

#[cfg(test)]
mod tests;
