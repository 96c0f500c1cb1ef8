//! Networks that answer: `Engine`, which the package's `Classifier` has once it is first asked.

use crate::answers::{NO_LABEL, answer, bytes_of};
use crate::arrow::for_each_array;
use crate::errors::{DeviceError, InputError, of_infer};
use crate::pictures::{Pictures, Read, Source};
use crate::pixels::{in_parts, read, write};
use crate::workers::on_workers;
use base::IMAGE_PIXELS;
use infer::output::{Answer as _, Note, Numbers};
use infer::predict::{Digit, Models, Predictor, read_digits};
use infer::{Digits, Error, Length};
use model::{DeviceClass, Tally, Views, most_probable};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::process;

/// Batches that are taken out of an array at a time.
const BATCHES_A_PART: usize = 8;

/// Saved networks on an open device.
#[pyclass(frozen, module = "digits._digits")]
pub(crate) struct Engine {
    predictor: Predictor,
    /// What users should know of the models.
    warnings: Vec<String>,
    /// The process whose device it is.
    process: u32,
}

/// Name, label, probabilities and note of a picture of one digit.
type OneDigit = (String, i64, Vec<f64>, Option<&'static str>);
/// The note of a picture that cannot be used.
const UNUSABLE: &str = "cannot be used";

/// Line, label, probability, and left, top, width and height of a digit among others.
type FoundDigit = (usize, usize, f64, (u32, u32, u32, u32));
/// Name, digits, the text of each line, whether not all of it was cut apart, and the note, of a picture of many.
type ManyDigits = (
    String,
    Vec<FoundDigit>,
    Vec<String>,
    bool,
    Option<&'static str>,
);

#[pymethods]
impl Engine {
    /// Loads the models of these run folders.
    #[new]
    fn new(
        py: Python<'_>,
        folders: Vec<PathBuf>,
        device: &str,
        batch_size: usize,
        views: Option<u8>,
    ) -> PyResult<Self> {
        let views = views.map(Views::try_from).transpose();
        let views = views.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let choice = device.parse();
        let choice = choice.map_err(|error| of_infer(&Error::Device(error)))?;
        let (predictor, warnings) = py.detach(|| {
            on_workers(|| {
                let models = Models::check(folders)?;
                let warnings = models.warnings();
                Ok((models.open(choice, batch_size, views)?, warnings))
            })?
            .map_err(|error| of_infer(&error))
        })?;
        Ok(Self {
            predictor,
            warnings,
            process: process::id(),
        })
    }

    #[getter]
    fn class_names(&self) -> Vec<String> {
        self.predictor.manifest().class_names.clone()
    }

    #[getter]
    fn device_name(&self) -> &str {
        self.predictor.device_name()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// The models' manifests, each as JSON.
    fn manifests(&self) -> PyResult<Vec<String>> {
        let all = self.predictor.manifests().map(serde_json::to_string);
        let all: Result<_, _> = all.collect();
        all.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Answers images in MNIST's form, `[num_images, 28, 28]` bytes, into `labels` (`[num_images]`) and
    /// `probabilities` (`[num_images, num_classes]`, of 32 or 64 bits). Images of one colour get no label and no
    /// probabilities, unless `answers_blank`.
    fn classify(
        &self,
        py: Python<'_>,
        images: &Bound<'_, PyAny>,
        labels: &Bound<'_, PyAny>,
        probabilities: &Bound<'_, PyAny>,
        answers_blank: bool,
    ) -> PyResult<()> {
        in_parts(images, self.part(), |places, part| {
            let found = self.compute(py, |predictor| answer(predictor, part, answers_blank))?;
            write(labels, places.clone(), &found.0)?;
            if PyBuffer::<f64>::get(probabilities).is_ok() {
                return write(probabilities, places, &found.1);
            }
            let short: Vec<f32> = found.1.iter().map(|found| *found as f32).collect();
            write(probabilities, places, &short)
        })
    }

    /// Answers the images of whatever hands out Arrow arrays, read where they lie: the bytes of labels (`[num_images]`
    /// whole numbers of eight bytes) and of probabilities (`[num_images, num_classes]` numbers of four). Images of one
    /// colour get no label and no probabilities.
    fn classify_arrow<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyByteArray>)> {
        let (mut labels, mut probabilities) = (Vec::new(), Vec::new());
        for_each_array(images, |pixels| {
            for part in pixels.chunks(self.part() * IMAGE_PIXELS) {
                py.check_signals()?;
                let found = self.compute(py, |predictor| answer(predictor, part, false))?;
                labels.extend(found.0);
                probabilities.extend(found.1.iter().map(|found| *found as f32));
            }
            Ok(())
        })?;
        Ok((
            bytes_of(py, &labels, i64::to_ne_bytes)?,
            bytes_of(py, &probabilities, f32::to_ne_bytes)?,
        ))
    }

    /// The figures of images in MNIST's form and their labels, a byte each, as JSON.
    fn evaluate(
        &self,
        py: Python<'_>,
        images: &Bound<'_, PyAny>,
        labels: &Bound<'_, PyAny>,
    ) -> PyResult<String> {
        let labels: Vec<u8> = read(labels)?;
        let names = &self.predictor.manifest().class_names;
        let unknown = labels
            .iter()
            .find(|label| usize::from(**label) >= names.len());
        if let Some(label) = unknown {
            let last = names.len() - 1;
            let message = format!("expected labels of 0 to {last}, found {label}");
            return Err(InputError::new_err(message));
        }
        let mut tally = Tally::new(names.len(), self.predictor.temperature());
        in_parts(images, self.part(), |places, part| {
            let logits = self.compute(py, |predictor| predictor.logits(part))?;
            let too_few = || InputError::new_err("expected a label for each image, found fewer");
            tally.add(&logits, labels.get(places).ok_or_else(too_few)?);
            Ok(())
        })?;
        let figures = serde_json::to_string(&tally.evaluate(names));
        figures.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Answers pictures of one digit. What cannot be used is an error, or with `skips` has a note.
    fn classify_pictures(
        &self,
        py: Python<'_>,
        sources: Vec<Source>,
        skips: bool,
    ) -> PyResult<Vec<OneDigit>> {
        let temperature = self.predictor.temperature().unwrap_or_default();
        let read = self.read(py, sources, Digits::One, skips, |image, logits| {
            let probabilities = temperature.probabilities(logits);
            let several = image.shows_several().then_some(Note::SeveralDigits.name());
            (most_probable(&probabilities).0, probabilities, several)
        })?;
        let row = |read: Read<(usize, Vec<f64>, Option<&'static str>)>| match read {
            Read::Answer(name, (label, probabilities, note)) => {
                (name, label.cast_signed() as i64, probabilities, note)
            }
            Read::Blank(name) => (name, NO_LABEL, Vec::new(), Some(Note::NoInk.name())),
            Read::Unusable(message) => (message, NO_LABEL, Vec::new(), Some(UNUSABLE)),
        };
        Ok(read.into_iter().map(row).collect())
    }

    /// Reads pictures of many digits.
    fn read_strings(
        &self,
        py: Python<'_>,
        sources: Vec<Source>,
        skips: bool,
        length: Option<NonZeroU8>,
    ) -> PyResult<Vec<ManyDigits>> {
        let length = length.map_or_else(Length::default, Length::exactly);
        let digits = Digits::Many(length);
        let checked = self.predictor.check_reads(digits);
        checked.map_err(|error| of_infer(&error))?;
        let temperature = self.predictor.temperature().unwrap_or_default();
        let read = self.read(py, sources, digits, skips, |image, logits| {
            let reading = read_digits(image.clusters(), logits, temperature, length);
            let lines = reading.lines(Digit::letter);
            let is_crowded = image.is_crowded();
            let numbers = Numbers::new(&image.path, reading.clone(), 0.0).crowded(is_crowded);
            let note = numbers.note().map(Note::name);
            let digits = reading.digits.into_iter().map(|digit| {
                let place = digit.bounds;
                let place = (place.left, place.top, place.width, place.height);
                (digit.line, digit.label, digit.probability, place)
            });
            (digits.collect(), lines, is_crowded, note)
        })?;
        let empty = |name, note| (name, Vec::new(), Vec::new(), false, Some(note));
        let row = |read: Read<(Vec<FoundDigit>, _, _, _)>| match read {
            Read::Answer(name, (digits, lines, is_crowded, note)) => {
                (name, digits, lines, is_crowded, note)
            }
            Read::Blank(name) => empty(name, Note::NoInk.name()),
            Read::Unusable(message) => empty(message, UNUSABLE),
        };
        Ok(read.into_iter().map(row).collect())
    }

    /// What the network sees of pictures of one digit, `IMAGE_PIXELS` bytes each; none of those without ink.
    fn prepare<'py>(
        &self,
        py: Python<'py>,
        sources: Vec<Source>,
    ) -> PyResult<Vec<(String, Option<Bound<'py, PyBytes>>)>> {
        let read = self.read(py, sources, Digits::One, false, |image, _| {
            image.digit().map(|pixels| pixels.to_vec())
        })?;
        let row = |read: Read<Option<Vec<u8>>>| match read {
            Read::Answer(name, pixels) => (name, pixels.map(|pixels| PyBytes::new(py, &pixels))),
            Read::Blank(name) | Read::Unusable(name) => (name, None),
        };
        Ok(read.into_iter().map(row).collect())
    }
}

impl Engine {
    /// Images taken out of an array at a time.
    fn part(&self) -> usize {
        self.predictor.batch_size() * BATCHES_A_PART
    }

    /// Does something with the networks, on the threads that compute, without the interpreter's lock.
    fn compute<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Predictor) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.check_process()?;
        let predictor = &self.predictor;
        py.detach(|| on_workers(|| work(predictor))?.map_err(|error| of_infer(&error)))
    }

    fn read<T: Send>(
        &self,
        py: Python<'_>,
        sources: Vec<Source>,
        digits: Digits,
        skips: bool,
        answer: impl Fn(&infer::prepare::Image, &[f32]) -> T + Send,
    ) -> PyResult<Vec<Read<T>>> {
        self.check_process()?;
        let pictures = Pictures {
            predictor: &self.predictor,
            digits,
            skips,
        };
        py.detach(|| pictures.read(sources, answer))
    }

    /// A device that is no CPU belongs to the process that opened it.
    fn check_process(&self) -> PyResult<()> {
        if self.predictor.device_class() == DeviceClass::Cpu || self.process == process::id() {
            return Ok(());
        }
        Err(DeviceError::new_err(
            "the GPU was opened before this process was forked, and is not its own; start processes by \"spawn\", or \
             fork before the first prediction, or take device=\"cpu\"",
        ))
    }
}
