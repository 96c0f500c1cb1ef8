//! What stands after `--set`, over recipes of each kind of network.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;
use train::config::{Override, RecipeFile, load_file};

static RECIPES: LazyLock<Vec<RecipeFile>> = LazyLock::new(|| {
    ["linear", "dense", "cnn", "resnet"]
        .iter()
        .map(|name| RecipeFile::find(Path::new(name)).unwrap())
        .collect()
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(setting) = Override::parse(text) else {
        return;
    };
    for recipe in RECIPES.iter() {
        if let Err(error) = load_file(recipe, std::slice::from_ref(&setting)) {
            assert!(!error.to_string().is_empty());
        }
    }
});
