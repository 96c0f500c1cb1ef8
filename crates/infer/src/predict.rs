//! `infer predict`: pictures in, a row each out, in the order of the inputs.

use crate::classify::Job;
use crate::cli::PredictArgs;
use crate::input::Decoder;
use crate::outputs::{Format, Output, Row};
use crate::predictor::Predictor;
use crate::prepared::PreparedFolder;
use crate::sink::Sink;
use console::{Exit, Failure, Terminal};
use model::NUM_CLASSES;
use std::io::{IsTerminal as _, stdout};

/// Runs the command.
///
/// # Errors
///
/// Where the model, the device or the output fails, or no input at all can be classified.
pub(crate) fn run(arguments: PredictArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let predictor = Predictor::open(&arguments.model, terminal)?;
    let format = arguments.format;
    let format = format.unwrap_or_else(|| Format::of_file(arguments.output.as_deref()));
    // Rows on a terminal and a bar on the same one would write over each other.
    let shares_terminal = arguments.output.is_none() && stdout().is_terminal();
    if shares_terminal && format == Format::Parquet {
        let hint = "name a file by --output";
        return Err(Failure::usage("Parquet is not for terminals").with_hint(Some(hint)));
    }
    let sink = Sink::open(arguments.output)?;
    let prepared = arguments.save_preprocessed;
    let prepared = prepared.map(|folder| PreparedFolder::create(folder, &arguments.paths));
    let prepared = prepared.transpose()?;
    let top_k = usize::from(arguments.top_k);
    let min_confidence = arguments.min_confidence.unwrap_or(0.0);
    let manifest = predictor.manifest();
    let temperature = manifest.temperature.unwrap_or_default();
    let mut output = Output::new(sink, format, top_k, &manifest.class_names)?;
    let (paths, inputs) = (arguments.paths, arguments.inputs);
    let mut job = Job::new(&predictor, &paths, &inputs, !shares_terminal, terminal)?;
    let decoder = Decoder::new(inputs.limits(), None).saving_to(prepared);
    let mut is_read = true;
    let elapsed = job.run(paths, &decoder, |images, logits| {
        let mut logits = logits.chunks_exact(NUM_CLASSES);
        let rows = images.iter().map(|image| {
            let logits = image.pixels.as_ref().and_then(|_| logits.next());
            let Some(logits) = logits else {
                return Row::without_ink(&image.path);
            };
            let probabilities = temperature.probabilities(logits);
            Row::new(&image.path, &probabilities, top_k).unless_below(min_confidence)
        });
        is_read = output.write(rows.collect())?;
        Ok(is_read)
    })?;
    if !is_read {
        // Whoever reads the results has seen enough.
        return Ok(Exit::Done);
    }
    let unlabelled = output.unlabelled();
    output.finish(job.num_classified() > 0)?;
    job.conclude(elapsed, &unlabelled)
}
