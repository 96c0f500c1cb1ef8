//! `infer show`: what pictures become before the network sees them, step by step, on the terminal
//! and as a PNG.
//!
//! Owns the order of things and what is said of each picture; how steps are laid out is the library's.

use super::arguments::ShowArgs;
use super::ending::stopped;
use super::failure::failure;
use super::model_arguments::ModelArgs;
use super::models;
use super::outputs;
use super::unusable::UnusableInputs;
use super::watch::{say_remarks, watch_for_the_end};
use crate::input::{Inputs, Reading};
use crate::output::{Row, Sink, printable, telling_names};
use crate::predict::Predictor;
use crate::prepare::Decoder;
use crate::show::{self as steps, Step};
use console::{Exit, Failure, Terminal, write_result};
use data::Orientation;
use data::picture::{Choice, Trace};
use report::content::Strip;
use report::png::strips;
use std::env;
use std::io::{IsTerminal as _, stdout};
use std::path::PathBuf;

/// So many pictures are drawn on one PNG, each with all its steps.
const MAX_DRAWN: usize = 24;
/// Classes that are named of a picture, most probable first.
const TOP_K: usize = 3;
/// Columns where there is no terminal to ask.
const DEFAULT_COLUMNS: usize = 80;

/// Runs the command.
///
/// # Errors
///
/// Where the model or the device fails, the PNG cannot be written, or no input at all can be shown.
pub(super) fn run(arguments: ShowArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let model = ModelArgs {
        views: None,
        models: arguments.models,
        device: arguments.device,
        batch_size: 1,
    };
    let mut paths = arguments.paths;
    let errors = arguments.inputs.errors.as_ref();
    let written = [("--out", arguments.out.as_ref()), ("--errors", errors)];
    outputs::check(&paths, &written)?;
    let predictor = predictor(&model, &mut paths, terminal)?;
    let mut drawing = arguments.out.map(Drawing::begin).transpose()?;
    let inputs = arguments.inputs;
    let mut unusable_inputs =
        UnusableInputs::new(inputs.on_error, inputs.errors.as_deref(), terminal)?;
    let decoder = Decoder::new(inputs.limits(), None)
        .preparing(inputs.preparation())
        .transposing(inputs.orientation == Orientation::Transposed);
    let reading = Reading {
        limits: inputs.limits(),
        with_labels: false,
        remarks: decoder.remarks().clone(),
    };
    let (columns, colour) = (columns(), has_colour());
    let (interruption, stop) = watch_for_the_end(terminal)?;
    let mut num_shown = 0;
    let num_skipped = usize::try_from(inputs.skip).unwrap_or(usize::MAX);
    for input in Inputs::new(paths, &reading).skip(num_skipped) {
        if stop.is_requested() {
            return Err(stopped(interruption.exit(), num_shown));
        }
        let (path, traces) = match decoder.trace(input) {
            Ok(traced) => traced,
            Err(unusable) => {
                unusable_inputs.add(&unusable).map_err(failure)?;
                continue;
            }
        };
        let (trace, said) = chosen(traces, predictor.as_ref())?;
        let steps = steps::of(trace);
        let heading = format!("{}: {said}", printable(&path));
        let text = steps::to_text(&steps, columns, colour);
        num_shown += 1;
        let is_read = write_result(format!("{heading}\n\n{text}"))
            .map_err(|error| Failure::new(format!("standard output: {error}")))?;
        if let Some(drawing) = &mut drawing {
            drawing.add(heading, &steps)?;
        } else if !is_read {
            break;
        }
    }
    unusable_inputs.finish()?;
    say_remarks(&reading.remarks, terminal);
    if num_shown == 0 && unusable_inputs.num() > 0 {
        let message = "nothing could be shown: none of the inputs could be used";
        return Err(Failure::new(message));
    }
    if let Some(drawing) = drawing {
        let file = drawing.finish()?;
        terminal.note(&format!("wrote {}", file.display()));
    }
    Ok(unusable_inputs.conclude())
}

/// The models that were named, if any were.
fn predictor(
    model: &ModelArgs,
    paths: &mut Vec<PathBuf>,
    terminal: &Terminal,
) -> Result<Option<Predictor>, Failure> {
    if model.models.is_empty() {
        return Ok(None);
    }
    let folders = models::run_folders(&model.models, paths, terminal)?;
    models::open(folders, model, terminal).map(Some)
}

/// Of the ways in which a picture may be seen, the one that looks most like a digit to the network, else the
/// likeliest; and what became of it.
fn chosen(
    mut traces: Vec<Trace>,
    predictor: Option<&Predictor>,
) -> Result<(Trace, String), Failure> {
    if traces.iter().any(|trace| trace.result.is_ok()) {
        traces.retain(|trace| trace.result.is_ok());
    }
    let choices: Vec<Choice> = traces
        .iter()
        .filter_map(|trace| trace.result.as_ref().ok().cloned())
        .collect();
    let Some(predictor) = predictor.filter(|_| !choices.is_empty()) else {
        let trace = traces.into_iter().next();
        let trace = trace.ok_or_else(|| Failure::new("the picture cannot be seen in any way"))?;
        let said = match &trace.result {
            Ok(_) => format!("{} steps", trace.steps.len()),
            Err(error) => error.to_string(),
        };
        return Ok((trace, said));
    };
    let pixels: Vec<u8> = choices
        .iter()
        .flat_map(|choice| choice.pixels.iter().copied())
        .collect();
    let logits = predictor.logits(&pixels).map_err(failure)?;
    let place = predictor.likeliest(&logits, &choices).unwrap_or(0);
    let num_classes = logits.len() / choices.len();
    let logits = &logits[place * num_classes..(place + 1) * num_classes];
    let temperature = predictor.temperature().unwrap_or_default();
    let row = Row::new("", &temperature.probabilities(logits), TOP_K);
    let said = row.classes_text(telling_names(&predictor.manifest().class_names));
    Ok((traces.swap_remove(place), said))
}

/// The PNG that is to be.
struct Drawing {
    sink: Sink,
    file: PathBuf,
    strips: Vec<Strip>,
}

impl Drawing {
    /// Before any work, so that a file that cannot be written is known first.
    fn begin(file: PathBuf) -> Result<Self, Failure> {
        Ok(Self {
            sink: Sink::file(&file).map_err(failure)?,
            file,
            strips: Vec::new(),
        })
    }

    fn add(&mut self, heading: String, steps: &[Step]) -> Result<(), Failure> {
        if self.strips.len() == MAX_DRAWN {
            let file = self.file.display();
            let message = format!("{file}: at most {MAX_DRAWN} pictures are drawn on one PNG");
            let hint = "show fewer at once, or without --out, which has no limit";
            return Err(Failure::new(message).with_hint(Some(hint)));
        }
        self.strips.push(steps::to_strip(heading, steps));
        Ok(())
    }

    fn finish(mut self) -> Result<PathBuf, Failure> {
        let png =
            strips(&self.strips).map_err(|error| Failure::new(&error).with_hint(error.hint()))?;
        let png = png.unwrap_or_default();
        self.sink.write(png).map_err(failure)?;
        self.sink.finish().map_err(failure)?;
        Ok(self.file)
    }
}

/// Whether standard output shows shades of grey.
fn has_colour() -> bool {
    let is_unset = |name| env::var_os(name).is_none_or(|value| value.is_empty());
    stdout().is_terminal()
        && is_unset("NO_COLOR")
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Columns of the terminal.
fn columns() -> usize {
    let asked = stdout().is_terminal().then(crossterm::terminal::size);
    let asked = asked.and_then(Result::ok).map(|(columns, _)| columns);
    asked.map_or(DEFAULT_COLUMNS, usize::from)
}
