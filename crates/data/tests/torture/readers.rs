//! What is done with bytes of any origin, for every reader of images: by the tests with files that are nearly right, by the
//! fuzz targets (fuzz/) with whatever they come to. Nothing here may panic, hang, or take more memory than its bounds.
#![allow(dead_code)]

use data::decode::decode;
use data::picture::{PictureOptions, find_digits, to_mnist};
use data::{Content, DataError, Dataset, DecodeLimits, Records, Remarks, SetOptions, read_set};
use image::DynamicImage;
use std::fs;
use std::path::Path;

/// More images than this come of no file that is tried.
pub const MOST_IMAGES: usize = 10_000;
/// So many pages of a file are decoded.
const MOST_PAGES: usize = 16;
/// A page of noise of more pixels may take a second.
const MOST_PIXELS_OF_PAGES: u64 = 20_000;

/// What one picture may cost here.
pub const LIMITS: DecodeLimits = DecodeLimits {
    max_file_bytes: 1 << 20,
    max_pixels: 1_000_000,
    max_memory_bytes: 64 << 20,
};

/// Whatever a training set may be asked for.
pub fn options() -> SetOptions {
    SetOptions::default()
}

/// Reads a set of images, as training does.
pub fn set(path: &Path) -> Result<Dataset, DataError> {
    let found = read_set(path, &options());
    match &found {
        Ok(set) => assert!(set.train.len() < MOST_IMAGES),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    found
}

/// Reads a file of many images one by one, as prediction does; how many there were.
pub fn records(path: &Path) -> usize {
    let Ok(Some(records)) = Records::open(path, &LIMITS, true, &Remarks::default()) else {
        return 0;
    };
    records.take(MOST_IMAGES).flatten().count()
}

/// Both, of bytes in a file of this name.
pub fn file(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    if fs::write(&path, bytes).is_ok() {
        let _ = set(&path);
        records(&path);
    }
}

/// Decodes a picture.
pub fn picture(bytes: &[u8]) -> Option<DynamicImage> {
    let picture = decode(bytes, &LIMITS).ok()?;
    assert!(num_pixels(&picture) <= LIMITS.max_pixels);
    Some(picture)
}

/// Decodes a file of pages in a file of this name: each page, and the first as where one picture is asked for. How many
/// could be.
pub fn pages(folder: &Path, name: &str, bytes: &[u8]) -> usize {
    let path = folder.join(name);
    let mut num_decoded = usize::from(picture(bytes).is_some());
    if fs::write(&path, bytes).is_ok()
        && let Ok(Some(pages)) = Records::open(&path, &LIMITS, false, &Remarks::default())
    {
        for page in pages.take(MOST_PAGES).flatten() {
            if let Content::Picture(bytes) = &page.content {
                num_decoded += usize::from(picture(bytes).is_some());
            }
        }
    }
    num_decoded
}

/// Decodes a picture and looks for a digit on it.
pub fn picture_of_one(bytes: &[u8]) {
    if let Some(picture) = picture(bytes) {
        let _ = to_mnist(&picture, PictureOptions::default());
    }
}

/// Decodes a small picture and looks for all digits on it.
pub fn picture_of_many(bytes: &[u8]) {
    if let Some(picture) = picture(bytes).filter(is_small) {
        let _ = find_digits(&picture, PictureOptions::default());
    }
}

/// Whether all its digits are found at once.
pub fn is_small(picture: &DynamicImage) -> bool {
    num_pixels(picture) <= MOST_PIXELS_OF_PAGES
}

fn num_pixels(picture: &DynamicImage) -> u64 {
    u64::from(picture.width()) * u64::from(picture.height())
}
