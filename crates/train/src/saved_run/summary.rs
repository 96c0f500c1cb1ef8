//! What is read back of a run's `summary.json`, and which of its figures can be true: the file may be
//! damaged, or of another version.

use base::MAX_CLASSES;
use model::Views;
use serde::Deserialize;

/// Seconds, and images per second, are below this.
const LARGEST_FIGURE: f64 = 1e12;

/// Of `summary.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SavedSummary {
    pub parameters: Option<usize>,
    /// How the run ended, in the words of the summary: "finished", "interrupted" and so on.
    pub ending: Option<String>,
    pub dataset: Option<SavedDataset>,
    pub train: Option<SavedTraining>,
    /// The checksum of the test images alone; older versions did not write it.
    pub test_sha256: Option<String>,
    pub validation: Option<SavedScore>,
    pub test: Option<SavedTest>,
    /// Where test images were read at more angles than one.
    pub views: Option<SavedViews>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedViews {
    pub views: Views,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedDataset {
    pub sha256: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedTraining {
    pub images: usize,
    pub steps: Option<usize>,
    pub seconds: f64,
    pub images_per_second: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedScore {
    pub accuracy: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedTest {
    pub num_images: usize,
    pub accuracy: f64,
    pub loss: f64,
    pub confusion: Vec<Vec<usize>>,
    pub classes: Vec<SavedClass>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedClass {
    pub name: String,
}

impl SavedSummary {
    /// Takes out what cannot be true, and says what it was.
    pub(super) fn take_out_what_is_wrong(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(problem) = self.train.as_ref().and_then(SavedTraining::problem) {
            problems.push(problem);
            self.train = None;
        }
        if let Some(problem) = self.test.as_ref().and_then(SavedTest::problem) {
            problems.push(problem);
            self.test = None;
        }
        let accuracy = self.validation.as_ref().map(|found| found.accuracy);
        if let Some(accuracy) = accuracy.filter(|accuracy| !(0.0..=1.0).contains(accuracy)) {
            problems.push(format!("validation.accuracy cannot be {accuracy:e}"));
            self.validation = None;
        }
        problems
    }
}

impl SavedTraining {
    fn problem(&self) -> Option<String> {
        let possible = 0.0..LARGEST_FIGURE;
        let figures = [
            ("seconds", self.seconds),
            ("images_per_second", self.images_per_second),
        ];
        let (name, value) = figures
            .into_iter()
            .find(|(_, value)| !possible.contains(value))?;
        Some(format!("train.{name} cannot be {value:e}"))
    }
}

impl SavedTest {
    /// The names of the classes, in the order of the labels.
    pub(crate) fn class_names(&self) -> Vec<String> {
        self.classes
            .iter()
            .map(|class| class.name.clone())
            .collect()
    }

    fn problem(&self) -> Option<String> {
        let size = self.classes.len();
        if !(1..=MAX_CLASSES).contains(&size) {
            return Some(format!(
                "test.classes has {size} entries, not 1 to {MAX_CLASSES}"
            ));
        }
        if self.confusion.len() != size || self.confusion.iter().any(|row| row.len() != size) {
            return Some(format!(
                "test.confusion is no table of {size}×{size} numbers"
            ));
        }
        let mut counts = self.confusion.iter().flatten();
        let sum = counts.try_fold(0_usize, |sum, &count| sum.checked_add(count));
        if sum != Some(self.num_images) {
            return Some("the numbers in test.confusion do not add up to test.num_images".into());
        }
        if !(0.0..=1.0).contains(&self.accuracy) {
            return Some(format!("test.accuracy cannot be {:e}", self.accuracy));
        }
        None
    }
}
