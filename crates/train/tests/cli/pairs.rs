//! `additions.pairs`: networks that also read two digits that touch as one.

use super::runs::json;
use super::{outcome, succeeds, train, workplace};

#[test]
fn a_run_learns_pairs_and_others_begin_with_it() {
    let place = workplace();
    let place = place.path();
    let pairs = ["--set", "additions.pairs=0.5"];
    let tiny = ["tiny.toml", "--device", "cpu", "--epochs", "2"];
    let (code, _, stderr) = outcome(&mut train(
        place,
        &[&tiny[..], &pairs, &["--out", "pairs"]].concat(),
    ));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("pairs of digits that touch"), "{stderr}");
    let manifest = |run: &str| json(&place.join(run).join("model/manifest.json"));
    let saved = manifest("pairs");
    assert_eq!(saved["classifier"]["pairs"], true);
    assert_eq!(saved["class_names"].as_array().map(Vec::len), Some(10));
    let confusion = &json(&place.join("pairs/summary.json"))["test"]["confusion"];
    assert_eq!(confusion.as_array().map(Vec::len), Some(10));
    succeeds(place, &["--resume", "pairs", "--epochs", "3"]);

    // Whoever begins with it may leave pairs out, but nobody learns them who begins without.
    let begun = |from: &str, more: &[&str], out: &str| {
        let init = ["--init", from, "--out", out];
        outcome(&mut train(place, &[&tiny[..], &init, more].concat()))
    };
    for (more, out) in [(&[][..], "without"), (&pairs, "with")] {
        let (code, _, stderr) = begun("pairs", more, out);
        assert_eq!(code, 0, "{stderr}");
    }
    assert_eq!(manifest("with")["classifier"]["pairs"], true);
    let without = manifest("without");
    assert_eq!(without["classifier"].get("pairs"), None);
    let num_parameters =
        |manifest: &serde_json::Value| manifest["weights"]["num_parameters"].as_u64();
    assert_eq!(
        num_parameters(&saved),
        num_parameters(&without).map(|number| number + 33 * 100)
    );
    let (code, _, stderr) = begun("without", &pairs, "wrong");
    assert!(
        code == 2 && stderr.contains("without reads no pairs of digits"),
        "{stderr}"
    );

    // Who knows pairs teaches them, or classes alone; who knows none cannot.
    let taught = |teacher: &str, more: &[&str], out: &str| {
        let teachers = format!("training.distillation={{teachers=[\"{teacher}\"]}}");
        let taught = ["--set", &teachers, "--out", out];
        outcome(&mut train(place, &[&tiny[..], &taught, more].concat()))
    };
    for (more, out) in [(&[][..], "taught"), (&pairs, "taught-pairs")] {
        let (code, _, stderr) = taught("pairs", more, out);
        assert_eq!(code, 0, "{stderr}");
    }
    for key in ["additions.pairs", "additions.touching"] {
        let asked = ["--set", &format!("{key}=0.5")];
        let (code, _, stderr) = taught("without", &asked, "wrong");
        let expected = format!("without was trained without {key}, which this recipe has");
        assert!(code == 2 && stderr.contains(&expected), "{stderr}");
    }
}
