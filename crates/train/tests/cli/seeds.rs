//! `train --seeds`: a run a seed, each as it would be alone, and their figures together.

use super::runs::json;
use super::stopped::{LONG, assert_alike, begin_with};
use super::{outcome, succeeds, train, workplace};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn each_seeds_run_is_what_it_would_be_alone() {
    let place = workplace();
    let arguments = ["tiny.toml", "--device", "cpu", "--seeds", "3..4,9"];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("over 3 seeds; lowest"), "{stdout}");
    assert!(
        stderr.contains("--model 'artifacts/tiny-seeds-001/*'"),
        "{stderr}"
    );
    let folder = place.path().join("artifacts/tiny-seeds-001");
    let summary = json(&folder.join("seeds.json"));
    let runs = summary["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    let accuracies: Vec<f64> = runs
        .iter()
        .map(|run| run["test_accuracy"].as_f64().unwrap())
        .collect();
    let mean = accuracies.iter().sum::<f64>() / 3.0;
    let told = summary["test_accuracy"]["mean"].as_f64().unwrap();
    assert!((told - mean).abs() < 1e-12);
    assert!(summary["test_accuracy"]["standard_deviation"].is_f64());

    let alone = ["tiny.toml", "--device", "cpu", "--seed", "4", "--out"];
    succeeds(place.path(), &[&alone[..], &["alone"]].concat());
    let weights = |run: &str| fs::read(place.path().join(run).join("model/weights.bpk")).unwrap();
    let of_seed_4 = "artifacts/tiny-seeds-001/seed-4";
    assert!(weights(of_seed_4) == weights("alone"), "other weights");
    let accuracy = |path: &str| json(&place.path().join(path))["test"]["accuracy"].clone();
    let of_one = accuracy(&format!("{of_seed_4}/summary.json"));
    assert_eq!(of_one, accuracy("alone/summary.json"));
    assert_eq!(of_one, runs[1]["test_accuracy"]);
    assert!(place.path().join(of_seed_4).join("report.html").is_file());
    let log = fs::read_to_string(place.path().join(of_seed_4).join("log.txt")).unwrap();
    assert!(log.contains("seed     4") && log.contains("epoch  2/2"));
}

#[test]
fn a_seed_that_diverges_does_not_cost_the_others() {
    let place = workplace();
    let arguments = [
        "tiny.toml",
        "--seeds",
        "1,2",
        "--lr",
        "1e30",
        "--out",
        "all",
        "--format",
        "json",
    ];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 4, "{stderr}");
    let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(told, json(&place.path().join("all/seeds.json")));
    let endings: Vec<&str> = told["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["ending"].as_str().unwrap())
        .collect();
    assert_eq!(endings, ["diverged"; 2]);
    assert!(told["test_accuracy"].is_null());
    assert!(stderr.contains("seeds 1, 2"), "{stderr}");
}

#[test]
fn runs_that_are_there_are_replaced_with_force_alone() {
    let place = workplace();
    let arguments = ["tiny.toml", "--seeds", "1", "--steps", "1", "--out", "all"];
    succeeds(place.path(), &arguments);
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_ne!(code, 0);
    assert!(stderr.contains("is there already"), "{stderr}");
    let with_force = [&arguments[..], &["--force"]].concat();
    succeeds(place.path(), &with_force);
    // A run is not the runs of several seeds, and what is the user's own stays.
    fs::write(place.path().join("all/seed-1/notes.md"), "mine").unwrap();
    let (code, _, stderr) = outcome(&mut train(place.path(), &with_force));
    assert_ne!(code, 0);
    assert!(stderr.contains("notes.md"), "{stderr}");
    assert!(place.path().join("all/seed-1/notes.md").is_file());
    for (wrong, message) in [
        (&["--seeds", "4..1"][..], "goes backwards"),
        (
            &["--seeds", "1..2", "--seed", "3"][..],
            "cannot be used with",
        ),
        (
            &["--seeds", "1..2", "--progress", "tui"][..],
            "shows one run",
        ),
    ] {
        let arguments = [&["tiny.toml"], wrong].concat();
        let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
        assert!(code == 2 && stderr.contains(message), "{stderr}");
    }
}

/// What `seeds.json` says, but for times.
fn figures(place: &Path, folder: &str) -> Value {
    let mut summary = json(&place.join(folder).join("seeds.json"));
    summary["train_seconds"] = Value::Null;
    for run in summary["runs"].as_array_mut().unwrap() {
        run["train_seconds"] = Value::Null;
    }
    summary
}

#[test]
fn seeds_that_were_stopped_come_to_what_they_would_have_come_to() {
    let place = workplace();
    let place = place.path();
    let seeds = |folder: &'static str| [&LONG[..], &[folder, "--seeds", "3,1,9"]].concat();
    succeeds(place, &seeds("whole"));
    // Killed in its second run, and interrupted in its last.
    let mut child = begin_with(place, &seeds("artifacts/cut"), "artifacts/cut/seed-1");
    for arguments in [&["--resume"][..], &["--resume", "cut/seed-1"]] {
        let (code, _, stderr) = outcome(&mut train(place, arguments));
        assert!(
            code != 0 && stderr.contains("another program is at work"),
            "{stderr}"
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.join("artifacts/cut/seed-9").exists(), "it was done");
    let child = begin_with(place, &["--resume"], "artifacts/cut/seed-9");
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("goes on  with 2 of 3 seeds"), "{stderr}");
    assert!(stderr.contains("--resume artifacts/cut"), "{stderr}");
    let (code, stdout, stderr) = outcome(&mut train(place, &["--resume", "cut"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("over 3 seeds; lowest"), "{stdout}");
    for seed in ["seed-3", "seed-1", "seed-9"] {
        let (cut, whole) = (format!("artifacts/cut/{seed}"), format!("whole/{seed}"));
        assert_alike(place, &cut, &whole);
    }
    let (mut cut, whole) = (figures(place, "artifacts/cut"), figures(place, "whole"));
    assert_eq!(cut, whole);

    // A line that was lost with the program comes back; nothing is trained again.
    let file = place.join("artifacts/cut/seeds.json");
    cut["runs"].as_array_mut().unwrap().pop();
    fs::write(&file, cut.to_string()).unwrap();
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "cut"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("all 3 seeds are done"), "{stderr}");
    assert_eq!(figures(place, "artifacts/cut"), whole);
    let other = ["--resume", "cut", "--lr", "0.5"];
    let (code, _, stderr) = outcome(&mut train(place, &other));
    assert!(
        code == 2 && stderr.contains("another training.optimizer.learning_rate"),
        "{stderr}"
    );
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "cut", "--epochs", "61"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("goes on  with 3 of 3 seeds"), "{stderr}");
}

#[test]
fn a_seed_without_checkpoints_is_begun_anew() {
    let place = workplace();
    let place = place.path();
    let arguments = |folder: &'static str| {
        let keep = ["--seeds", "1,2", "--set", "checkpoint.keep=0", "--out"];
        [&["tiny.toml"], &keep[..], &[folder]].concat()
    };
    succeeds(place, &arguments("whole"));
    succeeds(place, &arguments("cut"));
    // As a kill in the second run would leave it.
    fs::remove_file(place.join("cut/seed-2/summary.json")).unwrap();
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "cut"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("goes on  with 1 of 2 seeds"), "{stderr}");
    assert_alike(place, "cut/seed-2", "whole/seed-2");
    assert_eq!(figures(place, "cut"), figures(place, "whole"));
}
