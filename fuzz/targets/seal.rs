//! The list of a sealed folder, as models and checkpoints have it: whatever it says, nothing outside of the folder is read.
#![no_main]

use base::files::{read_sealed, read_sealed_file};
use std::path::PathBuf;
use std::sync::LazyLock;

/// One for the whole process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap().keep();
    std::fs::write(folder.join("weights"), "weights").unwrap();
    folder
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    std::fs::write(FOLDER.join("seal.txt"), bytes).unwrap();
    if let Ok(files) = read_sealed(&FOLDER, 1 << 20) {
        assert!(
            files
                .keys()
                .all(|name| ["weights", "seal.txt"].contains(&name.as_str()))
        );
    }
    let _ = read_sealed_file(&FOLDER, "weights", 1 << 20);
});
