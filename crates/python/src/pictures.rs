//! Pictures of any form: files, files of many, and bytes, in their order.

use crate::errors::{InputError, of_infer};
use crate::workers::{check_signals, on_workers};
use data::{Content, DecodeLimits, Part, Record, Remarks};
use infer::Digits;
use infer::input::{Input, Inputs, Reading, Unusable};
use infer::predict::{Predictor, with_logits};
use infer::prepare::{Decoder, Image};
use infer::stages::Stages;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Pictures that are decoded at a time, for each thread.
const PICTURES_A_THREAD: usize = 64;
/// Of many digits fewer: each holds whatever may be a digit on it.
const STRINGS_A_THREAD: usize = 8;

/// A path, or a name and the bytes of a picture.
pub(crate) type Source = (PathBuf, Option<PyBackedBytes>);

/// What came of a picture.
pub(crate) enum Read<T> {
    /// Its name, and the answer.
    Answer(String, T),
    /// The name of one that shows no ink.
    Blank(String),
    /// Why it cannot be used, with its name.
    Unusable(String),
}

/// How pictures are read.
pub(crate) struct Pictures<'a> {
    pub(crate) predictor: &'a Predictor,
    pub(crate) digits: Digits,
    /// Whether one that cannot be used is passed over.
    pub(crate) skips: bool,
}

impl Pictures<'_> {
    /// Reads all of them. Called without the interpreter's lock; Ctrl-C ends it between two lots.
    pub(crate) fn read<T: Send>(
        &self,
        sources: Vec<Source>,
        answer: impl Fn(&Image, &[f32]) -> T + Send,
    ) -> PyResult<Vec<Read<T>>> {
        let limits = DecodeLimits::default();
        let decoder = Decoder::new(limits, None).looking_for(self.digits);
        let reading = Reading {
            limits,
            with_labels: false,
            remarks: Remarks::default(),
        };
        let num_threads = thread::available_parallelism().map_or(1, usize::from);
        let lot = num_threads
            * match self.digits {
                Digits::One => PICTURES_A_THREAD,
                Digits::Many(_) => STRINGS_A_THREAD,
            };
        let mut inputs = sources
            .into_iter()
            .flat_map(|source| inputs(source, &reading))
            .zip(0..);
        let mut all = Vec::new();
        loop {
            let taken: Vec<(Input, u64)> = inputs.by_ref().take(lot).collect();
            if taken.is_empty() {
                return Ok(all);
            }
            check_signals()?;
            let outcomes = decode(taken, &decoder, num_threads);
            self.answer(outcomes, &answer, &mut all)?;
        }
    }

    fn answer<T: Send>(
        &self,
        outcomes: Vec<Result<Image, Unusable>>,
        answer: &(impl Fn(&Image, &[f32]) -> T + Send),
        all: &mut Vec<Read<T>>,
    ) -> PyResult<()> {
        // Those that cannot be used, by their places among all of these.
        let (mut images, mut unusable) = (Vec::new(), Vec::new());
        for (place, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(image) => images.push(image),
                Err(error) if self.skips => unusable.push((place, error.to_string())),
                Err(error) => return Err(InputError::new_err(error.to_string())),
            }
        }
        let predictor = self.predictor;
        let computed = on_workers(|| {
            predictor.settle(&mut images)?;
            let logits = predictor.logits_of_images(&images)?;
            Ok((images, logits))
        })?;
        let (images, logits) = computed.map_err(|error| of_infer(&error))?;
        let mut unusable = unusable.into_iter().peekable();
        let mut place = 0;
        let mut pass_over = |place: &mut usize, all: &mut Vec<Read<T>>| {
            while let Some((_, message)) = unusable.next_if(|(at, _)| at == place) {
                all.push(Read::Unusable(message));
                *place += 1;
            }
        };
        for (image, logits) in with_logits(&images, &logits) {
            pass_over(&mut place, all);
            let name = image.path.clone();
            all.push(if logits.is_empty() {
                Read::Blank(name)
            } else {
                Read::Answer(name, answer(image, logits))
            });
            place += 1;
        }
        pass_over(&mut place, all);
        Ok(())
    }
}

/// All that a path holds, or the one picture of these bytes.
fn inputs((path, bytes): Source, reading: &Reading) -> Box<dyn Iterator<Item = Input>> {
    let Some(bytes) = bytes else {
        return Box::new(Inputs::new(vec![path], reading));
    };
    Box::new(std::iter::once(Input::Record(Record {
        name: path.display().to_string(),
        content: Content::Picture(bytes.to_vec()),
        label: None,
        part: Part::Unknown,
    })))
}

/// Decodes inputs on several threads, in order. They are no threads that compute: one that waits for memory must not
/// take up another picture meanwhile.
fn decode(
    inputs: Vec<(Input, u64)>,
    decoder: &Decoder,
    num_threads: usize,
) -> Vec<Result<Image, Unusable>> {
    let stages = Stages::default();
    let num_inputs = inputs.len();
    let work = Mutex::new(inputs.into_iter().enumerate());
    let decode_some = || {
        let mut done = Vec::new();
        loop {
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, (input, number))) = next else {
                return done;
            };
            done.push((place, decoder.decode(number, input, &stages)));
        }
    };
    let mut all = thread::scope(|scope| {
        let others = 1..num_threads.min(num_inputs);
        let others: Vec<_> = others.map(|_| scope.spawn(decode_some)).collect();
        let mut all = decode_some();
        for other in others {
            all.extend(other.join().unwrap_or_default());
        }
        all
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, decoded)| decoded).collect()
}
