//! `infer export`: a saved network in a form that runs elsewhere.

use super::failure::failure;
use super::models;
use crate::Error;
use crate::export::{PixelType, check_onnx, to_html, to_onnx, to_safetensors, to_torch_folder};
use crate::output::{NewFolder, Sink};
use crate::predict::{Models, Predictor};
use clap::{Args, ValueEnum};
use console::{Exit, Failure, Terminal};
use data::synthetic::{SyntheticSplit, draw_digit};
use model::{DeviceChoice, SavedModel, Views, open_device};
use std::path::PathBuf;

/// `infer export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The form
    #[arg(short, long, value_enum)]
    format: ExportFormat,
    /// The run folder that `train` wrote, or its name, such as cnn-001; of several, onnx makes one file, in which
    /// the networks answer together
    #[arg(short, long = "model", value_name = "RUN", num_args = 1..)]
    models: Vec<PathBuf>,
    /// The file to write; it appears once it is whole. Of safetensors, what has another ending is a folder: weights,
    /// module and card
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Of onnx: how pixels of 0 to 255 come in; uint8 unless given
    #[arg(long, value_enum, value_name = "TYPE")]
    input: Option<PixelInput>,
    /// Of onnx: write the file without running it first on ten drawn digits, which it has to read as the network does
    #[arg(long)]
    no_verify: bool,
}

/// Images that go through a network at once, where a file is held against it.
const BATCH_SIZE: usize = 10;

/// How pixels come to an exported network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PixelInput {
    /// A byte each
    Uint8,
    /// A 32-bit float each
    Float,
}

impl From<PixelInput> for PixelType {
    fn from(input: PixelInput) -> Self {
        match input {
            PixelInput::Uint8 => Self::Uint8,
            PixelInput::Float => Self::Float,
        }
    }
}

/// What a network may be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// One page to draw on, that needs no server
    Html,
    /// For onnxruntime, tract and the like: pixels in, logits and probabilities out
    Onnx,
    /// For PyTorch: weights by its names, and in a folder a module and a model card beside them
    Safetensors,
}

/// Runs the command.
///
/// # Errors
///
/// Where there is not one model, or the file cannot be written.
pub(super) fn run(arguments: &ExportArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let folders = models::run_folders(&arguments.models, &mut Vec::new(), terminal)?;
    if folders.len() > 1 && arguments.format != ExportFormat::Onnx {
        let message = format!("one model is exported at a time, found {}", folders.len());
        let hint = "name one run by --model; --format onnx makes one file of several";
        return Err(Failure::usage(message).with_hint(Some(hint)));
    }
    if arguments.input.is_some() && arguments.format != ExportFormat::Onnx {
        let message = "--input says how pixels come to an ONNX file";
        let hint = "leave it out, or export by --format onnx";
        return Err(Failure::usage(message).with_hint(Some(hint)));
    }
    if arguments.no_verify && arguments.format != ExportFormat::Onnx {
        let message = "--no-verify is for ONNX files; others are not run";
        let hint = "leave it out, or export by --format onnx";
        return Err(Failure::usage(message).with_hint(Some(hint)));
    }
    let name = folders.first().map(|folder| models::run_name(folder));
    let name = name.unwrap_or_default();
    export(arguments, folders, &name, terminal).map_err(failure)?;
    terminal.note(&format!("wrote {}", arguments.out.display()));
    Ok(Exit::Done)
}

fn export(
    arguments: &ExportArgs,
    folders: Vec<PathBuf>,
    name: &str,
    terminal: &Terminal,
) -> Result<(), Error> {
    let out = &arguments.out;
    let is_file = arguments.format != ExportFormat::Safetensors
        || out
            .extension()
            .is_some_and(|ending| ending == "safetensors");
    if !is_file {
        let folder = NewFolder::create(out)?;
        let models = load(folders, terminal)?;
        return folder.write(&to_torch_folder(first(&models)?, name)?);
    }
    let mut sink = Sink::file(out)?;
    let models = load(folders, terminal)?;
    let input = arguments.input.map(PixelType::from).unwrap_or_default();
    let bytes = match arguments.format {
        ExportFormat::Html => to_html(first(&models)?, name)?.into_bytes(),
        ExportFormat::Onnx => to_onnx(&models, name, input)?,
        ExportFormat::Safetensors => to_safetensors(first(&models)?)?,
    };
    if arguments.format == ExportFormat::Onnx && !arguments.no_verify {
        let apart = held_against(models, &bytes)?;
        terminal.note(&format!(
            "checked: on ten drawn digits its logits are at most {apart:.1e} from the network's"
        ));
    }
    sink.write(bytes)?;
    sink.finish().map(drop)
}

/// The largest difference between logits of an ONNX file and of these networks, on a drawn digit of each kind.
fn held_against(models: Vec<SavedModel>, file: &[u8]) -> Result<f64, Error> {
    let device = open_device(DeviceChoice::Cpu)?;
    let predictor = Predictor::of(models, device, BATCH_SIZE, Views::One)?;
    let digits = (0..10).flat_map(|digit| draw_digit(1, SyntheticSplit::Test, digit.into(), digit));
    let pixels: Vec<u8> = digits.collect();
    check_onnx(file, &pixels, &predictor.logits(&pixels)?)
}

fn first(models: &[SavedModel]) -> Result<&SavedModel, Error> {
    models.first().ok_or(Error::NoModel)
}

/// The models, on the CPU, and what there is to say of them.
fn load(folders: Vec<PathBuf>, terminal: &Terminal) -> Result<Vec<SavedModel>, Error> {
    let models = Models::check(folders)?;
    for warning in models.warnings() {
        terminal.warn(&warning);
    }
    let models = models.load(DeviceChoice::Cpu)?;
    let views = models.iter().map(|model| model.manifest.views);
    if let Some(views) = views.max()
        && !views.is_one()
    {
        terminal.warn(&format!(
            "what is written reads each image as it is; the model's figures are of {} views",
            views.number()
        ));
    }
    if models.iter().any(|model| model.classifier.reads_pairs()) {
        terminal.note("pairs of digits are left out: what is written reads one digit an image");
    }
    Ok(models.into_iter().map(SavedModel::without_pairs).collect())
}
