//! The state of a training in a checkpoint, under a seal that fits it.
#![no_main]

use base::files::{Existing, write_sealed};
use std::path::PathBuf;
use std::sync::LazyLock;
use train::checkpoint::CheckpointStore;

/// One for the whole process.
static RUN: LazyLock<PathBuf> = LazyLock::new(|| {
    let run = tempfile::tempdir().unwrap().keep();
    std::fs::create_dir(run.join("checkpoints")).unwrap();
    run
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let files = [
        ("state.json", bytes),
        ("weights.bpk", b"1"),
        ("optimizer.bpk", b"2"),
    ];
    let folder = RUN.join("checkpoints").join("step-000000004");
    write_sealed(&folder, &files, Existing::Replace).unwrap();
    let (found, problems) = CheckpointStore::of_run(&RUN, 1).newest();
    assert_eq!(found.is_some(), problems.is_empty());
});
