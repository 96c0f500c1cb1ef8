//! `train --resume`: runs that were killed, interrupted or finished go on.

use super::runs::json;
use super::stopped::{LONG, assert_alike, begin, checkpoints};
use super::{outcome, succeeds, train, workplace};
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn a_run_that_is_killed_comes_to_what_it_would_have_come_to() {
    let place = workplace();
    let place = place.path();
    succeeds(place, &[&LONG[..], &["whole"]].concat());
    let mut child = begin(place, "cut");
    // Nobody else may write it, nor clear it.
    for arguments in [
        &["--resume", "cut"][..],
        &["tiny.toml", "--out", "cut", "--force"],
    ] {
        let (code, _, stderr) = outcome(&mut train(place, arguments));
        assert!(
            code != 0 && stderr.contains("another program is at work"),
            "{stderr}"
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.join("cut/model").exists(), "it was done already");
    // As a kill in the middle of a save would leave it.
    let half = place.join("cut/checkpoints/.digits-step-000000070-x1");
    fs::create_dir(&half).unwrap();
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "cut"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("goes on  in epoch"), "{stderr}");
    assert!(!half.exists(), "what was half-written is still there");
    assert_alike(place, "cut", "whole");
    let summary = json(&place.join("cut/summary.json"));
    assert_eq!(summary["train"]["resumes"], 1);
    // Both parts are in the log.
    let log = fs::read_to_string(place.join("cut/log.txt")).unwrap();
    assert_eq!(log.matches("seed     42").count(), 2, "{log}");
    assert_eq!(checkpoints(&place.join("cut")).len(), 2);
}

#[test]
fn an_interrupted_run_is_usable_and_goes_on() {
    let place = workplace();
    let place = place.path();
    succeeds(place, &[&LONG[..], &["whole"]].concat());
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let run = format!("cut-{code}");
        let child = begin(place, &run);
        let pid = child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(&format!("--resume {run}")), "{stderr}");
        let manifest = json(&place.join(&run).join("model/manifest.json"));
        assert_eq!(manifest["cut_short"], "interrupted");
        let (code, _, stderr) = outcome(&mut train(place, &["--resume", &run]));
        assert_eq!(code, 0, "{stderr}");
        assert_alike(place, &run, "whole");
    }
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_taken() {
    let place = workplace();
    let place = place.path();
    let mut child = begin(place, "cut");
    child.kill().unwrap();
    child.wait().unwrap();
    let newest = checkpoints(&place.join("cut")).pop().unwrap();
    let damaged = newest.join("optimizer.bpk");
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "cut"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("passed over") && stderr.contains("optimizer.bpk: damaged"),
        "{stderr}"
    );
    succeeds(place, &[&LONG[..], &["whole"]].concat());
    assert_alike(place, "cut", "whole");
    // Without any that is whole it says so.
    for checkpoint in checkpoints(&place.join("cut")) {
        fs::write(checkpoint.join("weights.bpk"), "").unwrap();
    }
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "cut"]));
    assert!(
        code == 2 && stderr.contains("no checkpoint that is whole"),
        "{stderr}"
    );
}

#[test]
fn what_makes_another_run_of_it_is_refused_by_name() {
    let place = workplace();
    let place = place.path();
    succeeds(place, &["tiny.toml", "--out", "run"]);
    let refused = |arguments: &[&str], message: &str| {
        let (code, _, stderr) = outcome(&mut train(place, arguments));
        assert!(
            code != 0 && stderr.contains(message),
            "{arguments:?}: {stderr}"
        );
    };
    refused(
        &["--resume", "run"],
        "run is done (finished after 2 epochs)",
    );
    refused(&["--resume", "run"], "train --resume run --epochs N");
    let longer = ["--resume", "run", "--epochs", "3"];
    refused(
        &[&longer[..], &["--lr", "0.5", "--set", "model.hidden=[16]"]].concat(),
        "another model.hidden, training.optimizer.learning_rate",
    );
    refused(
        &[&longer[..], &["--seed", "7"]].concat(),
        "begun with another seed",
    );
    refused(&["--resume", "nothing"], "nothing");
    refused(&["--resume"], "no run in artifacts has a checkpoint");
    refused(&["tiny.toml", "--force"], "--force is for");
    // Other lengths and reports are no other run; a changed rate is, but for who insists.
    let quiet = ["--set", "report.page=false", "--force", "--lr", "0.0005"];
    let (code, _, stderr) = outcome(&mut train(place, &[&longer[..], &quiet].concat()));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("epoch  3/3"), "{stderr}");
    assert!(
        stderr.contains("from here on with another training.optimizer.learning_rate"),
        "{stderr}"
    );
    let config = fs::read_to_string(place.join("run/config.toml")).unwrap();
    assert!(
        config.contains("epochs = 3") && config.contains("0.0005"),
        "{config}"
    );
    let lines = fs::read_to_string(place.join("run/metrics.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 3);
    // Other data than the run was begun on.
    let config = config.replace("train = 500", "train = 600");
    fs::write(place.join("run/config.toml"), config).unwrap();
    refused(&["--resume", "run", "--epochs", "4"], "begun on other data");
}

#[test]
fn without_a_name_it_is_the_newest_run() {
    let place = workplace();
    let place = place.path();
    for seed in ["1", "2"] {
        succeeds(place, &["tiny.toml", "--seed", seed]);
        sleep(Duration::from_millis(20));
    }
    let again = ["--resume", "tiny-001", "--epochs", "3"];
    succeeds(place, &again);
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "--epochs", "4"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("artifacts/tiny-001"), "{stderr}");
    // A run without checkpoints has nothing to go on from.
    succeeds(
        place,
        &["tiny.toml", "--set", "checkpoint.keep=0", "--out", "bare"],
    );
    assert!(!place.join("bare/checkpoints").exists());
    let (code, _, stderr) = outcome(&mut train(place, &["--resume", "bare"]));
    assert!(
        code == 2 && stderr.contains("bare has no checkpoint"),
        "{stderr}"
    );
}
