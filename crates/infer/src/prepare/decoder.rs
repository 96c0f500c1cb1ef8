//! How an input becomes an image.
//!
//! Owns the order of reading, decoding and preparing, and its bounds. The formats and the preparation
//! itself are the data crate's.

use super::picture_folder::PictureFolder;
use super::seen::{Image, Pixels, Seen};
use crate::digits::Digits;
use crate::input::{Input, Unusable};
use crate::stages::{Stage, Stages};
use crate::truths::Truths;
use base::IMAGE_PIXELS;
use base::{Gate, guarded};
use data::decode::{decode_when, read_file};
use data::picture::{
    Choice, Cluster, PictureError, PictureOptions, Trace, find_digits, prepare_digit, trace,
};
use data::{Content, DecodeLimits, Foreign, Part, Record, Remarks, num_pages, transpose};
use image::DynamicImage;
use std::sync::Arc;

/// Turns inputs into images, on any number of threads at a time.
#[derive(Clone)]
pub struct Decoder {
    limits: DecodeLimits,
    /// All threads together take no more memory than one picture may.
    memory: Arc<Gate>,
    truths: Option<Arc<Truths>>,
    prepared: Option<Arc<PictureFolder>>,
    digits: Digits,
    preparation: PictureOptions,
    keeps_files: bool,
    /// Whether 28×28 images of files of many have x and y exchanged.
    is_transposed: bool,
    remarks: Remarks,
}

impl Decoder {
    /// For pictures of one digit. With `truths`, an image without a label cannot be used, nor one of one
    /// digit without ink.
    #[must_use]
    pub fn new(limits: DecodeLimits, truths: Option<Truths>) -> Self {
        Self {
            limits,
            memory: Gate::new(limits.max_memory_bytes),
            truths: truths.map(Arc::new),
            prepared: None,
            digits: Digits::One,
            preparation: PictureOptions::default(),
            keeps_files: false,
            is_transposed: false,
            remarks: Remarks::default(),
        }
    }

    /// For pictures of so many digits.
    #[must_use]
    pub fn looking_for(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// With pictures prepared in this way.
    #[must_use]
    pub fn preparing(self, preparation: PictureOptions) -> Self {
        Self {
            preparation,
            ..self
        }
    }

    /// Hands the files of pictures on with what is on them. Whoever asks for that hands over inputs that are loaded
    /// ([`Decoder::load`]), so that the files are counted from before they are decoded until they are let go.
    #[must_use]
    pub fn keeping_files(self, keeps_files: bool) -> Self {
        Self {
            keeps_files,
            ..self
        }
    }

    /// With x and y of 28×28 images of files of many exchanged.
    #[must_use]
    pub fn transposing(self, is_transposed: bool) -> Self {
        Self {
            is_transposed,
            ..self
        }
    }

    /// Where readers say what they pass over.
    #[must_use]
    pub fn remarks(&self) -> &Remarks {
        &self.remarks
    }

    /// Writes every image to a folder too, where there is one.
    #[must_use]
    pub fn saving_to(self, folder: Option<PictureFolder>) -> Self {
        Self {
            prepared: folder.map(Arc::new),
            ..self
        }
    }

    /// Whether files are handed on.
    #[must_use]
    pub fn keeps_files(&self) -> bool {
        self.keeps_files
    }

    /// An input with its file in memory.
    #[must_use]
    pub fn load(&self, input: Input) -> Input {
        self.read(input).map_or_else(Input::Unusable, Input::Record)
    }

    /// What one picture may cost.
    #[must_use]
    pub fn limits(&self) -> DecodeLimits {
        self.limits
    }

    /// How many digits pictures have.
    #[must_use]
    pub fn digits(&self) -> Digits {
        self.digits
    }

    /// Whether labels are wanted.
    #[must_use]
    pub fn wants_labels(&self) -> bool {
        self.truths.is_some()
    }

    /// Reads, decodes and converts one; `number` is its place among all inputs, from 0.
    ///
    /// # Errors
    ///
    /// Says what cannot be used, and why.
    pub fn decode(&self, number: u64, input: Input, stages: &Stages) -> Result<Image, Unusable> {
        let Record {
            name: path,
            content,
            label,
            ..
        } = stages.time(Stage::Reading, || self.read(input))?;
        let truth = self.truths.as_ref().map(|truths| truths.of(&path, label));
        let truth = match truth.transpose() {
            Ok(truth) => truth,
            Err(reason) => return Err(Unusable::new(path, reason)),
        };
        let (seen, file) = match content {
            Content::Pixels(pixels) => (Ok(self.of_pixels(pixels)), None),
            Content::Picture(bytes) => {
                let seen = self.seen(&bytes, stages);
                (seen, self.keeps_files.then_some(bytes))
            }
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(reason) => return Err(Unusable::new(path, reason)),
        };
        let image = Image {
            number,
            path,
            seen,
            truth,
            file,
        };
        self.save(&image, stages)?;
        Ok(image)
    }

    /// Writes what the network sees of an image to the folder for that, where there is one and that is settled.
    ///
    /// # Errors
    ///
    /// Says what cannot be written, and why.
    pub fn save(&self, image: &Image, stages: &Stages) -> Result<(), Unusable> {
        let (Some(folder), Some(pixels)) = (&self.prepared, image.digit()) else {
            return Ok(());
        };
        let write = || folder.write(image.number, &image.path, pixels);
        let written = stages.time(Stage::Writing, write);
        written.map_err(|message| Unusable::of_job(image.path.clone(), message))
    }

    /// Reads and decodes one, and keeps every step of its preparation in every way in which it may be seen; returns
    /// them with its path.
    ///
    /// # Errors
    ///
    /// Says what cannot be used, and why.
    pub fn trace(&self, input: Input) -> Result<(String, Vec<Trace>), Unusable> {
        let record = self.read(input)?;
        let traced = match record.content {
            Content::Pixels(pixels) => {
                let has_ink = has_ink(&pixels);
                let choice = Choice { pixels, price: 0.0 };
                Ok(vec![Trace {
                    steps: Vec::new(),
                    result: has_ink.then_some(choice).ok_or(PictureError::NoInk),
                }])
            }
            Content::Picture(bytes) => {
                let trace = |picture: &DynamicImage| trace(picture, self.preparation);
                self.with_picture(&bytes, &Stages::default(), trace)
            }
        };
        match traced {
            Ok(traced) => Ok((record.name, traced)),
            Err(reason) => Err(Unusable::new(record.name, reason)),
        }
    }

    /// The bytes or pixels of one.
    fn read(&self, input: Input) -> Result<Record, Unusable> {
        match input {
            Input::Unusable(unusable) => Err(unusable),
            Input::Record(mut record) => {
                if let (Content::Pixels(pixels), true) = (&mut record.content, self.is_transposed) {
                    transpose(pixels);
                }
                Ok(record)
            }
            Input::File(path) => {
                let name = path.display().to_string();
                let bytes = match read_file(&path, &self.limits) {
                    Ok(bytes) => bytes,
                    Err(error) => return Err(Unusable::new(name, error)),
                };
                // Its name said that there is one.
                let num_pages = num_pages(&bytes);
                if num_pages > 1 {
                    let reason =
                        "pages, which are read of files named .tif, .pdf, .gif or .webp only";
                    return Err(Unusable::new(name, format!("it has {num_pages} {reason}")));
                }
                Ok(Record {
                    name,
                    content: Content::Picture(bytes),
                    label: None,
                    part: Part::Unknown,
                })
            }
        }
    }

    /// Whether a picture without ink is an answer, and no error.
    fn may_be_blank(&self) -> bool {
        !self.wants_labels() || self.digits.are_many()
    }

    /// What is on an image in MNIST's form.
    fn of_pixels(&self, pixels: Pixels) -> Seen {
        if self.may_be_blank() && !has_ink(&pixels) {
            Seen::Blank
        } else if self.digits.are_many() {
            Seen::Digits(vec![Cluster::of_digit(*pixels)])
        } else {
            Seen::Digit(pixels)
        }
    }

    /// What is on a picture.
    fn seen(&self, bytes: &[u8], stages: &Stages) -> Result<Seen, String> {
        let seen = self.with_picture(bytes, stages, |picture| match self.digits {
            Digits::One => {
                let prepared = prepare_digit(picture, self.preparation)?;
                let (mut choices, several) = (prepared.choices, prepared.shows_several);
                Ok(match choices.pop() {
                    Some(choice) if choices.is_empty() => Seen::of_digit(choice.pixels, several),
                    last => {
                        choices.extend(last);
                        Seen::Unsettled(choices, several)
                    }
                })
            }
            Digits::Many(length) => {
                let preparation = PictureOptions {
                    keeps_slashes: length.is_known(),
                    ..self.preparation
                };
                find_digits(picture, preparation).map(Seen::Digits)
            }
        })?;
        match seen {
            Err(PictureError::NoInk) if self.may_be_blank() => Ok(Seen::Blank),
            seen => seen.map_err(|error| error.to_string()),
        }
    }

    /// Decodes a picture and does something with it, within the limits: what all threads decode together takes no more
    /// memory than one picture may.
    ///
    /// # Errors
    ///
    /// Says why it cannot be decoded, or that what was done with it failed.
    pub fn with_picture<T>(
        &self,
        bytes: &[u8],
        stages: &Stages,
        action: impl FnOnce(&DynamicImage) -> T,
    ) -> Result<T, String> {
        let permit = |num_bytes| self.memory.enter(num_bytes);
        let decoded = stages.time(Stage::Decoding, || decode_when(bytes, &self.limits, permit));
        let decoded = decoded.map_err(|error| Foreign::explain(bytes, error))?;
        if let Some(remark) = decoded.remark {
            self.remarks.say(remark.into());
        }
        let outcome = stages.time(Stage::Preparing, || guarded(|| action(&decoded.picture)));
        outcome.map_err(|panic| format!("cannot work on the picture: {panic}"))
    }
}

/// Whether an image in MNIST's form is not all of one colour, which is what is asked of pictures too.
fn has_ink(pixels: &[u8; IMAGE_PIXELS]) -> bool {
    pixels.iter().any(|&pixel| pixel != pixels[0])
}

#[cfg(test)]
mod tests;
