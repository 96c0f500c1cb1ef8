//! Runs that succeed: their folder, their figures, their repetition.

use super::{outcome, succeeds, train, workplace};
use serde_json::Value;
use std::fs;
use std::path::Path;

pub(super) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_run_writes_its_folder_and_says_what_comes_next() {
    let place = workplace();
    let (code, stdout, stderr) = outcome(&mut train(
        place.path(),
        &["--config", "tiny.toml", "--device", "cpu"],
    ));
    assert_eq!(code, 0, "{stderr}");
    let run = place.path().join("artifacts/tiny-001");
    for file in [
        "config.toml",
        "metrics.jsonl",
        "history.csv",
        "summary.json",
        "log.txt",
    ] {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
    assert!(
        stdout.contains("test accuracy") && stdout.contains("truth |"),
        "{stdout}"
    );
    assert!(
        stderr.contains("epoch  2/2") && stderr.contains("total"),
        "{stderr}"
    );
    assert!(
        stderr.contains("infer -- predict --model artifacts/tiny-001"),
        "{stderr}"
    );

    let summary = json(&run.join("summary.json"));
    assert_eq!(summary["parameters"], 784 * 32 + 32 + 330);
    assert_eq!(summary["device"], "cpu");
    assert_eq!(summary["dataset"]["name"], "synthetic");
    assert_eq!(summary["train"]["epochs"], 2);
    assert_eq!(summary["train"]["steps"], 40);
    assert_eq!(summary["test"]["num_images"], 200);
    for figure in [
        "/train/seconds",
        "/train/images_per_second",
        "/validation/accuracy",
    ] {
        assert!(
            summary.pointer(figure).unwrap().as_f64().unwrap() > 0.0,
            "{figure}"
        );
    }
    let scaling = &summary["test"]["scaling"];
    assert!(scaling["unscaled_calibration_error"].as_f64().unwrap() > 0.0);
    let manifest = json(&run.join("model/manifest.json"));
    assert_eq!(manifest["temperature"], scaling["temperature"]);
    assert!(
        stdout.contains("before scaling by a temperature"),
        "{stdout}"
    );
    let confusion = summary["test"]["confusion"].as_array().unwrap();
    let counts = confusion.iter().flat_map(|row| row.as_array().unwrap());
    assert_eq!(
        counts.map(|count| count.as_u64().unwrap()).sum::<u64>(),
        200
    );

    let lines = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let records: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["step"], 40);
    let table = fs::read_to_string(run.join("history.csv")).unwrap();
    assert_eq!(table.lines().count(), 3);
    assert!(table.starts_with("epoch,step,learning_rate,train_loss"));
}

#[test]
fn runs_are_numbered_and_kept() {
    let place = workplace();
    for _ in 0..2 {
        succeeds(
            place.path(),
            &["-c", "tiny.toml", "--set", "training.steps=2"],
        );
    }
    assert!(
        place
            .path()
            .join("artifacts/tiny-002/summary.json")
            .is_file()
    );
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        "training.steps=2",
        "--out",
        "here",
    ];
    succeeds(place.path(), &arguments);
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 1);
    assert!(
        stderr.contains("here: is there already") && stderr.contains("--force"),
        "{stderr}"
    );
    succeeds(place.path(), &[&arguments[..], &["--force"]].concat());
}

/// Ctrl-C or a request to end, once: the run ends in good order with what it has.
#[cfg(unix)]
#[test]
fn an_interrupted_run_saves_what_it_has() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        end_a_run(signal, code);
    }
}

#[cfg(unix)]
fn end_a_run(signal: &str, code: i32) {
    use std::time::{Duration, Instant};
    let place = workplace();
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        "training.epochs=100000",
        "--out",
        "run",
    ];
    let mut command = train(place.path(), &arguments);
    let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let metrics = place.path().join("run/metrics.jsonl");
    let start = Instant::now();
    while !fs::read_to_string(&metrics).is_ok_and(|lines| lines.lines().count() > 1) {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "training did not start"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = std::process::Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(code));
    let summary = json(&place.path().join("run/summary.json"));
    assert_eq!(summary["ending"], "interrupted");
    assert!(place.path().join("run/model/manifest.json").is_file());
}

#[test]
fn json_is_the_summary_and_nothing_else_on_standard_output() {
    let place = workplace();
    let arguments = [
        "-c",
        "tiny.toml",
        "--format",
        "json",
        "-q",
        "--set",
        "training.steps=3",
    ];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0);
    let printed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        printed,
        json(&place.path().join("artifacts/tiny-001/summary.json"))
    );
    assert_eq!(stderr, "");
}

#[test]
fn the_resolved_recipe_is_printed_and_nothing_else_done() {
    let place = workplace();
    let arguments = [
        "-c",
        "tiny.toml",
        "--print-config",
        "--set",
        "model.dropout=0.5",
    ];
    let (code, stdout, _) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0);
    assert!(
        stdout.contains("dropout = 0.5") && stdout.contains("seed = 42"),
        "{stdout}"
    );
    assert!(!place.path().join("artifacts").exists());
}

/// The recipes that come along.
pub(super) fn recipes() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

#[test]
fn every_recipe_that_comes_along_is_sound() {
    let place = workplace();
    let mut num_recipes = 0;
    for folder in [recipes(), recipes().join("tutorials")] {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        for path in entries.filter(|path| path.extension().is_some_and(|end| end == "toml")) {
            succeeds(
                place.path(),
                &["--print-config", "--config", path.to_str().unwrap()],
            );
            num_recipes += 1;
        }
    }
    assert!(num_recipes >= 9);
}

/// Some tutorials validate on the test images: allowed, and warned of.
#[test]
fn validation_on_the_test_images_is_warned_of() {
    let place = workplace();
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        "data.validation=test",
        "--out",
        "run",
    ];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("warning: this recipe validates on the test images"),
        "{stderr}"
    );
    assert!(
        stderr.contains("over all evaluations: training loss down to"),
        "{stderr}"
    );
    let summary = json(&place.path().join("run/summary.json"));
    assert_eq!(summary["validates_on_test"], true);
    assert!(summary["test"].get("scaling").is_none());
    assert_eq!(summary["train"]["images"], 500);
    assert_eq!(summary["validation"]["images"], 200);
}

#[test]
fn devices_are_listed_and_agree() {
    let place = workplace();
    let (code, stdout, stderr) =
        outcome(&mut train(place.path(), &["devices", "--format", "json"]));
    assert_eq!(code, 0, "{stdout}{stderr}");
    let list: Value = serde_json::from_str(&stdout).unwrap();
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["device"].as_str().unwrap())
        .collect();
    assert_eq!(names[..3], ["cpu", "flex", "ndarray"]);
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .all(|device| device["passed"] != false),
        "{stdout}"
    );
}

#[test]
fn figures_at_several_views_are_told_beside_those_at_one() {
    let place = workplace();
    let run = |views: &str, out: &str| {
        let views = format!("views={views}");
        let arguments = ["--config", "tiny.toml", "--device", "cpu", "--out", out];
        let arguments = [&arguments[..], &["--set", &views]].concat();
        let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
        assert_eq!(code, 0, "{stderr}");
        (stdout, json(&place.path().join(out).join("summary.json")))
    };
    let (one, summary_of_one) = run("1", "one");
    assert!(summary_of_one.get("views").is_none() && !one.contains("view"));
    let (three, summary) = run("3", "three");
    // The same network, at one view: its figure is told in both.
    let at_one = &summary_of_one["test"]["accuracy"];
    assert_eq!(&summary["views"]["accuracy_at_one_view"], at_one);
    assert_eq!(summary["views"]["views"], 3);
    assert_ne!(summary["test"]["loss"], summary_of_one["test"]["loss"]);
    assert!(three.contains(" at 3 views ("), "{three}");
    let manifest = json(&place.path().join("three/model/manifest.json"));
    assert_eq!(manifest["views"], 3);
    let (code, _, stderr) = outcome(&mut train(place.path(), &["compare", "one", "three"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("three: the test's figures are of 3 views of each image"),
        "{stderr}"
    );
}
