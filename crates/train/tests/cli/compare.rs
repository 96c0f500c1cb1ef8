//! Runs side by side: `train compare`.

use super::{outcome, succeeds, train, workplace};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[test]
fn runs_are_compared() {
    let place = workplace();
    succeeds(place.path(), &["--config", "tiny.toml"]);
    succeeds(place.path(), &["--config", "tiny.toml", "--seed", "7"]);
    let runs = ["artifacts/tiny-001", "artifacts/tiny-002"];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &["compare", runs[0], runs[1]]));
    assert_eq!(code, 0, "{stderr}");
    for part in ["tiny-001", "tiny-002", "seed", "42", "guessed differently"] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    let page = fs::read_to_string(place.path().join("artifacts/compare-001.html")).unwrap();
    assert!(page.contains("tiny-001") && page.contains("tiny-002"));
    let again = [
        "compare",
        runs[0],
        runs[1],
        "--out",
        "artifacts/compare-001.html",
    ];
    let (code, _, stderr) = outcome(&mut train(place.path(), &again));
    assert_eq!(code, 1);
    assert!(stderr.contains("is there already"), "{stderr}");
}

#[test]
fn what_is_no_run_is_not_compared() {
    let place = workplace();
    let (code, _, stderr) = outcome(&mut train(place.path(), &["compare", ".", "nowhere"]));
    assert_eq!(code, 1);
    assert!(
        stderr.contains("no such run") && stderr.contains("hint"),
        "{stderr}"
    );
}

/// Rows of a CSV file without test images of its own: a label, then 784 values.
fn csv(num_rows: usize) -> String {
    let mut text = String::new();
    for row in 0..num_rows {
        let label = row * 7 % 10;
        let _ = write!(text, "{label}");
        for place in 0..784 {
            let is_ink = place / 78 == label || place == row * 31 % 784;
            let _ = write!(text, ",{}", u8::from(is_ink) * 255);
        }
        text.push('\n');
    }
    text
}

const OF_A_CSV_FILE: &str = "\
[data]
dataset = \"digits.csv\"
validation = 40

[model]
kind = \"linear\"

[training]
epochs = 1
batch_size = 20
";

/// Of such a file another tenth is set aside for every seed.
#[test]
fn runs_that_were_tested_on_other_images_do_not_compare() {
    let place = workplace();
    fs::write(place.path().join("digits.csv"), csv(400)).unwrap();
    fs::write(place.path().join("csv.toml"), OF_A_CSV_FILE).unwrap();
    for seed in ["1", "2", "1"] {
        succeeds(place.path(), &["--config", "csv.toml", "--seed", seed]);
    }
    let compare = |one: &str, other: &str| {
        let arguments = ["compare", one, other];
        let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
        assert_eq!(code, 0, "{stderr}");
        (stdout, stderr)
    };
    let (stdout, stderr) = compare("artifacts/csv-001", "artifacts/csv-002");
    assert!(!stdout.contains("guessed differently"), "{stdout}");
    assert!(stderr.contains("different images"), "{stderr}");
    let (stdout, stderr) = compare("artifacts/csv-001", "artifacts/csv-003");
    assert!(
        stdout.contains("guessed differently: 0"),
        "{stdout}{stderr}"
    );

    // An older version did not note which images it tested on: their labels tell.
    for run in ["csv-001", "csv-002", "csv-003"] {
        let path = place.path().join("artifacts").join(run);
        let summary = fs::read_to_string(path.join("summary.json")).unwrap();
        let lines = summary.lines().filter(|line| !line.contains("test_sha256"));
        let older: Vec<&str> = lines.collect();
        assert!(older.len() < summary.lines().count());
        fs::write(path.join("summary.json"), older.join("\n")).unwrap();
    }
    let (stdout, stderr) = compare("artifacts/csv-001", "artifacts/csv-002");
    assert!(!stdout.contains("guessed differently"), "{stdout}");
    assert!(stderr.contains("different images"), "{stderr}");
    let (stdout, stderr) = compare("artifacts/csv-001", "artifacts/csv-003");
    assert!(
        stdout.contains("guessed differently: 0"),
        "{stdout}{stderr}"
    );
    assert!(stderr.contains("older version"), "{stderr}");
}

#[test]
fn what_is_no_run_is_passed_over_and_named() {
    let place = workplace();
    succeeds(place.path(), &["--config", "tiny.toml"]);
    succeeds(place.path(), &["--config", "tiny.toml", "--seed", "7"]);
    let artifacts = place.path().join("artifacts");
    fs::write(artifacts.join("README.md"), "# Run folders").unwrap();
    fs::write(artifacts.join("compare-001.html"), "<!DOCTYPE html>").unwrap();
    let all = [
        "compare",
        "artifacts/README.md",
        "artifacts/compare-001.html",
        "artifacts/tiny-001",
        "artifacts/tiny-002",
    ];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &all));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("guessed differently"), "{stdout}");
    for part in ["2", "passed over", "README.md", "compare-001.html"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    // One run alone is nothing to compare.
    let (code, _, stderr) = outcome(&mut train(place.path(), &all[..4]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("two runs") && stderr.contains("README.md"));
}

/// Changes a part of a run's file, which must be there.
fn change(run: &Path, name: &str, from: &str, to: &str) {
    let path = run.join(name);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn runs_that_did_not_end_as_planned_are_named() {
    let place = workplace();
    for _ in 0..2 {
        succeeds(place.path(), &["--config", "tiny.toml"]);
    }
    let artifacts = place.path().join("artifacts");
    let summary = "\"ending\": \"interrupted\"";
    change(
        &artifacts.join("tiny-002"),
        "summary.json",
        "\"ending\": \"finished\"",
        summary,
    );
    let diverging = [
        "--config",
        "tiny.toml",
        "--set",
        "training.optimizer.kind=sgd",
        "--set",
        "training.optimizer.learning_rate=1e30",
    ];
    assert_eq!(outcome(&mut train(place.path(), &diverging)).0, 4);
    let runs = ["tiny-001", "tiny-002", "tiny-003"].map(|run| format!("artifacts/{run}"));
    let arguments = ["compare", &runs[0], &runs[1], &runs[2]];
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    let row = |run: &str| {
        let mut lines = stdout.lines();
        lines
            .find(|line| line.starts_with(run))
            .unwrap()
            .to_string()
    };
    assert!(row("tiny-001").ends_with("finished"), "{stdout}");
    assert!(row("tiny-002").ends_with("interrupted"), "{stdout}");
    assert!(row("tiny-003").ends_with("diverged"), "{stdout}");
    assert!(stderr.contains("tiny-002 was interrupted"), "{stderr}");
    let page = fs::read_to_string(artifacts.join("compare-001.html")).unwrap();
    for part in ["Ended", "tiny-002 was interrupted", "tiny-003 diverged"] {
        assert!(page.contains(part), "{part}");
    }
}

/// A run folder whose files say what cannot be.
#[test]
fn damaged_runs_are_compared_as_far_as_they_go() {
    let wide = format!("\"confusion\": [[{}1],", "0,".repeat(30_000));
    let damages = [
        ("config.toml", "batch_size = 20", "batch_size = 0"),
        (
            "summary.json",
            "\"confusion\": [\n",
            "\"confusion\": [[18446744073709551615, 7],",
        ),
        ("summary.json", "\"confusion\": [\n", &wide),
        (
            "summary.json",
            "\"test\": {\n    \"num_images\": ",
            "\"test\": {\"num_images\": 9",
        ),
        (
            "summary.json",
            "\"seconds\": ",
            "\"seconds\": 1e308, \"old_seconds\": ",
        ),
        (
            "metrics.jsonl",
            "\"train_loss\":",
            "\"train_loss\":1e308,\"old\":",
        ),
        (
            "metrics.jsonl",
            "\"validation_accuracy\":",
            "\"validation_accuracy\":-1e308,\"old\":",
        ),
        (
            "metrics.jsonl",
            "\"learning_rate\":",
            "\"learning_rate\":1e308,\"old\":",
        ),
        ("metrics.jsonl", "\"epoch\":1,", "\"epoch\":1e308,"),
        ("predictions.csv", "\n1,", "\n1000000000000,"),
    ];
    let place = workplace();
    succeeds(place.path(), &["--config", "tiny.toml"]);
    let good = place.path().join("artifacts/tiny-001");
    for (file, from, to) in damages {
        let copy = place.path().join("damaged");
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).unwrap();
        for name in [
            "config.toml",
            "summary.json",
            "metrics.jsonl",
            "predictions.csv",
        ] {
            fs::copy(good.join(name), copy.join(name)).unwrap();
        }
        change(&copy, file, from, to);
        let arguments = ["compare", "damaged", "artifacts/tiny-001"];
        let (code, stdout, stderr) = outcome(&mut train(place.path(), &arguments));
        assert_eq!(code, 0, "{file} {to:.60}: {stderr}");
        assert!(
            stdout.contains("tiny-001") && stdout.len() < 3_000,
            "{stdout}"
        );
        let is_told = stderr.contains(&format!("damaged/{file}"));
        assert!(
            is_told || file == "metrics.jsonl",
            "{file} {to:.60}: {stderr}"
        );
    }
}
