//! `infer predict`.

use crate::fixture::{Fixture, RUN, idx, labels, paths};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

/// Pictures `2.png` and `10.png` in a folder, `first.png` beside it.
fn pictures() -> Fixture {
    let fixture = Fixture::new();
    for (index, name) in ["first.png", "more/2.png", "more/10.png"]
        .iter()
        .enumerate()
    {
        fixture.write_digit(name, index);
    }
    fixture
}

#[test]
fn rows_come_in_the_order_of_the_inputs() {
    let fixture = pictures();
    let run = fixture.predict(&["--format", "jsonl", "more/10.png", "first.png", "more"]);
    let rows = run.rows(0);
    assert_eq!(
        paths(&rows),
        ["more/10.png", "first.png", "more/2.png", "more/10.png"]
    );
    assert_eq!(rows[0]["label"], rows[3]["label"]);
    for row in &rows {
        assert_eq!(row["top"].as_array().map(Vec::len), Some(3));
        assert_eq!(row["top"][0]["label"], row["label"]);
        let probability = row["probability"].as_f64().unwrap();
        assert!(probability > 0.1 && probability <= 1.0);
        assert!(row.get("class").is_none());
    }
}

#[test]
fn the_batch_size_changes_no_label() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(25));
    let with_batch = |size: &str| {
        let run = fixture.predict(&["--format", "jsonl", "--batch-size", size, "digits"]);
        let rows = run.rows(0);
        assert_eq!(paths(&rows)[24], "digits#24");
        labels(&rows)
    };
    let all_at_once = with_batch("1000");
    assert_eq!(all_at_once.len(), 25);
    assert_eq!(with_batch("1"), all_at_once);
    assert_eq!(with_batch("7"), all_at_once);
}

#[test]
fn idx_files_and_pictures_of_the_same_digits_agree() {
    let fixture = pictures();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&idx(3)).unwrap();
    fixture.write("digits-idx3-ubyte.gz", &packed.finish().unwrap());
    let from_idx = fixture
        .predict(&["--format", "jsonl", "digits-idx3-ubyte.gz"])
        .rows(0);
    let paths_of_idx = ["#0", "#1", "#2"].map(|index| format!("digits-idx3-ubyte.gz{index}"));
    assert_eq!(paths(&from_idx), paths_of_idx);
    let from_pictures = fixture
        .predict(&["--format", "jsonl", "first.png", "more"])
        .rows(0);
    for (left, right) in from_idx.iter().zip(&from_pictures) {
        assert_eq!(left["top"], right["top"]);
    }
}

#[test]
fn large_pictures_of_dark_ink_are_brought_to_the_same_form() {
    let fixture = pictures();
    let mut picture = image::open(fixture.path("first.png")).unwrap();
    picture.invert();
    let large = picture.resize(560, 560, image::imageops::FilterType::Triangle);
    large.save(fixture.path("large.jpg")).unwrap();
    let rows = fixture
        .predict(&["--format", "jsonl", "-k", "10", "large.jpg", "first.png"])
        .rows(0);
    // Not quite the same pixels, but nearly the same probabilities.
    let probability = |row: &Value| row["probability"].as_f64().unwrap();
    assert_eq!(labels(&rows)[0], labels(&rows)[1]);
    assert!(
        (probability(&rows[0]) - probability(&rows[1])).abs() < 0.05,
        "{rows:?}"
    );
}

#[test]
fn patterns_and_lists() {
    let fixture = pictures();
    let rows = fixture.predict(&["--format", "jsonl", "**/*.png"]).rows(0);
    assert_eq!(paths(&rows), ["first.png", "more/2.png", "more/10.png"]);
    let arguments = [
        "predict", "--model", RUN, "--device", "cpu", "--format", "jsonl", "-",
    ];
    let list = "more/10.png\n\nfirst.png\n";
    let rows = fixture.infer_with_input(&arguments, list).rows(0);
    assert_eq!(paths(&rows), ["more/10.png", "first.png"]);
}

#[test]
fn inputs_that_cannot_be_used_are_named_and_the_rest_go_on() {
    let fixture = pictures();
    fixture.write("torn.png", b"\x89PNG\r\n\x1a\n");
    let run = fixture.predict(&[
        "-q",
        "--format",
        "json",
        "absent.png",
        "first.png",
        "torn.png",
        "x*",
    ]);
    let reasons: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(
        reasons[0].starts_with("warning: absent.png: "),
        "{reasons:?}"
    );
    assert!(reasons[1].starts_with("warning: torn.png: "), "{reasons:?}");
    assert_eq!(reasons[2], "warning: x*: nothing has such a name");
    assert_eq!(reasons[3], "warning: 3 inputs could not be used");
    let rows: Vec<Value> = serde_json::from_str(&run.expect(3)).unwrap();
    assert_eq!(paths(&rows), ["first.png"]);
}

#[test]
fn nothing_usable_is_a_failure() {
    let fixture = pictures();
    let run = fixture.predict(&["--format", "json", "--output", "rows.json", "absent.png"]);
    assert!(
        run.stderr.contains("error: nothing could be classified"),
        "{}",
        run.stderr
    );
    assert_eq!(run.expect(1), "");
    assert!(!fixture.path("rows.json").exists());
    assert_eq!(
        fixture
            .predict(&["--format", "json", "absent.png"])
            .expect(1),
        "[]\n"
    );
}

#[test]
fn csv_goes_to_a_file_that_is_replaced_whole() {
    let fixture = pictures();
    fixture.write("rows.csv", b"old");
    let run = fixture.predict(&[
        "-f",
        "csv",
        "-k",
        "2",
        "-o",
        "rows.csv",
        "first.png",
        "more",
    ]);
    assert_eq!(run.expect(0), "");
    let text = fs::read_to_string(fixture.path("rows.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "path,label,probability,label_2,probability_2,note"
    );
    assert!(
        lines[3].starts_with("more/10.png,") && lines.len() == 4,
        "{text}"
    );
    let run = fixture.predict(&["-o", "absent/rows.csv", "first.png"]);
    assert!(
        run.stderr.contains("absent: there is no such folder"),
        "{}",
        run.stderr
    );
    run.expect(1);
    let run = fixture.predict(&["-o", "more", "first.png"]);
    assert!(
        run.stderr.contains("more: cannot be replaced"),
        "{}",
        run.stderr
    );
    run.expect(1);
}

#[test]
fn class_names_are_given_where_they_tell_more_than_the_label() {
    let names = data::KnownSet::FashionMnist.class_names();
    let fixture = Fixture::with(names.clone(), "fashion-mnist", None);
    fixture.write_digit("a.png", 0);
    let rows = fixture.predict(&["--format", "jsonl", "a.png"]).rows(0);
    let label = labels(&rows)[0] as usize;
    assert_eq!(rows[0]["class"], names[label].as_str());
    let text = fixture.predict(&["-k", "1", "a.png"]).expect(0);
    assert!(
        text.starts_with(&format!("a.png: {label} {} (", names[label])),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_file() {
    let fixture = pictures();
    let num_before = fs::read_dir(fixture.path("")).unwrap().count();
    let arguments = [
        "predict", "--model", RUN, "--device", "cpu", "-o", "rows.txt", "-",
    ];
    let mut child = fixture.start(&arguments);
    // Held open, so that the program waits for more of the list.
    let list = child.stdin.take();
    let has_scratch = || fs::read_dir(fixture.path("")).unwrap().count() > num_before;
    while !has_scratch() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(list);
    assert_eq!(fs::read_dir(fixture.path("")).unwrap().count(), num_before);
}
