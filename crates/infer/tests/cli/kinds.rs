//! Every kind of file that is read: written, and then read as `train` reads it, by `evaluate` and by `predict`. The
//! table in docs/formats.md is this one.

mod list;
mod write;

use crate::fixture::{Fixture, digit, label};
use data::{SetOptions, read_set};
use list::kinds;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use write::{NUM_IMAGES, npy, npy_images, npy_labels, zip};

/// Where the table stands.
const DOCUMENT: &str = "../../docs/formats.md";
const MARKS: [&str; 2] = ["<!-- kinds of files -->\n", "<!-- end of the kinds -->\n"];

/// The number of images that a report or rows are about.
fn predicted(fixture: &Fixture, path: &str) -> usize {
    fixture.predict(&["--format", "jsonl", path]).rows(0).len()
}

fn evaluated(fixture: &Fixture, arguments: &[&str]) -> usize {
    let run = fixture.evaluate(&[arguments, &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&run.expect(0)).unwrap();
    report["num_images"].as_u64().unwrap() as usize
}

#[test]
fn every_kind_is_read_alike_by_train_evaluate_and_predict() {
    let mut shown = String::from(
        "| kind | what it is | `train` | `evaluate` | `predict` |\n|---|---|---|---|---|\n",
    );
    for kind in kinds() {
        let fixture = Fixture::new();
        for (name, bytes) in &kind.files {
            fixture.write(name, bytes);
        }
        let set = read_set(&fixture.path(kind.path), &SetOptions::default());
        let set = set.unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        assert_eq!(set.train.len(), NUM_IMAGES, "{}", kind.name);
        let mut counts = [0; 10];
        for &label in set.train.labels() {
            counts[usize::from(label)] += 1;
        }
        assert_eq!(counts, [2; 10], "{}", kind.name);
        // The images are those that were written, in whatever order.
        let expected: Vec<_> = (0..NUM_IMAGES)
            .map(|index| (label(index), digit(index)))
            .collect();
        for index in 0..NUM_IMAGES {
            let found = (set.train.labels()[index], *set.train.image(index).unwrap());
            assert!(expected.contains(&found), "{}, image {index}", kind.name);
        }
        assert_eq!(
            evaluated(&fixture, &["--dataset", kind.path]),
            NUM_IMAGES,
            "{}",
            kind.name
        );
        let is_table = kind.path.ends_with("names.csv");
        let pictures = if is_table { "scans" } else { kind.path };
        let labels = kind
            .labels
            .map(|labels| vec!["--labels", labels])
            .unwrap_or_default();
        assert_eq!(
            evaluated(&fixture, &[&labels[..], &[pictures]].concat()),
            NUM_IMAGES,
            "{}",
            kind.name
        );
        assert_eq!(predicted(&fixture, pictures), NUM_IMAGES, "{}", kind.name);
        let (evaluate, predict) = match kind.labels {
            Some(_) => ("yes, also by `--labels`", "the pictures"),
            None => ("yes", "yes"),
        };
        let _ = writeln!(
            shown,
            "| {} | {} | yes | {evaluate} | {predict} |",
            kind.name, kind.layout
        );
    }
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT)).unwrap();
    let table = document
        .split_once(MARKS[0])
        .and_then(|(_, rest)| rest.split_once(MARKS[1]));
    let (table, _) =
        table.unwrap_or_else(|| panic!("docs/formats.md has no table of kinds:\n{shown}"));
    assert_eq!(table, shown, "docs/formats.md is to have this table");
}

#[test]
fn parts_of_a_set_are_told_by_names_in_any_case() {
    let fixture = Fixture::new();
    for (part, indices) in [("Train", 0..12), ("valid", 12..16), ("TEST", 16..20)] {
        for index in indices {
            fixture.write_digit(&format!("set/{part}/{}/{index}.png", label(index)), index);
        }
    }
    let set = read_set(&fixture.path("set"), &SetOptions::default());
    // The training images have ten classes, so that the others have no new ones.
    let set = set.unwrap();
    assert_eq!(
        (
            set.train.len(),
            set.validation.unwrap().len(),
            set.test.unwrap().len()
        ),
        (12, 4, 4)
    );
    let images = |range: std::ops::Range<usize>| {
        let pixels = range.clone().flat_map(digit).collect();
        npy("|u1", &format!("({}, 28, 28)", range.len()), pixels)
    };
    let labels = |range: std::ops::Range<usize>| {
        let labels = range.clone().map(label).collect();
        npy("|u1", &format!("({},)", range.len()), labels)
    };
    let arrays = [
        ("x_test.npy".to_owned(), images(12..20)),
        ("x_train.npy".to_owned(), images(0..12)),
        ("y_train.npy".to_owned(), labels(0..12)),
        ("y_test.npy".to_owned(), labels(12..20)),
    ];
    fixture.write("mnist.npz", &zip(&arrays));
    let set = read_set(&fixture.path("mnist.npz"), &SetOptions::default()).unwrap();
    assert_eq!((set.train.len(), set.test.unwrap().len()), (12, 8));
    assert_eq!(evaluated(&fixture, &["--dataset", "mnist.npz"]), 8);
    assert_eq!(predicted(&fixture, "mnist.npz"), 20);
}

#[test]
fn what_is_passed_over_and_what_cannot_be_read_is_said() {
    let fixture = Fixture::new();
    fixture.write_digit("mixed/7/a.png", 1);
    fixture.write_digit("mixed/7/b.jfif", 1);
    fixture.write("mixed/7/c.tga", b"\0\0\x02");
    for name in ["d.heic", "e.HEIC"] {
        fixture.write(
            &format!("mixed/7/{name}"),
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        );
    }
    let run = fixture.predict(&["mixed"]);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    let expected = "3 files passed over: 2 .heic, 1 .tga; .heic is a HEIC picture: convert it with \
                    `heif-convert in.heic out.png`";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    let options = SetOptions::default();
    read_set(&fixture.path("mixed"), &options).unwrap();
    assert_eq!(options.remarks.losses(), [expected]);
    for (name, bytes, what) in [
        (
            "a.mat",
            &b"MATLAB 5.0 MAT-file, Platform"[..],
            "a MATLAB file",
        ),
        ("b.h5", b"\x89HDF\r\n\x1a\n\0", "an HDF5 file"),
        ("c.pkl", b"\x80\x04\x95", "a Python pickle"),
        ("d.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive"),
    ] {
        fixture.write(name, bytes);
        for run in [
            fixture.predict(&[name]),
            fixture.evaluate(&["--dataset", name]),
        ] {
            assert_eq!(run.code, 1, "{name}");
            assert!(
                run.stderr.contains(&format!("{name} is {what}")),
                "{}",
                run.stderr
            );
        }
    }
    let spreadsheet = zip(&[("[Content_Types].xml".to_owned(), Vec::new())]);
    fixture.write("e.xlsx", &spreadsheet);
    let run = fixture.predict(&["e.xlsx"]);
    assert!(
        run.stderr.contains("is an Office document"),
        "{}",
        run.stderr
    );
}

#[test]
fn transposed_images_are_turned_as_wanted() {
    let fixture = Fixture::new();
    let transposed: Vec<u8> = (0..NUM_IMAGES)
        .flat_map(|index| {
            let mut image = digit(index);
            data::transpose(&mut image);
            image
        })
        .collect();
    fixture.write("upright.npy", &npy_images());
    fixture.write(
        "turned.npy",
        &npy("|u1", &format!("({NUM_IMAGES}, 28, 28)"), transposed),
    );
    fixture.write("turned_labels.npy", &npy_labels());
    let rows = |arguments: &[&str]| {
        let rows = fixture
            .predict(&[arguments, &["--format", "csv"]].concat())
            .expect(0);
        rows.replace("turned", "upright")
    };
    let upright = rows(&["upright.npy", "--orientation", "upright"]);
    assert_eq!(
        rows(&["turned.npy", "--orientation", "transposed"]),
        upright
    );
    assert_ne!(rows(&["turned.npy", "--orientation", "upright"]), upright);
    let run = fixture.predict(&["upright.npy", "--orientation", "sideways"]);
    assert!(
        run.code == 2 && run.stderr.contains("expected auto, upright or transposed"),
        "{}",
        run.stderr
    );
    // With labels, no model is needed to see it.
    fixture.write(
        "set/images.npy",
        &fs::read(fixture.path("turned.npy")).unwrap(),
    );
    fixture.write("set/labels.npy", &npy_labels());
    let options = SetOptions::default();
    let set = read_set(&fixture.path("set"), &options).unwrap();
    assert_eq!(set.train.image(3), Some(&digit(3)));
    assert!(
        options.remarks.said()[0].contains("transposed, as EMNIST's are"),
        "{:?}",
        options.remarks.said()
    );
}
