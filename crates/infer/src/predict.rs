//! `infer predict`: pictures in, an answer each out, in the order of the inputs.

use crate::annotate;
use crate::classify::{Job, with_logits};
use crate::cli::{Digits, PredictArgs};
use crate::input::{Decoder, Image};
use crate::outputs::{Answer, Format, Numbers, Output, Row};
use crate::picture_folder::PictureFolder;
use crate::predictor::Predictor;
use crate::sink::Sink;
use crate::writing;
use console::{Exit, Failure, Terminal};
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
    if arguments.digits == Digits::One && arguments.annotate.is_some() {
        let hint = "add --digits many";
        return Err(
            Failure::usage("--annotate is for pictures of many digits").with_hint(Some(hint))
        );
    }
    if arguments.digits == Digits::Many && arguments.save_preprocessed.is_some() {
        let hint = "--annotate DIR shows what was found on pictures of many";
        let message = "--save-preprocessed is for pictures of one digit";
        return Err(Failure::usage(message).with_hint(Some(hint)));
    }
    let sink = Sink::open(arguments.output.clone())?;
    let temperature = predictor.temperature().unwrap_or_default();
    let min_confidence = arguments.min_confidence.unwrap_or(0.0);
    let top_k = usize::from(arguments.top_k);
    let names = &predictor.manifest().class_names;
    let work = Work {
        predictor: &predictor,
        arguments,
        shows_bar: !shares_terminal,
        terminal,
    };
    match work.arguments.digits {
        Digits::One => {
            let output = Output::new(sink, format, top_k, names)?;
            work.run(output, |image, logits| {
                if logits.is_empty() {
                    return Ok(Row::without_ink(&image.path));
                }
                let probabilities = temperature.probabilities(logits);
                Ok(Row::new(&image.path, &probabilities, top_k).unless_below(min_confidence))
            })
        }
        Digits::Many => {
            let output = Output::new(sink, format, top_k, names)?;
            let arguments = &work.arguments;
            let annotated = arguments.annotate.clone();
            let annotated = annotated.map(|folder| PictureFolder::create(folder, &arguments.paths));
            let annotated = annotated.transpose()?;
            let limits = arguments.inputs.limits();
            work.run(output, |image, logits| {
                let digits = writing::read(image.clusters(), logits, temperature);
                let numbers = Numbers::new(&image.path, digits, min_confidence);
                if let Some(folder) = &annotated {
                    annotate::write(folder, image, &numbers, limits)?;
                }
                Ok(numbers)
            })
        }
    }
}

/// A job whose answers are written out.
struct Work<'a> {
    predictor: &'a Predictor,
    arguments: PredictArgs,
    shows_bar: bool,
    terminal: &'a Terminal,
}

impl Work<'_> {
    /// `answer` is given an image, and the logits of all that is on it.
    fn run<A: Answer>(
        self,
        mut output: Output<'_, A>,
        mut answer: impl FnMut(&Image, &[f32]) -> Result<A, Failure>,
    ) -> Result<Exit, Failure> {
        let arguments = self.arguments;
        let (paths, inputs) = (arguments.paths, arguments.inputs);
        let prepared = arguments.save_preprocessed;
        let prepared = prepared.map(|folder| PictureFolder::create(folder, &paths));
        let decoder = Decoder::new(inputs.limits(), None)
            .saving_to(prepared.transpose()?)
            .looking_for(arguments.digits)
            .preparing(inputs.preparation())
            .keeping_files(arguments.annotate.is_some());
        let mut job = Job::new(
            self.predictor,
            &paths,
            &inputs,
            self.shows_bar,
            self.terminal,
        )?;
        let mut is_read = true;
        let elapsed = job.run(paths, &decoder, |images, logits| {
            let answers = with_logits(images, logits).map(|(image, own)| answer(image, own));
            let answers: Result<Vec<A>, Failure> = answers.collect();
            is_read = output.write(&answers?)?;
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
}
