//! `infer evaluate`: a model's figures on labelled images, the same as training reports them.

use super::arguments::EvaluateArgs;
use super::choices::ReportFormat;
use super::ending::stopped;
use super::failure::failure;
use super::printing::{print_json, print_text};
use super::watch::{Watch, say_remarks, watch_for_the_end, way_up};
use super::{models, outputs};
use crate::Error;
use crate::evaluate::{Measured, PictureFigures, Report, StringFigures, TestSet, on_test_set};
use crate::input::Unusable;
use crate::orientation;
use crate::predict::{Ending, Job, Predictor, Recipient, Span};
use crate::prepare::{Decoder, Image};
use crate::stages::{Stage, Stages};
use crate::truths::Truths;
use console::{DownloadBar, Exit, Failure, Terminal};
use data::{Lookup, SetOptions};
use model::Evaluation;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Runs the command.
///
/// # Errors
///
/// Where the model, the device or the data fail.
pub(super) fn run(mut arguments: EvaluateArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let model = &arguments.model;
    let folders = models::run_folders(&model.models, &mut arguments.paths, terminal)?;
    check(&arguments)?;
    let errors = arguments.inputs.errors.as_ref();
    outputs::check(&arguments.paths, &[("--errors", errors)])?;
    let predictor = models::open(folders, &arguments.model, terminal)?;
    predictor.check_reads(arguments.digits).map_err(failure)?;
    if arguments.paths.is_empty() {
        on_data_set(&arguments, &predictor, terminal)
    } else if arguments.digits.are_many() {
        on_strings(&arguments, &predictor, terminal)
    } else {
        on_pictures(&arguments, &predictor, terminal)
    }
}

/// Refuses what does not go together.
fn check(arguments: &EvaluateArgs) -> Result<(), Failure> {
    let refuse = |message: &str, hint: &str| Err(Failure::usage(message).with_hint(Some(hint)));
    if arguments.paths.is_empty() {
        if arguments.digits.are_many() {
            return refuse(
                "--digits many measures pictures of many digits, and none are given",
                "name them as PATH, and a CSV file with their strings by --labels",
            );
        }
        if arguments.labels.is_some() {
            return refuse(
                "--labels is for pictures, and none are given",
                "name them as PATH",
            );
        }
    } else if arguments.dataset.is_some() || arguments.data_dir.is_some() {
        return refuse(
            "the pictures of PATH and a data set cannot be measured together",
            "leave out either PATH, or --dataset and --data-dir",
        );
    }
    Ok(())
}

fn on_data_set(
    arguments: &EvaluateArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let stages = Stages::default();
    let lookup = Lookup::from_environment(arguments.data_dir.clone(), arguments.offline);
    let name = arguments.dataset.as_deref();
    let options = SetOptions {
        skips_unusable: arguments.inputs.skips_unusable(),
        orientation: arguments.inputs.orientation,
        ..SetOptions::default()
    };
    let test_set = stages.time(Stage::Reading, || {
        TestSet::load(
            name,
            predictor,
            &lookup,
            &options,
            &DownloadBar::new(terminal),
        )
    });
    let test_set = test_set.map_err(failure)?;
    say_remarks(&options.remarks, terminal);
    let looks_transposed = orientation::remark(&test_set.images, predictor).map_err(failure)?;
    let names = &predictor.manifest().class_names;
    let oddities = data::oddities(&test_set.images, names);
    for oddity in oddities.into_iter().chain(looks_transposed) {
        terminal.warn(&oddity);
    }
    for warning in test_set.warnings(predictor) {
        terminal.warn(&warning);
    }
    let report = on_test_set(predictor, &test_set, arguments.min_confidence, &stages);
    let report = report.map_err(failure)?;
    terminal.detail(&stages.to_text(test_set.images.len()));
    warn_of_chance(&report.evaluation, terminal);
    print(&report, arguments.format)?;
    Ok(if options.remarks.num_left_out() > 0 {
        Exit::SomeInputsFailed
    } else {
        Exit::Done
    })
}

fn on_pictures(
    arguments: &EvaluateArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let truths = truths(arguments, predictor)?;
    let mut figures = PictureFigures::new(
        predictor.num_classes(),
        predictor.temperature(),
        arguments.min_confidence,
    );
    let add = |images: &[Image], logits: &[f32]| figures.add(images, logits);
    let run = measure(arguments, predictor, terminal, truths, add)?;
    let names = &predictor.manifest().class_names;
    let (evaluation, selected) = figures.finish(names);
    let report = Report {
        evaluation,
        selected,
        images_per_second: run.network_images_per_second,
        measured: Measured {
            views: predictor.views(),
            name: "pictures",
            sha256: None,
            origin: &named(&arguments.paths),
            is_whole: true,
            device: predictor.device_name(),
        },
    };
    warn_of_chance(&report.evaluation, terminal);
    print(&report, arguments.format)?;
    Ok(run.exit)
}

fn on_strings(
    arguments: &EvaluateArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let truths = truths(arguments, predictor)?;
    let mut figures = StringFigures::new(
        predictor.temperature(),
        truths.have_signs(),
        arguments.min_confidence,
    )
    .of_length(arguments.digits.length());
    let add = |images: &[Image], logits: &[f32]| figures.add(images, logits);
    let run = measure(arguments, predictor, terminal, truths, add)?;
    let pictures_per_second = run.num_pictures as f64 / run.elapsed.as_secs_f64().max(1e-9);
    let named = named(&arguments.paths);
    let report = figures.report(pictures_per_second, predictor, &named);
    match arguments.format {
        ReportFormat::Json => print_json(&report)?,
        ReportFormat::Text => print_text(&report.to_text())?,
    }
    Ok(run.exit)
}

fn print(report: &Report<'_>, format: ReportFormat) -> Result<(), Failure> {
    match format {
        ReportFormat::Json => print_json(report),
        ReportFormat::Text => print_text(&report.to_text()),
    }
}

/// Says what may be the matter with figures that guessing reaches as well.
fn warn_of_chance(evaluation: &Evaluation, terminal: &Terminal) {
    if let Some(remark) = evaluation.remark_on_chance() {
        terminal.warn(&remark);
    }
}

/// How a job went that looked at all inputs.
struct Run {
    exit: Exit,
    num_pictures: usize,
    elapsed: Duration,
    network_images_per_second: f64,
}

fn truths(arguments: &EvaluateArgs, predictor: &Predictor) -> Result<Truths, Failure> {
    let names = &predictor.manifest().class_names;
    let truths = Truths::load(arguments.labels.as_deref(), names, arguments.digits);
    truths.map_err(failure)
}

/// Hands all pictures with their labels and logits to `add`.
fn measure(
    arguments: &EvaluateArgs,
    predictor: &Predictor,
    terminal: &Terminal,
    truths: Truths,
    add: impl FnMut(&[Image], &[f32]) -> Result<(), Error>,
) -> Result<Run, Failure> {
    let digits = arguments.digits;
    let inputs = &arguments.inputs;
    let paths = arguments.paths.clone();
    let decoder = Decoder::new(inputs.limits(), Some(truths))
        .looking_for(digits)
        .preparing(inputs.preparation())
        .transposing(way_up(inputs, &paths, predictor, terminal)?);
    let span = Span::after(inputs.skip);
    let watch = Watch::new(&paths, inputs, span, true, terminal)?;
    let (interruption, stop) = watch_for_the_end(terminal)?;
    let mut measuring = Measuring { watch, add };
    let start = Instant::now();
    let mut job = Job::new(predictor, &decoder).with_stop(stop).taking(span);
    let ending = job.run(paths, &mut measuring);
    let elapsed = start.elapsed();
    let watch = &mut measuring.watch;
    watch.end();
    match ending {
        Ok(Ending::Stopped) => {
            watch.unusable.keep_partial()?;
            let failure = stopped(interruption.exit(), job.done().num_pictures);
            return Err(failure.with_hint(Some("figures are of all pictures: none were printed")));
        }
        Err(error) => {
            watch.unusable.finish()?;
            return Err(failure(error));
        }
        Ok(Ending::Complete | Ending::Enough) => watch.unusable.finish()?,
    }
    Ok(Run {
        exit: watch.conclude(&job, predictor, elapsed, "")?,
        num_pictures: job.done().num_pictures,
        elapsed,
        network_images_per_second: job.network_images_per_second(),
    })
}

struct Measuring<'a, F> {
    watch: Watch<'a>,
    add: F,
}

impl<F: FnMut(&[Image], &[f32]) -> Result<(), Error>> Recipient for Measuring<'_, F> {
    fn take(&mut self, images: &[Image], logits: &[f32]) -> Result<bool, Error> {
        (self.add)(images, logits)?;
        self.watch.advance(images.len());
        Ok(true)
    }

    fn pass_over(&mut self, unusable: &Unusable) -> Result<(), Error> {
        self.watch.pass_over(unusable)
    }
}

/// Paths, for people.
fn named(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}
