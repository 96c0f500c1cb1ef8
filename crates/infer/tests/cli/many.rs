//! `infer predict --digits many`. The model is not trained: what is tested is what is found, and where.

use crate::fixture::{Fixture, idx};
use data::synthetic::{SyntheticSplit, draw_digit};
use image::{GrayImage, Luma};
use papers::{Paper, Sheet, Spacing};
use serde_json::{Value, json};
use std::fs;

/// `numbers.png`, four digits apart, and `blank.png`.
pub fn pictures(fixture: Fixture) -> (Fixture, Sheet) {
    let digits = [2, 0, 5, 7].map(|label| draw_digit(4, SyntheticSplit::Test, 1, label));
    let digits: Vec<_> = digits.iter().collect();
    let sheet = Sheet::of_line(&digits, Spacing::Apart, Paper::White, 1, 4);
    sheet.picture.save(fixture.path("numbers.png")).unwrap();
    let blank = GrayImage::from_pixel(90, 60, Luma([230]));
    blank.save(fixture.path("blank.png")).unwrap();
    (fixture, sheet)
}

const MANY: [&str; 2] = ["--digits", "many"];

#[test]
fn digits_come_with_their_places() {
    let (fixture, sheet) = pictures(Fixture::new());
    let run = fixture.predict(
        &[
            &MANY[..],
            &["--format", "jsonl", "numbers.png", "blank.png"],
        ]
        .concat(),
    );
    let rows = run.rows(0);
    let digits = rows[0]["digits"].as_array().unwrap();
    // An untrained network may cut a digit, but none is lost.
    assert!(digits.len() >= 4);
    let left = |index: usize| digits[index]["box"]["left"].as_u64().unwrap();
    assert!(left(0).abs_diff(u64::from(sheet.boxes[0].left)) < 8);
    assert!((1..digits.len()).all(|index| left(index - 1) < left(index)));
    let text: String = digits
        .iter()
        .map(|digit| digit["label"].to_string())
        .collect();
    assert_eq!(rows[0]["text"], text);
    assert_eq!(rows[0]["lines"][0], text);
    assert_eq!(rows[1]["text"], "");
    assert_eq!(rows[1]["note"], "no ink");
}

#[test]
fn as_many_digits_are_read_as_there_are() {
    let (fixture, _) = pictures(Fixture::new());
    let read = |digits: &str| {
        let arguments = ["--format", "jsonl", "--rows", "picture", "numbers.png"];
        fixture.predict(&[&["--digits", digits][..], &arguments].concat())
    };
    for number in ["2", "3", "4"] {
        let rows = read(number).rows(0);
        assert_eq!(rows[0]["text"].as_str().unwrap().len().to_string(), number);
        // Nothing is left out without a word.
        assert!(number == "4" || rows[0]["note"].is_string(), "{rows:?}");
    }
    // So many are not on it.
    let run = read("200");
    let said = run.stderr.clone();
    assert!(said.contains("another number of digits on 1"), "{said}");
    assert_eq!(run.rows(0)[0]["note"], "another number of digits");
    for word in ["0", "1", "256", "few"] {
        let said = read(word);
        assert_eq!(said.code, 2);
        let why = "expected one, many, or a number from 2 to 255";
        assert!(said.stderr.contains(why), "{}", said.stderr);
    }
}

#[test]
fn csv_has_a_row_for_each_digit() {
    let (fixture, _) = pictures(Fixture::new());
    let arguments = [
        "--format",
        "csv",
        "--min-confidence",
        "1",
        "numbers.png",
        "blank.png",
    ];
    let text = fixture.predict(&[&MANY[..], &arguments].concat()).expect(0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "path,text,line,place,label,probability,left,top,width,height,guess,label_2,probability_2,note"
    );
    assert!(lines.len() >= 6, "{text}");
    // No digit is as sure as that.
    assert!(lines[1].starts_with("numbers.png,????") && lines[1].contains(",0,0,,"));
    assert!(lines[1].ends_with(",low confidence"), "{}", lines[1]);
    assert_eq!(lines.last(), Some(&"blank.png,,,,,,,,,,,,,no ink"));
    let text = fixture
        .predict(&[&MANY[..], &["numbers.png", "blank.png"]].concat())
        .expect(0);
    assert!(text.starts_with("numbers.png: ") && text.ends_with("blank.png: none, no ink\n"));
}

#[test]
fn a_file_of_images_has_one_digit_each() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(5));
    let one = fixture.predict(&["--format", "jsonl", "digits"]).rows(0);
    let many = fixture
        .predict(&[&MANY[..], &["--format", "jsonl", "digits"]].concat())
        .rows(0);
    for (one, many) in one.iter().zip(&many) {
        assert_eq!(many["text"], one["label"].to_string());
        assert_eq!(many["digits"][0]["probability"], one["probability"]);
    }
}

#[test]
fn boxes_are_drawn_into_a_copy() {
    let (fixture, sheet) = pictures(Fixture::new());
    let arguments = ["--annotate", "seen", "numbers.png", "blank.png"];
    fixture.predict(&[&MANY[..], &arguments].concat()).expect(0);
    let drawn = image::open(fixture.path("seen/0000000_numbers.png"))
        .unwrap()
        .to_rgb8();
    assert_eq!(drawn.dimensions(), sheet.picture.dimensions());
    assert_ne!(drawn, sheet.picture);
    let same = drawn
        .pixels()
        .zip(sheet.picture.pixels())
        .filter(|(left, right)| left == right);
    assert!(same.count() * 2 > drawn.pixels().len());
    assert_eq!(fs::read_dir(fixture.path("seen")).unwrap().count(), 2);
}

#[test]
fn options_of_the_other_kind_are_refused() {
    let (fixture, _) = pictures(Fixture::new());
    let refused = |arguments: &[&str], message: &str| {
        let run = fixture.predict(arguments);
        assert!(
            run.code == 2 && run.stderr.contains(message),
            "{}",
            run.stderr
        );
    };
    let arguments = ["--annotate", "seen", "numbers.png"];
    refused(&arguments, "--annotate is for pictures of many digits");
    let arguments = [&MANY[..], &["--save-preprocessed", "seen", "numbers.png"]].concat();
    refused(
        &arguments,
        "--save-preprocessed is for pictures of one digit",
    );
}

#[test]
fn strings_are_measured_as_they_are_predicted() {
    let (fixture, _) = pictures(Fixture::new());
    let predicted = fixture.predict(&[&MANY[..], &["--format", "jsonl", "numbers.png"]].concat());
    let text = predicted.rows(0)[0]["text"].as_str().unwrap().to_owned();
    let evaluate = |text: &str, more: &[&str]| {
        let labels = format!("file,label\nnumbers.png,{text}\nblank.png,\n");
        fixture.write("labels.csv", labels.as_bytes());
        let arguments = ["--labels", "labels.csv", "numbers.png", "blank.png"];
        fixture.evaluate(&[&MANY[..], &arguments, more].concat())
    };
    let json = ["--format", "json", "--min-confidence", "0"];
    let report =
        |text: &str| -> Value { serde_json::from_str(&evaluate(text, &json).expect(0)).unwrap() };
    let right = report(&text);
    assert_eq!(
        (&right["num_strings"], &right["num_correct"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(right["num_digit_errors"], 0);
    assert_eq!(right["selected"]["num_answered"], 2);
    let wrong = report(&format!("{text}0"));
    assert_eq!(wrong["num_correct"], 1);
    assert_eq!(wrong["num_digit_errors"], 1);
    assert_eq!(wrong["lengths"][0]["length"], 0);
    assert_eq!(wrong["lengths"][1]["num_too_short"], 1);
    let people = evaluate(&text, &[]).expect(0);
    assert!(
        people.contains("100.00 % read without a fault (2 of 2)"),
        "{people}"
    );
    // Of a known number of digits these alone are measured.
    let four = ["--digits", "4"];
    let arguments = ["--format", "jsonl", "--rows", "picture", "numbers.png"];
    let rows = fixture.predict(&[&four[..], &arguments].concat()).rows(0);
    let (left, right) = rows[0]["text"].as_str().unwrap().split_at(2);
    let labels = format!("file,label\nnumbers.png,{left}/{right}\n");
    fixture.write("labels.csv", labels.as_bytes());
    let arguments = ["--labels", "labels.csv", "numbers.png", "--format", "json"];
    let report = fixture.evaluate(&[&four[..], &arguments].concat());
    let report: Value = serde_json::from_str(&report.expect(0)).unwrap();
    assert_eq!(report["num_correct"], 1);
    let refused = evaluate("4x", &[]);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stderr
            .contains("expected a string of digits, found `4x`"),
        "{}",
        refused.stderr
    );
    let refused = fixture.evaluate(&MANY);
    assert!(
        refused.code == 2 && refused.stderr.contains("none are given"),
        "{}",
        refused.stderr
    );
}

#[test]
fn digits_are_set_upright_where_that_is_asked() {
    let (fixture, _) = pictures(Fixture::new());
    let predict = |more: &[&str]| {
        let arguments = ["--format", "jsonl", "numbers.png"];
        fixture
            .predict(&[&MANY[..], &arguments, more].concat())
            .rows(0)
    };
    let (as_it_is, upright) = (predict(&[]), predict(&["--deskew"]));
    assert_ne!(
        as_it_is[0]["digits"][0]["probability"],
        upright[0]["digits"][0]["probability"]
    );
}

#[test]
fn one_of_several_digits_says_so() {
    let (fixture, sheet) = pictures(Fixture::new());
    let first = &sheet.boxes[0];
    let (left, top) = (first.left.saturating_sub(4), 0);
    let (width, height) = (first.width + 8, sheet.picture.height());
    let single = image::imageops::crop_imm(&sheet.picture, left, top, width, height);
    single.to_image().save(fixture.path("single.png")).unwrap();
    fixture.write("digits", &idx(2));
    let arguments = ["--format", "jsonl", "numbers.png", "single.png", "digits"];
    let run = fixture.predict(&arguments);
    assert!(
        run.stderr.contains("; several digits on 1"),
        "{}",
        run.stderr
    );
    let rows = run.rows(0);
    assert_eq!(rows[0]["note"], "several digits");
    assert!(rows[0]["label"].is_u64());
    assert!(
        rows[1..].iter().all(|row| row["note"].is_null()),
        "{rows:?}"
    );
    let text = fixture.predict(&["numbers.png"]).expect(0);
    assert!(text.ends_with("%); several digits\n"), "{text}");
}
