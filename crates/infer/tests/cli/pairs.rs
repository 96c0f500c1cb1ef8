//! Networks that also read two digits that touch as one. They are not trained: what is tested is that their outputs of
//! pairs are taken where numbers are read, and nowhere else.

use crate::fixture::{Fixture, RUN, idx, labels};
use crate::many::pictures;
use crate::serve::client::Service;
use serde_json::{Value, json};
use std::fs;

#[test]
fn numbers_are_read_with_pairs_and_single_digits_without() {
    let (fixture, _) = pictures(Fixture::reading_pairs());
    let read = |arguments: &[&str]| fixture.predict(&[arguments, &["--format", "jsonl"]].concat());
    let rows = read(&["--digits", "many", "numbers.png", "blank.png"]).rows(0);
    let digits = rows[0]["digits"].as_array().unwrap();
    assert!(digits.len() >= 4, "{digits:?}");
    for digit in digits {
        let probability = digit["probability"].as_f64().unwrap();
        assert!(digit["label"].as_u64().unwrap() < 10 && (0.1..=1.0).contains(&probability));
        assert!(digit["box"]["width"].as_u64().unwrap() > 0);
    }
    assert_eq!(rows[1]["note"], "no ink");
    // Of one digit there are ten probabilities.
    fixture.write("digits", &idx(3));
    for row in read(&["digits", "-k", "10"]).rows(0) {
        let all = row["top"].as_array().unwrap();
        let sum: f64 = all
            .iter()
            .map(|class| class["probability"].as_f64().unwrap())
            .sum();
        assert!(all.len() == 10 && (sum - 1.0).abs() < 1e-3, "{row}");
    }
}

#[test]
fn the_service_reads_numbers_as_predict_does() {
    let (fixture, _) = pictures(Fixture::reading_pairs());
    let picture = fs::read(fixture.path("numbers.png")).unwrap();
    for views in ["3", "1"] {
        let many = ["--digits", "many", "--format", "jsonl", "--views", views];
        let rows = fixture
            .predict(&[&many[..], &["numbers.png"]].concat())
            .rows(0);
        let service = Service::start(&fixture, &["--views", views]);
        let ask = |path: &str| service.post(path, "image/png", &picture).json(200);
        let said = ask("/v1/predict?digits=many");
        for key in ["text", "lines", "digits"] {
            assert_eq!(said["predictions"][0][key], rows[0][key], "{key}");
        }
        let one = &ask("/v1/predict")["predictions"][0];
        assert_eq!(one["probabilities"].as_array().map(Vec::len), Some(10));
    }
}

#[test]
fn together_with_one_that_reads_none_there_are_no_pairs() {
    let (fixture, _) = pictures(Fixture::reading_pairs());
    fixture.add_model("other", data::digit_names(), 1.0);
    let many = ["--digits", "many", "--format", "jsonl", "numbers.png"];
    let both = fixture
        .predict(&[&["--model", "other"][..], &many].concat())
        .rows(0);
    assert!(both[0]["digits"].as_array().unwrap().len() >= 4);
}

#[test]
fn what_is_exported_reads_digits_alone() {
    let fixture = Fixture::reading_pairs();
    for (format, out) in [
        ("onnx", "digits.onnx"),
        ("html", "page.html"),
        ("safetensors", "digits.safetensors"),
    ] {
        let run = fixture.infer(&["export", "--format", format, "--model", RUN, "--out", out]);
        assert!(
            run.stderr.contains("pairs of digits are left out"),
            "{}",
            run.stderr
        );
        run.expect(0);
    }
    fixture.write("digits", &idx(5));
    let read = |model: &str| {
        let arguments = [
            "predict", "--model", model, "--device", "cpu", "--format", "jsonl", "digits",
        ];
        fixture.infer(&arguments).rows(0)
    };
    let (own, exported) = (read(RUN), read("digits.safetensors"));
    assert_eq!(labels(&own), labels(&exported));
    let said = fixture.infer(&["inspect", RUN]).expect(0);
    assert!(said.contains("two digits that touch"), "{said}");
    let json = fixture
        .infer(&["inspect", "--format", "json", "digits.safetensors"])
        .expect(0);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["classifier"].get("pairs"), None);
    assert_eq!(json["layers"][0]["output"], json!([10]));
}
