#![no_main]

#[path = "../../crates/data/tests/torture/readers.rs"]
mod readers;

use std::path::PathBuf;
use std::sync::LazyLock;

/// One for the whole process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| tempfile::tempdir().unwrap().keep());

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    readers::pages(&FOLDER, "a.pdf", bytes);
});
