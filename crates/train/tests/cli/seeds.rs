//! `train --seeds`: a run a seed, each as it would be alone, and their figures together.

use super::runs::json;
use super::{outcome, succeeds, train, workplace};
use std::fs;

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
