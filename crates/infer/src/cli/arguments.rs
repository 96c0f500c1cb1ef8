//! The command line: its commands and their options. What they are told in the help beside that is
//! `help`'s.

use super::choices::{Format, OnError, ReportFormat, Rows, ShardChoice, digits};
use super::export::ExportArgs;
use super::help::{
    COMPLETIONS_EXAMPLES, EVALUATE_EXAMPLES, EXAMPLES, EXPORT_EXAMPLES, INSPECT_EXAMPLES,
    MAN_EXAMPLES, MERGE_EXAMPLES, PREDICT_EXAMPLES, SERVE_EXAMPLES, SHOW_EXAMPLES, with_exit_codes,
};
use super::model_arguments::{ModelArgs, device_help};
use super::serve_arguments::ServeArgs;
use crate::digits::Digits;
use clap::{Args, Parser, Subcommand};
use console::{HELP_COLUMNS, Shell};
use data::picture::PictureOptions;
use data::{DecodeLimits, Orientation};
use std::path::PathBuf;

/// Classifies pictures of handwritten digits, or whatever else the model was trained on.
#[derive(Debug, Parser)]
#[command(
    name = "infer",
    version = console::VERSION_LINE,
    max_term_width = HELP_COLUMNS,
    after_help = with_exit_codes(EXAMPLES)
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Say nothing on standard error but warnings and errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say more on standard error: where the time went
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Classify pictures
    #[command(after_help = with_exit_codes(PREDICT_EXAMPLES))]
    Predict(PredictArgs),
    /// Join the shards of `predict --shard` to one table
    #[command(after_help = with_exit_codes(MERGE_EXAMPLES))]
    Merge(MergeArgs),
    /// Measure a model on labelled images
    #[command(after_help = with_exit_codes(EVALUATE_EXAMPLES))]
    Evaluate(EvaluateArgs),
    /// Show what a saved model is, where it comes from, and whether it is undamaged
    #[command(after_help = with_exit_codes(INSPECT_EXAMPLES))]
    Inspect(InspectArgs),
    /// Show what pictures become before the network sees them, step by step
    #[command(after_help = with_exit_codes(SHOW_EXAMPLES))]
    Show(ShowArgs),
    /// Write a network in a form that runs elsewhere
    #[command(after_help = with_exit_codes(EXPORT_EXAMPLES))]
    Export(ExportArgs),
    /// Answer over HTTP, with a page to draw on
    #[command(after_help = with_exit_codes(SERVE_EXAMPLES))]
    Serve(ServeArgs),
    /// Print completions for a shell
    #[command(after_help = with_exit_codes(COMPLETIONS_EXAMPLES))]
    Completions(CompletionsArgs),
    /// Write man pages, one for each command
    #[command(after_help = with_exit_codes(MAN_EXAMPLES))]
    Man(ManArgs),
}

/// How inputs are read, and what is done with those that cannot be used.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Inputs")]
pub(super) struct InputArgs {
    /// What an input that cannot be used does to the job
    #[arg(long, value_enum, default_value_t)]
    pub(super) on_error: OnError,
    /// Write the inputs that could not be used to this CSV file, with the columns path and error
    #[arg(long, value_name = "FILE")]
    pub(super) errors: Option<PathBuf>,
    /// The most pixels that one picture may have
    #[arg(long, value_name = "N", default_value_t = DecodeLimits::default().max_pixels)]
    max_pixels: u64,
    /// The largest file that one picture may have, in MiB
    #[arg(long, value_name = "MIB", default_value_t = DecodeLimits::default().max_file_bytes >> 20)]
    max_file_size: u64,
    /// The most memory that decoding may take, in MiB, of all pictures that are decoded at a time
    #[arg(long, value_name = "MIB", default_value_t = DecodeLimits::default().max_memory_bytes >> 20)]
    max_memory: u64,
    /// Which way up 28×28 images of files of many are (IDX, CSV, NumPy): auto looks whether the model reads them far
    /// more surely transposed, as EMNIST's files are
    #[arg(long, value_name = "WAY", default_value_t, value_parser = orientation)]
    pub(super) orientation: Orientation,
    /// Set slanting digits upright before the network sees them; images of MNIST's form stay as they are
    #[arg(long)]
    deskew: bool,
    /// Pass over the first inputs, so many: the others keep their numbers
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(super) skip: u64,
}

impl InputArgs {
    /// What one picture may cost.
    pub(super) fn limits(&self) -> DecodeLimits {
        DecodeLimits {
            max_pixels: self.max_pixels,
            max_file_bytes: self.max_file_size.saturating_mul(1 << 20),
            max_memory_bytes: self.max_memory.saturating_mul(1 << 20),
        }
    }

    /// Whether an input that cannot be used is passed over.
    pub(super) fn skips_unusable(&self) -> bool {
        self.on_error == OnError::Skip
    }

    /// How pictures are prepared.
    pub(super) fn preparation(&self) -> PictureOptions {
        PictureOptions {
            deskew: self.deskew,
            ..PictureOptions::default()
        }
    }
}

/// `infer predict`.
#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    // First, so that the heading of the model's options is not its own.
    /// Pictures, files of many pictures, folders of both, quoted patterns such as 'scans/**/*.png',
    /// or lists of any of these, one a line: @FILE, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// How to write the results; without it, as the end of the name of --output says, else as text
    #[arg(short, long, value_enum, help_heading = "Results")]
    pub(super) format: Option<Format>,
    /// How many classes to name for each picture, most probable first
    #[arg(short = 'k', long, value_name = "N", default_value_t = 3, help_heading = "Results",
          value_parser = clap::value_parser!(u16).range(1..=base::MAX_CLASSES as i64))]
    pub(super) top_k: u16,
    /// Give no label where the network is less confident than this, a number from 0 to 1
    #[arg(long, value_name = "P", value_parser = confidence, help_heading = "Results")]
    pub(super) min_confidence: Option<f64>,
    /// Do one of N equal shares of the inputs, by its number from 1, and write its rows to a file of its own beside --output,
    /// such as digits.3-of-8.csv, for `infer merge`; one that is there is not done again. auto, or auto/N: as an array of
    /// Slurm, an indexed job of Kubernetes or `HyperQueue` says
    #[arg(long, value_name = "I/N", num_args = 0..=1, default_missing_value = "auto", help_heading = "Inputs")]
    pub(super) shard: Option<ShardChoice>,
    /// What a picture shows: `one` digit, which is the greatest ink; `many`, numbers in lines from left to right, whose
    /// digits may touch; or so many digits, such as 4, and nothing else: what more there is is left out
    #[arg(long, value_name = "HOW MANY", default_value = "one", value_parser = digits, help_heading = "Inputs")]
    pub(super) digits: Digits,
    /// With --digits many: what a row, or an object of JSON, is of; without it, a digit in CSV and Parquet, else a picture
    #[arg(long, value_enum, help_heading = "Results")]
    pub(super) rows: Option<Rows>,
    /// Write a page of the pictures to look over: what is unsure, without ink, of several digits or could not be read, each
    /// with a field for what it shows; the page saves these as labels for `infer evaluate --labels`
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(super) review: Option<PathBuf>,
    /// With --digits many: write every picture with a box around each digit, and what it was read as,
    /// to this folder, which must be new or empty
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub(super) annotate: Option<PathBuf>,
    /// Write the results to this file instead of standard output; it appears once it is whole
    #[arg(short, long, value_name = "FILE", help_heading = "Results")]
    pub(super) output: Option<PathBuf>,
    /// Write each picture as the network sees it to this folder, which is made and must be empty: a PNG
    /// of 28×28 shades of grey, named by the place of its input, from 0, and its own name
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub(super) save_preprocessed: Option<PathBuf>,
}

/// `infer merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// The shards, such as digits.1-of-8.csv; without any, those beside --output
    #[arg(value_name = "SHARD")]
    pub(super) shards: Vec<PathBuf>,
    /// The file that `predict --shard` was given; it appears once it is whole
    #[arg(short, long, value_name = "FILE", help_heading = "Results")]
    pub(super) output: PathBuf,
    /// How the shards are written; without it, as the end of the name of --output says, else as text
    #[arg(short, long, value_enum, help_heading = "Results")]
    pub(super) format: Option<Format>,
}

/// `infer evaluate`.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    // First, so that the heading of the model's options is not its own.
    /// Labelled pictures, as `predict` takes pictures
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    /// A table of names and labels, such as a CSV file with the columns file and label, for the pictures of PATH
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) labels: Option<PathBuf>,
    /// What a picture shows: `one` digit; `many`, numbers in lines, and then labels are strings; or so many digits, such
    /// as 4, and nothing else
    #[arg(long, value_name = "HOW MANY", default_value = "one", value_parser = digits, help_heading = "Inputs")]
    pub(super) digits: Digits,
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced, synthetic, or the path of a set of
    /// your own; without it, the known set that the model was trained on. The test images are used where the set has
    /// them, else all
    #[arg(short, long, value_name = "SET", help_heading = "Data set")]
    pub(super) dataset: Option<String>,
    /// Where the files of the known set are; else they are looked for and downloaded
    #[arg(long, value_name = "DIR", help_heading = "Data set")]
    pub(super) data_dir: Option<PathBuf>,
    /// Never download
    #[arg(long, help_heading = "Data set")]
    pub(super) offline: bool,
    /// Also tell how many images the network is at least so confident of, a number from 0 to 1, and how
    /// many of these it gets right
    #[arg(long, value_name = "P", value_parser = confidence, help_heading = "Results")]
    pub(super) min_confidence: Option<f64>,
    /// How to write the figures
    #[arg(short, long, value_enum, default_value_t, help_heading = "Results")]
    pub(super) format: ReportFormat,
}

/// `infer inspect`.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// The run folder that `train` wrote, or its name, such as cnn-001
    #[arg(value_name = "RUN")]
    pub(super) runs: Vec<PathBuf>,
    /// The same, as the other commands take it
    #[arg(short, long = "model", value_name = "RUN", help_heading = "Model")]
    pub(super) models: Vec<PathBuf>,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t, help_heading = "Results")]
    pub(super) format: ReportFormat,
}

/// `infer show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Pictures, or anything else that `predict` takes
    #[arg(required = true, value_name = "PICTURE")]
    pub(super) paths: Vec<PathBuf>,
    /// Draw the steps to this PNG file too, a row a picture; else they are shown on the terminal only
    #[arg(short, long, value_name = "FILE", help_heading = "Results")]
    pub(super) out: Option<PathBuf>,
    /// Also say what the model of this run folder takes them for; given several times, all together
    #[arg(short, long = "model", value_name = "RUN", help_heading = "Model")]
    pub(super) models: Vec<PathBuf>,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = device_help(),
          requires = "models", help_heading = "Model")]
    pub(super) device: String,
    #[command(flatten)]
    pub(super) inputs: InputArgs,
}

/// `infer completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(super) shell: Shell,
}

/// `infer man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder to write to, which is made where it is not there
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

fn orientation(text: &str) -> Result<Orientation, String> {
    text.parse()
}

fn confidence(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1, such as 0.9 for 90 %".into())
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
