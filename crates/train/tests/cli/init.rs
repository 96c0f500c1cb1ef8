//! `train --init`: a run that begins with the weights of another one.

use super::runs::json;
use super::{outcome, succeeds, train, workplace};
use burn::tensor::Device;
use model::{NamedWeights, load_model, safetensors_of, save_safetensors, to_torch};
use std::collections::BTreeMap;
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
            &["on.toml", "--init", "on", "--seed", "9"],
            "init: on has trained on images that this run validates or tests on",
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

#[test]
fn a_run_begins_with_the_weights_of_a_file() {
    let place = workplace();
    let place = place.path();
    succeeds(place, &["tiny.toml", "--device", "cpu", "--epochs", "4"]);
    let saved = load_model(&place.join("artifacts/tiny-001"), &Device::flex()).unwrap();
    let ours = save_safetensors(&saved, BTreeMap::new()).unwrap();
    fs::write(place.join("ours.safetensors"), ours).unwrap();
    // As others name layers, without what says which network it is.
    let foreign = saved.classifier.tensors().unwrap().into_iter();
    let foreign = foreign.map(to_torch).map(|tensor| {
        let name = tensor.name.replace("dense_1", "0").replace("output", "2");
        NamedWeights { name, ..tensor }
    });
    let foreign: Vec<NamedWeights> = foreign.collect();
    let foreign = safetensors_of(&foreign, &BTreeMap::new());
    fs::write(place.join("foreign.safetensors"), foreign).unwrap();
    let weights = |run: &str| {
        let model = load_model(&place.join(run), &Device::flex()).unwrap();
        model.classifier.weights().unwrap().swap_remove(0).values
    };
    for (number, file) in ["ours.safetensors", "foreign.safetensors"]
        .iter()
        .enumerate()
    {
        let out = format!("from-{number}");
        let arguments = [
            "tiny.toml",
            "--init",
            file,
            "--steps",
            "1",
            "--lr",
            "1e-9",
            "--out",
            &out,
        ];
        let (code, _, stderr) = outcome(&mut train(place, &arguments));
        assert_eq!(code, 0, "{stderr}");
        let said = format!("begins   with the weights of {file}");
        assert!(stderr.contains(&said), "{stderr}");
        let is_renamed = stderr.contains("taken as 0 → dense_1, 2 → output");
        assert_eq!(is_renamed, number == 1, "{stderr}");
        let pairs = weights("artifacts/tiny-001").into_iter().zip(weights(&out));
        for (before, after) in pairs {
            assert!((before - after).abs() < 1e-6, "{before}, then {after}");
        }
    }
    let wrong = [
        "tiny.toml",
        "--init",
        "ours.safetensors",
        "--set",
        "hidden=[16]",
    ];
    let (code, _, stderr) = outcome(&mut train(place, &wrong));
    let expected = "`dense_1.weight` is [32, 784], expected [16, 784]";
    assert!(code == 2 && stderr.contains(expected), "{stderr}");
    // A recipe that names no network has that of a file of ours, and none of another's.
    let recipe = fs::read_to_string(place.join("tiny.toml")).unwrap();
    let recipe = recipe
        .replace("kind = \"dense\"\nhidden = [32]\n", "")
        .replace("[model]\n", "");
    fs::write(place.join("on.toml"), recipe).unwrap();
    succeeds(
        place,
        &["on.toml", "--init", "ours.safetensors", "--steps", "1"],
    );
    let refused = ["on.toml", "--init", "foreign.safetensors"];
    let (code, _, stderr) = outcome(&mut train(place, &refused));
    assert!(
        code == 2
            && stderr.contains("foreign.safetensors")
            && stderr.contains("hint: give its weights a recipe"),
        "{stderr}"
    );
}
