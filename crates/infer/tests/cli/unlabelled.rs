//! Pictures that get no label: those without ink, and those below `--min-confidence`.

use crate::fixture::{Fixture, csv, idx, label, labels};
use image::{DynamicImage, GrayImage, Luma};
use serde_json::Value;
use std::fs;

const NUM: usize = 40;

fn blank(fixture: &Fixture, name: &str, level: u8) {
    let picture = GrayImage::from_pixel(60, 40, Luma([level]));
    DynamicImage::from(picture)
        .save(fixture.path(name))
        .unwrap();
}

#[test]
fn a_picture_without_ink_is_an_answer_in_its_place() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture.write_digit("b.png", 1);
    blank(&fixture, "white.png", 255);
    blank(&fixture, "black.png", 0);
    let inputs = ["white.png", "a.png", "black.png", "b.png", "white.png"];
    let alone = fixture
        .predict(&["--format", "jsonl", "a.png", "b.png"])
        .rows(0);
    for batch_size in ["1", "2", "1000"] {
        let arguments = [
            "--batch-size",
            batch_size,
            "--format",
            "jsonl",
            "--errors",
            "errors.csv",
        ];
        let run = fixture.predict(&[&arguments[..], &inputs].concat());
        assert!(run.stderr.contains("5 classified in "), "{}", run.stderr);
        assert!(
            run.stderr.contains("; no label for 3 (no ink)"),
            "{}",
            run.stderr
        );
        let rows = run.rows(0);
        assert_eq!(rows.len(), 5);
        for place in [0, 2, 4] {
            assert!(rows[place]["label"].is_null() && rows[place]["probability"].is_null());
            assert_eq!(rows[place]["note"], "no ink");
            assert_eq!(rows[place]["path"], inputs[place]);
        }
        assert_eq!(
            (&rows[1]["label"], &rows[3]["label"]),
            (&alone[0]["label"], &alone[1]["label"])
        );
        let errors = fs::read_to_string(fixture.path("errors.csv")).unwrap();
        assert_eq!(errors, "path,error\n");
    }
    // The same of files of pixels.
    let mut digits = idx(2);
    let last = digits.len() - base::IMAGE_PIXELS;
    digits[last..].fill(0);
    fixture.write("digits", &digits);
    let rows = fixture.predict(&["--format", "jsonl", "digits"]).rows(0);
    assert!(
        rows[0]["label"].is_u64() && rows[1]["note"] == "no ink",
        "{rows:?}"
    );
    // Nothing but answers of no ink is no failure either.
    let text = fixture
        .predict(&["white.png", "--on-error", "fail"])
        .expect(0);
    assert_eq!(text, "white.png: none, no ink\n");
}

#[test]
fn what_is_measured_needs_ink() {
    let fixture = Fixture::new();
    fixture.write_digit("7/a.png", 0);
    blank(&fixture, "7/blank.png", 255);
    let run = fixture.evaluate(&["7", "--format", "json"]);
    assert!(
        run.stderr.contains("7/blank.png: no ink found"),
        "{}",
        run.stderr
    );
    let report: Value = serde_json::from_str(&run.expect(3)).unwrap();
    assert_eq!(report["num_images"], 1);
}

#[test]
fn labels_below_the_least_confidence_are_held_back() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(NUM));
    let all = fixture.predict(&["--format", "jsonl", "digits"]).rows(0);
    let probability = |row: &Value| row["probability"].as_f64().unwrap();
    let mut sorted: Vec<f64> = all.iter().map(probability).collect();
    sorted.sort_by(f64::total_cmp);
    let least = f64::midpoint(sorted[NUM / 2 - 1], sorted[NUM / 2]);
    let least_text = least.to_string();
    let arguments = [
        "--format",
        "jsonl",
        "--min-confidence",
        &least_text,
        "digits",
    ];
    let run = fixture.predict(&arguments);
    let said = format!("; no label for {} (low confidence)", NUM / 2);
    assert!(run.stderr.contains(&said), "{}", run.stderr);
    for (row, before) in run.rows(0).iter().zip(&all) {
        let is_sure = probability(before) >= least;
        assert_eq!(row["label"].is_null(), !is_sure);
        assert_eq!(row["note"] == "low confidence", !is_sure);
        assert_eq!(
            (&row["probability"], &row["top"]),
            (&before["probability"], &before["top"])
        );
    }
}

#[test]
fn coverage_and_accuracy_of_what_is_answered() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(NUM));
    fixture.write("digits.csv", csv(NUM).as_bytes());
    let arguments = ["--format", "jsonl", "--min-confidence", "0.2", "digits"];
    let rows = fixture.predict(&arguments).rows(0);
    let all = labels(&fixture.predict(&["--format", "jsonl", "digits"]).rows(0));
    let sure = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !row["label"].is_null());
    let sure: Vec<usize> = sure.map(|(index, _)| index).collect();
    let is_right = |index: &&usize| all[**index] == u64::from(label(**index));
    let num_right = sure.iter().filter(is_right).count();
    assert!(!sure.is_empty() && sure.len() < NUM, "{}", sure.len());
    for source in [&["--dataset", "digits.csv"][..], &["digits.csv"]] {
        let options = ["--format", "json", "--min-confidence", "0.2"];
        let run = fixture.evaluate(&[source, &options].concat());
        let report: Value = serde_json::from_str(&run.expect(0)).unwrap();
        let selected = &report["selected"];
        assert_eq!(selected["num_answered"], sure.len());
        assert_eq!(selected["num_correct"], num_right);
        assert_eq!(selected["coverage"], sure.len() as f64 / NUM as f64);
        assert_eq!(selected["accuracy"], num_right as f64 / sure.len() as f64);
        assert_eq!(report["num_images"], NUM);
    }
    let arguments = ["digits.csv", "--min-confidence", "0.2"];
    let text = fixture.evaluate(&arguments).expect(0);
    assert!(
        text.contains("\nanswered ") && text.contains("at least 20.00 %, of these right"),
        "{text}"
    );
    let text = fixture
        .evaluate(&["digits.csv", "--min-confidence", "1"])
        .expect(0);
    assert!(text.contains("0.00 % (0) with a confidence"), "{text}");
    assert!(
        !fixture
            .evaluate(&["digits.csv"])
            .expect(0)
            .contains("answered")
    );
}

#[test]
fn a_confidence_is_a_number_from_0_to_1() {
    let fixture = Fixture::new();
    for wrong in ["90", "-0.1", "NaN", "much"] {
        let run = fixture.predict(&[&format!("--min-confidence={wrong}"), "a.png"]);
        assert!(
            run.code == 2 && run.stderr.contains("a number from 0 to 1"),
            "{}",
            run.stderr
        );
    }
}
