//! A recipe: it is one, or what is wrong is said.
#![no_main]

use train::config::{RecipeFile, load_file};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let file = RecipeFile {
        label: "a.toml".into(),
        name: "a".into(),
        text: text.into(),
    };
    if let Err(error) = load_file(&file, &[]) {
        assert!(error.to_string().contains("a.toml"), "{error}");
    }
});
