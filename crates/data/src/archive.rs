//! Labelled sets in files of many images of any format but CSV: archives of class folders, Parquet files, IDX
//! and `NumPy` files with their labels.
//!
//! Owns where the labels come from. The formats are their readers'.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use crate::classes::Classes;
use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::labelled::{How, Labelled, part_of_folder, prepared};
use crate::pile::{MAX_IMAGES, Pile};
use crate::record::{Content, Part, Record};
use crate::records::Records;
use crate::remarks::Remarks;
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

/// Images so far, by what they are for.
struct Piles {
    train: Pile<Label>,
    validation: Pile<Label>,
    test: Pile<Label>,
    are_plain: bool,
}

impl Piles {
    fn num_offered(&self) -> usize {
        let piles = [&self.train, &self.validation, &self.test];
        piles.iter().map(|pile| pile.num_offered()).sum()
    }

    fn labels(&self) -> impl Iterator<Item = &Label> {
        let piles = [&self.train, &self.validation, &self.test];
        piles.into_iter().flat_map(Pile::labels)
    }
}

/// Reads a file whose images have numbers for labels, or that are pictures in class folders, perhaps in `train` and
/// `test`. Where `known` says what the classes are, their labels are those. Only some of the images to train on may be
/// wanted.
pub(crate) fn read_archive(
    path: &Path,
    how: How<'_>,
    known: Option<&Classes>,
) -> Result<Labelled, DataError> {
    let no_set = |expected: &str, found: &str| DataError::NoSet {
        path: path.into(),
        expected: expected.into(),
        found: found.into(),
    };
    let records = Records::open(path, &DecodeLimits::default(), true, how.remarks)?;
    let mut records = records.ok_or_else(|| no_set("a file of many images", "another one"))?;
    let own_names = records.class_names().map(<[String]>::to_vec);
    let piles = gather(&mut records, how, path)?;
    let mut most = 0;
    let mut names = BTreeSet::new();
    for label in piles.labels() {
        match label {
            Label::Name(name) => {
                names.insert(name.as_str());
            }
            Label::Number(number) => most = most.max(*number),
        }
    }
    let classes = match (&own_names, known) {
        (Some(own), None) => Classes { names: own.clone() },
        _ => classes_of(path, names, usize::try_from(most).unwrap_or(0), known)?,
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
    let unless_empty = |pile: Pile<Label>| {
        let has_some = pile.num_offered() > 0;
        has_some.then(|| pile.finish(path, label)).transpose()
    };
    Ok(Labelled {
        train: piles.train.finish(path, label)?,
        validation: unless_empty(piles.validation)?,
        test: unless_empty(piles.test)?,
        are_plain: piles.are_plain,
        classes,
    })
}

/// Reads all images.
fn gather(records: &mut Records, how: How<'_>, path: &Path) -> Result<Piles, DataError> {
    let no_set = |expected: &str, found: &str| DataError::NoSet {
        path: path.into(),
        expected: expected.into(),
        found: found.into(),
    };
    let mut piles = Piles {
        train: Pile::new(how.rows),
        validation: Pile::new(how.of_all().rows),
        test: Pile::new(how.of_all().rows),
        are_plain: true,
    };
    loop {
        let mut some: Vec<Record> = Vec::with_capacity(AT_ONCE);
        let mut is_over = true;
        for record in records.by_ref().take(AT_ONCE) {
            is_over = false;
            some.extend(how.unless_skipped(record)?);
        }
        if is_over {
            break;
        }
        let images = some.par_iter().map(|record| image(record, how.remarks));
        for image in images.collect::<Vec<_>>() {
            let Some(image) = how.unless_skipped(image)? else {
                continue;
            };
            piles.are_plain &= image.is_plain;
            let pile = match image.part {
                Part::Unknown | Part::Train => &mut piles.train,
                Part::Validation => &mut piles.validation,
                Part::Test => &mut piles.test,
            };
            pile.offer(&image.pixels, image.label);
        }
        if piles.num_offered() > MAX_IMAGES {
            return Err(no_set(&format!("at most {MAX_IMAGES} images"), "more"));
        }
    }
    if piles.num_offered() == 0 {
        return Err(no_set("images", "none"));
    }
    Ok(piles)
}

/// The known classes, or those of folders of these names, or numbers where labels are numbers.
fn classes_of(
    path: &Path,
    names: BTreeSet<&str>,
    most: usize,
    known: Option<&Classes>,
) -> Result<Classes, DataError> {
    if let Some(known) = known {
        return Ok(known.clone());
    }
    if names.is_empty() {
        return Ok(Classes::of_numbers(most));
    }
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort_by(|left, right| natural_order(left, right));
    Classes::of_folders(path, names)
}

/// An image with its label and what it is for.
struct Image {
    pixels: [u8; IMAGE_PIXELS],
    label: Label,
    part: Part,
    is_plain: bool,
}

fn image(record: &Record, remarks: &Remarks) -> Result<Image, DataError> {
    let path = Path::new(&record.name);
    let failed = |reason: String| DataError::Picture {
        path: path.into(),
        reason,
    };
    let (label, part) = match record.label {
        Some(number) => (Label::Number(number), record.part),
        None => of_member(&record.name)
            .ok_or_else(|| failed("it has no label, and lies in no class folder".into()))?,
    };
    let (pixels, is_plain) = match &record.content {
        Content::Pixels(pixels) => (**pixels, true),
        Content::Picture(bytes) => (prepared(bytes, path, remarks)?, false),
    };
    Ok(Image {
        pixels,
        label,
        part,
        is_plain,
    })
}

/// The class folder of a member of an archive (`ARCHIVE#…/CLASS/picture.png`), and which part of the set the folder
/// around that is for.
fn of_member(name: &str) -> Option<(Label, Part)> {
    let (_, member) = name.split_once('#')?;
    let mut folders = member.rsplit('/').skip(1);
    let class = folders.next().filter(|class| !matches!(*class, "" | "."))?;
    let part = folders.next().map(part_of_folder).unwrap_or_default();
    Some((Label::Name(class.to_owned()), part))
}
