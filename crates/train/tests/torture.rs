//! Files and words that are nearly what they should be, for what `train` reads of its own: recipes, `--set`, saved models,
//! checkpoints, run folders. Nothing panics or hangs, and changed bytes are never taken for whole ones.
#![allow(clippy::unwrap_used)]

#[path = "../../base/tests/mutation/mod.rs"]
mod mutation;

use burn::tensor::Device;
use model::{load_manifest, load_model};
use mutation::{Mutator, count, in_time};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use train::checkpoint::CheckpointStore;
use train::config::{Override, RecipeFile, load_file, recipe_names};

/// A small run, finished.
fn small_run(place: &Path) -> PathBuf {
    let recipe = "[data]\ndataset = \"synthetic\"\nvalidation = 20\nsynthetic = { train = 100, test = 20 }\n\
        [model]\nkind = \"dense\"\nhidden = [3]\n[training]\nepochs = 1\nbatch_size = 20\nema_decay = 0.9\n\
        [report]\npage = false\npictures = false\n";
    fs::write(place.join("small.toml"), recipe).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_train"))
        .current_dir(place)
        .env("XDG_CACHE_HOME", place)
        .args(["small.toml", "--out", "run", "--device", "cpu", "-q"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    place.join("run")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Tries variants of a file: each byte flipped and each truncation of a small one, as many as are asked for of a large
/// one, and random ones. `is_refused` reads what there is then.
fn torture(path: &Path, is_refused: &dyn Fn() -> bool) {
    let whole = fs::read(path).unwrap();
    let name = path.display();
    let step = (whole.len() / (10 * count())).max(1);
    for place in (0..whole.len()).step_by(step) {
        let mut changed = whole.clone();
        changed[place] ^= 1 << (place % 8);
        fs::write(path, &changed).unwrap();
        assert!(is_refused(), "{name}: byte {place} flipped");
        fs::write(path, &whole[..place]).unwrap();
        // The last line's end of a seal says nothing.
        let is_end = place + 1 == whole.len() && path.ends_with("seal.txt");
        assert!(is_end || is_refused(), "{name}: cut to {place} bytes");
    }
    let mut mutator = Mutator::new(whole.len() as u64);
    for number in 0..count() {
        let changed = mutator.mutated(&whole);
        if changed == whole || changed.trim_ascii_end() == whole.trim_ascii_end() {
            continue;
        }
        fs::write(path, changed).unwrap();
        let what = format!("{name}: variant {number}");
        assert!(in_time(&what, is_refused), "{what}");
    }
    fs::write(path, whole).unwrap();
    assert!(!is_refused(), "{name}: as it was");
}

#[test]
fn models_and_checkpoints_are_whole_or_refused() {
    let place = tempfile::tempdir().unwrap();
    let run = small_run(place.path());
    for file in files_in(&run.join("model")) {
        torture(&file, &|| load_model(&run, &Device::flex()).is_err());
    }
    let store = CheckpointStore::of_run(&run, 9);
    let folder = files_in(&run.join("checkpoints")).pop().unwrap();
    for file in files_in(&folder) {
        torture(&file, &|| store.newest().0.is_none());
    }
}

/// A run folder is read by `train compare` and `--resume` as far as it can be.
#[test]
fn run_folders_are_read_as_far_as_they_can_be() {
    let place = tempfile::tempdir().unwrap();
    let run = small_run(place.path());
    let train = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_train"))
            .current_dir(place.path())
            .env("XDG_CACHE_HOME", place.path())
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code().unwrap();
        assert!(
            (0..=2).contains(&code) && !stderr.contains("internal error"),
            "{arguments:?}: {code}: {stderr}"
        );
    };
    let names = [
        "summary.json",
        "metrics.jsonl",
        "predictions.csv",
        "config.toml",
    ];
    for name in names {
        let path = run.join(name);
        let whole = fs::read(&path).unwrap();
        let mut mutator = Mutator::new(name.len() as u64);
        for _ in 0..count() / 40 {
            fs::write(&path, mutator.mutated(&whole)).unwrap();
            train(&["compare", "run", "run", "--out", "page.html", "--force"]);
            train(&["--resume", "run"]);
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(load_manifest(&run).is_ok());
}

#[test]
fn recipes_and_settings() {
    let sets = [
        "training.epochs=3",
        "model.convolutions=[{channels=4, kernel=3}]",
        "data.validation=test",
        "optimizer={kind=\"sgd\", momentum=0.9}",
        "seed=7",
    ];
    for name in recipe_names() {
        let file = RecipeFile::find(Path::new(name)).unwrap();
        let mut mutator = Mutator::new(name.len() as u64);
        for number in 0..count() / 4 {
            let text = mutator.mutated(file.text.as_bytes());
            let text = String::from_utf8_lossy(&text).into_owned();
            let set = mutator.mutated(sets[number % sets.len()].as_bytes());
            let set = Override::parse(&String::from_utf8_lossy(&set));
            let changed = RecipeFile {
                text,
                label: file.label.clone(),
                name: file.name.clone(),
            };
            let overrides: Vec<Override> = set.into_iter().collect();
            let what = format!("{name}, variant {number}");
            let found = in_time(&what, || load_file(&changed, &overrides));
            if let Err(error) = found {
                let message = error.to_string();
                assert!(
                    !message.is_empty() && !message.contains("usize"),
                    "{message}"
                );
            }
        }
    }
}
