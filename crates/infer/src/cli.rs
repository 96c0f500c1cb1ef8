//! The command line: options, help, and which command runs.

use crate::failures::OnError;
use crate::{evaluate, inspect, outputs, predict, show};
use clap::{Args, Parser, Subcommand, ValueEnum};
use console::{Exit, Failure, ProgressMode, Terminal, Verbosity};
use data::DecodeLimits;
use data::picture::PictureOptions;
use model::{DEFAULT_INFERENCE_BATCH, DEVICE_SPELLINGS};
use std::path::PathBuf;

/// The largest batch that may be asked for, in images.
const MAX_BATCH: i64 = 100_000;

const EXAMPLES: &str = "\
Examples:
  infer predict --model artifacts/cnn-001 seven.png
  infer evaluate --model artifacts/cnn-001
  infer inspect --model artifacts/cnn-001
  infer show photo.jpg --out steps.png

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 some inputs failed and the others were done.";

const PREDICT_EXAMPLES: &str = "\
Examples:
  infer predict --model artifacts/cnn-001 seven.png scans/
  infer predict --model artifacts/cnn-001 'scans/**/*.jpg' --output digits.csv
  infer predict --model artifacts/cnn-001 scans.tar.gz test.parquet --output digits.parquet
  infer predict --model artifacts/cnn-001 t10k-images-idx3-ubyte.gz --format jsonl
  find scans -name '*.png' | infer predict --model artifacts/cnn-001 - --format jsonl
  infer predict --model artifacts/cnn-001 --digits many bill.jpg --annotate seen
  infer predict --model artifacts/cnn-001 --model artifacts/cnn-002 seven.png

Inputs: PNG, JPEG, BMP, TIFF, WebP, GIF and PNM pictures; tar archives of them; Parquet files with a
column `image` of them, as on the Hugging Face hub; IDX and CSV files of 28×28 pixels. All but
Parquet may be gzipped, pictures in archives excepted. Files of many are read one picture at a time.

A line of --format jsonl:
  {\"path\":\"seven.png\",\"label\":7,\"probability\":0.98,\"top\":[{\"label\":7,…},…],\"note\":null}
`label` is the number of the class; `class` is its name and is there only where the names are not
just the digits. CSV and Parquet have the columns path, label, (class,) probability and then label_2,
(class_2,) probability_2 and so on up to --top-k, and note. A picture out of a file of many is called
FILE#INDEX or FILE#MEMBER.

A picture without ink, all of one colour, has no label and no probability, and its note is `no ink`;
below --min-confidence there is no label, and the note is `low confidence`. Both are answers: the exit
code stays 0, and --errors does not name them. No label is null in JSON and Parquet, empty in CSV and
`none` in text.

With --digits many, all digits of a picture are read, line after line, and digits that touch are cut
apart. A line of --format jsonl is then
  {\"path\":\"bill.jpg\",\"text\":\"40 71\",\"lines\":[\"40\",\"71\"],\"digits\":[{\"label\":4,\"probability\":0.98,
  \"line\":0,\"box\":{\"left\":31,\"top\":12,\"width\":18,\"height\":30}},…],\"note\":null}
and CSV and Parquet have a row for each digit: path, text, line, place, label, probability, left, top,
width, height, note. A digit below --min-confidence is `?` in the text.

A picture may have any size and be dark on light or light on dark: it is cut, scaled to 28×28 pixels
and centred as MNIST's digits are. A picture of 28×28 pixels, light on dark, is taken as it is.
Inputs that cannot be read are named on standard error, the others are classified.";

const EVALUATE_EXAMPLES: &str = "\
Examples:
  infer evaluate --model artifacts/cnn-001
  infer evaluate --model artifacts/cnn-001 --dataset mnist --data-dir ~/mnist --format json
  infer evaluate --model artifacts/cnn-001 --dataset scans/
  infer evaluate --model artifacts/cnn-001 test.parquet
  infer evaluate --model artifacts/cnn-001 scans.tar --labels labels.csv
  infer evaluate --model artifacts/cnn-001 --digits many numbers/ --labels numbers/labels.csv

A data set is what `train` takes for one: a folder is laid out as FOLDER/CLASS/picture.png or
FOLDER/test/CLASS/picture.png (beside FOLDER/train), a CSV file has a label and 784 pixels a line.

Paths are what `predict` takes. Each picture's label is the one in --labels, which has the columns
file and label; without that, the one in its IDX, CSV or Parquet file; else the name of the folder
that it lies in. A picture without ink cannot be used.

With --digits many, a label is all digits of its picture in reading order, such as 0412; white space in
it does not count, and it is empty where there are none. What is measured is how many pictures are read
without a fault, by the number of their digits.";

const SHOW_EXAMPLES: &str = "\
Examples:
  infer show photo.jpg
  infer show photo.jpg --model artifacts/cnn-001
  infer show scans/ --out steps.png

Steps, of which a picture takes those that it needs: shades of grey; dark ink on light paper; the
paper as it is estimated; contrast of ink to paper; printed lines left out; the pieces of ink that
are taken for the digit; strokes of MNIST's width; boxed and centred, which is what the network gets.";

/// Classifies pictures of handwritten digits, or whatever else the model was trained on.
#[derive(Debug, Parser)]
#[command(name = "infer", version = console::VERSION_LINE, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say nothing on standard error but warnings and errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more on standard error: where the time went
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Classify pictures
    #[command(after_help = PREDICT_EXAMPLES)]
    Predict(PredictArgs),
    /// Measure a model on labelled images
    #[command(after_help = EVALUATE_EXAMPLES)]
    Evaluate(EvaluateArgs),
    /// Show what a saved model is, where it comes from, and whether it is undamaged
    Inspect(InspectArgs),
    /// Show what pictures become before the network sees them, step by step
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
}

/// The model and how it is run.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// The run folder that `train` wrote, such as artifacts/cnn-001; given several times, the networks
    /// answer together, by the mean of their logits, each at its own temperature
    #[arg(short, long = "model", value_name = "RUN", required = true)]
    pub(crate) models: Vec<PathBuf>,
    #[arg(long, default_value = "auto", help = device_help())]
    pub(crate) device: String,
    /// Images that go through the network at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_INFERENCE_BATCH as u32,
          value_parser = clap::value_parser!(u32).range(1..=MAX_BATCH))]
    pub(crate) batch_size: u32,
}

/// How inputs are read, and what is done with those that cannot be used.
#[derive(Clone, Debug, Args)]
pub(crate) struct InputArgs {
    /// What an input that cannot be used does to the job
    #[arg(long, value_enum, default_value_t)]
    pub(crate) on_error: OnError,
    /// Write the inputs that could not be used to this CSV file, with the columns path and error
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,
    /// The most pixels that one picture may have
    #[arg(long, value_name = "N", default_value_t = DecodeLimits::default().max_pixels)]
    max_pixels: u64,
    /// The largest file that one picture may have, in MiB
    #[arg(long, value_name = "MIB", default_value_t = DecodeLimits::default().max_file_bytes >> 20)]
    max_file_size: u64,
    /// The most memory that decoding may take, in MiB, of all pictures that are decoded at a time
    #[arg(long, value_name = "MIB", default_value_t = DecodeLimits::default().max_memory_bytes >> 20)]
    max_memory: u64,
    /// Set slanting digits upright before the network sees them; images of MNIST's form stay as they are
    #[arg(long)]
    deskew: bool,
}

impl InputArgs {
    /// What one picture may cost.
    pub(crate) fn limits(&self) -> DecodeLimits {
        DecodeLimits {
            max_pixels: self.max_pixels,
            max_file_bytes: self.max_file_size.saturating_mul(1 << 20),
            max_memory_bytes: self.max_memory.saturating_mul(1 << 20),
        }
    }

    /// How pictures are prepared.
    pub(crate) fn preparation(&self) -> PictureOptions {
        PictureOptions {
            deskew: self.deskew,
        }
    }
}

/// `infer predict`.
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Pictures, files of many pictures, folders of both, quoted patterns such as 'scans/**/*.png',
    /// or lists of any of these, one a line: @FILE, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    /// How to write the results; without it, as the end of the name of --output says, else as text
    #[arg(short, long, value_enum)]
    pub(crate) format: Option<outputs::Format>,
    /// How many classes to name for each picture, most probable first
    #[arg(short = 'k', long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u8).range(1..=base::NUM_CLASSES as i64))]
    pub(crate) top_k: u8,
    /// Give no label where the network is less confident than this, a number from 0 to 1
    #[arg(long, value_name = "P", value_parser = confidence)]
    pub(crate) min_confidence: Option<f64>,
    /// What a picture shows: one digit, or any number of them in lines
    #[arg(long, value_enum, default_value_t)]
    pub(crate) digits: Digits,
    /// With --digits many: write every picture with a box around each digit, and what it was read as,
    /// to this folder, which must be new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) annotate: Option<PathBuf>,
    /// Write the results to this file, all or nothing, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write each picture as the network sees it to this folder, which is made and must be empty: a PNG
    /// of 28×28 shades of grey, named by the place of its input, from 0, and its own name
    #[arg(long, value_name = "DIR")]
    pub(crate) save_preprocessed: Option<PathBuf>,
}

/// `infer evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Labelled pictures, as `predict` takes pictures
    #[arg(value_name = "PATH", conflicts_with_all = ["dataset", "data_dir"])]
    pub(crate) paths: Vec<PathBuf>,
    /// A CSV file with the columns file and label, for the pictures of PATH
    #[arg(long, value_name = "FILE", requires = "paths")]
    pub(crate) labels: Option<PathBuf>,
    /// What a picture shows: one digit, or any number of them in lines, and then labels are strings
    #[arg(long, value_enum, default_value_t)]
    pub(crate) digits: Digits,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    /// mnist, fashion-mnist, kmnist, synthetic, a folder of class folders or a CSV file; without
    /// it, the known set that the model was trained on. The test images are used where the set has
    /// them, else all
    #[arg(short, long, value_name = "SET")]
    pub(crate) dataset: Option<String>,
    /// Where the files of the known set are; else they are looked for and downloaded
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Never download
    #[arg(long)]
    pub(crate) offline: bool,
    /// Also tell how many images the network is at least so confident of, a number from 0 to 1, and how
    /// many of these it gets right
    #[arg(long, value_name = "P", value_parser = confidence)]
    pub(crate) min_confidence: Option<f64>,
    /// How to write the figures
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// `infer inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The run folder that `train` wrote, such as artifacts/cnn-001
    #[arg(short, long, value_name = "RUN")]
    pub(crate) model: PathBuf,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// `infer show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Pictures, or anything else that `predict` takes
    #[arg(required = true, value_name = "PICTURE")]
    pub(crate) paths: Vec<PathBuf>,
    /// Draw the steps to this PNG file too, a row a picture; else they are shown on the terminal only
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Also say what the model of this run folder takes them for; given several times, all together
    #[arg(short, long = "model", value_name = "RUN")]
    pub(crate) models: Vec<PathBuf>,
    #[arg(long, default_value = "cpu", help = device_help(), requires = "models")]
    pub(crate) device: String,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
}

/// How many digits a picture shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Digits {
    /// The greatest ink is the digit.
    #[default]
    One,
    /// Numbers, in lines, from left to right; digits may touch.
    Many,
}

/// How reports are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        let terminal = Terminal::new(verbosity, ProgressMode::Auto);
        match self.command {
            Command::Predict(arguments) => predict::run(arguments, &terminal),
            Command::Evaluate(arguments) => evaluate::run(arguments, &terminal),
            Command::Inspect(arguments) => inspect::run(&arguments),
            Command::Show(arguments) => show::run(arguments, &terminal),
        }
    }
}

fn confidence(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1, such as 0.9 for 90 %".into())
}

fn device_help() -> String {
    format!("Where to compute: {DEVICE_SPELLINGS}. For few pictures, cpu is the quickest")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
