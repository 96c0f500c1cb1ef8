//! All pictures through the network, batch after batch: what `predict` and `evaluate` share.
//!
//! Owns the loop, its progress and its bounds; what is done with a batch is the commands'.

use crate::cli::InputArgs;
use crate::failures::Failures;
use crate::input::{Decoder, Failed, Image};
use crate::inputs::count;
use crate::pipeline::Pipeline;
use crate::predictor::Predictor;
use crate::stages::{Stage, Stages};
use base::IMAGE_PIXELS;
use base::NUM_CLASSES;
use base::with_separators;
use console::{Exit, Failure, Terminal};
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const BAR: &str = "{spinner} {human_pos} inputs, {per_sec}";
const BAR_TO_THE_END: &str = "{bar:30} {human_pos} of {human_len} inputs, {per_sec}, {eta} left";

/// One run over many pictures.
pub(crate) struct Job<'a> {
    predictor: &'a Predictor,
    terminal: &'a Terminal,
    bar: ProgressBar,
    failures: Failures,
    stages: Arc<Stages>,
    num_classified: usize,
}

impl<'a> Job<'a> {
    /// Nothing is read yet. `shows_bar` is false where a bar would be in the way.
    ///
    /// # Errors
    ///
    /// Where the table of errors cannot be written.
    pub(crate) fn new(
        predictor: &'a Predictor,
        paths: &[PathBuf],
        inputs: &InputArgs,
        shows_bar: bool,
        terminal: &'a Terminal,
    ) -> Result<Self, Failure> {
        let bar = if shows_bar && terminal.shows_bar() {
            let bar = terminal.bar(None, BAR);
            count::show_length(paths.to_vec(), bar.clone(), BAR_TO_THE_END);
            bar
        } else {
            ProgressBar::hidden()
        };
        Ok(Self {
            predictor,
            terminal,
            bar,
            failures: Failures::new(inputs.on_error, inputs.errors.clone(), terminal)?,
            stages: Arc::default(),
            num_classified: 0,
        })
    }

    /// Hands every batch and the logits of those of its images that show ink to `use_batch`, in the
    /// order of the inputs, until that returns false; and returns the time that it took.
    ///
    /// # Errors
    ///
    /// Where the device or `use_batch` fails, or an input does and one is one too many.
    pub(crate) fn run(
        &mut self,
        paths: Vec<PathBuf>,
        decoder: &Decoder,
        mut use_batch: impl FnMut(&[Image], &[f32]) -> Result<bool, Failure>,
    ) -> Result<Duration, Failure> {
        let start = Instant::now();
        let batch_size = self.predictor.batch_size();
        let mut pictures = Pipeline::start(paths, decoder, batch_size, &self.stages)?;
        let mut batch = Vec::with_capacity(batch_size);
        let mut num_seen = 0;
        loop {
            let picture = pictures.next()?;
            let is_end = picture.is_none();
            match picture {
                Some(Ok(image)) => {
                    num_seen += image.for_network().count().max(1);
                    batch.push(image);
                }
                Some(Err(failed)) => self.add_failed(&failed)?,
                None => {}
            }
            if num_seen >= batch_size || (is_end && !batch.is_empty()) {
                if !self.classify(&batch, &mut use_batch)? {
                    break;
                }
                batch.clear();
                num_seen = 0;
            }
            if is_end {
                break;
            }
        }
        self.bar.finish_and_clear();
        self.failures.finish()?;
        Ok(start.elapsed())
    }

    fn add_failed(&mut self, failed: &Failed) -> Result<(), Failure> {
        self.bar.inc(1);
        let outcome = if failed.is_final {
            Err(Failure::new(failed))
        } else {
            self.failures.add(failed)
        };
        if outcome.is_err() {
            self.bar.finish_and_clear();
            self.failures.finish()?;
        }
        outcome
    }

    fn classify(
        &mut self,
        batch: &[Image],
        use_batch: &mut impl FnMut(&[Image], &[f32]) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let logits = self.stages.time(Stage::Network, || self.logits(batch))?;
        self.num_classified += batch.len();
        self.bar.inc(batch.len() as u64);
        self.stages
            .time(Stage::Writing, || use_batch(batch, &logits))
    }

    /// Of everything on the images, in order.
    fn logits(&self, batch: &[Image]) -> Result<Vec<f32>, Failure> {
        let mut pixels = Vec::with_capacity(batch.len() * IMAGE_PIXELS);
        for seen in batch.iter().flat_map(Image::for_network) {
            pixels.extend_from_slice(seen);
        }
        if pixels.is_empty() {
            return Ok(Vec::new());
        }
        self.predictor.logits(&pixels)
    }

    /// How many pictures were classified, those without ink among them.
    pub(crate) fn num_classified(&self) -> usize {
        self.num_classified
    }

    /// Images a second through the network alone, its inputs' upload included.
    pub(crate) fn network_images_per_second(&self) -> f64 {
        self.num_classified as f64 / self.stages.spent(Stage::Network).as_secs_f64()
    }

    /// Says how it went, and how many pictures got no label and why, where there is something to say.
    ///
    /// # Errors
    ///
    /// Where there were inputs, and none could be used.
    pub(crate) fn conclude(&self, elapsed: Duration, unlabelled: &str) -> Result<Exit, Failure> {
        if self.num_classified == 0 && self.failures.num() > 0 {
            let message = "nothing could be classified: none of the inputs could be used";
            return Err(Failure::new(message));
        }
        let seconds = elapsed.as_secs_f64();
        self.terminal.note(&format!(
            "{} classified in {seconds:.2} s on {}, {} a second{unlabelled}",
            with_separators(self.num_classified),
            self.predictor.device_name(),
            with_separators((self.num_classified as f64 / seconds.max(1e-9)) as usize)
        ));
        self.terminal
            .detail(&self.stages.to_text(self.num_classified));
        Ok(self.failures.conclude())
    }
}

/// Every image of a batch with the logits of all that is on it.
pub(crate) fn with_logits<'batch>(
    images: &'batch [Image],
    logits: &'batch [f32],
) -> impl Iterator<Item = (&'batch Image, &'batch [f32])> {
    let mut rest = logits;
    images.iter().map(move |image| {
        let (own, others) = rest.split_at(image.for_network().count() * NUM_CLASSES);
        rest = others;
        (image, own)
    })
}
