//! Runs that do not end as their recipe says: what was good before is kept, and said.

use super::{outcome, train, workplace};
use serde_json::Value;
use std::fs;

fn manifest(run: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("model/manifest.json")).unwrap()).unwrap()
}

/// A weight decay that turns the weights over and blows them up a hundredfold at each step.
const BLOWS_UP: [&str; 11] = [
    "tiny.toml",
    "--steps",
    "200",
    "--set",
    "evaluate_every=1",
    "--set",
    "optimizer.kind=adamw",
    "--set",
    "weight_decay=1e5",
    "--out",
    "run",
];

#[test]
fn divergence_keeps_the_good_weights_of_before() {
    let place = workplace();
    let (code, _, stderr) = outcome(&mut train(place.path(), &BLOWS_UP));
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("training diverged"), "{stderr}");
    assert!(stderr.contains("are saved there"), "{stderr}");
    let run = place.path().join("run");
    let manifest = manifest(&run);
    assert_eq!(manifest["cut_short"], "diverged");
    let summary = fs::read(run.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["ending"], "diverged");
    assert_eq!(
        manifest["metrics"]["validation"]["accuracy"],
        summary["validation"]["accuracy"]
    );
}

#[test]
fn weights_that_are_no_numbers_are_never_saved() {
    let place = workplace();
    for validation in ["0", "100"] {
        let validation = format!("data.validation={validation}");
        let arguments = [
            "tiny.toml",
            "--steps",
            "1",
            "--lr",
            "1e30",
            "--out",
            "run",
            "--force",
            "--set",
            &validation,
        ];
        let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
        assert_eq!(code, 4, "{stderr}");
        assert!(stderr.contains("no model was saved"), "{stderr}");
        assert!(!place.path().join("run/model").exists());
    }
}

/// Nobody hears what is said; the work is done all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_stops_nothing() {
    let place = workplace();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = train(place.path(), &["tiny.toml", "--out", "run", "-v"]);
    let code = command.stderr(full).status().unwrap().code();
    assert_eq!(code, Some(0));
    assert!(place.path().join("run/model/manifest.json").is_file());
}

#[test]
fn force_clears_no_folder_of_somebody_else() {
    let place = workplace();
    let project = place.path().join("proj");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("config.toml"), "theme = \"dark\"").unwrap();
    let arguments = ["tiny.toml", "--out", "proj", "--force"];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("no run of this program"), "{stderr}");
    assert!(project.join("config.toml").is_file());
}

#[test]
fn odd_names_of_runs_and_recipes_do_no_harm() {
    let place = workplace();
    fs::create_dir_all(place.path().join("artifacts/tiny-4294967295")).unwrap();
    let (code, _, stderr) = outcome(&mut train(place.path(), &["tiny.toml", "--steps", "2"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(place.path().join("artifacts/tiny-001/model").is_dir());
    fs::rename(
        place.path().join("tiny.toml"),
        place.path().join("my recipe.toml"),
    )
    .unwrap();
    let (code, _, stderr) = outcome(&mut train(
        place.path(),
        &["my recipe.toml", "--steps", "2"],
    ));
    assert_eq!(code, 0, "{stderr}");
    // Its saved recipe is one.
    let again = ["artifacts/my-recipe-001", "--out", "again"];
    let (code, _, stderr) = outcome(&mut train(place.path(), &again));
    assert_eq!(code, 0, "{stderr}");
}

/// Drawn digits stand in for no set of other things, and for none where that is forbidden.
#[test]
fn drawn_digits_can_be_forbidden() {
    let place = workplace();
    let arguments = ["cnn", "--offline", "--no-fallback"];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("mnist") && !stderr.contains("NOT in use"),
        "{stderr}"
    );
    let other = ["cnn", "--offline", "--data", "fashion-mnist"];
    let (code, _, stderr) = outcome(&mut train(place.path(), &other));
    assert_ne!(code, 0, "{stderr}");
    assert!(!place.path().join("artifacts").exists());
}

/// What is added to the images is said, timed and shown.
#[test]
fn additions_are_counted_and_timed() {
    let place = workplace();
    let sets = ["--set", "pens=0.1", "--set", "touching=0.1"];
    let training = [&["tiny.toml", "--steps", "2", "--out", "run"][..], &sets].concat();
    let (code, _, stderr) = outcome(&mut train(place.path(), &training));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("drawing 40 digits of other pens and 40 pairs"),
        "{stderr}"
    );
    assert!(
        stderr.contains("added    40 digits drawn again with other pens"),
        "{stderr}"
    );
    let summary = fs::read(place.path().join("run/summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert!(summary["additions"].as_u64().unwrap() > 40, "{summary}");
    assert!(
        summary["preparation"]["additions_seconds"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    let preview = [&["preview", "tiny.toml", "--count", "3"][..], &sets].concat();
    let (code, _, stderr) = outcome(&mut train(place.path(), &preview));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("below them the first of 40 digits"),
        "{stderr}"
    );
}
