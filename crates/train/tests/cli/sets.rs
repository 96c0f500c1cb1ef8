//! What is trained on: known sets, what stands in for them, files of one's own.

use super::runs::{json, recipes};
use super::{outcome, train, workplace};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;

#[test]
fn without_mnist_the_fallback_is_said_loudly_and_saved() {
    let place = workplace();
    let recipe = super::TINY.replace("\"synthetic\"", "\"mnist\"\nfallback = \"synthetic\"");
    fs::write(place.path().join("tiny.toml"), recipe).unwrap();
    let (code, _, stderr) = outcome(&mut train(place.path(), &["-c", "tiny.toml", "--offline"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.matches("mnist is NOT in use").count() >= 2,
        "{stderr}"
    );
    let run = place.path().join("artifacts/tiny-001");
    let summary = json(&run.join("summary.json"));
    assert_eq!(summary["dataset"]["stands_in_for"], "mnist");
    assert_eq!(summary["dataset"]["name"], "synthetic");
    let manifest = json(&run.join("model/manifest.json"));
    assert_eq!(manifest["dataset"]["stands_in_for"], "mnist");
    for (file, text) in [
        ("log.txt", "mnist is NOT in use"),
        ("config.toml", "# mnist is NOT in use"),
        ("history.csv", "\"synthetic, standing in for mnist\""),
        ("metrics.jsonl", "synthetic, standing in for mnist"),
    ] {
        assert!(
            fs::read_to_string(run.join(file)).unwrap().contains(text),
            "{file}"
        );
    }
}

/// On the real MNIST, where `MNIST_DIR` names it.
#[test]
fn softmax_regression_reads_mnist() {
    let Some(mnist) = std::env::var_os("MNIST_DIR") else {
        let mut stderr = std::io::stderr();
        let _ = std::io::Write::write_all(
            &mut stderr,
            b"softmax_regression_reads_mnist: skipped, MNIST_DIR is not set\n",
        );
        return;
    };
    let place = workplace();
    let recipe = recipes().join("linear.toml");
    let arguments = [
        "--config",
        recipe.to_str().unwrap(),
        "--device",
        "cpu",
        "--out",
        "run",
    ];
    let (code, _, stderr) = outcome(train(place.path(), &arguments).env("MNIST_DIR", mnist));
    assert_eq!(code, 0, "{stderr}");
    let summary = json(&place.path().join("run/summary.json"));
    assert_eq!(summary["dataset"]["name"], "mnist");
    assert_eq!(summary["train"]["images"], 55_000);
    let accuracy = summary["test"]["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.92, "{accuracy}");
}

#[test]
fn ones_own_csv_file_is_trained_on() {
    let place = workplace();
    let mut rows = String::from("label,pixels\n");
    for index in 0..60_u32 {
        let pixels: Vec<String> = (0..784)
            .map(|pixel| ((pixel * 7 + index * 13) % 256).to_string())
            .collect();
        writeln!(rows, "{},{}", index % 10, pixels.join(",")).unwrap();
    }
    fs::write(place.path().join("mine.csv"), rows).unwrap();
    let arguments = ["-c", "tiny.toml", "--set", "data.dataset=mine.csv"];
    let more = ["--set", "data.validation=10", "--format", "json", "-q"];
    let (code, stdout, stderr) =
        outcome(&mut train(place.path(), &[&arguments[..], &more].concat()));
    assert_eq!(code, 0, "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(summary["dataset"]["name"], "mine");
    assert_eq!(summary["train"]["images"], 60 - 6 - 10);
    assert_eq!(summary["test"]["num_images"], 6);
}
