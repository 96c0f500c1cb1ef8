//! What people type first: it works where it is clear, or is answered with the right command.

use crate::fixture::{Fixture, RUN, idx};
use std::fs;

const DIGITS: usize = 3;

/// Three runs below `artifacts`, and some digits.
fn runs() -> Fixture {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path("artifacts")).unwrap();
    fixture.add_model("artifacts/cnn-001", data::digit_names(), 1.0);
    fixture.add_model("artifacts/cnn-002", data::digit_names(), 2.0);
    fixture.add_model("artifacts/dense-001", data::digit_names(), 1.0);
    fixture.write("digits", &idx(DIGITS));
    fixture
}

#[test]
fn a_model_is_found_by_what_it_is_called() {
    let fixture = runs();
    let predict = |arguments: &[&str]| {
        let run = fixture.infer(&[&["predict", "--device", "cpu"], arguments].concat());
        run.expect(0)
    };
    let one = predict(&["--model", "artifacts/cnn-001", "digits"]);
    for name in [
        "cnn-001",
        "artifacts/cnn-001/",
        "artifacts/cnn-001/model",
        "artifacts/cnn-001/model/weights.bpk",
    ] {
        assert_eq!(predict(&["--model", name, "digits"]), one, "{name}");
    }
    let dense = predict(&["--model", "artifacts/dense-001", "digits"]);
    assert_eq!(predict(&["--model", "dense", "digits"]), dense);
    let both = [
        "--model",
        "artifacts/cnn-001",
        "--model",
        "artifacts/cnn-002",
        "digits",
    ];
    let both = predict(&both);
    assert_ne!(both, one);
    assert_eq!(predict(&["--model", "artifacts/cnn-00*", "digits"]), both);
    assert_eq!(predict(&["--model", "cnn-*", "digits"]), both);
    // As a shell leaves an unquoted pattern.
    let spread = [
        "--model",
        "artifacts/cnn-001",
        "artifacts/cnn-002",
        "digits",
    ];
    assert_eq!(predict(&spread), both);
    let run = fixture.infer(&[&["predict"], &spread[..]].concat());
    assert!(
        run.stderr
            .contains("artifacts/cnn-002: taken for further models"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_not_clear_is_answered_with_what_is_there() {
    let fixture = runs();
    let refused = |arguments: &[&str], code: i32, messages: [&str; 2]| {
        let run = fixture.infer(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        for message in messages {
            assert!(
                run.stderr.contains(message),
                "{arguments:?}: {}",
                run.stderr
            );
        }
    };
    let several = "stands for several runs: artifacts/cnn-001, artifacts/cnn-002";
    let last = "hint: name one, such as the last: artifacts/cnn-002";
    refused(&["predict", "--model", "cnn", "digits"], 2, [several, last]);
    refused(&["evaluate", "-m", "artifacts/cnn"], 2, [several, last]);
    refused(
        &["predict", "-m", "cnm-001", "digits"],
        1,
        [
            "cnm-001: there is no such run",
            "hint: did you mean artifacts/cnn-001?",
        ],
    );
    refused(
        &["predict", "digits"],
        2,
        [
            "no model is given",
            "hint: name one, such as the last: --model artifacts/dense-001",
        ],
    );
    refused(
        &["predict", "-m", "artifacts/cnn-001", "artifacts/cnn-002"],
        2,
        [
            "no pictures are given",
            "infer predict --model RUN seven.png",
        ],
    );
    refused(
        &[
            "inspect",
            "--model",
            "artifacts/cnn-001",
            "artifacts/cnn-002",
        ],
        2,
        [
            "one run is looked into at a time",
            "infer inspect artifacts/cnn-001",
        ],
    );
    refused(
        &["evaluate", "-m", RUN, "--dataset", "mnist", "digits"],
        2,
        ["cannot be measured together", "leave out either"],
    );
}

#[test]
fn a_run_is_looked_into_by_its_name() {
    let fixture = runs();
    let whole = fixture.infer(&["inspect", "--model", "artifacts/cnn-001"]);
    let whole = whole.expect(0);
    for arguments in [
        &["inspect", "cnn-001"][..],
        &["inspect", "artifacts/cnn-001"],
        &["inspect", "-m", "cnn-001"],
    ] {
        assert_eq!(fixture.infer(arguments).expect(0), whole);
    }
}
