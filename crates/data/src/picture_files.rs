//! Files of pictures as images with labels: one each, and one a page of those that have several.
//!
//! Owns which page is which image, and that pages are read in the order of their file. What a page is, is
//! [`crate::pages`]'s; where the files come from is the caller's.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::decode::{DecodeLimits, read_file};
use crate::error::DataError;
use crate::images::LabeledImages;
use crate::labelled::{How, prepared};
use crate::pages::{Pages, may_have_pages};
use crate::record::Content;
use crate::remarks::Remarks;
use crate::sample::chosen;
use base::{IMAGE_PIXELS, with_separators};

/// Those pages of a file that are wanted, in their order.
struct Wanted<'a> {
    file: &'a Path,
    num_pages: usize,
    pages: Vec<usize>,
}

/// Reads pictures, or as many of their pages as are wanted; `path` is what they belong to. All pages of a file have its
/// label; that there are such files is said.
///
/// # Errors
/// [`DataError::Picture`], [`DataError::TooFewRows`].
pub(crate) fn read_pictures(
    path: &Path,
    pictures: &[PathBuf],
    labels: &[u8],
    how: How<'_>,
) -> Result<LabeledImages, DataError> {
    let counts: Vec<usize> = pictures.par_iter().map(|file| num_pages(file)).collect();
    let num_pages: usize = counts.iter().sum();
    say_pages(&counts, how.remarks);
    let chosen = chosen(num_pages, how.rows, path)?;
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    let mut image_labels = Vec::with_capacity(chosen.len());
    let mut rest = chosen.iter().copied().peekable();
    let mut first = 0;
    for ((file, &num_pages), &label) in pictures.iter().zip(&counts).zip(labels) {
        let mut pages = Vec::new();
        while let Some(page) = rest.next_if(|&page| page < first + num_pages) {
            pages.push(page - first);
            image_labels.push(label);
        }
        first += num_pages;
        if !pages.is_empty() {
            wanted.push(Wanted {
                file,
                num_pages,
                pages,
            });
        }
    }
    let mut pixels = vec![0; chosen.len() * IMAGE_PIXELS];
    let mut left = &mut pixels[..];
    let mut places = Vec::new();
    for wanted in &wanted {
        let (place, behind) = left.split_at_mut(wanted.pages.len() * IMAGE_PIXELS);
        places.push((wanted, place));
        left = behind;
    }
    let outcomes: Vec<Vec<Result<(), DataError>>> = places
        .into_par_iter()
        .map(|(wanted, place)| wanted.read(place, how.remarks))
        .collect();
    // The first error in the order of the files, whichever thread met one first.
    let mut read = Vec::with_capacity(chosen.len());
    for (place, outcome) in outcomes.into_iter().flatten().enumerate() {
        read.extend(how.unless_skipped(outcome)?.map(|()| place));
    }
    let images = LabeledImages::paired(pixels, image_labels, path, path)?;
    Ok(if read.len() == images.len() {
        images
    } else {
        images.select(&read)
    })
}

/// How many pages a file has; 1 of one whose name says so, or that is damaged.
fn num_pages(file: &Path) -> usize {
    if !may_have_pages(&file.to_string_lossy()) {
        return 1;
    }
    let pages = Pages::open(file, &DecodeLimits::default());
    pages.ok().flatten().map_or(1, |pages| pages.num_pages())
}

/// Says that files have several pages, where they do.
fn say_pages(counts: &[usize], remarks: &Remarks) {
    let several = counts.iter().filter(|&&count| count > 1);
    let (num_files, num_pages) =
        several.fold((0, 0), |(files, pages), count| (files + 1, pages + count));
    if num_files > 0 {
        let files = if num_files == 1 {
            "file has"
        } else {
            "files have"
        };
        remarks.say(format!(
            "{} {files} several pages, {} in all: each page is an image",
            with_separators(num_files),
            with_separators(num_pages)
        ));
    }
}

impl Wanted<'_> {
    /// Reads the wanted pages into their place, and says of each whether it could be read.
    fn read(&self, place: &mut [u8], remarks: &Remarks) -> Vec<Result<(), DataError>> {
        let mut places = place.chunks_exact_mut(IMAGE_PIXELS);
        let mut put = |image: Result<[u8; IMAGE_PIXELS], DataError>| {
            let place = places.next();
            image.map(|image| {
                if let Some(place) = place {
                    place.copy_from_slice(&image);
                }
            })
        };
        if self.num_pages == 1 {
            return vec![put(read_picture(self.file, remarks))];
        }
        let mut outcomes = Vec::with_capacity(self.pages.len());
        let mut wanted = self.pages.iter().copied().peekable();
        let pages = Pages::open(self.file, &DecodeLimits::default());
        for (number, page) in pages.ok().flatten().into_iter().flatten().enumerate() {
            if wanted.next_if_eq(&number).is_some() {
                outcomes.push(put(page.and_then(|page| match &page.content {
                    Content::Picture(bytes) => prepared(bytes, page.name.as_ref(), remarks),
                    Content::Pixels(pixels) => Ok(**pixels),
                })));
            }
        }
        // Behind a page that could not be read.
        for number in wanted {
            outcomes.push(put(Err(DataError::Picture {
                path: format!("{}#{number}", self.file.display()).into(),
                reason: "a page before it is damaged".into(),
            })));
        }
        outcomes
    }
}

fn read_picture(path: &Path, remarks: &Remarks) -> Result<[u8; IMAGE_PIXELS], DataError> {
    let bytes = read_file(path, &DecodeLimits::default());
    let bytes = bytes.map_err(|error| DataError::Picture {
        path: path.into(),
        reason: error.to_string(),
    })?;
    prepared(&bytes, path, remarks)
}
