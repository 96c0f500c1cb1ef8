//! What people type first, before they have read anything: each works where its meaning is clear, or is
//! answered with the right command.

use super::{outcome, train, workplace};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What a command line gives.
enum Gives<'a> {
    /// It is taken, and the recipe printed has all of these.
    Recipe(&'a [&'a str]),
    /// It is refused, with the exit code for a wrong command line, and all of these are said.
    Answer(&'a [&'a str]),
}
use Gives::{Answer, Recipe};

/// A list of guesses with what each gives; `--print-config` shows the recipe.
const GUESSES: &[(&[&str], Gives)] = &[
    (&["cnn"], Recipe(&["kind = \"cnn\"", "epochs = 12"])),
    (&["cnn.toml"], Recipe(&["epochs = 12"])),
    (&["configs/cnn.toml"], Recipe(&["epochs = 12"])),
    (&["lenet"], Recipe(&["batch_size = 16"])),
    (&["--config", "cnn"], Recipe(&["epochs = 12"])),
    (
        &["-c", "configs/tutorials/lenet.toml"],
        Recipe(&["batch_size = 16"]),
    ),
    (&["cnn", "--epochs", "3"], Recipe(&["epochs = 3"])),
    (
        &["smoke", "--epochs", "3"],
        Recipe(&["epochs = 3", "# steps ="]),
    ),
    (
        &["cnn", "--steps", "30"],
        Recipe(&["steps = 30", "# epochs ="]),
    ),
    (&["cnn", "--lr", "0.01"], Recipe(&["learning_rate = 0.01"])),
    (
        &["cnn", "--learning-rate", "0.01"],
        Recipe(&["learning_rate = 0.01"]),
    ),
    (&["cnn", "--batch-size", "64"], Recipe(&["batch_size = 64"])),
    (
        &["cnn", "--data", "mine.csv"],
        Recipe(&["dataset = \"mine.csv\""]),
    ),
    (&["cnn", "--no-fallback"], Recipe(&["fallback = \"none\""])),
    (&["cnn", "--set", "epochs=3"], Recipe(&["epochs = 3"])),
    (
        &["cnn", "--set", "lr=0.1"],
        Recipe(&["learning_rate = 0.1"]),
    ),
    (
        &["cnn", "--set", "training.learning_rate=0.1"],
        Recipe(&["learning_rate = 0.1"]),
    ),
    (
        &["cnn", "--set", "model.kind=dense"],
        Recipe(&["kind = \"dense\"", "hidden = [512"]),
    ),
    (
        &["cnn", "--set", "model=dense"],
        Recipe(&["kind = \"dense\""]),
    ),
    (
        &["cnn", "--set", "optimizer=sgd"],
        Recipe(&["kind = \"sgd\""]),
    ),
    (&["my recipe.toml"], Recipe(&["name = \"my-recipe\""])),
    (&["cnm"], Answer(&["did you mean `train cnn`?"])),
    (&["mine.csv"], Answer(&["train cnn --data mine.csv"])),
    (
        &["--epochs", "3"],
        Answer(&["no recipe given", "train cnn"]),
    ),
    (&["cnn", "--epochs", "0"], Answer(&["--epochs"])),
    (
        &["cnn", "--set", "epoch=3"],
        Answer(&["did you mean `training.epochs`?"]),
    ),
    (
        &["cnn", "--set", "kind=sgd"],
        Answer(&["training.optimizer.kind", "--set model.kind="]),
    ),
    (
        &["cnn", "--set", "epochs=many"],
        Answer(&["the text \"many\"", "a whole number"]),
    ),
    (
        &["cnn", "--set", "training=3"],
        Answer(&["expected a table"]),
    ),
    (
        &["dense", "--set", "model.hidden.3=9"],
        Answer(&["3 elements", "--set 'model.hidden=["]),
    ),
    (
        &["cnn", "--set", "schedule.factor=0.5"],
        Answer(&["has no effect", "kind = \"step\""]),
    ),
    (
        &["cnn", "--set", "augmentation.pens=0.5"],
        Answer(&["additions"]),
    ),
    (
        &[
            "cnn",
            "--data",
            "kmnist",
            "--set",
            "data.fallback=synthetic",
        ],
        Answer(&["data.fallback", "drawn digits are none of its images"]),
    ),
];

#[test]
fn each_works_or_is_answered_with_the_right_command() {
    let place = workplace();
    fs::write(
        place.path().join("my recipe.toml"),
        "[training]\nepochs = 1\n",
    )
    .unwrap();
    for (arguments, gives) in GUESSES {
        let more = ["--print-config"];
        let (code, stdout, stderr) =
            outcome(&mut train(place.path(), &[*arguments, &more].concat()));
        let (expected_code, said, parts) = match gives {
            Recipe(parts) => (0, &stdout, parts),
            Answer(parts) => (2, &stderr, parts),
        };
        assert_eq!(code, expected_code, "{arguments:?}: {stderr}");
        for part in *parts {
            assert!(said.contains(part), "{arguments:?}: no `{part}` in\n{said}");
        }
        for word in ["usize", "struct ", "u64", "f64", "panicked"] {
            assert!(
                !stderr.contains(word),
                "{arguments:?}: `{word}` in\n{stderr}"
            );
        }
    }
}

/// A table of so many rows, as Kaggle has them.
fn table(folder: &Path, name: &str, num_rows: u32) {
    let mut rows = String::from("label");
    for pixel in 0..784 {
        write!(rows, ",pixel{pixel}").unwrap();
    }
    for row in 0..num_rows {
        write!(rows, "\n{}", row % 10).unwrap();
        for pixel in 0..784 {
            write!(rows, ",{}", (pixel * 7 + row * 13) % 256).unwrap();
        }
    }
    fs::write(folder.join(name), rows).unwrap();
}

#[test]
fn what_people_type_runs() {
    let place = workplace();
    table(place.path(), "train.csv", 60);
    let arguments = [
        "cnn",
        "--epochs",
        "1",
        "--lr",
        "0.01",
        "--batch-size",
        "16",
        "--data",
        "train.csv",
    ];
    // The recipe's validation is for a set of thousands: the answer is a command that works.
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 1, "{stderr}");
    let hint = stderr.lines().find_map(|line| line.strip_prefix("hint: "));
    assert_eq!(hint, Some("--set data.validation=5"), "{stderr}");
    let more = ["--set", "data.validation=5", "--device", "cpu"];
    let (code, stdout, stderr) =
        outcome(&mut train(place.path(), &[&arguments[..], &more].concat()));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("test accuracy"), "{stdout}");
    assert!(
        stderr.contains("left out of the recipe") && stderr.contains("data.fallback"),
        "{stderr}"
    );
    let saved = fs::read_to_string(place.path().join("artifacts/cnn-001/config.toml")).unwrap();
    assert!(
        saved.contains("batch_size = 16") && !saved.contains("[data.synthetic]"),
        "{saved}"
    );
}

/// For Kaggle: all rows are trained on, and there is no test.
#[test]
fn all_rows_can_be_trained_on() {
    let place = workplace();
    table(place.path(), "train.csv", 40);
    let arguments = [
        "tiny.toml",
        "--data",
        "train.csv",
        "--set",
        "data.test=none",
        "--set",
        "data.validation=0",
        "--format",
        "json",
        "-q",
    ];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    let summary: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(summary["train"]["images"], 40);
    assert!(summary["test"].is_null() && summary["validation"].is_null());
}

/// The tutorials on tables run by their one command, and say what they write first.
#[test]
fn a_missing_table_is_written_first() {
    let place = workplace();
    let arguments = [
        "linear-csv",
        "--epochs",
        "1",
        "--set",
        "data.write_from=synthetic",
        "--set",
        "data.synthetic={train=300, test=1}",
        "--set",
        "data.rows=200",
        "--set",
        "data.validation=20",
    ];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("train.csv is missing: synthetic is written there first"),
        "{stderr}"
    );
    let rows = fs::read_to_string(place.path().join("train.csv")).unwrap();
    assert_eq!(rows.lines().count(), 301);
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(!stderr.contains("is missing"), "{stderr}");
}

#[test]
fn sets_are_written_and_trained_on() {
    let place = workplace();
    for (format, out) in [
        ("csv", "a.csv"),
        ("png", "b"),
        ("idx", "c"),
        ("parquet", "d.parquet"),
    ] {
        let arguments = [
            "write",
            "--dataset",
            "synthetic",
            "--count",
            "120",
            "--format",
            format,
            "--out",
            out,
        ];
        let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.lines().next().unwrap().ends_with(out), "{stdout}");
        let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
        assert_eq!(code, 1, "{format}: written over\n{stderr}");
        let training = [
            "tiny.toml",
            "--data",
            out,
            "--set",
            "data.validation=10",
            "--steps",
            "2",
        ];
        let (code, _, stderr) = outcome(&mut train(place.path(), &training));
        assert_eq!(code, 0, "{format}: {stderr}");
    }
}
