//! Which folders are runs of this program, so that no other one is ever cleared.

use super::{
    CONFIG_FILE, HISTORY_FILE, LOG_FILE, METRICS_FILE, SEEDS_FILE, SUMMARY_FILE, TENSORBOARD_FOLDER,
};
use crate::checkpoint::CHECKPOINTS_FOLDER;
use crate::predictions::PREDICTIONS_FILE;
use base::files::SCRATCH_PREFIX;
use model::MODEL_FOLDER;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

/// Written into every run folder when it is made.
pub(super) const MARKER_FILE: &str = ".train-run";
/// Written into every folder of the runs of several seeds when it is made.
pub(super) const SEEDS_MARKER_FILE: &str = ".train-seeds";
/// How the names of their run folders begin.
pub(super) const SEED_PREFIX: &str = "seed-";
/// Everything else that a run writes.
const FILES: [&str; 15] = [
    CONFIG_FILE,
    METRICS_FILE,
    HISTORY_FILE,
    SUMMARY_FILE,
    LOG_FILE,
    PREDICTIONS_FILE,
    TENSORBOARD_FOLDER,
    MODEL_FOLDER,
    CHECKPOINTS_FOLDER,
    "report.html",
    "curves.png",
    "confusion.png",
    "weights.png",
    "misread.png",
    "samples.png",
];
/// Everything that a folder of the runs of several seeds has beside them.
const SEEDS_FILES: [&str; 3] = [SEEDS_MARKER_FILE, SEEDS_FILE, CONFIG_FILE];
/// How names begin of what a run that was killed was writing.
const SCRATCH: [&str; 3] = [SCRATCH_PREFIX, ".train-", ".model-"];
/// Longest first line of a history that is looked at, in bytes.
const MAX_LINE: u64 = 1 << 16;

/// Whether a folder is a run of this program, whatever else is in it.
#[must_use]
pub fn is_run(folder: &Path) -> bool {
    folder.join(MARKER_FILE).is_file() || is_old_run(folder)
}

/// Whether a folder is that of the runs of several seeds.
#[must_use]
pub fn is_seeds(folder: &Path) -> bool {
    folder.join(SEEDS_MARKER_FILE).is_file()
}

/// A run of before there was the marker: it has a recipe, and a history whose lines are ours.
fn is_old_run(folder: &Path) -> bool {
    if !folder.join(CONFIG_FILE).is_file() {
        return false;
    }
    let Ok(history) = File::open(folder.join(METRICS_FILE)) else {
        return false;
    };
    let mut line = String::new();
    let read = BufReader::new(history.take(MAX_LINE)).read_line(&mut line);
    let line: Option<serde_json::Value> = serde_json::from_str(&line).ok();
    let keys = ["epoch", "step", "train_loss"];
    let is_ours = line.is_some_and(|line| keys.iter().all(|key| line.get(key).is_some()));
    read.is_ok() && is_ours
}

/// What speaks against clearing a folder: that it is no run, or has something that no run writes.
pub(super) fn foreign_entry(folder: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let is_ours = name == MARKER_FILE || FILES.contains(&name.as_ref()) || is_scratch(&name);
        if !is_ours {
            return Ok(Some(format!("no run writes {name}")));
        }
    }
    let because = "it has neither the mark of a run nor a history";
    Ok((!is_run(folder)).then(|| because.to_string()))
}

fn is_scratch(name: &str) -> bool {
    SCRATCH.iter().any(|prefix| name.starts_with(prefix))
}

/// What speaks against clearing a folder of the runs of several seeds.
pub(super) fn foreign_entry_of_seeds(folder: &Path) -> io::Result<Option<String>> {
    if !is_seeds(folder) {
        return Ok(Some(
            "it has not the mark of the runs of several seeds".into(),
        ));
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let foreign = match name.strip_prefix(SEED_PREFIX) {
            Some(_) if entry.file_type()?.is_dir() => foreign_entry(&entry.path())?,
            _ if SEEDS_FILES.contains(&name.as_ref()) || is_scratch(&name) => None,
            _ => Some(format!("`train --seeds` writes no {name}")),
        };
        if foreign.is_some() {
            return Ok(foreign);
        }
    }
    Ok(None)
}
