//! The page for those who look over a job's answers: every doubtful picture, small, with what was said of it.
//!
//! Owns which pictures it shows and how many; what the page looks like is the report crate's.

use super::answer::{Answer, Style};
use super::sink::Sink;
use crate::error::Error;
use crate::input::Unusable;
use crate::prepare::{Decoder, Image, png};
use crate::stages::Stages;
use base::with_separators;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GenericImageView as _};
use report::content::Mark;
use report::review::{self, Labels, Picture};
use std::path::PathBuf;

/// So many pictures are on a page; of more, people are told.
const MAX_PICTURES: usize = 200;
/// Longest side of a picture on the page, in pixels.
const MAX_LONGEST: u32 = 640;
/// Paper that is shown around what was found, in parts of it.
const MARGIN: usize = 6;
const QUALITY: u8 = 80;

/// The doubtful pictures of a job, as far as they fit on a page.
pub struct Review {
    min_confidence: f64,
    labels: Labels,
    doubts: Vec<review::Doubt>,
    num_left_out: usize,
}

impl Review {
    /// Of answers that are less sure than that, or have a note; labels are strings of digits, unless classes have
    /// these names.
    #[must_use]
    pub fn new(min_confidence: f64, names: Option<&[String]>) -> Self {
        Self {
            min_confidence,
            labels: names.map_or(Labels::Digits, |names| Labels::Class(names.to_vec())),
            doubts: Vec::new(),
            num_left_out: 0,
        }
    }

    /// Takes an answer, which may be sure enough.
    pub fn add(
        &mut self,
        image: &Image,
        answer: &impl Answer,
        style: &Style<'_>,
        decoder: &Decoder,
    ) {
        let Some(doubt) = answer.doubt(style, self.min_confidence) else {
            return;
        };
        if self.is_full() {
            return;
        }
        let picture = image.file.as_ref().and_then(|file| {
            let stages = Stages::default();
            let small = |picture: &DynamicImage| small(picture, &doubt.marks);
            decoder.with_picture(file, &stages, small).ok().flatten()
        });
        self.doubts.push(review::Doubt {
            name: image.path.clone(),
            why: doubt.why,
            said: doubt.said,
            guess: doubt.guess,
            picture,
            seen: image.digit().and_then(|pixels| png(pixels).ok()),
        });
    }

    /// Takes an input that could not be read.
    pub fn add_unusable(&mut self, unusable: &Unusable) {
        if self.is_full() {
            return;
        }
        self.doubts.push(review::Doubt {
            name: unusable.path().to_owned(),
            why: "could not be read".into(),
            said: unusable.to_string(),
            guess: String::new(),
            picture: None,
            seen: None,
        });
    }

    /// Whether there is no room for one more, which is then counted.
    fn is_full(&mut self) -> bool {
        let is_full = self.doubts.len() == MAX_PICTURES;
        self.num_left_out += usize::from(is_full);
        is_full
    }

    /// What of it is to be said: how many pictures are on the page, and how many are not.
    #[must_use]
    pub fn summary(&self) -> String {
        let num = with_separators(self.doubts.len());
        let left_out = self
            .left_out()
            .map_or(String::new(), |text| format!("; {text}"));
        format!("{num} to look over{left_out}")
    }

    fn left_out(&self) -> Option<String> {
        let num = with_separators(self.num_left_out);
        (self.num_left_out > 0).then(|| {
            format!(
                "{num} more are doubtful and not on the page, which has room for {MAX_PICTURES}"
            )
        })
    }

    /// The page.
    #[must_use]
    pub fn into_page(self) -> String {
        let percent = 100.0 * self.min_confidence;
        review::page(&review::Review {
            title: "Answers to look over".into(),
            headline: format!(
                "{}: less sure than {percent} %, without ink, of several digits, or not to be read",
                self.summary()
            ),
            notices: self.left_out().into_iter().collect(),
            labels: self.labels,
            doubts: self.doubts,
        })
    }

    /// Writes the page to where it goes, or beside that where the job ended early; then returns the path.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(self, mut sink: Sink, is_whole: bool) -> Result<Option<PathBuf>, Error> {
        sink.write(self.into_page())?;
        if is_whole {
            sink.finish().map(|_| None)
        } else {
            sink.keep_partial(&[])
        }
    }
}

/// What was found on a picture, and some paper around it; all of it where nothing was marked.
fn small(picture: &DynamicImage, marks: &[Mark]) -> Option<Picture> {
    let (width, height) = picture.dimensions();
    let (left, top, right, bottom) = edges(marks, (width, height));
    let part = picture.crop_imm(left, top, (right - left).max(1), (bottom - top).max(1));
    let longest = part.width().max(part.height());
    let part = if longest > MAX_LONGEST {
        part.thumbnail(MAX_LONGEST, MAX_LONGEST)
    } else {
        part
    };
    let scaled = |pixels: usize| pixels * longest.min(MAX_LONGEST) as usize / longest as usize;
    let marks = marks.iter().map(|mark| Mark {
        left: scaled(mark.left.saturating_sub(left as usize)),
        top: scaled(mark.top.saturating_sub(top as usize)),
        width: scaled(mark.width),
        height: scaled(mark.height),
        ..mark.clone()
    });
    let mut jpeg = Vec::new();
    let colours = part.to_rgb8();
    let encoded = colours.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY));
    encoded.ok()?;
    Some(Picture {
        jpeg,
        size: colours.dimensions(),
        marks: marks.collect(),
    })
}

/// Left, top, right and bottom of all marks with a margin.
fn edges(marks: &[Mark], (width, height): (u32, u32)) -> (u32, u32, u32, u32) {
    if marks.is_empty() {
        return (0, 0, width, height);
    }
    let least = |edge: fn(&Mark) -> usize| marks.iter().map(edge).min().unwrap_or(0);
    let most = |edge: fn(&Mark) -> usize| marks.iter().map(edge).max().unwrap_or(0);
    let (left, top) = (least(|mark| mark.left), least(|mark| mark.top));
    let right = most(|mark| mark.left + mark.width);
    let bottom = most(|mark| mark.top + mark.height);
    let margin = ((right - left).max(bottom - top) / MARGIN).max(8);
    (
        left.saturating_sub(margin) as u32,
        top.saturating_sub(margin) as u32,
        ((right + margin) as u32).min(width),
        ((bottom + margin) as u32).min(height),
    )
}
