//! Labelled sets of one's own, from whatever a path holds.
//!
//! Owns [`read_set`]: which reader reads what, what part of a set a file is, and that test images have the labels of
//! the training images and are never sampled. Known sets are [`crate::load`]'s.

use std::path::{Path, PathBuf};

use crate::archive::read_archive;
use crate::classes::Classes;
use crate::csv_file::read_csv;
use crate::decode::has_picture_name;
use crate::error::DataError;
use crate::folder::{class_folders, file_name, list, read_class_folders};
use crate::images::{Dataset, LabeledImages, digit_names};
use crate::labelled::Labelled;
use crate::sample::{Rows, chosen};
use crate::source::{Source, has_csv_name, has_records_name};

/// How the names of files begin that are parts of a set in one folder: for the test, and for training.
const TEST_STARTS: [&str; 2] = ["test", "t10k"];
const TRAIN_START: &str = "train";

/// What to take of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetOptions {
    /// Which of the images to train on; test images are always all taken.
    pub rows: Rows,
    /// Where the test images are, if not with the others. Their labels are those of the training images' classes,
    /// some of which they may lack.
    pub test: Option<PathBuf>,
}

/// Reads a set: a CSV file, an IDX file of images with the file of their labels beside it, a Parquet file or a tar
/// archive of class folders, each packed or not; a folder of class folders, or of such files.
///
/// Classes named by digits keep their digit as label; any other names, at most ten, are sorted naturally and
/// numbered. Numbers for labels are digits. In folders, archives and names of files, `train` and `test` part the set.
/// Pictures are prepared as for prediction.
///
/// # Errors
/// Those of the reader; [`DataError::NoSet`] where the path holds none; [`DataError::UnknownClass`] where the test
/// images have a class that the others have not.
pub fn read_set(path: &Path, options: &SetOptions) -> Result<Dataset, DataError> {
    let set = read(path, options.rows, None)?;
    let test = match &options.test {
        Some(test) => Some(read_test_images(test, &set.classes.names)?),
        None => set.test,
    };
    if set.train.is_empty() {
        return Err(no_set(
            path,
            "images to train on",
            "images for the test only".into(),
        ));
    }
    let name = if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    Ok(Dataset {
        name: name
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        class_names: set.classes.names,
        train: set.train,
        test,
        origin: path.display().to_string(),
    })
}

/// Reads all images of a path with the labels of these classes: those for the test, where it parts them from others.
///
/// # Errors
/// As [`read_set`].
pub fn read_test_images(path: &Path, class_names: &[String]) -> Result<LabeledImages, DataError> {
    let classes = Classes {
        names: class_names.to_vec(),
    };
    let set = read(path, Rows::default(), Some(&classes))?;
    Ok(set.test.unwrap_or(set.train))
}

fn read(path: &Path, rows: Rows, known: Option<&Classes>) -> Result<Labelled, DataError> {
    match Source::of(path)? {
        Some(Source::Folder) => read_folder(path, rows, known),
        Some(Source::Idx | Source::Parquet | Source::Tar) => read_archive(path, rows, known),
        Some(Source::Csv) => read_table(path, rows, known),
        Some(source @ Source::Picture) => {
            Err(no_set(path, "images with labels", source.to_string()))
        }
        // Of what is no picture by name, the reader of tables says what is wrong with it.
        None if !has_picture_name(&path.to_string_lossy()) => read_table(path, rows, known),
        None => Err(no_set(path, "images with labels", "no known format".into())),
    }
}

fn read_table(path: &Path, rows: Rows, known: Option<&Classes>) -> Result<Labelled, DataError> {
    let train = read_csv(path, rows)?;
    let classes = known.cloned().unwrap_or_else(|| Classes {
        names: digit_names(),
    });
    for &label in train.labels() {
        classes.number(i64::from(label), path)?;
    }
    Ok(Labelled {
        classes,
        train,
        test: None,
    })
}

/// A folder of class folders or, where it has no folders, of files of many images.
fn read_folder(path: &Path, rows: Rows, known: Option<&Classes>) -> Result<Labelled, DataError> {
    let files: Vec<PathBuf> = list(path)?
        .into_iter()
        .filter(|file| is_part(file))
        .collect();
    if files.is_empty() || !class_folders(path)?.is_empty() {
        return read_class_folders(path, rows, known);
    }
    let (test, train): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| is_for_test(file));
    let mut classes = known.cloned();
    let train = read_files(&train, rows, &mut classes)?;
    let test_images = read_files(&test, Rows::default(), &mut classes)?;
    Ok(Labelled {
        classes: classes.unwrap_or_else(|| Classes {
            names: digit_names(),
        }),
        train,
        test: (!test.is_empty()).then_some(test_images),
    })
}

/// The images of files that are parts of one set, with the classes of the first one.
fn read_files(
    files: &[PathBuf],
    rows: Rows,
    classes: &mut Option<Classes>,
) -> Result<LabeledImages, DataError> {
    let mut images = LabeledImages::default();
    for file in files {
        let rows = if files.len() == 1 {
            rows
        } else {
            Rows::default()
        };
        let part = read(file, rows, classes.as_ref())?;
        images = images.joined(&part.train);
        if let Some(test) = &part.test {
            images = images.joined(test);
        }
        classes.get_or_insert(part.classes);
    }
    match files {
        [first, _, ..] if rows.number.is_some() => {
            let folder = first.parent().unwrap_or(first);
            Ok(images.select(&chosen(images.len(), rows, folder)?))
        }
        _ => Ok(images),
    }
}

/// Whether a file is a part of a set: by its name, and a table only where that says which part.
fn is_part(file: &Path) -> bool {
    let name = file_name(file).to_ascii_lowercase();
    file.is_file()
        && (has_records_name(&name)
            || has_csv_name(&name) && (is_for_test(file) || name.starts_with(TRAIN_START)))
}

fn is_for_test(file: &Path) -> bool {
    let name = file_name(file).to_ascii_lowercase();
    TEST_STARTS.iter().any(|start| name.starts_with(start))
}

fn no_set(path: &Path, expected: &str, found: String) -> DataError {
    DataError::NoSet {
        path: path.into(),
        expected: expected.into(),
        found,
    }
}

#[cfg(test)]
mod tests;
