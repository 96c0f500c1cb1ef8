//! `infer export`: a saved network in a form that runs elsewhere.

use super::failure::failure;
use super::models;
use crate::Error;
use crate::export::to_html;
use crate::output::Sink;
use clap::{Args, ValueEnum};
use console::{Exit, Failure, Terminal};
use model::{DeviceChoice, Views, load_model, open_device};
use std::path::PathBuf;

/// `infer export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The form
    #[arg(short, long, value_enum)]
    format: ExportFormat,
    /// The run folder that `train` wrote, or its name, such as cnn-001
    #[arg(short, long = "model", value_name = "RUN")]
    models: Vec<PathBuf>,
    /// The file to write; it appears once it is whole
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// What a network may be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// One page to draw on, that needs no server
    Html,
}

/// Runs the command.
///
/// # Errors
///
/// Where there is not one model, or the file cannot be written.
pub(super) fn run(arguments: &ExportArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let folders = models::run_folders(&arguments.models, &mut Vec::new(), terminal)?;
    let [folder] = &folders[..] else {
        let message = format!("one model is exported at a time, found {}", folders.len());
        return Err(Failure::usage(message).with_hint(Some("name one run by --model")));
    };
    let mut sink = Sink::file(&arguments.out).map_err(failure)?;
    let device = open_device(DeviceChoice::Cpu).map_err(|error| failure(Error::Device(error)))?;
    let model = load_model(folder, &device.device).map_err(|error| failure(error.into()))?;
    let views = model.manifest.views;
    if views != Views::One {
        terminal.warn(&format!(
            "what is written reads each image as it is; the model's figures are of {} views",
            views.number()
        ));
    }
    let text = match arguments.format {
        ExportFormat::Html => to_html(&model, &models::run_name(folder)),
    };
    sink.write(text.map_err(failure)?).map_err(failure)?;
    sink.finish().map_err(failure)?;
    terminal.note(&format!("wrote {}", arguments.out.display()));
    Ok(Exit::Done)
}
