//! Labelled sets in files of many images of any format but CSV: tar archives of class folders, Parquet files, IDX
//! files with the file of their labels beside them.
//!
//! Owns where the labels come from. The formats are their readers'.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use crate::classes::Classes;
use crate::decode::{DecodeLimits, decode};
use crate::error::DataError;
use crate::images::digit_names;
use crate::labelled::{Labelled, SPLIT_NAMES, prepared};
use crate::pile::{MAX_IMAGES, Pile};
use crate::record::{Content, Record};
use crate::records::Records;
use crate::sample::Rows;
use base::{IMAGE_PIXELS, natural_order};

/// Records that are decoded side by side.
const AT_ONCE: usize = 256;

/// A label as a file has it.
#[derive(Clone, Debug)]
enum Label {
    Number(i64),
    /// The name of the folder that the picture lies in.
    Name(String),
}

/// Reads a file whose images have numbers for labels, or that are pictures in class folders, perhaps in `train` and
/// `test`. Where `known` says what the classes are, their labels are those. `rows` is about the images to train on.
pub(crate) fn read_archive(
    path: &Path,
    rows: Rows,
    known: Option<&Classes>,
) -> Result<Labelled, DataError> {
    let no_set = |expected: &str, found: &str| DataError::NoSet {
        path: path.into(),
        expected: expected.into(),
        found: found.into(),
    };
    let records = Records::open(path, &DecodeLimits::default(), true)?;
    let mut records = records.ok_or_else(|| no_set("a file of many images", "another one"))?;
    let own_names = records.class_names().map(<[String]>::to_vec);
    let (mut train, mut test) = (Pile::new(rows), Pile::new(Rows::default()));
    loop {
        let some: Vec<Record> = records.by_ref().take(AT_ONCE).collect::<Result<_, _>>()?;
        if some.is_empty() {
            break;
        }
        for image in some.par_iter().map(image).collect::<Vec<_>>() {
            let (pixels, label, is_test) = image?;
            if is_test {
                test.offer(&pixels, label);
            } else {
                train.offer(&pixels, label);
            }
        }
        if train.num_offered() + test.num_offered() > MAX_IMAGES {
            return Err(no_set(&format!("at most {MAX_IMAGES} images"), "more"));
        }
    }
    if train.num_offered() == 0 && test.num_offered() == 0 {
        return Err(no_set("images", "none"));
    }
    let names: BTreeSet<&str> = [&train, &test]
        .iter()
        .flat_map(|pile| pile.labels())
        .filter_map(|label| match label {
            Label::Name(name) => Some(name.as_str()),
            Label::Number(_) => None,
        })
        .collect();
    let classes = match (&own_names, known) {
        (Some(own), None) => Classes { names: own.clone() },
        _ => classes_of(path, names, known)?,
    };
    let own = own_names.map(|names| Classes { names });
    let label = |label: &Label| match label {
        // A number stands for the file's own name of its class, where it has one.
        Label::Number(number) => match &own {
            Some(own) => {
                let number = own.number(*number, path)?;
                classes.label(&own.names[usize::from(number)], path)
            }
            None => classes.number(*number, path),
        },
        Label::Name(name) => classes.label(name, path),
    };
    let has_test = test.num_offered() > 0;
    Ok(Labelled {
        train: train.finish(path, label)?,
        test: has_test.then(|| test.finish(path, label)).transpose()?,
        classes,
    })
}

/// The known classes, or those of folders of these names, or digits where labels are numbers.
fn classes_of(
    path: &Path,
    names: BTreeSet<&str>,
    known: Option<&Classes>,
) -> Result<Classes, DataError> {
    if let Some(known) = known {
        return Ok(known.clone());
    }
    if names.is_empty() {
        return Ok(Classes {
            names: digit_names(),
        });
    }
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort_by(|left, right| natural_order(left, right));
    Classes::of_folders(path, names)
}

/// An image with its label, and whether it is for the test.
fn image(record: &Record) -> Result<([u8; IMAGE_PIXELS], Label, bool), DataError> {
    let path = Path::new(&record.name);
    let failed = |reason: String| DataError::Picture {
        path: path.into(),
        reason,
    };
    let (label, is_test) = match record.label {
        Some(number) => (Label::Number(number), false),
        None => of_member(&record.name)
            .ok_or_else(|| failed("it has no label, and lies in no class folder".into()))?,
    };
    let pixels = match &record.content {
        Content::Pixels(pixels) => **pixels,
        Content::Picture(bytes) => {
            let picture = decode(bytes, &DecodeLimits::default());
            prepared(&picture.map_err(|error| failed(error.to_string()))?, path)?
        }
    };
    Ok((pixels, label, is_test))
}

/// The class folder of a member of an archive (`ARCHIVE#…/CLASS/picture.png`), and whether that lies in a folder of
/// test images.
fn of_member(name: &str) -> Option<(Label, bool)> {
    let (_, member) = name.split_once('#')?;
    let mut folders = member.rsplit('/').skip(1);
    let class = folders.next().filter(|class| !matches!(*class, "" | "."))?;
    let part = folders.next();
    let is_test = SPLIT_NAMES.iter().any(|&(_, test)| part == Some(test));
    Some((Label::Name(class.to_owned()), is_test))
}
