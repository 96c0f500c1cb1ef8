//! Runs the program as its users do.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../../data/tests/animation/mod.rs"]
mod animation;
mod bulk;
mod classes;
mod clouds;
mod ending;
mod evaluate;
mod export;
mod fixture;
mod guesses;
mod help;
mod hostile;
mod inspect;
mod kaggle;
mod kinds;
mod library;
mod many;
#[path = "../../../base/tests/mutation/mod.rs"]
mod mutation;
mod pages;
mod pairs;
mod predict;
mod prepared;
mod review;
mod serve;
mod shards;
mod show;
mod together;
mod unlabelled;

use fixture::Fixture;

#[test]
fn version_and_help() {
    let fixture = Fixture::new();
    let version = fixture.infer(&["--version"]).expect(0);
    assert!(
        version.starts_with(&format!("infer {}", console::VERSION)),
        "{version}"
    );
    for command in ["predict", "evaluate", "inspect"] {
        let help = fixture.infer(&[command, "--help"]).expect(0);
        assert!(help.contains("--model <RUN>"), "{help}");
    }
    assert!(
        fixture
            .infer(&["predict", "--help"])
            .expect(0)
            .contains("Examples:")
    );
}

#[test]
fn mistakes_on_the_command_line() {
    let fixture = Fixture::new();
    let run = fixture.infer(&["predict", "--model", "run"]);
    assert!(
        run.code == 2 && run.stderr.contains("PATH"),
        "{}",
        run.stderr
    );
    let run = fixture.infer(&["predict", "--model", "run", "--device", "tpu", "a.png"]);
    assert!(
        run.code == 2 && run.stderr.contains("unknown device `tpu`"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("hint:"), "{}", run.stderr);
    let run = fixture.infer(&["predict", "--model", "run", "--device", "gpu:99", "a.png"]);
    assert!(
        run.code == 2 && run.stderr.contains("no device `gpu:99`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_folder_without_a_model() {
    let fixture = Fixture::new();
    fixture.write("empty/notes.txt", b"");
    for arguments in [
        &["predict", "--model", "empty", "a.png"][..],
        &["evaluate", "--model", "empty"],
        &["inspect", "--model", "empty"],
    ] {
        let run = fixture.infer(arguments);
        assert_eq!(run.code, 1);
        assert!(
            run.stderr.contains("error: empty: no saved model"),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("hint: give a run folder"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn damaged_weights() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture::damage(&fixture.path("run/model/weights.bpk"));
    let run = fixture.predict(&["a.png"]);
    assert!(run.code == 1 && run.stdout.is_empty());
    assert!(
        run.stderr
            .contains("weights.bpk: damaged: expected SHA-256"),
        "{}",
        run.stderr
    );
    let run = fixture.infer(&["inspect", "--model", "run"]);
    assert!(
        run.code == 1 && run.stdout.contains(", WRONG"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("weights.bpk: damaged"),
        "{}",
        run.stderr
    );
}

#[test]
fn drawn_digits_that_stood_in_are_warned_of() {
    let fixture = Fixture::with(data::digit_names(), "synthetic", Some("mnist"));
    fixture.write_digit("a.png", 0);
    let run = fixture.predict(&["-q", "a.png"]);
    assert!(
        run.stderr.contains("TRAINED ON DRAWN DIGITS"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("because mnist was not to be had"),
        "{}",
        run.stderr
    );
    let inspected = fixture.infer(&["inspect", "--model", "run"]).expect(0);
    assert!(inspected.contains("TRAINED ON DRAWN DIGITS"), "{inspected}");
}
