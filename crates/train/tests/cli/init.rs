//! `train --init`: a run that begins with the weights of another one.

use super::runs::json;
use super::{outcome, succeeds, train, workplace};
use std::fs;

#[test]
fn a_run_begins_with_the_weights_of_another_one() {
    let place = workplace();
    let place = place.path();
    succeeds(place, &["tiny.toml", "--device", "cpu", "--epochs", "8"]);
    // Its network is taken where the recipe names none.
    let recipe = fs::read_to_string(place.join("tiny.toml")).unwrap();
    let (data, rest) = recipe.split_once("[model]").unwrap();
    let (_, training) = rest.split_once("[training]").unwrap();
    fs::write(place.join("on.toml"), format!("{data}[training]{training}")).unwrap();
    let arguments = [
        "on.toml", "--init", "tiny", "--epochs", "1", "--lr", "1e-5", "--out", "on",
    ];
    let (code, _, stderr) = outcome(&mut train(place, &arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("begins   with the weights of artifacts/tiny-001, trained on synthetic"),
        "{stderr}"
    );
    let accuracy = |run: &str| {
        let summary = json(&place.join(run).join("summary.json"));
        summary["validation"]["accuracy"].as_f64().unwrap()
    };
    let (before, after) = (accuracy("artifacts/tiny-001"), accuracy("on"));
    assert!(
        (before - after).abs() < 0.05 && before > 0.3,
        "{before}, then {after}"
    );
    let manifest = json(&place.join("on/model/manifest.json"));
    assert_eq!(manifest["based_on"], "artifacts/tiny-001");
    assert_eq!(manifest["classifier"]["network"]["hidden"][0], 32);

    // Its saved recipe says where it began, and a run gone on with needs that no more.
    fs::remove_dir_all(place.join("artifacts/tiny-001")).unwrap();
    succeeds(place, &["--resume", "on", "--epochs", "2"]);
    for (wrong, message) in [
        (&["tiny.toml", "--init", "nothing"][..], "no such run"),
        (
            &["tiny.toml", "--init", "on", "--set", "hidden=[16]"],
            "parameters, expected",
        ),
        (
            &["tiny.toml", "--set", "training.last_layers=1"],
            "weights to begin with (init)",
        ),
    ] {
        let (code, _, stderr) = outcome(&mut train(place, wrong));
        assert!(code != 0 && stderr.contains(message), "{wrong:?}: {stderr}");
    }
}
