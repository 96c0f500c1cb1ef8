//! Labelled sets of pictures and tables that say what each shows.
//!
//! Owns which pictures a table is about: those in its folder and below. The table's layout is [`LabelTable`]'s.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::classes::Classes;
use crate::error::DataError;
use crate::folder::{file_name, find_pictures, list};
use crate::images::LabeledImages;
use crate::label_table::LabelTable;
use crate::labelled::{How, Labelled};
use crate::picture_files::read_pictures;
use crate::record::Part;
use crate::source::{Source, has_csv_name};
use base::files::parent;
use base::with_separators;

/// Folders in the folder of a table are looked into so deep.
const MAX_DEPTH: usize = 8;

/// The tables of labels in a folder.
pub(crate) fn label_tables(folder: &Path) -> Result<Vec<LabelTable>, DataError> {
    let files = list(folder)?.into_iter();
    let tables = files.filter(|file| has_csv_name(&file.to_string_lossy()) && file.is_file());
    let tables = tables.filter(|file| !Source::is_table_of_images(file));
    Ok(tables
        .filter_map(|file| LabelTable::read(&file).ok())
        .collect())
}

/// Reads the pictures that tables in a folder are about. Those of tables named as test or validation tables are for
/// that. `None` where no picture has a row.
pub(crate) fn read_tables(
    folder: &Path,
    tables: &[LabelTable],
    how: How<'_>,
    known: Option<&Classes>,
) -> Result<Option<Labelled>, DataError> {
    let mut pictures = Vec::new();
    // What else lies there is for whoever reads the folder otherwise to name.
    find_pictures(
        folder,
        MAX_DEPTH,
        &crate::remarks::Remarks::default(),
        &mut pictures,
    )?;
    let part_of = |table: &LabelTable| Part::of_name(&file_name(table.path()));
    let mut found: Vec<(Part, &PathBuf, &str)> = Vec::new();
    let mut num_without = 0;
    let mut used: HashSet<(usize, usize)> = HashSet::new();
    for picture in &pictures {
        let name = picture.to_string_lossy();
        let row = tables.iter().enumerate().find_map(|(number, table)| {
            let row = table.find(&name)?;
            used.insert((number, row));
            Some((part_of(table), picture, &*table.rows()[row].label))
        });
        match row {
            Some(row) => found.push(row),
            None => num_without += 1,
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    if num_without > 0 {
        let number = with_separators(num_without);
        how.remarks.say(format!(
            "{number} pictures have no label in the table and are left out"
        ));
    }
    let num_rows: usize = tables.iter().map(|table| table.rows().len()).sum();
    if num_rows > used.len() {
        let number = with_separators(num_rows - used.len());
        how.remarks
            .say(format!("{number} rows of the table have no picture"));
    }
    let classes = match known {
        Some(known) => known.clone(),
        None => classes_of(folder, found.iter().map(|(_, _, label)| *label))?,
    };
    let read = |parts: &[Part], how: How<'_>| -> Result<LabeledImages, DataError> {
        let (mut pictures, mut labels) = (Vec::new(), Vec::new());
        for (part, picture, label) in &found {
            if parts.contains(part) {
                pictures.push((*picture).clone());
                labels.push(classes.label(label, folder)?);
            }
        }
        read_pictures(folder, &pictures, &labels, how)
    };
    let others = |part: Part| {
        let is_there = found.iter().any(|(other, _, _)| *other == part);
        is_there.then(|| read(&[part], how.of_all())).transpose()
    };
    Ok(Some(Labelled {
        train: read(&[Part::Train, Part::Unknown], how)?,
        validation: others(Part::Validation)?,
        test: others(Part::Test)?,
        are_plain: false,
        classes,
    }))
}

/// Reads a set from one table of labels.
pub(crate) fn read_table(
    path: &Path,
    how: How<'_>,
    known: Option<&Classes>,
) -> Result<Option<Labelled>, DataError> {
    let Ok(table) = LabelTable::read(path) else {
        return Ok(None);
    };
    let set = read_tables(parent(path), &[table], how, known)?;
    let set = set.ok_or_else(|| DataError::NoSet {
        path: path.into(),
        expected: "pictures that it names, in its folder or below".into(),
        found: "none".into(),
    })?;
    // Whatever the table is called, all of it is what was asked for.
    let parts = [Some(set.train), set.validation, set.test];
    let train = parts
        .into_iter()
        .flatten()
        .reduce(|all, part| all.joined(&part));
    Ok(Some(Labelled {
        classes: set.classes,
        train: train.unwrap_or_default(),
        validation: None,
        test: None,
        are_plain: false,
    }))
}

/// The classes that labels of a table stand for: digits, numbers, or names in natural order.
fn classes_of<'a>(
    path: &Path,
    labels: impl Iterator<Item = &'a str>,
) -> Result<Classes, DataError> {
    let mut names: Vec<String> = labels.map(str::to_owned).collect();
    names.sort_by(|left, right| base::natural_order(left, right));
    names.dedup();
    let numbers: Option<Vec<u8>> = names.iter().map(|name| name.parse().ok()).collect();
    match numbers.and_then(|numbers| numbers.into_iter().max()) {
        Some(most) => Ok(Classes::of_numbers(usize::from(most))),
        None => Classes::of_folders(path, names),
    }
}
