#![allow(clippy::unwrap_used)]
use super::*;

fn run(name: &str, config: &str) -> (tempfile::TempDir, SavedRun) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::create_dir(&path).unwrap();
    fs::write(path.join(CONFIG_FILE), config).unwrap();
    let run = SavedRun::read(&path);
    (folder, run)
}

#[test]
fn only_what_differs_is_named() {
    let (_one, one) = run("a-001", "name = \"a\"\nseed = 1\n[training]\nepochs = 2\n");
    let (_two, two) = run(
        "b-001",
        "name = \"b\"\nseed = 1\n[training]\nepochs = 3\n[[model.convolutions]]\nkernel = 5\n",
    );
    assert_eq!((one.name.as_str(), two.name.as_str()), ("a-001", "b-001"));
    let differing = differing_settings(&[one, two]);
    let value = |text: &str| Some(text.to_string());
    assert_eq!(
        differing,
        [
            (
                "model.convolutions.0.kernel".to_string(),
                vec![None, value("5")]
            ),
            ("training.epochs".to_string(), vec![value("2"), value("3")]),
        ]
    );
}

#[test]
fn a_run_cut_short_is_read_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(CONFIG_FILE), "[training]\nepochs = 1").unwrap();
    let line = r#"{"epoch":1,"step":10,"train_loss":0.5,"validation_loss":null}"#;
    fs::write(folder.path().join(METRICS_FILE), format!("{line}\n{{\"epo")).unwrap();
    fs::write(folder.path().join(SUMMARY_FILE), "{").unwrap();
    let run = SavedRun::read(folder.path());
    assert_eq!((run.history.len(), run.history[0].step), (1, 10));
    assert!(run.summary.is_none() && run.predictions.is_none());
    assert_eq!(run.problems.len(), 3);
    assert!(run.problems[1].contains("line 2"), "{:?}", run.problems);
}

#[test]
fn a_folder_without_a_recipe_is_no_run() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!SavedRun::is_at(folder.path()));
}
