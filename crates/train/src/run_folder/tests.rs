#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn a_run_is_never_overwritten_without_force() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("run");
    RunFolder::create_at(&path, false).unwrap();
    fs::write(path.join(CONFIG_FILE), "seed = 1").unwrap();
    let error = RunFolder::create_at(&path, false).unwrap_err();
    assert!(matches!(error, RunFolderError::Exists { .. }) && error.hint().is_some());
    assert!(path.join(CONFIG_FILE).is_file());
    RunFolder::create_at(&path, true).unwrap();
    assert!(!path.join(CONFIG_FILE).exists());
}

#[test]
fn one_program_at_a_time() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("run");
    let first = RunFolder::create_at(&path, false).unwrap();
    let is_in_use = |found: Result<RunFolder, RunFolderError>| {
        matches!(found, Err(RunFolderError::InUse { .. }))
    };
    assert!(is_in_use(RunFolder::open(&path)));
    assert!(is_in_use(RunFolder::create_at(&path, true)));
    assert!(path.join(MARKER_FILE).is_file(), "cleared under its writer");
    let clone = first.clone();
    drop(first);
    assert!(is_in_use(RunFolder::open(&path)));
    drop(clone);
    RunFolder::open(&path).unwrap();
}

/// Whether `--force` clears a folder of these files.
fn is_cleared(files: &[(&str, &str)]) -> bool {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("proj");
    fs::create_dir(&path).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    let is_cleared = RunFolder::create_at(&path, true).is_ok();
    let is_there = files.iter().all(|(name, _)| path.join(name).exists());
    assert_ne!(is_cleared, is_there, "half cleared");
    is_cleared
}

#[test]
fn force_clears_nothing_but_runs() {
    assert!(!is_cleared(&[("thesis.tex", "")]));
    // Many programs have a config.toml.
    assert!(!is_cleared(&[("config.toml", "theme = \"dark\"")]));
    assert!(!is_cleared(&[("config.toml", "seed = 1"), ("src.rs", "")]));
    assert!(!is_cleared(&[("config.toml", "seed = 1")]));
    // A run, and something of the user's own in it.
    assert!(!is_cleared(&[
        (MARKER_FILE, ""),
        ("config.toml", ""),
        ("notes.md", "")
    ]));
    assert!(is_cleared(&[
        (MARKER_FILE, ""),
        ("config.toml", "seed = 1")
    ]));
}

#[test]
fn runs_of_before_the_marker_are_known_by_their_files() {
    let history = r#"{"epoch":1,"step":10,"train_loss":0.5}"#;
    let old = [
        ("config.toml", "seed = 1"),
        ("metrics.jsonl", history),
        ("history.csv", ""),
    ];
    assert!(is_cleared(&old));
    let others = [
        ("config.toml", "seed = 1"),
        ("metrics.jsonl", "{\"cpu\": 1}"),
    ];
    assert!(!is_cleared(&others));
}
