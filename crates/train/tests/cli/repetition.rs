//! The same recipe gives the same bits, on any number of threads.

use super::{outcome, succeeds, train, workplace};
use std::fs;

#[test]
fn the_saved_recipe_repeats_the_run_bit_for_bit() {
    let place = workplace();
    succeeds(
        place.path(),
        &["-c", "tiny.toml", "--seed", "7", "--out", "one"],
    );
    succeeds(place.path(), &["-c", "one/config.toml", "--out", "two"]);
    let weights = |run: &str| fs::read(place.path().join(run).join("model/weights.bpk")).unwrap();
    assert!(weights("one") == weights("two"), "the saved weights differ");
}

#[test]
fn the_number_of_threads_does_not_change_the_weights() {
    let place = workplace();
    let dense = "kind = \"dense\"\nhidden = [256, 128]";
    let cnn = "kind = \"cnn\"";
    for (network, batch_size) in [(dense, 128), (dense, 20), (cnn, 128), (cnn, 20)] {
        let recipe = super::TINY
            .replace("kind = \"dense\"\nhidden = [32]", network)
            .replace("batch_size = 20", &format!("batch_size = {batch_size}"));
        fs::write(place.path().join("threads.toml"), recipe).unwrap();
        let weights = |threads: &str| {
            let run = format!("run-{threads}");
            let arguments = ["-c", "threads.toml", "--device", "cpu", "--out", &run];
            let mut command = train(place.path(), &[&arguments[..], &["--force"]].concat());
            let (code, _, stderr) = outcome(command.env("RAYON_NUM_THREADS", threads));
            assert_eq!(code, 0, "{stderr}");
            fs::read(place.path().join(run).join("model/weights.bpk")).unwrap()
        };
        let expected = weights("1");
        for threads in ["2", "3", "4"] {
            assert!(
                weights(threads) == expected,
                "{network}, batches of {batch_size}: {threads} threads differ from one"
            );
        }
    }
}
