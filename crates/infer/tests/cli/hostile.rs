//! Hostile files among good ones: as many named errors, and all other rows right. Pictures without
//! ink, however much memory they may take, are answers.

mod files;

use crate::fixture::{Fixture, digit, idx, labels, paths};
use base::IMAGE_SIDE;
use files::{FORMATS, encoded};
use image::{GrayImage, ImageFormat};

const NUM_GOOD: usize = 1_000;
const NUM_HOSTILE: usize = 200;

/// Good pictures in all formats that keep every pixel, some under the names of other formats.
fn good(fixture: &Fixture) -> Vec<String> {
    let lossless = FORMATS
        .iter()
        .filter(|(format, _)| *format != ImageFormat::Jpeg);
    let lossless: Vec<ImageFormat> = lossless.map(|&(format, _)| format).collect();
    let name = |index: usize| {
        let format = lossless[index % lossless.len()];
        let (_, extension) = FORMATS[index / 100 % FORMATS.len()];
        let side = IMAGE_SIDE as u32;
        let picture = GrayImage::from_raw(side, side, digit(index).to_vec()).unwrap();
        let name = format!("good/{index}.{extension}");
        fixture.write(&name, &encoded(&picture, format));
        name
    };
    (0..NUM_GOOD).map(name).collect()
}

fn blank(fixture: &Fixture) -> Vec<String> {
    let files = files::blank().into_iter();
    let names = files.map(|(name, bytes)| {
        let name = format!("blank/{name}");
        fixture.write(&name, &bytes);
        name
    });
    names.collect()
}

fn hostile(fixture: &Fixture) -> Vec<String> {
    let mut names = Vec::new();
    for (name, bytes) in files::all() {
        let name = format!("hostile/{name}");
        fixture.write(&name, &bytes);
        names.push(name);
    }
    // What is not there, and folders named as pictures.
    while names.len() < NUM_HOSTILE {
        let name = format!("hostile/none_{}.png", names.len());
        if names.len() % 2 == 0 {
            std::fs::create_dir(fixture.path(&name)).unwrap();
        }
        names.push(name);
    }
    names
}

#[test]
fn hostile_files_are_named_and_all_others_are_classified() {
    let fixture = Fixture::new();
    let (good, hostile, blank) = (good(&fixture), hostile(&fixture), blank(&fixture));
    assert_eq!(hostile.len(), NUM_HOSTILE);
    // After every five good ones, a hostile one.
    let mut list = Vec::new();
    for (group, bad) in good.chunks(NUM_GOOD / NUM_HOSTILE).zip(&hostile) {
        list.extend(group.iter().cloned());
        list.push(bad.clone());
    }
    list.extend(blank.iter().cloned());
    fixture.write("list", list.join("\n").as_bytes());
    let run = fixture.predict(&[
        "--format",
        "jsonl",
        "-k",
        "1",
        "--batch-size",
        "96",
        "--errors",
        "errors.csv",
        "@list",
    ]);
    for word in ["panicked", "internal error", "RUST_BACKTRACE", "\x1b"] {
        assert!(!run.stderr.contains(word), "{}", run.stderr);
    }
    let summary = run.stderr.lines().last().unwrap_or_default().to_owned();
    let mut rows = run.rows(3);
    let without_ink = rows.split_off(NUM_GOOD);
    assert_eq!(paths(&without_ink), blank);
    assert!(
        without_ink
            .iter()
            .all(|row| row["label"].is_null() && row["note"] == "no ink")
    );
    assert_eq!(paths(&rows), good);
    assert_eq!(summary, "warning: 200 inputs could not be used");

    fixture.write("digits", &idx(NUM_GOOD));
    let expected = fixture
        .predict(&[
            "--format",
            "jsonl",
            "-k",
            "1",
            "--batch-size",
            "96",
            "digits",
        ])
        .rows(0);
    assert_eq!(labels(&rows), labels(&expected));
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(
            row["probability"], expected["probability"],
            "{}",
            row["path"]
        );
    }

    let mut errors = csv::Reader::from_path(fixture.path("errors.csv")).unwrap();
    assert_eq!(errors.headers().unwrap(), vec!["path", "error"]);
    let errors: Vec<csv::StringRecord> = errors.records().map(Result::unwrap).collect();
    let named: Vec<&str> = errors.iter().map(|row| &row[0]).collect();
    assert_eq!(named, hostile);
    for row in &errors {
        assert!(row[1].len() > row[0].len() + 10, "{row:?}");
    }
}

#[test]
fn one_bad_input_can_end_the_job() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture.write("torn.png", b"\x89PNG\r\n\x1a\n");
    let run = fixture.predict(&[
        "--on-error",
        "fail",
        "--errors",
        "errors.csv",
        "-o",
        "rows.csv",
        "a.png",
        "torn.png",
        "absent.png",
    ]);
    assert!(
        run.stderr.contains("error: torn.png: cannot decode"),
        "{}",
        run.stderr
    );
    run.expect(1);
    assert!(!fixture.path("rows.csv").exists());
    let errors = std::fs::read_to_string(fixture.path("errors.csv")).unwrap();
    assert!(errors.starts_with("path,error\ntorn.png,"), "{errors}");
    assert_eq!(errors.lines().count(), 2);
}

#[test]
fn limits_may_be_raised_and_lowered() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    let run = fixture.predict(&["--max-pixels", "783", "a.png"]);
    assert!(
        run.stderr
            .contains("a.png: the picture has 784 pixels, expected at most 783"),
        "{}",
        run.stderr
    );
    run.expect(1);
    fixture.predict(&["--max-pixels", "784", "a.png"]).expect(0);
    let blank = GrayImage::new(1_000, 1_000);
    fixture.write("blank.png", &encoded(&blank, ImageFormat::Png));
    let run = fixture.predict(&["--max-memory", "1", "blank.png"]);
    assert!(
        run.stderr
            .contains("bytes of memory, expected at most 1048576"),
        "{}",
        run.stderr
    );
}

/// What stands beside an input costs no other one.
#[cfg(unix)]
#[test]
fn odd_names_circles_and_pipes_cost_nobody_else() {
    use std::os::unix::ffi::OsStrExt as _;
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path("d")).unwrap();
    for (index, name) in ["a.png", "b.png", "d/c.png"].into_iter().enumerate() {
        fixture.write_digit(name, index);
    }
    let odd = std::ffi::OsStr::from_bytes(b"\xff.txt");
    std::fs::write(fixture.path("d").join(odd), "x").unwrap();
    std::os::unix::fs::symlink(".", fixture.path("d/l1")).unwrap();
    std::os::unix::fs::symlink(".", fixture.path("d/l2")).unwrap();
    let pipe = fixture.path("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let run = [
        "predict",
        "--model",
        "run",
        "a.png",
        "d/**/*.png",
        "pipe.csv",
        "b.png",
    ];
    let run = fixture.infer(&run);
    assert_eq!(run.stdout.lines().count(), 3, "{}", run.stdout);
    assert!(run.stderr.contains("File system loop"), "{}", run.stderr);
    assert!(
        run.stderr.contains("pipe.csv: neither a file nor a folder"),
        "{}",
        run.stderr
    );
    run.expect(3);
    for arguments in [
        &["predict", "--model", "run", "@pipe.csv"][..],
        &[
            "evaluate", "--model", "run", "--labels", "pipe.csv", "a.png",
        ],
    ] {
        let run = fixture.infer(arguments);
        assert!(run.stderr.contains("a pipe or a device"), "{}", run.stderr);
    }
}

#[test]
fn outputs_replace_no_inputs_and_not_each_other() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture.write_digit("b.png", 1);
    let before = std::fs::read(fixture.path("a.png")).unwrap();
    for (arguments, message) in [
        (
            &["predict", "--model", "run", "-o", "a.png", "b.png"][..],
            "the name of a picture",
        ),
        (
            &["predict", "--model", "run", "-o", "o.xlsx", "b.png"],
            "spreadsheets are not written",
        ),
        (
            &[
                "predict", "--model", "run", "-o", "o.csv", "--errors", "o.csv", "b.png",
            ],
            "the same file",
        ),
        (
            &["show", "a.png", "--model", "run", "--out", "./a.png"],
            "would replace an input",
        ),
        (
            &["predict", "--model", "run", "--errors", "b.png", "b.png"],
            "would replace an input",
        ),
    ] {
        let run = fixture.infer(arguments);
        assert!(
            run.stderr.contains(message),
            "{arguments:?}: {}",
            run.stderr
        );
        run.expect(2);
    }
    assert_eq!(std::fs::read(fixture.path("a.png")).unwrap(), before);
}
