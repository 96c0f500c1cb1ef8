//! Files of many images, read one image at a time: which there are, and what all of them yield.
//!
//! Owns [`Record`] and how such a file is recognised. The formats are their readers'.

use std::path::Path;

use crate::csv_rows::CsvReader;
use crate::idx::{ImageReader, labels_beside, read_labels};
use crate::parquet_file::ParquetReader;
use crate::tar_file::{BLOCK_BYTES, TarReader};
use crate::unpack::Contents;
use crate::{DataError, DecodeLimits};
use base::IMAGE_PIXELS;
use base::guarded;

/// First bytes of IDX files of images or labels.
const IDX_START: &[u8] = &[0, 0, 8];
const PARQUET_START: &[u8] = b"PAR1";
/// In the first header of a tar archive, and where. Archives older than POSIX have none.
const TAR_MARK: (usize, &[u8]) = (257, b"ustar");
const TAR_ENDS: [&str; 3] = [".tar", ".tar.gz", ".tgz"];
const CSV_ENDS: [&str; 2] = [".csv", ".csv.gz"];
const PARQUET_END: &str = ".parquet";
/// In the names of IDX files.
const IDX_MARKS: [&str; 2] = ["-idx3-ubyte", ".idx3-ubyte"];

/// One image of a file of many.
#[derive(Debug)]
pub struct Record {
    /// `FILE#INDEX`, counted from 0, or `FILE#MEMBER`.
    pub name: String,
    /// The image.
    pub content: Content,
    /// The label as the file has it; -1 often stands for none.
    pub label: Option<i64>,
}

/// An image as its file has it.
#[derive(Debug)]
pub enum Content {
    /// A picture's bytes, not decoded yet.
    Picture(Vec<u8>),
    /// `[IMAGE_PIXELS]` in MNIST's form.
    Pixels(Box<[u8; IMAGE_PIXELS]>),
}

type Stream = Box<dyn Iterator<Item = Result<Record, DataError>>>;

/// The images of a file of many, in its order, one in memory at a time.
///
/// An error stands in the place of its record; whether more follows depends on whether the file
/// can be read on behind it.
pub struct Records {
    num_records: Option<u64>,
    stream: Stream,
}

enum Kind {
    Idx,
    Csv,
    Tar,
    Parquet,
}

impl Records {
    /// Opens a file: IDX, CSV or tar, plain or gzipped, or Parquet. `None` where it is none of
    /// these. With `with_labels`, the labels of an IDX file are read from the file beside it, where
    /// there is one.
    ///
    /// IDX, Parquet and tar are recognised by their first bytes, CSV and old tar by their names.
    ///
    /// # Errors
    /// [`DataError::Io`], and those of the format where its head is wrong.
    pub fn open(
        path: &Path,
        limits: &DecodeLimits,
        with_labels: bool,
    ) -> Result<Option<Self>, DataError> {
        let (num_records, stream): (Option<u64>, Stream) = match kind(path)? {
            None => return Ok(None),
            Some(Kind::Idx) => {
                let (images, labels) = open_idx(path, with_labels)?;
                (
                    Some(images.num_images() as u64),
                    labelled(path, images, labels),
                )
            }
            Some(Kind::Csv) => (None, Box::new(CsvReader::open(path)?)),
            Some(Kind::Tar) => (None, Box::new(TarReader::open(path, limits)?)),
            Some(Kind::Parquet) => {
                let reader = ParquetReader::open(path, limits)?;
                (Some(reader.num_rows()), Box::new(reader))
            }
        };
        Ok(Some(Self {
            num_records,
            stream,
        }))
    }

    /// How many the file's head announces.
    #[must_use]
    pub fn num_records(&self) -> Option<u64> {
        self.num_records
    }
}

impl Iterator for Records {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.stream.next()
    }
}

/// Whether a file of this name is taken from a folder as one of many images. CSV files are not:
/// they are as often tables of something else.
#[must_use]
pub fn has_records_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    IDX_MARKS.iter().any(|mark| name.contains(mark))
        || TAR_ENDS.iter().any(|end| name.ends_with(end))
        || name.ends_with(PARQUET_END)
}

fn kind(path: &Path) -> Result<Option<Kind>, DataError> {
    let mut contents = Contents::open(path)?;
    let start = contents.read_up_to(BLOCK_BYTES as u64)?;
    let name = path.to_string_lossy().to_ascii_lowercase();
    let ends_in = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let (offset, mark) = TAR_MARK;
    Ok(if start.starts_with(IDX_START) {
        Some(Kind::Idx)
    } else if start.starts_with(PARQUET_START) || ends_in(&[PARQUET_END]) {
        Some(Kind::Parquet)
    } else if start
        .get(offset..)
        .is_some_and(|rest| rest.starts_with(mark))
        || ends_in(&TAR_ENDS)
    {
        Some(Kind::Tar)
    } else if ends_in(&CSV_ENDS) {
        Some(Kind::Csv)
    } else {
        None
    })
}

fn open_idx(path: &Path, with_labels: bool) -> Result<(ImageReader, Option<Vec<u8>>), DataError> {
    let images = ImageReader::open(path)?;
    let beside = labels_beside(path).filter(|_| with_labels);
    let Some(beside) = beside else {
        return Ok((images, None));
    };
    let labels = read_labels(&beside)?;
    if labels.len() != images.num_images() {
        return Err(DataError::CountMismatch {
            images: path.into(),
            labels: beside,
            num_images: images.num_images(),
            num_labels: labels.len(),
        });
    }
    Ok((images, Some(labels)))
}

fn labelled(path: &Path, images: ImageReader, labels: Option<Vec<u8>>) -> Stream {
    let file = path.display().to_string();
    Box::new(images.enumerate().map(move |(index, image)| {
        let label = labels.as_ref().and_then(|labels| labels.get(index));
        Ok(Record {
            name: format!("{file}#{index}"),
            content: Content::Pixels(Box::new(image?)),
            label: label.copied().map(i64::from),
        })
    }))
}

/// What a reader made by others yields: its panics are errors.
pub(crate) fn guarded_reading<T>(
    path: &Path,
    place: &str,
    read: impl FnOnce() -> Result<T, String>,
) -> Result<T, DataError> {
    let outcome = guarded(read).unwrap_or_else(|panic| Err(format!("the reader failed: {panic}")));
    outcome.map_err(|reason| DataError::Container {
        path: path.into(),
        place: place.into(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn opened(path: &Path, with_labels: bool) -> Result<Option<Records>, DataError> {
        Records::open(path, &DecodeLimits::default(), with_labels)
    }

    #[test]
    fn files_are_known_by_their_content_or_else_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let is_many = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            !matches!(opened(&path, false), Ok(None))
        };
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is_many("a", &tar) && is_many("b", &[0, 0, 8, 1]) && is_many("c", b"PAR1"));
        assert!(is_many("d.csv", b"") && is_many("e.TAR", b"") && is_many("f.parquet", b""));
        assert!(!is_many("g.png", b"\x89PNG") && !is_many("h", b"label,pixel"));
    }

    #[test]
    fn labels_of_idx_files_are_read_from_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().join("t10k-images-idx3-ubyte");
        let mut bytes = crate::idx::image_header(2);
        bytes.extend([1; 2 * IMAGE_PIXELS]);
        std::fs::write(&images, bytes).unwrap();
        let labels = |with_labels| -> Vec<Option<i64>> {
            let records = opened(&images, with_labels).unwrap().unwrap();
            assert_eq!(records.num_records(), Some(2));
            records.map(|record| record.unwrap().label).collect()
        };
        assert_eq!(labels(true), [None, None]);
        let write = |labels: &[u8]| {
            let header = crate::idx::label_header(labels.len());
            let path = folder.path().join("t10k-labels-idx1-ubyte");
            std::fs::write(path, [&header, labels].concat()).unwrap();
        };
        write(&[3, 4]);
        assert_eq!(labels(true), [Some(3), Some(4)]);
        assert_eq!(labels(false), [None, None]);
        write(&[3]);
        assert!(matches!(
            opened(&images, true),
            Err(DataError::CountMismatch { .. })
        ));
    }

    #[test]
    fn names_of_files_of_many_images() {
        for name in ["a-idx3-ubyte.gz", "b.TGZ", "c.tar", "test-00000.parquet"] {
            assert!(has_records_name(name), "{name}");
        }
        for name in ["a-idx1-ubyte", "labels.csv", "a.gz", "b.png"] {
            assert!(!has_records_name(name), "{name}");
        }
    }
}
