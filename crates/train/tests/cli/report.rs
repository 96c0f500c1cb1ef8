//! What a run draws of itself.

use super::{outcome, succeeds, train, workplace};
use std::fs;
use std::path::Path;

const PICTURES: [&str; 5] = [
    "curves.png",
    "confusion.png",
    "weights.png",
    "misread.png",
    "samples.png",
];

fn is_picture(path: &Path) -> bool {
    image::open(path).is_ok_and(|picture| picture.width() > 100 && picture.height() > 100)
}

#[test]
fn a_run_draws_its_report() {
    let place = workplace();
    let recipe = ["--config", "tiny.toml", "--device", "cpu"];
    let rotation = ["--set", "augmentation.rotation_degrees=15"];
    succeeds(place.path(), &[&recipe[..], &rotation[..]].concat());
    let run = place.path().join("artifacts/tiny-001");
    for name in PICTURES {
        assert!(is_picture(&run.join(name)), "{name}");
    }
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("tiny-001") && page.contains("</html>"));
    // The resolved recipe, the network, the speed, the commit's place.
    for part in ["rotation_degrees", "25,450", "images/s", "seed"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains(">NaN") && !page.contains(" NaN") && page.len() < 3_000_000);
}

#[test]
fn a_report_can_be_left_out() {
    let place = workplace();
    let arguments = [
        "--config",
        "tiny.toml",
        "--set",
        "report.page=false",
        "--set",
        "report.pictures=false",
    ];
    succeeds(place.path(), &arguments);
    let run = place.path().join("artifacts/tiny-001");
    assert!(run.join("summary.json").is_file() && !run.join("report.html").exists());
    assert!(PICTURES.iter().all(|name| !run.join(name).exists()));
}

#[test]
fn a_run_that_diverged_still_has_a_report() {
    let place = workplace();
    let arguments = [
        "--config",
        "tiny.toml",
        "--set",
        "training.optimizer.kind=sgd",
        "--set",
        "training.optimizer.learning_rate=1e30",
    ];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 4, "{stderr}");
    let page = fs::read_to_string(place.path().join("artifacts/tiny-001/report.html")).unwrap();
    assert!(page.contains("diverged"), "{page}");
}
