//! `training.distillation`: a run that learns from other runs.

use super::{outcome, succeeds, train, workplace};
use std::fs;

#[test]
fn a_run_learns_from_others() {
    let place = workplace();
    let place = place.path();
    succeeds(
        place,
        &[
            "tiny.toml",
            "--device",
            "cpu",
            "--seeds",
            "1,2",
            "--out",
            "teachers",
        ],
    );
    let of = |teachers: &str| format!("training.distillation={{teachers=[{teachers}]}}");
    let teachers = of("\"teachers/seed-1\"");
    let student = |seed: &str, teachers: &str, out: &str| {
        let arguments = [
            "tiny.toml",
            "--device",
            "cpu",
            "--seed",
            seed,
            "--set",
            teachers,
            "--out",
            out,
        ];
        outcome(&mut train(place, &arguments))
    };
    let (code, _, stderr) = student("1", &teachers, "student");
    assert_eq!(code, 0, "{stderr}");
    let taught = "taught   by teachers/seed-1 (weight 1, temperature 2)";
    assert!(stderr.contains(taught), "{stderr}");
    let log = fs::read_to_string(place.join("student/log.txt")).unwrap();
    assert!(log.contains(taught), "{log}");
    let config = fs::read_to_string(place.join("student/config.toml")).unwrap();
    assert!(config.contains("teachers/seed-1"), "{config}");
    // It is another network than its teacher, and goes on as other runs do.
    let weights = |run: &str| fs::read(place.join(run).join("model/weights.bpk")).unwrap();
    assert!(weights("student") != weights("teachers/seed-1"));
    succeeds(place, &["--resume", "student", "--epochs", "3"]);
    let both = of("\"teachers/*\"");
    for (seed, teachers, message) in [
        (
            "1",
            both.as_str(),
            "teachers/seed-2 has trained on images that this run validates",
        ),
        ("2", &teachers, "data.split = \"last\""),
        (
            "1",
            "training.distillation={teachers=[]}",
            "one run or more",
        ),
        (
            "1",
            "training.distillation={teachers=[\"nobody\"]}",
            "no such run",
        ),
        (
            "1",
            "training.distillation={teachers=[\"x\"], weight=0.0}",
            "above 0",
        ),
    ] {
        let (code, _, stderr) = student(seed, teachers, "other");
        assert!(
            code != 0 && stderr.contains(message),
            "{teachers}: {stderr}"
        );
    }
    // Split in the same way, whatever the seed, they may teach together.
    let last = ["tiny.toml", "--device", "cpu", "--set", "data.split=last"];
    let teachers = ["--seeds", "1,2", "--out", "last"];
    succeeds(place, &[&last[..], &teachers].concat());
    let teachers = of("\"last/*\"");
    let taught = ["--seed", "3", "--set", &teachers, "--out", "taught"];
    let (code, _, stderr) = outcome(&mut train(place, &[&last[..], &taught].concat()));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("by last/seed-1, last/seed-2"), "{stderr}");
}
