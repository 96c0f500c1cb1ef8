//! Files of many images, read one image at a time.
//!
//! Owns what the readers of all formats have in common. The formats are their readers'; which of them a file has is
//! [`Source`]'s.

use std::path::Path;

use crate::array::{ImageReader, npy, read_labels};
use crate::csv_rows::CsvReader;
use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::idx;
use crate::npz;
use crate::pages::{Pages, parted};
use crate::pairs::labels_beside;
use crate::parquet_file::ParquetReader;
use crate::pile::MAX_IMAGES;
use crate::reading::{Reading, Stream};
use crate::record::{Part, Record};
use crate::remarks::Remarks;
use crate::source::Source;
use crate::tar_file::TarReader;
use crate::unpack::Contents;
use crate::zip_file;

/// The images of a file of many, or the pages of a picture that has several, in its order, one in memory at a time.
///
/// An error stands in the place of its record; whether more follows depends on whether the file
/// can be read on behind it.
pub struct Records {
    length: Option<u64>,
    class_names: Option<Vec<String>>,
    stream: Kind,
}

/// How records are got at.
enum Kind {
    /// One by one.
    Stream(Stream),
    /// Those of an array, each of which has its place.
    Array(Box<Labelled>),
}

impl Kind {
    fn into_stream(self) -> Stream {
        match self {
            Self::Stream(stream) => stream,
            Self::Array(images) => images,
        }
    }
}

impl Records {
    /// Opens a file of many images, as [`Source::of`] tells it, or a picture of several pages. `None` where it is
    /// neither. With `with_labels`, the labels of IDX and `NumPy` files are read from the file beside them, where there
    /// is one. What the reader passes over, or understands in an unusual way, goes to `remarks`.
    ///
    /// # Errors
    /// [`DataError::Io`], and those of the format where its head is wrong.
    pub fn open(
        path: &Path,
        limits: &DecodeLimits,
        with_labels: bool,
        remarks: &Remarks,
    ) -> Result<Option<Self>, DataError> {
        let reading = Reading {
            limits: *limits,
            with_labels,
            remarks: remarks.clone(),
            open: |path, reading| {
                Ok(open(path, reading)?.map(|records| records.stream.into_stream()))
            },
        };
        open(path, &reading)
    }

    /// How many the file's head announces.
    #[must_use]
    pub fn num_records(&self) -> Option<u64> {
        self.length
    }

    /// Passes over the next records without reading them, at most so many, where the file says where they are; returns
    /// how many it were, none where only reading would tell.
    pub fn pass_over(&mut self, most: u64) -> u64 {
        match &mut self.stream {
            Kind::Stream(_) => 0,
            Kind::Array(images) => images.pass_over(most),
        }
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
        match &mut self.stream {
            Kind::Stream(stream) => stream.next(),
            Kind::Array(images) => images.next(),
        }
    }
}

/// Pictures of several pages, a record each.
fn in_pages(
    records: impl Iterator<Item = Result<Record, DataError>> + 'static,
    limits: &DecodeLimits,
) -> Stream {
    let limits = *limits;
    Box::new(records.flat_map(move |record| parted(record, &limits)))
}

fn open(path: &Path, reading: &Reading) -> Result<Option<Records>, DataError> {
    let limits = &reading.limits;
    let mut class_names = None;
    let (length, stream): (Option<u64>, Kind) = match Source::of(path)? {
        None | Some(Source::Folder) => return Ok(None),
        Some(Source::Picture) => match Pages::open(path, limits)? {
            Some(pages) => (Some(pages.num_pages() as u64), of_stream(pages)),
            None => return Ok(None),
        },
        Some(Source::Idx) => labelled(path, idx::open_images(path, limits)?, reading)?,
        Some(Source::Npy) => {
            let mut contents = Contents::open(path)?;
            let header = npy::read_head(&mut contents)?;
            labelled(path, ImageReader::new(contents, header, limits)?, reading)?
        }
        Some(Source::Csv) => {
            let reader = CsvReader::open(path)?;
            say(path, reader.remarks(), reading);
            (None, of_stream(reader))
        }
        Some(Source::Tar) => (
            None,
            Kind::Stream(in_pages(TarReader::open(path, reading)?, limits)),
        ),
        Some(Source::Zip) if zip_file::holds_arrays(path)? => {
            (None, Kind::Stream(npz::open(path, reading)?))
        }
        Some(Source::Zip) => (
            None,
            Kind::Stream(in_pages(zip_file::open(path, reading)?, limits)),
        ),
        Some(Source::Parquet) => {
            let reader = ParquetReader::open(path, limits)?;
            class_names = reader.class_names();
            (
                Some(reader.num_rows()),
                Kind::Stream(in_pages(reader, limits)),
            )
        }
    };
    Ok(Some(Records {
        length,
        class_names,
        stream,
    }))
}

fn of_stream(records: impl Iterator<Item = Result<Record, DataError>> + 'static) -> Kind {
    Kind::Stream(Box::new(records))
}

fn say(path: &Path, remarks: Vec<String>, reading: &Reading) {
    for remark in remarks {
        reading.remarks.say(format!("{}: {remark}", path.display()));
    }
}

/// Images with the labels of the file beside theirs, where these are wanted and there is one.
fn labelled(
    path: &Path,
    images: ImageReader,
    reading: &Reading,
) -> Result<(Option<u64>, Kind), DataError> {
    say(path, images.remarks(), reading);
    let num_images = images.num_images();
    let beside = labels_beside(path).filter(|_| reading.with_labels);
    let labels = beside.as_deref().map(read_label_file).transpose()?;
    if let (Some(labels), Some(beside)) = (&labels, beside)
        && labels.len() as u64 != num_images
    {
        return Err(DataError::CountMismatch {
            images: path.into(),
            labels: beside,
            num_images: num_images as usize,
            num_labels: labels.len(),
        });
    }
    let images = Labelled {
        file: path.display().to_string(),
        images,
        labels,
        place: 0,
    };
    Ok((Some(num_images), Kind::Array(Box::new(images))))
}

/// Images of an array, named `FILE#INDEX`.
struct Labelled {
    file: String,
    images: ImageReader,
    labels: Option<Vec<u8>>,
    /// Of the next one.
    place: usize,
}

impl Labelled {
    fn pass_over(&mut self, most: u64) -> u64 {
        let num_passed = self.images.pass_over(most);
        self.place += usize::try_from(num_passed).unwrap_or(usize::MAX);
        num_passed
    }
}

impl Iterator for Labelled {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let content = self.images.next()?;
        let place = self.place;
        self.place += 1;
        let label = self.labels.as_ref().and_then(|labels| labels.get(place));
        Some(content.map(|content| Record {
            name: format!("{}#{place}", self.file),
            content,
            label: label.copied().map(i64::from),
            part: Part::Unknown,
        }))
    }
}

/// The labels of an IDX or `NumPy` file.
fn read_label_file(path: &Path) -> Result<Vec<u8>, DataError> {
    match Source::of(path)? {
        Some(Source::Npy) => {
            let mut contents = Contents::open(path)?;
            let header = npy::read_head(&mut contents)?;
            read_labels(contents, &header, MAX_IMAGES)
        }
        Some(Source::Zip) => npz::read_labels_of(path),
        _ => idx::read_labels(path),
    }
}

#[cfg(test)]
mod tests;
