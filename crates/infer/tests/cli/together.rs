//! Several models that answer together.

use crate::fixture::{Fixture, RUN, csv, digit_png, idx, label};
use serde_json::Value;

const NUM_IMAGES: usize = 20;

/// Two models, the second of a temperature of its own, and some digits.
fn two_models() -> Fixture {
    let fixture = Fixture::new();
    fixture.add_model("other", data::digit_names(), 2.0);
    fixture.write("digits", &idx(NUM_IMAGES));
    fixture.write("digits.csv", csv(NUM_IMAGES).as_bytes());
    fixture
}

/// Probabilities of all classes of every image, in the order of the classes.
fn probabilities(fixture: &Fixture, runs: &[&str]) -> Vec<Vec<f64>> {
    let models = runs.iter().flat_map(|run| ["--model", run]);
    let mut arguments = vec!["predict", "--device", "cpu", "--format", "jsonl"];
    arguments.extend(models);
    arguments.extend(["--top-k", "10", "digits"]);
    let rows = fixture.infer(&arguments).rows(0);
    assert_eq!(rows.len(), NUM_IMAGES);
    let of_classes = |row: &Value| {
        let mut probabilities = vec![0.0; 10];
        for class in row["top"].as_array().unwrap() {
            let label = class["label"].as_u64().unwrap() as usize;
            probabilities[label] = class["probability"].as_f64().unwrap();
        }
        probabilities
    };
    rows.iter().map(of_classes).collect()
}

/// The mean of logits is the geometric mean of probabilities, but for a factor.
#[test]
fn the_answer_is_the_mean_of_both() {
    let fixture = two_models();
    let (one, other) = (
        probabilities(&fixture, &[RUN]),
        probabilities(&fixture, &["other"]),
    );
    assert_ne!(one, other);
    let both = probabilities(&fixture, &[RUN, "other"]);
    for ((one, other), both) in one.iter().zip(&other).zip(&both) {
        let means: Vec<f64> = one
            .iter()
            .zip(other)
            .map(|(one, other)| (one * other).sqrt())
            .collect();
        let sum: f64 = means.iter().sum();
        for (mean, found) in means.iter().zip(both) {
            assert!((mean / sum - found).abs() < 1e-5, "{means:?} {both:?}");
        }
    }
    let twice = probabilities(&fixture, &["other", "other"]);
    for (twice, once) in twice.concat().iter().zip(other.concat()) {
        assert!((twice - once).abs() < 1e-5);
    }
}

#[test]
fn they_are_measured_together() {
    let fixture = two_models();
    let both = probabilities(&fixture, &[RUN, "other"]);
    let loss: f64 = (0..NUM_IMAGES)
        .map(|image| -both[image][usize::from(label(image))].ln())
        .sum();
    let run = fixture.evaluate(&[
        "--model",
        "other",
        "--dataset",
        "digits.csv",
        "--format",
        "json",
    ]);
    let report: Value = serde_json::from_str(&run.expect(0)).unwrap();
    let found = report["loss"].as_f64().unwrap();
    assert!((found - loss / NUM_IMAGES as f64).abs() < 1e-4, "{found}");
    assert!(report["scaling"].is_null(), "each is scaled by itself");
}

#[test]
fn they_are_shown_together() {
    let fixture = two_models();
    fixture.write("digit.png", &digit_png(3));
    let said = fixture.infer(&["show", "--model", RUN, "--model", "other", "digit.png"]);
    let alone = fixture.infer(&["show", "--model", RUN, "digit.png"]);
    assert_ne!(said.expect(0), alone.expect(0));
}

#[test]
fn they_have_to_know_the_same_classes() {
    let fixture = Fixture::new();
    let mut names = data::digit_names();
    names[3] = "three".into();
    fixture.add_model("other", names, 1.0);
    fixture.write("digits", &idx(1));
    let run = fixture.predict(&["--model", "other", "digits"]);
    let expected = "run and other tell different classes apart: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 0, 1, 2, \
        three, 4, 5, 6, 7, 8, 9";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    run.expect(2);
    let run = fixture.predict(&["--model", "missing", "digits"]);
    assert!(run.stderr.contains("missing"), "{}", run.stderr);
    run.expect(1);
}
