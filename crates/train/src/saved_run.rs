//! Reads a run folder back, for comparing runs. A run that was cut short, or that an older version
//! wrote, has fewer figures: whatever is missing or damaged is `None`, and said.

use crate::config::Recipe;
use crate::predictions::{self, PREDICTIONS_FILE, Prediction};
use crate::run_folder::{CONFIG_FILE, METRICS_FILE, SUMMARY_FILE};
use crate::training::Budget;
use console::Failure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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

/// Of `summary.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SavedSummary {
    pub parameters: Option<usize>,
    pub dataset: Option<SavedDataset>,
    pub train: Option<SavedTraining>,
    pub test: Option<SavedTest>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedDataset {
    pub sha256: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedTraining {
    pub images: usize,
    pub seconds: f64,
    pub images_per_second: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedTest {
    pub accuracy: f64,
    pub loss: f64,
    pub confusion: Vec<Vec<usize>>,
    pub classes: Vec<SavedClass>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedClass {
    pub name: String,
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
    /// Reads the folder.
    ///
    /// # Errors
    ///
    /// Where it is no run folder.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let config = path.join(CONFIG_FILE);
        let text = fs::read_to_string(&config).map_err(|error| {
            let message = format!("{}: no run folder: {error}", config.display());
            Failure::new(message).with_hint(Some("`ls artifacts` shows the runs"))
        })?;
        let table: toml::Table = text
            .parse()
            .map_err(|error| Failure::new(format!("{}: {error}", config.display())))?;
        let mut settings = BTreeMap::new();
        flatten("", &table, &mut settings);
        let mut run = Self {
            name: folder_name(path),
            path: path.to_path_buf(),
            settings,
            recipe: toml::from_str(&text).ok(),
            summary: None,
            history: Vec::new(),
            predictions: None,
            problems: Vec::new(),
        };
        run.summary = run.read_json(SUMMARY_FILE);
        run.history = run.read_history();
        run.predictions = run.read_predictions();
        Ok(run)
    }

    /// The bytes of one of the run's files, and a problem where there are none.
    fn read_file(&mut self, name: &str) -> Option<Vec<u8>> {
        let path = self.path.join(name);
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

    fn read_predictions(&mut self) -> Option<Vec<Prediction>> {
        let bytes = self.read_file(PREDICTIONS_FILE)?;
        match predictions::from_csv(&bytes) {
            Ok(predictions) => Some(predictions),
            Err(error) => {
                self.problem(PREDICTIONS_FILE, &error.to_string());
                None
            }
        }
    }

    /// Epochs done at an evaluation, a fraction within an epoch; where the run does not tell how
    /// long an epoch is, the epoch that was begun.
    pub(crate) fn epochs_done(&self, evaluation: &SavedEvaluation) -> f64 {
        let recipe = self.recipe.as_ref();
        let training = self
            .summary
            .as_ref()
            .and_then(|summary| summary.train.as_ref());
        match (recipe, training) {
            (Some(recipe), Some(training)) => {
                let budget = Budget::new(&recipe.training, training.images);
                evaluation.step as f64 / budget.steps_per_epoch as f64
            }
            _ => evaluation.epoch,
        }
    }

    /// The data set's checksum: runs with the same one were tested on the same images.
    pub(crate) fn dataset_sha256(&self) -> Option<&str> {
        let dataset = self.summary.as_ref()?.dataset.as_ref()?;
        Some(&dataset.sha256)
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

/// Every value of a table by its dotted key, as `--set` names it; tables in a list by their number.
fn flatten(prefix: &str, table: &toml::Table, settings: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        flatten_value(format!("{prefix}{key}"), value, settings);
    }
}

fn flatten_value(key: String, value: &toml::Value, settings: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => flatten(&format!("{key}."), table, settings),
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            for (index, value) in list.iter().enumerate() {
                flatten_value(format!("{key}.{index}"), value, settings);
            }
        }
        toml::Value::String(text) => {
            settings.insert(key, text.clone());
        }
        other => {
            settings.insert(key, other.to_string());
        }
    }
}

/// The settings that are not the same in all runs, each with its value in each run.
pub(crate) fn differing_settings(runs: &[SavedRun]) -> Vec<(String, Vec<Option<String>>)> {
    let keys: std::collections::BTreeSet<&String> =
        runs.iter().flat_map(|run| run.settings.keys()).collect();
    keys.into_iter()
        .filter(|key| key.as_str() != "name")
        .map(|key| {
            let values = runs.iter().map(|run| run.settings.get(key).cloned());
            (key.clone(), values.collect::<Vec<_>>())
        })
        .filter(|(_, values)| values.iter().any(|value| *value != values[0]))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(name: &str, config: &str) -> (tempfile::TempDir, SavedRun) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join(CONFIG_FILE), config).unwrap();
        let run = SavedRun::read(&path).unwrap();
        (folder, run)
    }

    #[test]
    fn only_what_differs_is_named() {
        let (_one, one) = run("a-001", "name = \"a\"\nseed = 1\n[training]\nepochs = 2\n");
        let (_two, two) = run(
            "b-001",
            "name = \"b\"\nseed = 1\n[training]\nepochs = 3\n[[model.convolutions]]\nkernel = 5\n",
        );
        assert_eq!((one.name.as_str(), two.name.as_str()), ("a-001", "b-001"));
        let differing = differing_settings(&[one, two]);
        let value = |text: &str| Some(text.to_string());
        assert_eq!(
            differing,
            [
                (
                    "model.convolutions.0.kernel".to_string(),
                    vec![None, value("5")]
                ),
                ("training.epochs".to_string(), vec![value("2"), value("3")]),
            ]
        );
    }

    #[test]
    fn a_run_cut_short_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CONFIG_FILE), "seed = 1").unwrap();
        let line = r#"{"epoch":1,"step":10,"train_loss":0.5,"validation_loss":null}"#;
        fs::write(folder.path().join(METRICS_FILE), format!("{line}\n{{\"epo")).unwrap();
        fs::write(folder.path().join(SUMMARY_FILE), "{").unwrap();
        let run = SavedRun::read(folder.path()).unwrap();
        assert_eq!((run.history.len(), run.history[0].step), (1, 10));
        assert!(run.summary.is_none() && run.predictions.is_none());
        assert_eq!(run.problems.len(), 3);
        assert!(run.problems[1].contains("line 2"), "{:?}", run.problems);
    }

    #[test]
    fn a_folder_without_a_recipe_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        assert!(SavedRun::read(folder.path()).is_err());
    }
}
