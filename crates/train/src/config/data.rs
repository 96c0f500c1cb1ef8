//! The recipe's `[data]`: what to train on. Finding and reading it is `dataset`'s.

use super::Validation;
use clap::ValueEnum;
use data::Orientation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What to train on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// `mnist`, `fashion-mnist`, `kmnist`, `emnist-digits`, `emnist-letters`, `emnist-balanced`, `synthetic`, or the path
    /// of images of your own: a CSV, IDX, `NumPy`, Parquet, tar or zip file, a table of labels, or a folder of class
    /// folders.
    pub dataset: String,
    /// The folder with the files of a known set; else they are looked for and downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Whether downloading is forbidden.
    pub offline: bool,
    /// What stands in for MNIST where it is neither on disk nor to be downloaded.
    pub fallback: Fallback,
    /// Training images to set aside for validation, or "test" to validate on the test images, as
    /// some tutorials do: the test accuracy is then a selected one.
    pub validation: Validation,
    /// Which training images are set aside.
    pub split: SplitKind,
    /// Training images to take of images of your own, at random but seeded; all where it is left
    /// out. Test images are all taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub rows: Option<usize>,
    /// Classes of images of your own whose labels are numbers, at least 2: labels are 0 to one less. Left out, there are
    /// ten where no label is above 9, else as many as it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 256))]
    pub classes: Option<usize>,
    /// Test images for images of your own: another path, or "none" to train on all and test on
    /// nothing. Left out, a folder or file may hold `train` and `test`; else a seeded tenth is set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// A known set to write to the path of `dataset` first, where nothing is there: `mnist`,
    /// `fashion-mnist`, `kmnist`, `emnist-digits`, `emnist-letters`, `emnist-balanced` or `synthetic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_from: Option<String>,
    /// Which way up the 28×28 images of files of your own are: `auto` looks, and turns upright what is transposed, as
    /// EMNIST's files are.
    pub orientation: WayUp,
    /// What an image of your own that cannot be used does: it ends the run, or is named and left out.
    pub on_error: OnError,
    /// The drawn digits.
    pub synthetic: SyntheticSize,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dataset: "mnist".into(),
            dir: None,
            offline: false,
            fallback: Fallback::None,
            validation: Validation::Images(5_000),
            split: SplitKind::Seeded,
            rows: None,
            classes: None,
            test: None,
            write_from: None,
            orientation: WayUp::Auto,
            on_error: OnError::Fail,
            synthetic: SyntheticSize::default(),
        }
    }
}

impl DataConfig {
    /// Whether there are no test images because the recipe says so.
    #[must_use]
    pub fn is_without_test(&self) -> bool {
        self.test
            .as_ref()
            .is_some_and(|test| test.as_os_str() == NO_TEST)
    }

    /// Whether there are images to validate on.
    #[must_use]
    pub fn has_validation(&self) -> bool {
        match self.validation {
            Validation::Images(count) => count > 0,
            Validation::Test => true,
        }
    }
}

/// The word in the place of a path for "no test images".
const NO_TEST: &str = "none";

/// The name of the digits that the program draws.
pub(crate) const SYNTHETIC: &str = "synthetic";

/// What may stand in for a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// Nothing: a run without its data fails.
    #[default]
    None,
    /// The digits that the program draws.
    Synthetic,
}

/// Which way up images are.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum WayUp {
    /// Looked at, and turned upright where they are transposed.
    #[default]
    Auto,
    /// As they should be.
    Upright,
    /// With x and y exchanged, as EMNIST's files are.
    Transposed,
}

impl From<WayUp> for Orientation {
    fn from(way: WayUp) -> Self {
        match way {
            WayUp::Auto => Self::Auto,
            WayUp::Upright => Self::Upright,
            WayUp::Transposed => Self::Transposed,
        }
    }
}

/// What an image that cannot be used does.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// It ends the run.
    #[default]
    Fail,
    /// It is named and left out.
    Skip,
}

/// Which training images are set aside for validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SplitKind {
    /// Drawn from the recipe's seed.
    #[default]
    Seeded,
    /// The last ones.
    Last,
}

/// How many digits to draw, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSize {
    /// Training images to draw.
    #[schemars(range(min = 1))]
    pub train: usize,
    /// Test images to draw.
    pub test: usize,
    /// Seed of the drawing; the recipe's own seed does not change the pictures.
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
}

impl Default for SyntheticSize {
    fn default() -> Self {
        Self {
            train: 60_000,
            test: 10_000,
            seed: 1,
        }
    }
}
