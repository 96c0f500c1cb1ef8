//! Reads a run folder back, for comparing runs. A run that was cut short, or that an older version
//! wrote, has fewer figures: whatever is missing or damaged is `None`, and said.

mod settings;
mod summary;

pub(crate) use settings::{differing_keys, differing_settings};

use crate::config::{self, Recipe};
use crate::predictions::{self, PREDICTIONS_FILE, Prediction};
use crate::run_folder::{CONFIG_FILE, METRICS_FILE, SUMMARY_FILE, is_seeds};
use crate::training::Budget;
use base::MAX_CLASSES;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use summary::{SavedSummary, SavedTest, SavedTraining};

/// How a run ended that has no summary.
const CUT_SHORT: &str = "cut short";

/// A run as its folder tells it.
pub(crate) struct SavedRun {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// Every setting, by its dotted key.
    pub settings: BTreeMap<String, String>,
    /// The recipe, where this version can still read it.
    pub recipe: Option<Recipe>,
    /// What the run came to.
    pub summary: Option<SavedSummary>,
    /// Its evaluations, first to last.
    pub history: Vec<SavedEvaluation>,
    /// What it said of each test image.
    pub predictions: Option<Vec<Prediction>>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
}

/// A line of `metrics.jsonl`.
#[derive(Debug, Deserialize)]
pub(crate) struct SavedEvaluation {
    pub epoch: f64,
    pub step: usize,
    pub learning_rate: Option<f64>,
    pub train_loss: Option<f64>,
    pub train_accuracy: Option<f64>,
    pub validation_loss: Option<f64>,
    pub validation_accuracy: Option<f64>,
    #[serde(default)]
    pub is_best: bool,
}

impl SavedRun {
    /// Whether there is a run in the folder.
    pub(crate) fn is_at(path: &Path) -> bool {
        path.join(CONFIG_FILE).is_file() && !is_seeds(path)
    }

    /// Reads the folder, as far as it can be read.
    pub(crate) fn read(path: &Path) -> Self {
        let mut run = Self {
            name: folder_name(path),
            path: path.to_path_buf(),
            settings: BTreeMap::new(),
            recipe: None,
            summary: None,
            history: Vec::new(),
            predictions: None,
            problems: Vec::new(),
        };
        run.summary = run.read_summary();
        run.history = run.read_history();
        run.predictions = run.read_predictions();
        run.read_recipe();
        run
    }

    /// The settings stay readable where the recipe is one of another version.
    fn read_recipe(&mut self) {
        let Some(bytes) = self.read_file(CONFIG_FILE) else {
            return;
        };
        match String::from_utf8_lossy(&bytes).parse::<toml::Table>() {
            Ok(table) => settings::flatten("", &table, &mut self.settings),
            Err(error) => return self.problem(CONFIG_FILE, &error.to_string()),
        }
        match config::load_saved(&self.path.join(CONFIG_FILE)) {
            Ok(recipe) => self.recipe = Some(recipe),
            Err(error) => {
                // The parser draws the place first; the last line says what is wrong.
                let text = error.to_string();
                let reason = text.trim_end().lines().last().unwrap_or_default();
                let reason = reason.replace(
                    &format!("{}:", self.path.join(CONFIG_FILE).display()),
                    "line ",
                );
                self.problem(
                    CONFIG_FILE,
                    &format!("no recipe of this version: {}", reason.trim()),
                );
            }
        }
    }

    /// The bytes of one of the run's files, and a problem where there are none.
    fn read_file(&mut self, name: &str) -> Option<Vec<u8>> {
        let path = self.path.join(name);
        // What is no ordinary file, such as a pipe or a device, may have no end.
        if path.exists() && !path.is_file() {
            self.problem(name, "is no file");
            return None;
        }
        match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.problem(name, &error.to_string());
                None
            }
        }
    }

    fn problem(&mut self, name: &str, problem: &str) {
        let path = self.path.join(name);
        self.problems.push(format!("{}: {problem}", path.display()));
    }

    fn read_json<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let bytes = self.read_file(name)?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(name, &error.to_string());
                None
            }
        }
    }

    fn read_summary(&mut self) -> Option<SavedSummary> {
        let mut summary: SavedSummary = self.read_json(SUMMARY_FILE)?;
        for problem in summary.take_out_what_is_wrong() {
            self.problem(SUMMARY_FILE, &problem);
        }
        Some(summary)
    }

    /// The lines that are whole: the last one of a killed run may not be.
    fn read_history(&mut self) -> Vec<SavedEvaluation> {
        let Some(bytes) = self.read_file(METRICS_FILE) else {
            return Vec::new();
        };
        let lines = bytes.split(|&byte| byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty()).enumerate();
        let mut history = Vec::new();
        for (index, line) in lines {
            match serde_json::from_slice(line) {
                Ok(evaluation) => history.push(evaluation),
                Err(error) => self.problem(METRICS_FILE, &format!("line {}: {error}", index + 1)),
            }
        }
        history
    }

    /// Only where they are of the images 0, 1, 2 … in this order, and of classes that there are.
    fn read_predictions(&mut self) -> Option<Vec<Prediction>> {
        // A run without test images has none, and lacks nothing.
        let is_tested = self.summary.is_none() || self.test().is_some();
        if !is_tested && !self.path.join(PREDICTIONS_FILE).exists() {
            return None;
        }
        let bytes = self.read_file(PREDICTIONS_FILE)?;
        let read = predictions::from_csv(&bytes).map_err(|error| error.to_string());
        let num_classes = self.test().map_or(MAX_CLASSES, |test| test.classes.len());
        let checked = read.and_then(|all| {
            let is_wrong = |(place, one): (usize, &Prediction)| {
                one.index != place || one.label.max(one.prediction) >= num_classes
            };
            match all.iter().enumerate().position(is_wrong) {
                Some(place) => Err(format!("line {}: not of test image {place}", place + 2)),
                None => Ok(all),
            }
        });
        checked
            .map_err(|problem| self.problem(PREDICTIONS_FILE, &problem))
            .ok()
    }

    /// The figures on the test images.
    pub(crate) fn test(&self) -> Option<&SavedTest> {
        self.summary.as_ref()?.test.as_ref()
    }

    /// How the run ended, in the words of its summary; a run that was killed has none.
    pub(crate) fn ending(&self) -> Option<&str> {
        match &self.summary {
            Some(summary) => summary.ending.as_deref(),
            None => Some(CUT_SHORT),
        }
    }

    /// What readers of its figures have to know of how it ended, where it did not end as planned.
    pub(crate) fn ending_notice(&self) -> Option<String> {
        let name = &self.name;
        match self.ending()? {
            "interrupted" => Some(format!(
                "{name} was interrupted: its figures are those of a shorter training"
            )),
            "diverged" => Some(format!("{name} diverged: its loss became no finite number")),
            "failed" => Some(format!("{name} failed before its training was done")),
            CUT_SHORT => Some(format!(
                "{name} has no {SUMMARY_FILE} that can be read: it goes on still, or was cut short"
            )),
            _ => None,
        }
    }

    /// At how many views its test images were read, where that was more than one.
    pub(crate) fn views_notice(&self) -> Option<String> {
        let views = self.summary.as_ref()?.views.as_ref()?.views;
        let name = &self.name;
        Some(format!(
            "{name}: the test's figures are of {} views of each image",
            views.number()
        ))
    }

    /// The figures of its training.
    pub(crate) fn training(&self) -> Option<&SavedTraining> {
        self.summary.as_ref()?.train.as_ref()
    }

    /// Epochs done at an evaluation, a fraction within an epoch; where the run does not tell how
    /// long an epoch is, the epoch that was begun.
    pub(crate) fn epochs_done(&self, evaluation: &SavedEvaluation) -> f64 {
        match (&self.recipe, self.training()) {
            (Some(recipe), Some(training)) => {
                let budget = Budget::new(&recipe.training, training.images);
                evaluation.step as f64 / budget.steps_per_epoch as f64
            }
            _ => evaluation.epoch,
        }
    }

    /// The checksum of the whole data set, training images and test images.
    pub(crate) fn dataset_sha256(&self) -> Option<&str> {
        let dataset = self.summary.as_ref()?.dataset.as_ref()?;
        Some(&dataset.sha256)
    }

    /// The checksum of the images that the run was tested on.
    pub(crate) fn test_sha256(&self) -> Option<&str> {
        self.summary.as_ref()?.test_sha256.as_deref()
    }
}

fn folder_name(path: &Path) -> String {
    let canonical = path.canonicalize();
    let path = canonical.as_deref().unwrap_or(path);
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests;
