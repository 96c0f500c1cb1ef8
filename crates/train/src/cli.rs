//! The command line of `train`. From its arguments to a recipe: `cli::recipe`.

mod recipe;
mod seeds;

pub use recipe::RecipeArguments;
pub use seeds::Seeds;

use crate::config::LoadedRecipe;
use clap::{Args, Parser, Subcommand, ValueEnum};
use console::{EXIT_CODES, Failure, HELP_COLUMNS, ProgressMode, Shell, Terminal, Verbosity};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  train cnn
  train dense --epochs 3 --set model.dropout=0.2
  train cnn --data train.csv --lr 0.01 --batch-size 64
  train my-recipe.toml --device gpu --out artifacts/on-the-gpu
  train fast --seeds 1..10
  train --resume
  train preview accurate
  train compare artifacts/cnn-001 artifacts/dense-001
  train keys
  train devices";

const HOW: &str = "How it runs";
const SHOWN: &str = "What is shown";

/// Trains a network on MNIST or on any other 28×28 images of 2 to 256 classes.
#[derive(Debug, Parser)]
#[command(
    name = "train",
    version = console::VERSION_LINE,
    about,
    after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    max_term_width = HELP_COLUMNS,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Another job than training.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Training.
    #[command(flatten)]
    pub train: TrainArguments,
}

/// Another job than training.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists the devices of this machine and checks each against the CPU.
    Devices(DevicesArguments),
    /// Shows training images as augmentation changes them, and images that are added.
    Preview(PreviewArguments),
    /// Puts finished runs side by side: a table, and a page with curves, confusion matrices and the
    /// digits on which they disagree.
    Compare(CompareArguments),
    /// Lists every key of a recipe: type, default, range and meaning.
    Keys(KeysArguments),
    /// Writes a data set as files that `train` and `infer` read.
    Write(WriteArguments),
    /// Prints completions for a shell.
    Completions {
        /// bash, elvish, fish, powershell or zsh.
        shell: Shell,
    },
    /// Writes man pages into a folder.
    Man {
        /// The folder; it is made where it is not there.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// Of `train compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Run folders.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The page; by default the next free artifacts/compare-NNN.html.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replaces the file in --out.
    #[arg(long, requires = "out")]
    pub force: bool,
    /// How the table is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Of `train devices`.
#[derive(Debug, Args)]
pub struct DevicesArguments {
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Of `train keys`.
#[derive(Debug, Args)]
pub struct KeysArguments {
    /// Only keys with this in their path, such as `schedule`.
    #[arg(value_name = "PART")]
    pub part: Option<String>,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Of `train write`.
#[derive(Debug, Args)]
pub struct WriteArguments {
    /// mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced or synthetic.
    #[arg(long, value_name = "SET", default_value = "mnist")]
    pub dataset: String,
    /// What is written.
    #[arg(long, value_enum)]
    pub format: WrittenFormat,
    /// The file (.csv, .csv.gz, .parquet; test images go into one beside it), or a new folder.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Training images of the drawn digits, and a sixth as many for the test; 60000 where it is
    /// left out.
    #[arg(long, value_name = "N", value_parser = drawn())]
    pub count: Option<u32>,
    /// Where the files of the data set are.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Never downloads.
    #[arg(long)]
    pub offline: bool,
}

fn drawn() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=10_000_000)
}

/// A format that a set is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WrittenFormat {
    /// Tables of a label and 784 pixels a line, as Kaggle has them.
    Csv,
    /// Folders of PNGs, one a class.
    Png,
    /// MNIST's own four files.
    Idx,
    /// Parquet files.
    Parquet,
}

impl From<WrittenFormat> for data::SetFormat {
    fn from(format: WrittenFormat) -> Self {
        match format {
            WrittenFormat::Csv => Self::Csv,
            WrittenFormat::Png => Self::Png,
            WrittenFormat::Idx => Self::Idx,
            WrittenFormat::Parquet => Self::Parquet,
        }
    }
}

/// Of `train preview`.
#[derive(Debug, Args)]
pub struct PreviewArguments {
    /// The recipe.
    #[command(flatten)]
    pub recipe: RecipeArguments,
    /// Images to show.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub count: u16,
    /// The picture to write, a PNG file.
    #[arg(long, value_name = "FILE", default_value = "preview.png")]
    pub out: PathBuf,
    /// Replaces the picture in --out.
    #[arg(long)]
    pub force: bool,
}

/// Of training.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct TrainArguments {
    /// The recipe.
    #[command(flatten)]
    pub recipe: RecipeArguments,
    /// Trains a network a seed, such as 1..16 or 1,2,5: a run each, and a table of their figures.
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed", help_heading = HOW)]
    pub seeds: Option<Seeds>,
    /// auto, cpu, gpu, gpu:N, vulkan, metal, cuda:N or ndarray.
    #[arg(long, help_heading = HOW)]
    pub device: Option<String>,
    /// The run folder; by default the next free artifacts/RECIPE-NNN. Of many seeds, the folder of
    /// their runs.
    #[arg(long, value_name = "DIR", help_heading = HOW)]
    pub out: Option<PathBuf>,
    /// Goes on with a run that was stopped, from its last checkpoint, or with a finished one for longer (--epochs
    /// N); without a name the newest of artifacts/.
    #[arg(
        long,
        value_name = "RUN",
        num_args = 0..=1,
        conflicts_with_all = ["recipe", "config", "out", "seeds"],
        help_heading = HOW
    )]
    pub resume: Option<Option<PathBuf>>,
    /// Replaces the run in --out; of --resume, goes on although keys of the recipe were changed.
    #[arg(long, help_heading = HOW)]
    pub force: bool,
    /// Writes event files for TensorBoard into the run folder's `tensorboard`: curves, histograms of
    /// the weights, pictures.
    #[arg(long, help_heading = HOW)]
    pub tensorboard: bool,
    /// Prints the whole recipe, every key with its meaning, and stops.
    #[arg(long, help_heading = SHOWN)]
    pub print_config: bool,
    /// How progress is shown.
    #[arg(long, value_enum, default_value_t, help_heading = SHOWN)]
    pub progress: ProgressMode,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t, help_heading = SHOWN)]
    pub format: Format,
    /// Says only what went wrong, and the result.
    #[arg(short, long, conflicts_with = "verbose", help_heading = SHOWN)]
    pub quiet: bool,
    /// Says more: the loss every 50 steps, checksums.
    #[arg(short, long, help_heading = SHOWN)]
    pub verbose: bool,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl TrainArguments {
    /// Reads the recipe and puts the command line over it; and what is to be said of it.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is wrong.
    pub fn load_recipe(&self) -> Result<LoadedRecipe, Failure> {
        self.recipe.load(self.device.as_deref())
    }

    /// Where it talks.
    #[must_use]
    pub fn terminal(&self) -> Terminal {
        Terminal::new(self.verbosity(), self.progress)
    }

    fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}
