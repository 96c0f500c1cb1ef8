//! What is refused: each with a clear message, the right exit code, and nothing half-written.

use super::{TINY, outcome, train, workplace};
use std::fs;
use std::path::Path;

/// Runs `train`, which must fail with this code, say all of these, and write no run folder.
fn refuses(folder: &Path, arguments: &[&str], expected_code: i32, expected: &[&str]) {
    let (code, stdout, stderr) = outcome(&mut train(folder, arguments));
    assert_eq!(code, expected_code, "{stderr}");
    for text in expected {
        assert!(stderr.contains(text), "no `{text}` in:\n{stderr}");
    }
    assert!(
        !stderr.contains("panicked") && !stderr.contains("internal error"),
        "{stderr}"
    );
    assert_eq!(stdout, "");
    assert!(!folder.join("artifacts").exists(), "something was written");
}

#[test]
fn a_misspelt_key() {
    let place = workplace();
    let recipe = TINY.replace("epochs", "epoks");
    fs::write(place.path().join("tiny.toml"), recipe).unwrap();
    let expected = [
        "error: tiny.toml",
        "line 11",
        "epoks = 2",
        "^",
        "hint: did you mean `epochs`?",
    ];
    refuses(place.path(), &["-c", "tiny.toml"], 2, &expected);
}

#[test]
fn a_misspelt_key_on_the_command_line() {
    let place = workplace();
    let arguments = ["-c", "tiny.toml", "--set", "training.batchsize=3"];
    refuses(
        place.path(),
        &arguments,
        2,
        &["--set training.batchsize=3", "`batch_size`"],
    );
    let (code, _, stderr) = outcome(&mut train(place.path(), &["-c", "tiny.toml", "--set", "x"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("key=value"), "{stderr}");
}

#[test]
fn a_missing_recipe() {
    refuses(
        workplace().path(),
        &["-c", "none.toml"],
        2,
        &["none.toml", "No such file"],
    );
}

#[test]
fn an_unknown_device_and_an_absent_one() {
    let place = workplace();
    let unknown = ["-c", "tiny.toml", "--device", "tpu"];
    refuses(
        place.path(),
        &unknown,
        2,
        &["unknown device `tpu`", "auto, cpu, gpu"],
    );
    let absent = ["-c", "tiny.toml", "--device", "gpu:7"];
    refuses(
        place.path(),
        &absent,
        2,
        &["no device `gpu:7`", "train devices"],
    );
    let cuda = ["-c", "tiny.toml", "--device", "cuda:0"];
    let (code, _, stderr) = outcome(&mut train(place.path(), &cuda));
    assert!(code == 2 || cfg!(feature = "cuda"), "{stderr}");
}

#[test]
fn a_missing_folder_of_data() {
    let place = workplace();
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        "data.dataset=mnist",
        "--data-dir",
        "nowhere",
    ];
    refuses(place.path(), &arguments, 1, &["nowhere"]);
    let path = ["-c", "tiny.toml", "--set", "data.dataset=no/such/folder"];
    refuses(place.path(), &path, 2, &["no/such/folder", "fashion-mnist"]);
}

#[test]
fn no_mnist_and_no_fallback() {
    let place = workplace();
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        "data.dataset=mnist",
        "--offline",
    ];
    refuses(
        place.path(),
        &arguments,
        1,
        &["mnist", "MNIST_DIR", "fallback = \"synthetic\""],
    );
}

#[test]
fn a_truncated_idx_file_and_one_with_another_sum() {
    let place = workplace();
    let folder = place.path().join("sets");
    fs::create_dir(&folder).unwrap();
    let mut images = vec![0, 0, 8, 3, 0, 0, 0xEA, 0x60, 0, 0, 0, 28, 0, 0, 0, 28];
    images.extend(vec![0; 1000]);
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
        fs::write(folder.join(name), &images).unwrap();
    }
    let labels = [&[0, 0, 8, 1, 0, 0, 0xEA, 0x60][..], &vec![0; 60_000]].concat();
    for name in ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"] {
        fs::write(folder.join(name), &labels).unwrap();
    }
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        "data.dataset=mnist",
        "--data-dir",
        "sets",
    ];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 1);
    assert!(
        stderr.contains("train-images-idx3-ubyte") && stderr.contains("expected"),
        "{stderr}"
    );
    assert!(!place.path().join("artifacts").exists());
}

#[test]
fn divergence_has_its_own_exit_code_and_keeps_the_history() {
    let place = workplace();
    let rate = "training.optimizer.learning_rate=1e30";
    let arguments = [
        "-c",
        "tiny.toml",
        "--set",
        rate,
        "--set",
        "training.optimizer.kind=sgd",
        "--out",
        "run",
    ];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 4, "{stderr}");
    assert!(
        stderr.contains("training diverged") && stderr.contains("clip_norm"),
        "{stderr}"
    );
    assert!(place.path().join("run/config.toml").is_file());
    assert!(!place.path().join("run/model").exists());
}

#[test]
fn a_validation_split_larger_than_the_data() {
    let place = workplace();
    let arguments = ["-c", "tiny.toml", "--set", "data.validation=500"];
    refuses(place.path(), &arguments, 1, &["500"]);
}

#[test]
fn no_arguments_at_all_show_the_help() {
    let (code, _, stderr) = outcome(&mut train(workplace().path(), &[]));
    assert_eq!(code, 2);
    assert!(
        stderr.contains("Usage:") && stderr.contains("train devices"),
        "{stderr}"
    );
}

#[test]
fn the_whole_screen_without_a_terminal() {
    let place = workplace();
    let arguments = ["-c", "tiny.toml", "--progress", "tui"];
    let expected = ["--progress tui needs a terminal", "--progress plain"];
    refuses(place.path(), &arguments, 2, &expected);
}
