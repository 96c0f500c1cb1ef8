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
use crate::images::{Dataset, LabeledImages};
use crate::labelled::{How, Labelled};
use crate::orientation::{self, Orientation};
use crate::pairs::{Role, Stem};
use crate::record::Part;
use crate::remarks::Remarks;
use crate::sample::{Rows, chosen};
use crate::source::{Source, has_csv_name, has_records_name};
use crate::table_set::{label_tables, read_table, read_tables};

/// What to take of a set, and how.
#[derive(Clone, Debug, Default)]
pub struct SetOptions {
    /// Which of the images to train on; test images are always all taken.
    pub rows: Rows,
    /// Where the test images are, if not with the others. Their labels are those of the training images' classes,
    /// some of which they may lack.
    pub test: Option<PathBuf>,
    /// Whether an image that cannot be used is left out; else it is an error.
    pub skips_unusable: bool,
    /// Which way up the 28×28 images of files of many are.
    pub orientation: Orientation,
    /// What readers have to say goes here.
    pub remarks: Remarks,
}

impl SetOptions {
    fn how(&self) -> How<'_> {
        How {
            rows: self.rows,
            skips_unusable: self.skips_unusable,
            remarks: &self.remarks,
        }
    }
}

/// Reads a set: a CSV file, an IDX or `NumPy` file with its labels, a Parquet file, an archive of class folders or of such
/// files, each packed or not; a table of labels beside pictures; a folder of class folders, or of such files.
///
/// Classes named by digits keep their digit as label; any other names are sorted naturally and
/// numbered. Numbers for labels are digits, where none is above 9. In folders, archives and names of files, `train`,
/// `validation` and `test` part the set. Pictures are prepared as for prediction.
///
/// # Errors
/// Those of the reader; [`DataError::NoSet`] where the path holds none; [`DataError::UnknownClass`] where the test
/// images have a class that the others have not.
pub fn read_set(path: &Path, options: &SetOptions) -> Result<Dataset, DataError> {
    let mut set = read(path, options.how(), None)?;
    if let Some(test) = &options.test {
        let read = read(test, options.how().of_all(), Some(&set.classes))?;
        set.are_plain &= read.are_plain;
        set.test = Some(read.test.unwrap_or(read.train));
    }
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
    let is_plain = set.are_plain;
    let set = Dataset {
        name: name
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        class_names: set.classes.names,
        train: set.train,
        validation: set.validation,
        test: set.test,
        origin: path.display().to_string(),
    };
    Ok(if is_plain {
        orientation::upright(set, options.orientation, &options.remarks)
    } else {
        set
    })
}

/// Reads all images of a path with the labels of these classes: those for the test, where it parts them from others.
///
/// # Errors
/// As [`read_set`].
pub fn read_test_images(
    path: &Path,
    class_names: &[String],
    options: &SetOptions,
) -> Result<LabeledImages, DataError> {
    let classes = Classes {
        names: class_names.to_vec(),
    };
    let set = read(path, options.how().of_all(), Some(&classes))?;
    Ok(set.test.unwrap_or(set.train))
}

fn read(path: &Path, how: How<'_>, known: Option<&Classes>) -> Result<Labelled, DataError> {
    match Source::of(path)? {
        Some(Source::Folder) => read_folder(path, how, known),
        Some(Source::Idx | Source::Parquet | Source::Npy | Source::Tar | Source::Zip) => {
            read_archive(path, how, known)
        }
        Some(Source::Csv) => read_csv_or_table(path, how, known),
        Some(source @ Source::Picture) => {
            Err(no_set(path, "images with labels", source.to_string()))
        }
        // Of what is no picture by name, the reader of tables says what is wrong with it.
        None if !has_picture_name(&path.to_string_lossy()) => read_csv_or_table(path, how, known),
        None => Err(no_set(path, "images with labels", "no known format".into())),
    }
}

/// A table of pixels, or one of labels.
fn read_csv_or_table(
    path: &Path,
    how: How<'_>,
    known: Option<&Classes>,
) -> Result<Labelled, DataError> {
    if !Source::is_table_of_images(path)
        && let Some(set) = read_table(path, how, known)?
    {
        return Ok(set);
    }
    let train = read_csv(path, how)?;
    let most = train.labels().iter().max().copied().unwrap_or(0);
    let numbers = || Classes::of_numbers(usize::from(most));
    let classes = known.cloned().unwrap_or_else(numbers);
    for &label in train.labels() {
        classes.number(i64::from(label), path)?;
    }
    Ok(Labelled {
        classes,
        train,
        validation: None,
        test: None,
        are_plain: true,
    })
}

/// A folder of class folders, of pictures and tables of their labels or, where it has no folders, of files of many
/// images.
fn read_folder(path: &Path, how: How<'_>, known: Option<&Classes>) -> Result<Labelled, DataError> {
    let tables = label_tables(path)?;
    if !tables.is_empty()
        && let Some(set) = read_tables(path, &tables, how, known)?
    {
        return Ok(set);
    }
    let (files, others): (Vec<PathBuf>, Vec<PathBuf>) =
        list(path)?.into_iter().partition(|file| is_part(file));
    if files.is_empty() || !class_folders(path)?.is_empty() {
        return read_class_folders(path, how, known);
    }
    let is_of_labels = |file: &Path| Stem::of(&file_name(file)).role == Some(Role::Labels);
    for other in others.iter().filter(|other| !is_of_labels(other)) {
        how.remarks.pass_over(other);
    }
    let mut classes = known.cloned();
    let mut are_plain = true;
    let mut of = |wanted: &[Part], how: How<'_>| {
        let is_wanted = |file: &&PathBuf| wanted.contains(&Part::of_name(&file_name(file)));
        let files: Vec<&PathBuf> = files.iter().filter(is_wanted).collect();
        let images = read_files(&files, how, &mut classes, &mut are_plain)?;
        Ok::<_, DataError>((!files.is_empty()).then_some(images))
    };
    let train = of(&[Part::Train, Part::Unknown], how)?;
    let validation = of(&[Part::Validation], how.of_all())?;
    let test = of(&[Part::Test], how.of_all())?;
    let train = train.unwrap_or_default();
    let (train, mut parts) = (train.train, (train.validation, train.test));
    parts.0 = validation.map(Files::all).or(parts.0);
    parts.1 = test.map(Files::all).or(parts.1);
    Ok(Labelled {
        classes: classes.unwrap_or_else(Classes::digits),
        train,
        validation: parts.0,
        test: parts.1,
        are_plain,
    })
}

/// The images of files that are parts of one set.
#[derive(Default)]
struct Files {
    train: LabeledImages,
    validation: Option<LabeledImages>,
    test: Option<LabeledImages>,
}

impl Files {
    fn all(self) -> LabeledImages {
        let others = [self.validation, self.test];
        let others = others.into_iter().flatten();
        others.fold(self.train, |all, part| all.joined(&part))
    }
}

/// The images of files that are parts of one set, with the classes of the first one.
fn read_files(
    files: &[&PathBuf],
    how: How<'_>,
    classes: &mut Option<Classes>,
    are_plain: &mut bool,
) -> Result<Files, DataError> {
    let mut all = Files::default();
    let add = |to: &mut Option<LabeledImages>, part: Option<LabeledImages>| {
        if let Some(part) = part {
            *to = Some(to.take().unwrap_or_default().joined(&part));
        }
    };
    let each = if files.len() == 1 { how } else { how.of_all() };
    for file in files {
        let part = read(file, each, classes.as_ref())?;
        *are_plain &= part.are_plain;
        all.train = all.train.joined(&part.train);
        add(&mut all.validation, part.validation);
        add(&mut all.test, part.test);
        classes.get_or_insert(part.classes);
    }
    if let [first, _, ..] = files
        && how.rows.number.is_some()
    {
        let folder = first.parent().unwrap_or(first);
        let wanted = chosen(all.train.len(), how.rows, folder)?;
        all.train = all.train.select(&wanted);
    }
    Ok(all)
}

/// Whether a file is a part of a set: by its name, and a table only where that says which part.
fn is_part(file: &Path) -> bool {
    let name = file_name(file);
    file.is_file()
        && (has_records_name(&name) || has_csv_name(&name) && Part::of_name(&name) != Part::Unknown)
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
