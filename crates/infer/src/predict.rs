//! `infer predict`: pictures in, a row each out, in the order of the inputs.
//!
//! Works batch after batch, so that memory does not grow with the number of pictures: a batch of
//! inputs is decoded on all cores, goes through the network at once, and is written.

use crate::cli::PredictArgs;
use crate::inputs::{Image, Input, Inputs};
use crate::outputs::{Output, Row};
use crate::predictor::Predictor;
use crate::sink::Sink;
use console::{Exit, Failure, Terminal};
use data::IMAGE_PIXELS;
use indicatif::ProgressBar;
use model::{NUM_CLASSES, with_separators};
use rayon::prelude::*;
use std::io::{IsTerminal as _, stdout};
use std::time::Instant;

const BAR: &str = "{spinner} {human_pos} inputs, {per_sec}";

/// Runs the command.
///
/// # Errors
///
/// Where the model, the device or the output fails, or no input at all can be classified.
pub(crate) fn run(arguments: PredictArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let predictor = Predictor::open(&arguments.model, terminal)?;
    // Rows on a terminal and a bar on the same one would write over each other.
    let shares_terminal = arguments.output.is_none() && stdout().is_terminal();
    let sink = Sink::open(arguments.output)?;
    let names = &predictor.manifest().class_names;
    let output = Output::new(sink, arguments.format, names);
    let bar = if shares_terminal {
        ProgressBar::hidden()
    } else {
        terminal.bar(None, BAR)
    };
    let mut job = Job {
        predictor: &predictor,
        terminal,
        bar,
        top_k: usize::from(arguments.top_k),
        num_classified: 0,
        num_failed: 0,
    };
    job.run(Inputs::new(arguments.paths), output)
}

/// One run of the command.
struct Job<'a> {
    predictor: &'a Predictor,
    terminal: &'a Terminal,
    bar: ProgressBar,
    top_k: usize,
    num_classified: usize,
    num_failed: usize,
}

impl Job<'_> {
    fn run(&mut self, mut inputs: Inputs, mut output: Output<'_>) -> Result<Exit, Failure> {
        let start = Instant::now();
        loop {
            let batch: Vec<Input> = inputs.by_ref().take(self.predictor.batch_size()).collect();
            if batch.is_empty() {
                break;
            }
            let images = self.decode(batch);
            if !output.write(&self.classify(&images)?)? {
                // Whoever reads the results has seen enough.
                return Ok(Exit::Done);
            }
            self.num_classified += images.len();
        }
        self.bar.finish_and_clear();
        output.finish(self.num_classified > 0)?;
        self.conclude(start.elapsed().as_secs_f64())
    }

    /// The images of the inputs that can be used; the others are named.
    fn decode(&mut self, batch: Vec<Input>) -> Vec<Image> {
        let decode = |input: Input| {
            let image = input.decode();
            self.bar.inc(1);
            image
        };
        let decoded: Vec<Result<Image, String>> = batch.into_par_iter().map(decode).collect();
        let mut images = Vec::with_capacity(decoded.len());
        for result in decoded {
            match result {
                Ok(image) => images.push(image),
                Err(reason) => {
                    self.num_failed += 1;
                    self.terminal.warn(&reason.replace('\n', " "));
                }
            }
        }
        images
    }

    fn classify(&self, images: &[Image]) -> Result<Vec<Row>, Failure> {
        let mut pixels = Vec::with_capacity(images.len() * IMAGE_PIXELS);
        for image in images {
            pixels.extend_from_slice(image.pixels.as_slice());
        }
        let logits = self.predictor.logits(&pixels)?;
        let temperature = self.predictor.manifest().temperature.unwrap_or_default();
        let rows = images.iter().zip(logits.chunks_exact(NUM_CLASSES));
        Ok(rows
            .map(|(image, logits)| {
                Row::new(&image.path, &temperature.probabilities(logits), self.top_k)
            })
            .collect())
    }

    fn conclude(&self, elapsed_seconds: f64) -> Result<Exit, Failure> {
        let (num_classified, num_failed) = (self.num_classified, self.num_failed);
        if num_classified == 0 && num_failed > 0 {
            let message = "nothing could be classified: none of the inputs could be used";
            return Err(Failure::new(message));
        }
        let inputs = if num_failed == 1 { "input" } else { "inputs" };
        self.terminal.note(&format!(
            "{} classified in {elapsed_seconds:.2} s on {}",
            with_separators(num_classified),
            self.predictor.device_name()
        ));
        if num_failed == 0 {
            return Ok(Exit::Done);
        }
        self.terminal.warn(&format!(
            "{} {inputs} could not be used",
            with_separators(num_failed)
        ));
        Ok(Exit::SomeInputsFailed)
    }
}
