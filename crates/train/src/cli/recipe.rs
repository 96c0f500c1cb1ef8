//! The arguments that name a recipe and change it.

use crate::config::{self, LoadedRecipe, OnError, Override, WayUp, recipe_names};
use clap::{Args, ValueEnum};
use console::Failure;
use std::path::{Path, PathBuf};

const HEADING: &str = "The recipe, and what is put over it";

/// The recipe and what is put over it.
#[derive(Debug, Args)]
pub struct RecipeArguments {
    /// A recipe that comes along (cnn, dense, linear, fast, accurate, …), a TOML file, or a run
    /// folder to repeat.
    #[arg(value_name = "RECIPE")]
    pub recipe: Option<PathBuf>,
    /// The recipe, as RECIPE.
    #[arg(short, long, value_name = "RECIPE", conflicts_with = "recipe", help_heading = HEADING)]
    pub config: Option<PathBuf>,
    /// Puts a value over the recipe's, such as epochs=3 or model.dropout=0.2; `train keys` lists the
    /// keys. May be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Override::parse, help_heading = HEADING)]
    pub overrides: Vec<Override>,
    /// What to train on: mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced, synthetic, or a
    /// file or folder of your own.
    #[arg(long, value_name = "SET", help_heading = HEADING)]
    pub data: Option<String>,
    /// Passes over the training images, instead of the recipe's epochs or steps.
    #[arg(long, value_name = "N", value_parser = positive(), help_heading = HEADING)]
    pub epochs: Option<i64>,
    /// Steps, instead of the recipe's epochs or steps.
    #[arg(long, value_name = "N", value_parser = positive(), conflicts_with = "epochs", help_heading = HEADING)]
    pub steps: Option<i64>,
    /// Images in a step.
    #[arg(long, value_name = "N", value_parser = positive(), help_heading = HEADING)]
    pub batch_size: Option<i64>,
    /// The highest learning rate.
    #[arg(long = "lr", visible_alias = "learning-rate", value_name = "RATE", help_heading = HEADING)]
    pub learning_rate: Option<f64>,
    /// Begins with the weights of a run of the same network, or of a .safetensors or PyTorch file, instead of random
    /// ones: to train on, on images of your own.
    #[arg(long, value_name = "RUN", help_heading = HEADING)]
    pub init: Option<PathBuf>,
    /// Seed of weights, split, order, augmentation and dropout.
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64), help_heading = HEADING)]
    pub seed: Option<u64>,
    /// Where the files of the data set are.
    #[arg(long, value_name = "DIR", help_heading = HEADING)]
    pub data_dir: Option<PathBuf>,
    /// Never downloads.
    #[arg(long, help_heading = HEADING)]
    pub offline: bool,
    /// What an image of your own that cannot be used does: it ends the run, or is named and left out.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = HEADING)]
    pub on_error: Option<OnError>,
    /// Which way up the 28×28 images of files of your own are.
    #[arg(long, value_enum, value_name = "WAY", help_heading = HEADING)]
    pub orientation: Option<WayUp>,
    /// Fails where the data set is not to be had, instead of training on drawn digits.
    #[arg(long, help_heading = HEADING)]
    pub no_fallback: bool,
}

/// A word of the command line as the recipe has it.
fn named<T: ValueEnum>(word: &T) -> Option<toml::Value> {
    let word = word.to_possible_value()?;
    Some(word.get_name().into())
}

fn positive() -> clap::builder::RangedI64ValueParser {
    clap::value_parser!(i64).range(1..)
}

impl RecipeArguments {
    /// What these put over the recipe: `--set` in order, then the named flags.
    fn all_overrides(&self, device: Option<&str>) -> Vec<Override> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let flag = |name: &str, key: &str, value: Option<toml::Value>| {
            value.map(|value| Override::flag(name, key, value))
        };
        let instead = |change: Option<Override>, of| change.map(|change| change.instead_of(of));
        let seed = self
            .seed
            .map(|seed| i64::try_from(seed).unwrap_or(i64::MAX));
        let flags = [
            flag("--data", "data.dataset", self.data.clone().map(Into::into)),
            instead(
                flag("--epochs", "training.epochs", self.epochs.map(Into::into)),
                "training.steps",
            ),
            instead(
                flag("--steps", "training.steps", self.steps.map(Into::into)),
                "training.epochs",
            ),
            flag(
                "--batch-size",
                "training.batch_size",
                self.batch_size.map(Into::into),
            ),
            flag(
                "--lr",
                "training.optimizer.learning_rate",
                self.learning_rate.map(Into::into),
            ),
            flag(
                "--init",
                "init",
                self.init.as_ref().map(text).map(Into::into),
            ),
            flag("--seed", "seed", seed.map(Into::into)),
            flag(
                "--data-dir",
                "data.dir",
                self.data_dir.as_ref().map(text).map(Into::into),
            ),
            flag(
                "--offline",
                "data.offline",
                self.offline.then(|| true.into()),
            ),
            flag(
                "--no-fallback",
                "data.fallback",
                self.no_fallback.then(|| "none".into()),
            ),
            flag(
                "--on-error",
                "data.on_error",
                self.on_error.as_ref().and_then(named),
            ),
            flag(
                "--orientation",
                "data.orientation",
                self.orientation.as_ref().and_then(named),
            ),
            flag("--device", "device", device.map(Into::into)),
        ];
        let mut all = self.overrides.clone();
        all.extend(flags.into_iter().flatten());
        all
    }

    /// Reads the recipe and puts the flags over it; and what is to be said of it.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is wrong.
    pub fn load(&self, device: Option<&str>) -> Result<LoadedRecipe, Failure> {
        let called = self.recipe.as_deref().or(self.config.as_deref());
        let called = called.ok_or_else(|| {
            let names = recipe_names().join(", ");
            Failure::usage("no recipe given")
                .with_hint(Some(format!("train cnn; recipes that come along: {names}")))
        })?;
        self.load_from(called, device)
    }

    /// The same from a recipe that the command line does not name.
    ///
    /// # Errors
    ///
    /// As of [`RecipeArguments::load`].
    pub fn load_from(&self, called: &Path, device: Option<&str>) -> Result<LoadedRecipe, Failure> {
        config::load(called, &self.all_overrides(device)).map_err(|error| {
            let hint = as_a_set(called).or_else(|| error.hint());
            Failure::usage(&error).with_hint(hint)
        })
    }
}

/// The way out where what is given as a recipe is images to train on.
fn as_a_set(called: &Path) -> Option<String> {
    let extension = called.extension()?.to_string_lossy().to_lowercase();
    let is_data =
        ["csv", "parquet", "gz", "tar", "zip", "npz", "npy", "png"].contains(&extension.as_str());
    is_data.then(|| format!("train cnn --data {}", called.display()))
}
