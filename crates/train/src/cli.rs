//! The command line of `train`.

use crate::config::{self, Override, Recipe};
use clap::{Args, Parser, Subcommand, ValueEnum};
use console::{Failure, ProgressMode, Verbosity};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  train --config configs/cnn.toml
  train --config configs/dense.toml --set training.epochs=3 --set model.dropout=0.2
  train --config configs/cnn.toml --device gpu --out artifacts/on-the-gpu
  train preview --config configs/accurate.toml
  train compare artifacts/cnn-001 artifacts/dense-001
  train devices";

/// Trains a network on MNIST or on any other 28×28 images of up to ten classes.
#[derive(Debug, Parser)]
#[command(
    name = "train",
    version = console::VERSION_LINE,
    about,
    after_help = EXAMPLES,
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
    /// Shows training images as augmentation changes them.
    Preview(PreviewArguments),
    /// Puts finished runs side by side: a table, and a page with curves, confusion matrices and the
    /// digits on which they disagree.
    Compare(CompareArguments),
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

/// The recipe and what is put over it.
#[derive(Debug, Args)]
pub struct RecipeArguments {
    /// The recipe, a TOML file.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Puts a value over the recipe's, such as training.epochs=3; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Override::parse)]
    pub overrides: Vec<Override>,
    /// Seed of weights, split, order, augmentation and dropout.
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Where the files of the data set are.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Never downloads.
    #[arg(long)]
    pub offline: bool,
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
    /// auto, cpu, gpu, gpu:N, vulkan, metal, cuda:N or ndarray.
    #[arg(long)]
    pub device: Option<String>,
    /// The run folder; by default the next free artifacts/RECIPE-NNN.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replaces the run in --out.
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Prints the resolved recipe and stops.
    #[arg(long)]
    pub print_config: bool,
    /// Writes event files for TensorBoard into the run folder's `tensorboard`: curves, histograms of
    /// the weights, pictures.
    #[arg(long)]
    pub tensorboard: bool,
    /// How progress is shown.
    #[arg(long, value_enum, default_value_t)]
    pub progress: ProgressMode,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Says only what went wrong, and the result.
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Says more: the loss every 50 steps, checksums.
    #[arg(short, long)]
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

impl RecipeArguments {
    /// What these put over the recipe: `--set` in order, then the named flags.
    fn all_overrides(&self) -> Vec<Override> {
        let mut all = self.overrides.clone();
        if let Some(seed) = self.seed {
            let seed = i64::try_from(seed).unwrap_or(i64::MAX);
            all.push(Override::flag("--seed", "seed", seed));
        }
        if let Some(dir) = &self.data_dir {
            let dir = dir.to_string_lossy().into_owned();
            all.push(Override::flag("--data-dir", "data.dir", dir));
        }
        if self.offline {
            all.push(Override::flag("--offline", "data.offline", true));
        }
        all
    }

    /// Reads the recipe and puts these and `more` over it.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is wrong.
    pub fn load(&self, more: Vec<Override>) -> Result<Recipe, Failure> {
        let path = self.config.as_deref().ok_or_else(|| {
            Failure::usage("no recipe given").with_hint(Some("--config configs/cnn.toml"))
        })?;
        let overrides = [self.all_overrides(), more].concat();
        config::load(path, &overrides)
            .map_err(|error| Failure::usage(&error).with_hint(error.hint()))
    }
}

impl TrainArguments {
    /// Reads the recipe and puts the command line over it.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is wrong.
    pub fn load_recipe(&self) -> Result<Recipe, Failure> {
        let device = self.device.clone();
        let device = device.map(|device| Override::flag("--device", "device", device));
        self.recipe.load(device.into_iter().collect())
    }

    /// How much is to be said.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}
