//! Files of many pictures: archives, Parquet, CSV.

use crate::fixture::{Fixture, csv, digit_png, hub_parquet, idx, label, labels, paths, tar};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;

const NUM: usize = 30;

/// The same digits in every kind of file.
fn files() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(NUM));
    fixture.write("digits.csv", csv(NUM).as_bytes());
    fixture.write("digits.parquet", &hub_parquet(NUM));
    let names: Vec<String> = (0..NUM)
        .map(|index| format!("{}/{index}.png", label(index)))
        .collect();
    let members = names.iter().enumerate();
    let members = members.map(|(index, name)| (name.as_str(), digit_png(index)));
    fixture.write("digits.tar", &tar(members));
    fixture
}

fn rows(fixture: &Fixture, file: &str) -> Vec<Value> {
    fixture.predict(&["--format", "jsonl", file]).rows(0)
}

#[test]
fn all_kinds_of_files_give_the_same_rows() {
    let fixture = files();
    let expected = rows(&fixture, "digits");
    let named = [
        ("digits.csv", "digits.csv#7"),
        ("digits.parquet", "digits.parquet#7"),
        ("digits.tar", &format!("digits.tar#{}/7.png", label(7))),
    ];
    for (file, name) in named {
        let found = rows(&fixture, file);
        assert_eq!(paths(&found)[7], name);
        assert_eq!(found.len(), NUM);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found["top"], expected["top"], "{file}");
        }
    }
    // From a folder all but the CSV file are taken, in the order of their names.
    let found = rows(&fixture, ".");
    assert_eq!(paths(&found)[0], "./digits.parquet#0");
    assert_eq!(
        paths(&found)[NUM],
        format!("./digits.tar#{}/0.png", label(0))
    );
    assert_eq!(found.len(), 2 * NUM);
}

#[test]
fn every_kind_of_label_gives_the_same_figures() {
    let fixture = files();
    let mut table = "file,label\n".to_owned();
    for index in 0..NUM {
        let _ = writeln!(table, "{index}.png,{}", label(index));
    }
    fixture.write("labels.csv", table.as_bytes());
    let expected = fixture.evaluate(&["--dataset", "digits.csv", "--format", "json"]);
    let expected: Value = serde_json::from_str(&expected.expect(0)).unwrap();
    for arguments in [
        &["digits.csv"][..],
        &["digits.parquet"],
        &["digits.tar"],
        &["--labels", "labels.csv", "digits.tar"],
    ] {
        let run = fixture.evaluate(&[arguments, &["--format", "json"]].concat());
        let report: Value = serde_json::from_str(&run.expect(0)).unwrap();
        for figure in [
            "num_images",
            "confusion",
            "loss",
            "expected_calibration_error",
        ] {
            assert_eq!(report[figure], expected[figure], "{arguments:?}");
        }
        assert_eq!(report["dataset"]["name"], "pictures");
        assert!(report["dataset"].get("sha256").is_none());
    }
}

#[test]
fn pictures_without_a_label_are_named() {
    let fixture = files();
    fixture.write_digit("7/a.png", 1);
    fixture.write_digit("letters/b.png", 2);
    let run = fixture.evaluate(&["--format", "json", "7", "letters/b.png", "digits"]);
    assert!(
        run.stderr
            .contains("letters/b.png: no label: `letters`, which it lies in, is no class"),
        "{}",
        run.stderr
    );
    let report: Value = serde_json::from_str(&run.expect(3)).unwrap();
    assert_eq!(report["num_images"], 1);
    fixture.write("labels.csv", b"file,label\nb.png,2\n");
    let run = fixture.evaluate(&["--labels", "labels.csv", "7", "letters/b.png"]);
    assert!(
        run.stderr
            .contains("7/a.png: no label: labels.csv has no row for it"),
        "{}",
        run.stderr
    );
    run.expect(3);
}

#[test]
fn the_end_of_the_outputs_name_is_its_format() {
    let fixture = files();
    for (file, start) in [
        ("rows.json", "["),
        ("rows.jsonl", "{\"path\""),
        ("rows.csv", "path,label"),
        ("rows.parquet", "PAR1"),
        ("rows.txt", "digits#0: "),
    ] {
        fixture.predict(&["-o", file, "digits"]).expect(0);
        let bytes = fs::read(fixture.path(file)).unwrap();
        assert!(bytes.starts_with(start.as_bytes()), "{file}");
    }
    fixture
        .predict(&["-f", "csv", "-o", "rows.json", "digits"])
        .expect(0);
    assert!(
        fs::read(fixture.path("rows.json"))
            .unwrap()
            .starts_with(b"path")
    );
}

#[test]
fn damaged_files_are_named_with_the_place_and_the_rest_goes_on() {
    let fixture = files();
    let cut_off = |file: &str, length: usize| {
        let bytes = fs::read(fixture.path(file)).unwrap();
        fixture.write(&format!("cut.{file}"), &bytes[..length]);
    };
    cut_off("digits.tar", 10 * 512 + 100);
    cut_off("digits.parquet", 1_000);
    fixture.write("bad.csv", format!("{}1,2,3\n{}", csv(2), csv(1)).as_bytes());
    let run = fixture.predict(&[
        "--format",
        "jsonl",
        "cut.digits.tar",
        "cut.digits.parquet",
        "bad.csv",
        "digits",
    ]);
    for said in [
        "cut.digits.tar, byte 5120: expected ",
        "cut.digits.parquet, footer: ",
        "bad.csv, line 3: expected 785 fields (a label and 784 pixels), found 3",
        "3 inputs could not be used",
    ] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    let rows = run.rows(3);
    assert_eq!(rows.len(), 5 + 3 + NUM);
    assert_eq!(paths(&rows)[5..8], ["bad.csv#0", "bad.csv#1", "bad.csv#3"]);
    assert_eq!(labels(&rows)[5], labels(&rows)[8]);
}

#[test]
fn where_the_time_went_is_told_on_demand() {
    let fixture = files();
    let run = fixture.predict(&["-v", "digits"]);
    for said in [
        "work: ",
        "  reading ",
        "  decoding ",
        "  preparing ",
        "  network ",
        "  writing ",
    ] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    assert!(run.stderr.contains("30 classified in "), "{}", run.stderr);
    assert!(!fixture.predict(&["digits"]).stderr.contains("work: "));
    for arguments in [
        &["-v", "digits.csv"][..],
        &["-v", "--dataset", "digits.csv"],
    ] {
        let run = fixture.evaluate(arguments);
        assert!(
            run.stderr.contains("work: "),
            "{arguments:?}: {}",
            run.stderr
        );
    }
}
