//! `infer predict`: pictures in, an answer each out, in the order of the inputs.

use super::arguments::PredictArgs;
use super::ending::{Cause, end_early};
use super::failure::failure;
use super::page::Page;
use super::shard::{self, Begun, Share};
use super::watch::{Watch, watch_for_the_end, way_up};
use super::{models, outputs};
use crate::Error;
use crate::digits::Digits;
use crate::input::Unusable;
use crate::output::{Answer, Format, Numbers, Output, Row, Sink, write_annotated};
use crate::predict::{Ending, Job, Predictor, Recipient, Span, read_digits, with_logits};
use crate::prepare::{Decoder, Image, PictureFolder};
use console::{Exit, Failure, Terminal};
use std::io::{IsTerminal as _, stdout};
use std::time::Instant;

/// Runs the command.
///
/// # Errors
///
/// Where the model, the device or the output fails, or no input at all can be classified.
pub(super) fn run(mut arguments: PredictArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let model = &arguments.model;
    let folders = models::run_folders(&model.models, &mut arguments.paths, terminal)?;
    let format = format_of(&arguments)?;
    let chosen = shard::of_arguments(&mut arguments, terminal)?;
    outputs::check_table("--output", arguments.output.as_ref())?;
    let errors = arguments.inputs.errors.as_ref();
    let written = [
        ("--output", arguments.output.as_ref()),
        ("--errors", errors),
        ("--review", arguments.review.as_ref()),
    ];
    outputs::check(&arguments.paths, &written)?;
    let predictor = models::open(folders, &arguments.model, terminal)?;
    let digits = arguments.digits;
    predictor.check_reads(digits).map_err(failure)?;
    let share = match chosen {
        None => None,
        Some(number) => match shard::begin(number, format, &arguments, &predictor, terminal)? {
            Begun::Done(exit) => return Ok(exit),
            Begun::Open(open) => Some(*open),
        },
    };
    let sink = match &arguments.output {
        Some(file) if share.is_some() => Sink::file(file).map_err(failure)?.summed(),
        Some(file) => Sink::file(file).map_err(failure)?,
        None => Sink::stream("standard output", stdout()),
    };
    let temperature = predictor.temperature().unwrap_or_default();
    let min_confidence = arguments.min_confidence.unwrap_or(0.0);
    let top_k = usize::from(arguments.top_k).min(predictor.num_classes());
    let names = &predictor.manifest().class_names;
    let rows = arguments.rows.map(Into::into);
    let decoder = decoder(&arguments, &predictor, terminal)?;
    let work = Work {
        predictor: &predictor,
        decoder: &decoder,
        arguments: &arguments,
        terminal,
        share,
        page: Page::begin(&arguments, names)?,
    };
    match arguments.digits {
        Digits::One => {
            let output = Output::new(sink, format, top_k, rows, names).map_err(failure)?;
            work.run(output, |image, logits| {
                let row = if logits.is_empty() {
                    Row::without_ink(&image.path)
                } else {
                    let probabilities = temperature.probabilities(logits);
                    Row::new(&image.path, &probabilities, top_k).unless_below(min_confidence)
                };
                let row = if image.shows_several() {
                    row.among_several()
                } else {
                    row
                };
                Ok(row.at_place(image.number))
            })
        }
        Digits::Many(length) => {
            let output = Output::new(sink, format, top_k, rows, names).map_err(failure)?;
            let annotated = arguments.annotate.clone();
            let annotated = annotated.map(|folder| PictureFolder::create(folder, &arguments.paths));
            let annotated = annotated.transpose().map_err(failure)?;
            work.run(output, |image, logits| {
                let reading = read_digits(image.clusters(), logits, temperature, length);
                let numbers =
                    Numbers::new(&image.path, reading, min_confidence).crowded(image.is_crowded());
                if let Some(folder) = &annotated {
                    write_annotated(folder, image, &numbers, &decoder)?;
                }
                Ok(numbers)
            })
        }
    }
}

/// The format to write, after a look at what goes together.
fn format_of(arguments: &PredictArgs) -> Result<Format, Failure> {
    let format = arguments.format.map(Format::from);
    let format = format.unwrap_or_else(|| Format::of_file(arguments.output.as_deref()));
    let refuse = |message: &str, hint: &str| Err(Failure::usage(message).with_hint(Some(hint)));
    if arguments.paths.is_empty() {
        return refuse(
            "no pictures are given",
            "name them after the models: infer predict --model RUN seven.png",
        );
    }
    if arguments.shares_terminal() && format == Format::Parquet {
        return refuse("Parquet is not for terminals", "name a file by --output");
    }
    let is_many = arguments.digits.are_many();
    if !is_many && arguments.annotate.is_some() {
        return refuse(
            "--annotate is for pictures of many digits",
            "add --digits many",
        );
    }
    if is_many && arguments.save_preprocessed.is_some() {
        return refuse(
            "--save-preprocessed is for pictures of one digit",
            "--annotate DIR shows what was found on pictures of many",
        );
    }
    if is_many && format == Format::Kaggle {
        return refuse(
            "--format kaggle is for pictures of one digit",
            "leave --digits out",
        );
    }
    if !is_many && arguments.rows.is_some() {
        return refuse("--rows is for pictures of many digits", "add --digits many");
    }
    Ok(format)
}

impl PredictArgs {
    /// Whether rows go to a terminal, where a bar would write over them.
    fn shares_terminal(&self) -> bool {
        self.output.is_none() && stdout().is_terminal()
    }
}

/// How pictures are read and prepared.
fn decoder(
    arguments: &PredictArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Decoder, Failure> {
    let inputs = &arguments.inputs;
    let prepared = arguments.save_preprocessed.clone();
    let prepared = prepared.map(|folder| PictureFolder::create(folder, &arguments.paths));
    Ok(Decoder::new(inputs.limits(), None)
        .saving_to(prepared.transpose().map_err(failure)?)
        .looking_for(arguments.digits)
        .preparing(inputs.preparation())
        .transposing(way_up(inputs, &arguments.paths, predictor, terminal)?)
        .keeping_files(arguments.annotate.is_some() || arguments.review.is_some()))
}

/// A job whose answers are written out.
struct Work<'a> {
    predictor: &'a Predictor,
    decoder: &'a Decoder,
    arguments: &'a PredictArgs,
    terminal: &'a Terminal,
    share: Option<Share>,
    page: Option<Page>,
}

impl Work<'_> {
    /// `answer` is given an image, and the logits of all that is on it.
    fn run<A: Answer>(
        self,
        output: Output<'_, A>,
        answer: impl FnMut(&Image, &[f32]) -> Result<A, Error>,
    ) -> Result<Exit, Failure> {
        let (arguments, inputs) = (self.arguments, &self.arguments.inputs);
        let paths = arguments.paths.clone();
        let span = Span::after(inputs.skip);
        let span = self.share.as_ref().map_or(span, Share::span);
        let shows_bar = !arguments.shares_terminal();
        let watch = Watch::new(&paths, inputs, span, shows_bar, self.terminal)?;
        let (interruption, stop) = watch_for_the_end(self.terminal)?;
        let scratches = [output.scratch_path(), watch.unusable.scratch_path()];
        for scratch in scratches.into_iter().flatten() {
            interruption.remove_at_once(scratch.to_path_buf());
        }
        let mut writing = Writing {
            watch,
            output,
            answer,
            decoder: self.decoder,
            page: self.page,
        };
        let start = Instant::now();
        let mut job = Job::new(self.predictor, self.decoder)
            .with_stop(stop)
            .taking(span);
        let ending = job.run(paths, &mut writing);
        let elapsed = start.elapsed();
        let Writing {
            mut watch,
            output,
            page,
            ..
        } = writing;
        watch.end();
        if let Some(page) = page {
            page.finish(matches!(ending, Ok(Ending::Complete)), self.terminal)?;
        }
        let cause = match ending {
            Ok(Ending::Complete) => {
                watch.unusable.finish()?;
                let remarks = output.remarks();
                let keep = job.done().num_pictures > 0 || self.share.is_some();
                let written = output.finish(keep).map_err(failure)?;
                if let Some(share) = self.share {
                    share.finish(written, &job, watch.unusable.num())?;
                    if job.done().num_pictures == 0 {
                        // A share may have no picture where the job has.
                        return Ok(watch.unusable.conclude());
                    }
                }
                return watch.conclude(&job, self.predictor, elapsed, &remarks);
            }
            Ok(Ending::Enough) => {
                // Whoever reads the results has seen enough.
                watch.unusable.finish()?;
                return Ok(Exit::Done);
            }
            Ok(Ending::Stopped) => Cause::Stopped(interruption.exit()),
            Err(error) => Cause::Failed(error),
        };
        let target = arguments.output.as_deref();
        let output = self.share.is_none().then_some(output);
        Err(end_early(cause, output, target, &mut watch, &job))
    }
}

/// Writes an answer for every image.
struct Writing<'a, A, F> {
    watch: Watch<'a>,
    output: Output<'a, A>,
    answer: F,
    decoder: &'a Decoder,
    page: Option<Page>,
}

impl<A, F> Recipient for Writing<'_, A, F>
where
    A: Answer,
    F: FnMut(&Image, &[f32]) -> Result<A, Error>,
{
    fn take(&mut self, images: &[Image], logits: &[f32]) -> Result<bool, Error> {
        let answers = with_logits(images, logits).map(|(image, own)| (self.answer)(image, own));
        let answers: Vec<A> = answers.collect::<Result<_, Error>>()?;
        let is_read = self.output.write(&answers)?;
        if let Some(page) = &mut self.page {
            let style = self.output.style();
            for (image, answer) in images.iter().zip(&answers) {
                page.review.add(image, answer, style, self.decoder);
            }
        }
        self.watch.advance(images.len());
        Ok(is_read)
    }

    fn pass_over(&mut self, unusable: &Unusable) -> Result<(), Error> {
        if let Some(page) = &mut self.page {
            page.review.add_unusable(unusable);
        }
        self.watch.pass_over(unusable)
    }
}
