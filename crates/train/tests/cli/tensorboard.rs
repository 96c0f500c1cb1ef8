//! Event files for TensorBoard.

use super::{succeeds, workplace};
use std::fs;

/// Event files only where they are asked for; that TensorBoard reads them is
/// `scripts/check_tensorboard.py`'s to see.
#[test]
fn event_files_are_written_on_request() {
    let place = workplace();
    succeeds(place.path(), &["-c", "tiny.toml", "--out", "without"]);
    assert!(!place.path().join("without/tensorboard").exists());
    succeeds(
        place.path(),
        &["-c", "tiny.toml", "--out", "with", "--tensorboard"],
    );
    for run in ["train", "validation"] {
        let folder = place.path().join("with/tensorboard").join(run);
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1, "{run}");
        let bytes = fs::read(files[0].path()).unwrap();
        let contains = |text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(contains("brain.Event:2") && contains("scalars") && contains("images"));
        assert_eq!(contains("dense_1/weights"), run == "train");
    }
    let weights = |run: &str| fs::read(place.path().join(run).join("model/weights.bpk")).unwrap();
    assert!(
        weights("with") == weights("without"),
        "looking at the weights changed them"
    );
}
