//! Files of many images, read one image at a time.
//!
//! Owns what the readers of all formats have in common. The formats are their readers'; which of them a file has is
//! [`Source`]'s.

use std::io::BufReader;
use std::path::Path;

use crate::csv_rows::CsvReader;
use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::idx::{ImageReader, labels_beside, read_labels};
use crate::pages::{Pages, parted};
use crate::parquet_file::ParquetReader;
use crate::record::{Content, Record};
use crate::source::Source;
use crate::tar_file::TarReader;
use crate::unpack::Contents;

type Stream = Box<dyn Iterator<Item = Result<Record, DataError>>>;

/// The images of a file of many, or the pages of a picture that has several, in its order, one in memory at a time.
///
/// An error stands in the place of its record; whether more follows depends on whether the file
/// can be read on behind it.
pub struct Records {
    length: Option<u64>,
    class_names: Option<Vec<String>>,
    stream: Stream,
}

impl Records {
    /// Opens a file of many images, as [`Source::of`] tells it, or a picture of several pages. `None` where it is neither. With `with_labels`, the
    /// labels of an IDX file are read from the file beside it, where there is one.
    ///
    /// # Errors
    /// [`DataError::Io`], and those of the format where its head is wrong.
    pub fn open(
        path: &Path,
        limits: &DecodeLimits,
        with_labels: bool,
    ) -> Result<Option<Self>, DataError> {
        let mut class_names = None;
        let (num_records, stream): (Option<u64>, Stream) = match Source::of(path)? {
            None | Some(Source::Folder) => return Ok(None),
            Some(Source::Picture) => match pages(path, limits)? {
                Some(pages) => (Some(pages.num_pages() as u64), Box::new(pages)),
                None => return Ok(None),
            },
            Some(Source::Idx) => {
                let (images, labels) = open_idx(path, with_labels)?;
                (
                    Some(images.num_images() as u64),
                    labelled(path, images, labels),
                )
            }
            Some(Source::Csv) => (None, Box::new(CsvReader::open(path)?)),
            Some(Source::Tar) => (
                None,
                Box::new(in_pages(TarReader::open(path, limits)?, *limits)),
            ),
            Some(Source::Parquet) => {
                let reader = ParquetReader::open(path, limits)?;
                class_names = reader.class_names();
                (Some(reader.num_rows()), Box::new(in_pages(reader, *limits)))
            }
        };
        Ok(Some(Self {
            length: num_records,
            class_names,
            stream,
        }))
    }

    /// How many the file's head announces.
    #[must_use]
    pub fn num_records(&self) -> Option<u64> {
        self.length
    }

    /// The names of the classes that labels are the numbers of, where the file has them.
    #[must_use]
    pub fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }
}

impl Iterator for Records {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.stream.next()
    }
}

/// The pages of a picture that has several.
fn pages(path: &Path, limits: &DecodeLimits) -> Result<Option<Pages>, DataError> {
    let file = BufReader::new(Contents::seekable(path)?);
    Ok(Pages::of(&path.display().to_string(), file, limits))
}

/// Pictures of several pages, a record each.
fn in_pages(
    records: impl Iterator<Item = Result<Record, DataError>>,
    limits: DecodeLimits,
) -> impl Iterator<Item = Result<Record, DataError>> {
    records.flat_map(move |record| parted(record, &limits))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::IMAGE_PIXELS;

    fn opened(path: &Path, with_labels: bool) -> Result<Option<Records>, DataError> {
        Records::open(path, &DecodeLimits::default(), with_labels)
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
}
