//! Reads the arrays of `NumPy`'s `.npz` files: images, and labels that go with them by their names.
//!
//! Owns which array is what: `x_train` and `y_train`, `images` and `labels`, `arr_0` and `arr_1`. The arrays are
//! [`crate::array`]'s, the archive is [`crate::zip_file`]'s.

use std::path::Path;

use crate::array::{Header, ImageReader, npy, read_labels};
use crate::error::DataError;
use crate::pairs::{Role, Stem, labels_beside};
use crate::pile::MAX_IMAGES;
use crate::reading::{Reading, Stream};
use crate::record::{Part, Record};
use crate::unpack::Contents;
use crate::zip_file::{Directory, Entry, contents};

/// The most arrays that a file may hold.
const MAX_ARRAYS: usize = 64;

/// An array of a file.
struct Array {
    entry: Entry,
    header: Header,
    name: String,
    stem: Stem,
}

impl Array {
    /// Whether it may be of images, by name and shape.
    fn is_of_images(&self) -> bool {
        self.stem.role != Some(Role::Labels) && self.header.shape.len() > 1
    }

    fn num_rows(&self) -> u64 {
        self.header.shape.first().copied().unwrap_or(0)
    }
}

/// The images of all arrays of images, those of one named `FILE#INDEX`, of several `FILE#ARRAY:INDEX`.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Stream, DataError> {
    let mut directory = Directory::open(path)?;
    let arrays = read_heads(path, &mut directory)?;
    let file = File {
        path,
        directory,
        arrays,
    };
    let images: Vec<&Array> = file
        .arrays
        .iter()
        .filter(|array| array.is_of_images())
        .collect();
    if images.is_empty() {
        let shown = |array: &Array| format!("{} ({})", array.name, array.header.shown());
        let found: Vec<String> = file.arrays.iter().map(shown).collect();
        let expected = "an array of images, such as `images` or `x_train`";
        return Err(no_set(path, expected, found.join(", ")));
    }
    let mut streams: Vec<Stream> = Vec::new();
    let mut used = Vec::new();
    for array in &images {
        let labels = labels_of(array, &file.arrays, images.len());
        used.extend(labels.map(|labels| labels.name.as_str()));
        streams.push(file.images(array, labels, images.len() == 1, reading)?);
    }
    for array in &file.arrays {
        if !array.is_of_images() && !used.contains(&array.name.as_str()) {
            let remark = format!(
                "{}: the array `{}` is passed over",
                path.display(),
                array.name
            );
            reading.remarks.say(remark);
        }
    }
    Ok(Box::new(streams.into_iter().flatten()))
}

/// The heads of all arrays.
fn read_heads(path: &Path, directory: &mut Directory) -> Result<Vec<Array>, DataError> {
    let mut arrays = Vec::new();
    while let Some(entry) = directory.next_entry()? {
        if arrays.len() == MAX_ARRAYS {
            let expected = format!("at most {MAX_ARRAYS} arrays");
            return Err(no_set(path, &expected, "more".into()));
        }
        let place = path.join(&entry.name);
        let header = npy::read_head(&mut contents(directory, &entry, &place)?)?;
        let name = entry.name.trim_end_matches(".npy").to_owned();
        let stem = Stem::of(&name);
        arrays.push(Array {
            entry,
            header,
            name,
            stem,
        });
    }
    Ok(arrays)
}

fn no_set(path: &Path, expected: &str, found: String) -> DataError {
    DataError::NoSet {
        path: path.into(),
        expected: expected.into(),
        found,
    }
}

/// A file whose arrays are known.
struct File<'a> {
    path: &'a Path,
    directory: Directory,
    arrays: Vec<Array>,
}

impl File<'_> {
    /// The numbers of an array.
    fn behind_head(&self, array: &Array) -> Result<Contents<'static>, DataError> {
        let place = self.path.join(&array.name);
        let mut contents = contents(&self.directory, &array.entry, &place)?;
        npy::read_head(&mut contents).map(|_| contents)
    }

    /// The images of an array with their labels, where these are wanted.
    fn images(
        &self,
        array: &Array,
        labels: Option<&Array>,
        is_only_one: bool,
        reading: &Reading,
    ) -> Result<Stream, DataError> {
        let path = self.path;
        let beside = || labels_beside(path).filter(|_| is_only_one);
        let labels = match labels {
            _ if !reading.with_labels => None,
            Some(labels) => {
                let contents = self.behind_head(labels)?;
                Some(read_labels(contents, &labels.header, MAX_IMAGES)?)
            }
            None => beside().map(|path| read_labels_of(&path)).transpose()?,
        };
        let contents = self.behind_head(array)?;
        let reader = ImageReader::new(contents, array.header.clone(), &reading.limits)?;
        let num_images = reader.num_images() as usize;
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != num_images) {
            return Err(DataError::CountMismatch {
                images: path.join(&array.name),
                labels: path.into(),
                num_images,
                num_labels: labels.len(),
            });
        }
        for remark in reader.remarks() {
            reading
                .remarks
                .say(format!("{}, {}: {remark}", path.display(), array.name));
        }
        let prefix = if is_only_one {
            format!("{}#", path.display())
        } else {
            format!("{}#{}:", path.display(), array.name)
        };
        let part = Part::of_name(&array.name);
        Ok(Box::new(reader.enumerate().map(move |(index, content)| {
            let label = labels.as_ref().and_then(|labels| labels.get(index));
            Ok(Record {
                name: format!("{prefix}{index}"),
                content: content?,
                label: label.copied().map(i64::from),
                part,
            })
        })))
    }
}

/// The labels of images: by their name, or the one other array with as many rows.
fn labels_of<'a>(images: &Array, arrays: &'a [Array], num_of_images: usize) -> Option<&'a Array> {
    let by_name = arrays
        .iter()
        .find(|array| images.stem.goes_with(&array.stem));
    by_name.or_else(|| {
        let is_alike = |array: &&Array| {
            !array.is_of_images() && array.num_rows() == images.num_rows() && num_of_images == 1
        };
        let mut alike = arrays.iter().filter(is_alike);
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// Labels in a file of their own, which holds one array.
pub(crate) fn read_labels_of(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut directory = Directory::open(path)?;
    let entry = directory.next_entry()?;
    let entry = entry.ok_or_else(|| no_set(path, "an array of labels", "no array".into()))?;
    let mut contents = contents(&directory, &entry, path)?;
    let header = npy::read_head(&mut contents)?;
    read_labels(contents, &header, MAX_IMAGES)
}

#[cfg(test)]
mod tests;
