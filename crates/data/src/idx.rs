//! Reads the IDX files of MNIST and its kin, plain or packed.
//!
//! Owns the format: a big-endian header (type of the numbers, number of dimensions, their sizes) and then the
//! numbers, which are [`crate::array`]'s; and, for the known sets, MNIST's own two kinds: one byte a pixel or label.
//! Every length is checked before memory is set aside for it. Knows neither names of sets nor mirrors.

use std::ops::RangeInclusive;
use std::path::Path;

use crate::array::{self, Header, ImageReader};
use crate::decode::DecodeLimits;
use crate::element::Element;
use crate::error::DataError;
use crate::pile::MAX_IMAGES;
use crate::unpack::Contents;
use base::{IMAGE_PIXELS, IMAGE_SIDE};

const IMAGE_MAGIC: u32 = 0x0000_0803;
const LABEL_MAGIC: u32 = 0x0000_0801;
const IMAGE_HEADER_BYTES: u64 = 16;
const LABEL_HEADER_BYTES: u64 = 8;

/// Reads a file of labels of any type of numbers, `[num_labels]`, also QMNIST's rows of eight.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Format`] where the head is wrong or a label is none.
pub(crate) fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut contents = Contents::open(path)?;
    let header = read_head(&mut contents)?;
    array::read_labels(contents, &header, MAX_IMAGES)
}

/// Opens a file of images of any type of numbers and any size.
///
/// # Errors
/// As of [`ImageReader::new`], and where the head is wrong.
pub(crate) fn open_images(path: &Path, limits: &DecodeLimits) -> Result<ImageReader, DataError> {
    let mut contents = Contents::open(path)?;
    let header = read_head(&mut contents)?;
    if header.shape.len() == 1 {
        return Err(DataError::Format {
            path: path.into(),
            offset: 0,
            expected: describe_magic(IMAGE_MAGIC),
            found: describe_magic(LABEL_MAGIC),
        });
    }
    ImageReader::new(contents, header, limits)
}

/// Reads the head of a file.
fn read_head(contents: &mut Contents<'_>) -> Result<Header, DataError> {
    let magic = contents.read_up_to(4)?;
    let bad = |contents: &Contents<'_>, expected: &str, found: String| DataError::Format {
        path: contents.path().into(),
        offset: 0,
        expected: expected.into(),
        found,
    };
    let [0, 0, kind, num_dimensions @ 1..=4] = magic[..] else {
        return Err(bad(
            contents,
            "an IDX file of one to four dimensions",
            format!("{magic:x?}"),
        ));
    };
    let Some(element) = element(kind) else {
        return Err(bad(
            contents,
            "a type of numbers of IDX files",
            format!("{kind:#04x}"),
        ));
    };
    let sizes = contents.read_up_to(4 * u64::from(num_dimensions))?;
    let num_bytes = 4 * (1 + u64::from(num_dimensions));
    if contents.offset() < num_bytes {
        let found = format!("{} bytes in all", contents.offset());
        return Err(bad(
            contents,
            &format!("a header of {num_bytes} bytes"),
            found,
        ));
    }
    let words = sizes.as_chunks::<4>().0.iter();
    Ok(Header {
        element,
        is_big_endian: true,
        is_by_columns: false,
        shape: words
            .map(|word| u64::from(u32::from_be_bytes(*word)))
            .collect(),
        num_bytes,
    })
}

fn element(kind: u8) -> Option<Element> {
    Some(match kind {
        0x08 => Element::U8,
        0x09 => Element::I8,
        0x0b => Element::I16,
        0x0c => Element::I32,
        0x0d => Element::F32,
        0x0e => Element::F64,
        _ => return None,
    })
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

/// All labels of a file of MNIST's own kind as it has them, at most `max_labels` of them, each one of `allowed`.
///
/// # Errors
/// As [`decode_images`], and [`DataError::Format`] at the byte of a label that is out of range.
pub(crate) fn decode_labels(
    mut contents: Contents<'_>,
    max_labels: usize,
    allowed: &RangeInclusive<u8>,
) -> Result<Vec<u8>, DataError> {
    let [num_labels] = read_header(&mut contents, LABEL_MAGIC)?;
    let num_labels = check_count(&contents, num_labels, max_labels, "labels")?;
    let labels = decode_payload(&mut contents, LABEL_HEADER_BYTES, num_labels)?;
    let mut labels_at = labels.iter().zip(LABEL_HEADER_BYTES..);
    match labels_at.find(|(label, _)| !allowed.contains(label)) {
        None => Ok(labels),
        Some((label, offset)) => Err(DataError::Format {
            path: contents.path().into(),
            offset,
            expected: format!("a label from {} to {}", allowed.start(), allowed.end()),
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

#[cfg(test)]
mod tests;
