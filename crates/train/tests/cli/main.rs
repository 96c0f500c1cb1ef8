//! The program `train`, run as a user runs it: what it prints, writes and refuses.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod classes;
mod compare;
mod documentation;
mod endings;
mod errors;
mod guesses;
mod help;
mod init;
mod pairs;
mod preview;
mod repetition;
mod report;
mod resume;
mod runs;
mod seeds;
mod sets;
mod stopped;
mod teachers;
mod tensorboard;
mod tutorials;

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A recipe that takes a second: drawn digits, few steps.
const TINY: &str = "\
[data]
dataset = \"synthetic\"
validation = 100
synthetic = { train = 500, test = 200 }

[model]
kind = \"dense\"
hidden = [32]

[training]
epochs = 2
batch_size = 20
";

/// A folder with `tiny.toml`, without any data set in reach.
fn workplace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
    folder
}

/// `train` in that folder; nothing of the machine's own data is in reach.
fn train(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    command
        .current_dir(folder)
        .env_remove("MNIST_DIR")
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("NO_COLOR", "1")
        .args(arguments);
    command
}

/// Runs it; it must succeed.
fn succeeds(folder: &Path, arguments: &[&str]) {
    let (code, _, stderr) = outcome(&mut train(folder, arguments));
    assert_eq!(code, 0, "{stderr}");
}

/// Exit code, standard output, standard error.
fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}
