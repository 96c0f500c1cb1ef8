//! Reads the IDX files of MNIST and its kin, plain or gzipped.
//!
//! Owns the format: a big-endian header (magic number, number of items and, for images, rows and
//! columns) and then one byte a pixel or label. Every length is checked before memory is set
//! aside for it. Knows neither names of sets nor mirrors.

use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::pile::MAX_IMAGES;
use crate::unpack::Contents;
use base::{IMAGE_PIXELS, IMAGE_SIDE, NUM_CLASSES};

const IMAGE_MAGIC: u32 = 0x0000_0803;
const LABEL_MAGIC: u32 = 0x0000_0801;
const IMAGE_HEADER_BYTES: u64 = 16;
const LABEL_HEADER_BYTES: u64 = 8;

/// Reads a file of labels: `[num_labels]`, each below [`NUM_CLASSES`], plain or gzipped.
///
/// # Errors
/// As [`decode_images`], and [`DataError::Format`] at the byte of a label that is out of range.
pub(crate) fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    decode_labels(Contents::open(path)?, MAX_IMAGES)
}

/// The file of labels that lies beside a file of images, as MNIST's are named, packed or not.
pub(crate) fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let named = name
        .replace("images-idx3", "labels-idx1")
        .replace("images.idx3", "labels.idx1");
    let plain = named.strip_suffix(".gz").unwrap_or(&named);
    let candidates = [named.clone(), plain.to_owned(), format!("{plain}.gz")];
    let paths = candidates.iter().map(|name| images.with_file_name(name));
    paths
        .into_iter()
        .find(|path| path != images && path.is_file())
}

/// All images of a file, `[num_images * IMAGE_PIXELS]`, at most `max_images` of them.
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] where the magic number, the 28×28 dimensions, the
/// number of images or the length is wrong; bytes beyond the last image are an error as well.
pub(crate) fn decode_images(
    mut contents: Contents<'_>,
    max_images: usize,
) -> Result<Vec<u8>, DataError> {
    let num_images = read_image_header(&mut contents, max_images)?;
    decode_payload(
        &mut contents,
        IMAGE_HEADER_BYTES,
        num_images * IMAGE_PIXELS as u64,
    )
}

/// [`read_labels`] from any contents, with at most `max_labels` labels.
pub(crate) fn decode_labels(
    mut contents: Contents<'_>,
    max_labels: usize,
) -> Result<Vec<u8>, DataError> {
    let [num_labels] = read_header(&mut contents, LABEL_MAGIC)?;
    let num_labels = check_count(&contents, num_labels, max_labels, "labels")?;
    let labels = decode_payload(&mut contents, LABEL_HEADER_BYTES, num_labels)?;
    let mut labels_at = labels.iter().zip(LABEL_HEADER_BYTES..);
    match labels_at.find(|(label, _)| usize::from(**label) >= NUM_CLASSES) {
        None => Ok(labels),
        Some((label, offset)) => Err(DataError::Format {
            path: contents.path().into(),
            offset,
            expected: format!("a label from 0 to {}", NUM_CLASSES - 1),
            found: label.to_string(),
        }),
    }
}

/// The header of a file of `num_images` images. Header and pixels together are the whole file.
pub(crate) fn image_header(num_images: usize) -> Vec<u8> {
    let side = IMAGE_SIDE as u32;
    [IMAGE_MAGIC, num_images as u32, side, side]
        .iter()
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

/// The header of a file of `num_labels` labels. Header and labels together are the whole file.
pub(crate) fn label_header(num_labels: usize) -> Vec<u8> {
    [LABEL_MAGIC, num_labels as u32]
        .iter()
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

fn read_image_header(contents: &mut Contents<'_>, max_images: usize) -> Result<u64, DataError> {
    let [num_images, rows, columns] = read_header(contents, IMAGE_MAGIC)?;
    if [rows, columns] != [IMAGE_SIDE as u32; 2] {
        return Err(DataError::Format {
            path: contents.path().into(),
            offset: 8,
            expected: format!("images of {IMAGE_SIDE}×{IMAGE_SIDE} pixels"),
            found: format!("{rows}×{columns}"),
        });
    }
    let num_images = check_count(contents, num_images, max_images, "images")?;
    contents.check_stored_length(IMAGE_HEADER_BYTES, num_images * IMAGE_PIXELS as u64)?;
    Ok(num_images)
}

/// The magic number and then `N` words; a wrong magic number is reported even where the words are
/// missing, because it tells more.
fn read_header<const N: usize>(
    contents: &mut Contents<'_>,
    magic: u32,
) -> Result<[u32; N], DataError> {
    let num_header_bytes = 4 * (N as u64 + 1);
    let bytes = contents.read_up_to(num_header_bytes)?;
    let (words, _) = bytes.as_chunks::<4>();
    let mut words = words.iter().map(|word| u32::from_be_bytes(*word));
    let found_magic = words.next();
    if let Some(found) = found_magic.filter(|found| *found != magic) {
        return Err(DataError::Format {
            path: contents.path().into(),
            offset: 0,
            expected: describe_magic(magic),
            found: describe_magic(found),
        });
    }
    if bytes.len() as u64 != num_header_bytes {
        return Err(DataError::Format {
            path: contents.path().into(),
            offset: 0,
            expected: format!("a header of {num_header_bytes} bytes"),
            found: format!("{} bytes in all", bytes.len()),
        });
    }
    Ok(std::array::from_fn(|_| words.next().unwrap_or(0)))
}

fn describe_magic(magic: u32) -> String {
    match magic {
        IMAGE_MAGIC => format!("{magic:#010x} (an IDX file of images)"),
        LABEL_MAGIC => format!("{magic:#010x} (an IDX file of labels)"),
        _ => format!("{magic:#010x}"),
    }
}

fn check_count(
    contents: &Contents<'_>,
    count: u32,
    max: usize,
    what: &str,
) -> Result<u64, DataError> {
    if u64::from(count) <= max as u64 {
        return Ok(u64::from(count));
    }
    Err(DataError::Format {
        path: contents.path().into(),
        offset: 4,
        expected: format!("at most {max} {what}"),
        found: count.to_string(),
    })
}

fn decode_payload(
    contents: &mut Contents<'_>,
    num_header_bytes: u64,
    num_payload_bytes: u64,
) -> Result<Vec<u8>, DataError> {
    contents.check_stored_length(num_header_bytes, num_payload_bytes)?;
    let payload = contents.read_up_to(num_payload_bytes)?;
    if payload.len() as u64 != num_payload_bytes {
        let found = payload.len().to_string();
        return Err(contents.length_error(num_header_bytes, num_payload_bytes, &found));
    }
    contents.expect_end(num_header_bytes, num_payload_bytes)?;
    Ok(payload)
}

/// Reads a file of images one by one, so that no more than one is in memory at a time.
///
/// Yields each image as `[IMAGE_PIXELS]`. After an error, or after the last image, nothing more
/// follows; bytes beyond the last image show as an error in the place after it.
pub(crate) struct ImageReader {
    contents: Contents<'static>,
    num_images: usize,
    num_read: usize,
    finished: bool,
}

impl ImageReader {
    /// Opens a file of images, plain or gzipped, and checks its header.
    ///
    /// # Errors
    /// As [`decode_images`].
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let mut contents = Contents::open(path)?;
        let num_images = read_image_header(&mut contents, MAX_IMAGES)? as usize;
        Ok(Self {
            contents,
            num_images,
            num_read: 0,
            finished: false,
        })
    }

    /// Number of images that the header announces.
    pub(crate) fn num_images(&self) -> usize {
        self.num_images
    }

    fn read_next(&mut self) -> Result<Option<[u8; IMAGE_PIXELS]>, DataError> {
        let num_payload_bytes = (self.num_images * IMAGE_PIXELS) as u64;
        if self.num_read == self.num_images {
            self.contents
                .expect_end(IMAGE_HEADER_BYTES, num_payload_bytes)?;
            return Ok(None);
        }
        let mut image = [0; IMAGE_PIXELS];
        if self.contents.fill(&mut image)? < IMAGE_PIXELS {
            let found = (self.contents.offset() - IMAGE_HEADER_BYTES).to_string();
            return Err(self
                .contents
                .length_error(IMAGE_HEADER_BYTES, num_payload_bytes, &found));
        }
        self.num_read += 1;
        Ok(Some(image))
    }
}

impl Iterator for ImageReader {
    type Item = Result<[u8; IMAGE_PIXELS], DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let item = self.read_next().transpose();
        self.finished = !matches!(item, Some(Ok(_)));
        item
    }
}

#[cfg(test)]
mod tests;
