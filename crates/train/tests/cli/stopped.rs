//! Runs that are stopped on the way, and what must be the same in those that went on.

use super::runs::json;
use super::train;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Long enough to be stopped on the way.
pub const LONG: [&str; 8] = [
    "tiny.toml",
    "--device",
    "cpu",
    "--epochs",
    "60",
    "--set",
    "checkpoint.every_steps=7",
    "--out",
];

pub fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join("checkpoints")).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("step-")
    });
    paths.sort();
    paths
}

/// Starts the long run and waits for its second checkpoint.
pub fn begin(place: &Path, run: &str) -> Child {
    begin_with(place, &[&LONG[..], &[run]].concat(), run)
}

/// Starts with these arguments and waits for the second checkpoint of a run.
pub fn begin_with(place: &Path, arguments: &[&str], run: &str) -> Child {
    let mut command = train(place, arguments);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while checkpoints(&place.join(run)).len() < 2 {
        assert!(Instant::now() < deadline, "no checkpoint after a minute");
        sleep(Duration::from_millis(2));
    }
    child
}

fn weights(place: &Path, run: &str) -> Vec<u8> {
    fs::read(place.join(run).join("model/weights.bpk")).unwrap()
}

/// What must not differ of a run that was stopped: all but times.
pub fn assert_alike(place: &Path, run: &str, other: &str) {
    assert!(
        weights(place, run) == weights(place, other),
        "other weights"
    );
    let history = |run: &str| -> Vec<Value> {
        let lines = fs::read_to_string(place.join(run).join("metrics.jsonl")).unwrap();
        let timeless = lines.lines().map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            for time in ["images_per_second", "train_seconds", "evaluation_seconds"] {
                record[time] = Value::Null;
            }
            record
        });
        timeless.collect()
    };
    assert_eq!(history(run), history(other));
    let read = |run: &str, file: &str| fs::read(place.join(run).join(file)).unwrap();
    assert!(read(run, "predictions.csv") == read(other, "predictions.csv"));
    let summary = |run: &str| json(&place.join(run).join("summary.json"));
    for part in ["test", "validation", "ending"] {
        assert_eq!(summary(run)[part], summary(other)[part], "{part}");
    }
}
