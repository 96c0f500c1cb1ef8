//! One image to be, and how it becomes one.

use crate::cli::Digits;
use crate::picture_folder::PictureFolder;
use crate::stages::{Stage, Stages};
use crate::truths::{Truth, Truths};
use base::IMAGE_PIXELS;
use base::{Gate, guarded};
use data::decode::{decode_when, read_file};
use data::picture::{Cluster, PictureError, PictureOptions, Trace, find_digits, to_mnist, trace};
use data::{Content, DataError, DecodeLimits, Record};
use image::DynamicImage;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::sync::Arc;

/// An image in MNIST's form.
type Pixels = Box<[u8; IMAGE_PIXELS]>;

/// One image to be, or what is wrong with it.
pub(crate) enum Input {
    /// The file of a picture, not read yet.
    File(PathBuf),
    /// An image out of a file of many.
    Record(Record),
    /// What cannot be used.
    Unusable(Failed),
}

/// What the network is to see of an input.
#[derive(Debug)]
pub(crate) struct Image {
    /// Its place among all inputs, from 0.
    pub(crate) number: u64,
    /// The path of its file, with `#INDEX` or `#MEMBER` where the file holds many.
    pub(crate) path: String,
    /// What is on it.
    pub(crate) seen: Seen,
    /// What it really shows, where that was asked for.
    pub(crate) truth: Option<Truth>,
    /// The file of a picture, as it is, where that was asked for.
    pub(crate) file: Option<Vec<u8>>,
}

/// What a picture shows.
#[derive(Debug)]
pub(crate) enum Seen {
    /// No ink.
    Blank,
    /// One digit, in MNIST's form: 0 is paper.
    Digit(Pixels),
    /// Many digits, and whatever else may be one.
    Digits(Vec<Cluster>),
}

impl Image {
    /// Everything on it that goes through the network.
    pub(crate) fn for_network(&self) -> impl Iterator<Item = &[u8; IMAGE_PIXELS]> {
        let digit = match &self.seen {
            Seen::Digit(pixels) => Some(&**pixels),
            Seen::Blank | Seen::Digits(_) => None,
        };
        let parts = self.clusters().iter().flat_map(Cluster::parts);
        digit.into_iter().chain(parts.map(|part| &*part.pixels))
    }

    /// All that may be one of many digits.
    pub(crate) fn clusters(&self) -> &[Cluster] {
        match &self.seen {
            Seen::Digits(clusters) => clusters,
            Seen::Blank | Seen::Digit(_) => &[],
        }
    }
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(crate) struct Failed {
    /// What the user calls it.
    pub(crate) path: String,
    /// Why, with the path.
    message: String,
    /// Whether the job cannot go on, whatever is wanted of inputs that cannot be used.
    pub(crate) is_final: bool,
}

impl Failed {
    /// For a reason that does not name it.
    pub(crate) fn new(path: impl Into<String>, reason: impl Display) -> Self {
        let path = path.into();
        let message = format!("{path}: {reason}");
        Self {
            path,
            message,
            is_final: false,
        }
    }

    /// For a reason that lies in the job and not in the input.
    fn of_job(path: String, message: String) -> Self {
        Self {
            path,
            message,
            is_final: true,
        }
    }

    /// Of a data error, which says itself where it is: in this file, or in the part of it that the error names.
    pub(crate) fn in_file(file: &str, error: &DataError) -> Self {
        let path = match error {
            DataError::Picture { path, .. } => path.display().to_string(),
            _ => file.to_owned(),
        };
        Self {
            path,
            message: error.to_string(),
            is_final: false,
        }
    }
}

impl Display for Failed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Input {
    /// Bytes that it holds in memory.
    pub(crate) fn num_bytes(&self) -> u64 {
        match self {
            Self::Record(Record {
                content: Content::Picture(bytes),
                ..
            }) => bytes.len() as u64,
            Self::Record(_) => IMAGE_PIXELS as u64,
            Self::File(_) | Self::Unusable(_) => 0,
        }
    }
}

/// Turns inputs into images, on any number of threads at a time.
#[derive(Clone)]
pub(crate) struct Decoder {
    limits: DecodeLimits,
    /// All threads together take no more memory than one picture may.
    memory: Arc<Gate>,
    truths: Option<Arc<Truths>>,
    prepared: Option<Arc<PictureFolder>>,
    digits: Digits,
    preparation: PictureOptions,
    keeps_files: bool,
}

impl Decoder {
    /// For pictures of one digit. With `truths`, an image without a label cannot be used, nor one of one
    /// digit without ink.
    pub(crate) fn new(limits: DecodeLimits, truths: Option<Truths>) -> Self {
        Self {
            limits,
            memory: Gate::new(limits.max_memory_bytes),
            truths: truths.map(Arc::new),
            prepared: None,
            digits: Digits::One,
            preparation: PictureOptions::default(),
            keeps_files: false,
        }
    }

    /// For pictures of so many digits.
    pub(crate) fn looking_for(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// With pictures prepared in this way.
    pub(crate) fn preparing(self, preparation: PictureOptions) -> Self {
        Self {
            preparation,
            ..self
        }
    }

    /// Hands the files of pictures on with what is on them.
    pub(crate) fn keeping_files(self, keeps_files: bool) -> Self {
        Self {
            keeps_files,
            ..self
        }
    }

    /// Writes every image to a folder too, where there is one.
    pub(crate) fn saving_to(self, folder: Option<PictureFolder>) -> Self {
        Self {
            prepared: folder.map(Arc::new),
            ..self
        }
    }

    /// What one picture may cost.
    pub(crate) fn limits(&self) -> DecodeLimits {
        self.limits
    }

    /// How many digits pictures have.
    pub(crate) fn digits(&self) -> Digits {
        self.digits
    }

    /// Whether labels are wanted.
    pub(crate) fn wants_labels(&self) -> bool {
        self.truths.is_some()
    }

    /// Reads, decodes and converts one; `number` is its place among all inputs, from 0.
    ///
    /// # Errors
    ///
    /// Says what cannot be used, and why.
    pub(crate) fn decode(
        &self,
        number: u64,
        input: Input,
        stages: &Stages,
    ) -> Result<Image, Failed> {
        let Record {
            name: path,
            content,
            label,
        } = stages.time(Stage::Reading, || self.read(input))?;
        let truth = self.truths.as_ref().map(|truths| truths.of(&path, label));
        let truth = match truth.transpose() {
            Ok(truth) => truth,
            Err(reason) => return Err(Failed::new(path, reason)),
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
            Err(reason) => return Err(Failed::new(path, reason)),
        };
        if let (Some(folder), Seen::Digit(pixels)) = (&self.prepared, &seen) {
            let written = stages.time(Stage::Writing, || folder.write(number, &path, pixels));
            if let Err(message) = written {
                return Err(Failed::of_job(path, message));
            }
        }
        Ok(Image {
            number,
            path,
            seen,
            truth,
            file,
        })
    }

    /// Reads and decodes one, and keeps every step of its preparation; returns it with its path.
    ///
    /// # Errors
    ///
    /// Says what cannot be used, and why.
    pub(crate) fn trace(&self, input: Input) -> Result<(String, Trace), Failed> {
        let record = self.read(input)?;
        let traced = match record.content {
            Content::Pixels(pixels) => Ok(Trace {
                steps: Vec::new(),
                result: has_ink(&pixels)
                    .then_some(*pixels)
                    .ok_or(PictureError::NoInk),
            }),
            Content::Picture(bytes) => {
                let trace = |picture: &DynamicImage| trace(picture, self.preparation);
                self.with_picture(&bytes, &Stages::default(), trace)
            }
        };
        match traced {
            Ok(traced) => Ok((record.name, traced)),
            Err(reason) => Err(Failed::new(record.name, reason)),
        }
    }

    /// The bytes or pixels of one.
    fn read(&self, input: Input) -> Result<Record, Failed> {
        match input {
            Input::Unusable(failed) => Err(failed),
            Input::Record(record) => Ok(record),
            Input::File(path) => match read_file(&path, &self.limits) {
                Ok(bytes) => Ok(Record {
                    name: path.display().to_string(),
                    content: Content::Picture(bytes),
                    label: None,
                }),
                Err(error) => Err(Failed::new(path.display().to_string(), error)),
            },
        }
    }

    /// Whether a picture without ink is an answer, and no error.
    fn may_be_blank(&self) -> bool {
        !self.wants_labels() || self.digits == Digits::Many
    }

    /// What is on an image in MNIST's form.
    fn of_pixels(&self, pixels: Pixels) -> Seen {
        if self.may_be_blank() && !has_ink(&pixels) {
            Seen::Blank
        } else if self.digits == Digits::Many {
            Seen::Digits(vec![Cluster::of_digit(*pixels)])
        } else {
            Seen::Digit(pixels)
        }
    }

    /// What is on a picture.
    fn seen(&self, bytes: &[u8], stages: &Stages) -> Result<Seen, String> {
        let seen = self.with_picture(bytes, stages, |picture| match self.digits {
            Digits::One => {
                let pixels = to_mnist(picture, self.preparation);
                pixels.map(|pixels| Seen::Digit(Box::new(pixels)))
            }
            Digits::Many => find_digits(picture, self.preparation).map(Seen::Digits),
        })?;
        match seen {
            Err(PictureError::NoInk) if self.may_be_blank() => Ok(Seen::Blank),
            seen => seen.map_err(|error| error.to_string()),
        }
    }

    /// Decodes a picture and does something with it, within the limits.
    fn with_picture<T>(
        &self,
        bytes: &[u8],
        stages: &Stages,
        action: impl FnOnce(&DynamicImage) -> T,
    ) -> Result<T, String> {
        let permit = |num_bytes| self.memory.enter(num_bytes);
        let decoded = stages.time(Stage::Decoding, || decode_when(bytes, &self.limits, permit));
        let (picture, _permit) = decoded.map_err(|error| error.to_string())?;
        let outcome = stages.time(Stage::Preparing, || guarded(|| action(&picture)));
        outcome.map_err(|panic| format!("cannot prepare the picture: {panic}"))
    }
}

/// Whether an image in MNIST's form is not all of one colour, which is what is asked of pictures too.
fn has_ink(pixels: &[u8; IMAGE_PIXELS]) -> bool {
    pixels.iter().any(|&pixel| pixel != pixels[0])
}
