//! `infer evaluate`.

use crate::fixture::{Fixture, csv, digit_png, hub_parquet, idx, label, labels, tar};
use serde_json::Value;

const NUM_IMAGES: usize = 40;

/// A model, and the first drawn digits as `digits.csv` and, without labels, as `digits`.
fn labelled_digits() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(NUM_IMAGES));
    fixture.write("digits.csv", csv(NUM_IMAGES).as_bytes());
    fixture
}

#[test]
fn figures_agree_with_the_predictions() {
    let fixture = labelled_digits();
    let predicted = labels(&fixture.predict(&["--format", "jsonl", "digits"]).rows(0));
    let truths = (0..NUM_IMAGES).map(|index| u64::from(label(index)));
    let num_correct = truths
        .zip(&predicted)
        .filter(|(truth, label)| truth == *label)
        .count();

    let run = fixture.evaluate(&["--dataset", "digits.csv", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.expect(0)).unwrap();
    assert_eq!(report["num_images"], NUM_IMAGES);
    assert_eq!(report["num_correct"], num_correct);
    let accuracy = num_correct as f64 / NUM_IMAGES as f64;
    assert!((report["accuracy"].as_f64().unwrap() - accuracy).abs() < 1e-12);
    for key in ["loss", "images_per_second", "expected_calibration_error"] {
        assert!(report[key].as_f64().unwrap() > 0.0, "{key}");
    }
    assert_eq!(report["confusion"].as_array().map(Vec::len), Some(10));
    assert_eq!(report["classes"][3]["name"], "3");
    assert_eq!(report["dataset"]["name"], "digits");
    assert_eq!(report["dataset"]["origin"], "digits.csv");
    assert_eq!(report["dataset"]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn the_report_for_people() {
    let fixture = labelled_digits();
    let report = fixture.evaluate(&["--dataset", "digits.csv"]).expect(0);
    assert!(
        report.starts_with("data         digits, all 40 images; digits.csv\n"),
        "{report}"
    );
    assert!(report.contains("class  precision    recall"), "{report}");
    assert!(report.contains("\ntruth | "), "{report}");
}

#[test]
fn folders_are_matched_by_the_names_of_their_classes() {
    let fixture = labelled_digits();
    fixture.write_digit("test/7/a.png", 1);
    let run = fixture.evaluate(&["--dataset", "test", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.expect(0)).unwrap();
    assert_eq!(report["classes"][7]["support"], 1);
    fixture.write_digit("letters/A/a.png", 1);
    let run = fixture.evaluate(&["--dataset", "letters"]);
    assert!(
        run.stderr
            .contains("a class `A` that the model does not know"),
        "{}",
        run.stderr
    );
    run.expect(1);
}

#[test]
fn the_set_of_the_model_is_the_default() {
    let fixture = Fixture::new();
    let run = fixture.evaluate(&[]);
    assert!(
        run.stderr.contains("error: mnist is not available"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("hint: name a folder with its files"),
        "{}",
        run.stderr
    );
    run.expect(1);
    let run = fixture.evaluate(&["--dataset", "minst"]);
    assert!(
        run.stderr.contains("no data set `minst`: expected mnist, "),
        "{}",
        run.stderr
    );
    run.expect(2);
}

#[test]
fn a_data_set_may_be_any_file_of_labelled_images() {
    let fixture = labelled_digits();
    let mut labels = [0x801_u32, NUM_IMAGES as u32]
        .map(u32::to_be_bytes)
        .concat();
    labels.extend((0..NUM_IMAGES).map(label));
    fixture.write("t10k-images-idx3-ubyte", &idx(NUM_IMAGES));
    fixture.write("t10k-labels-idx1-ubyte", &labels);
    fixture.write("test.parquet", &hub_parquet(NUM_IMAGES));
    let names: Vec<String> = (0..NUM_IMAGES)
        .map(|index| format!("{}/{index}.png", label(index)))
        .collect();
    let members = names.iter().enumerate();
    let members = members.map(|(index, name)| (name.as_str(), digit_png(index)));
    fixture.write("digits.tar", &tar(members));
    let report = |set: &str| -> Value {
        let run = fixture.evaluate(&["--dataset", set, "--format", "json"]);
        serde_json::from_str(&run.expect(0)).unwrap()
    };
    let expected = report("digits.csv");
    for set in ["t10k-images-idx3-ubyte", "test.parquet", "digits.tar"] {
        let found = report(set);
        for figure in ["num_images", "confusion", "num_correct"] {
            assert_eq!(found[figure], expected[figure], "{set}");
        }
    }
}

#[test]
fn the_number_of_views_is_named_beside_the_figure() {
    let fixture = labelled_digits();
    let at = |views: &str| {
        let all = ["--dataset", "digits.csv", "--views", views];
        let json = [&all[..], &["--format", "json"]].concat();
        let report: Value = serde_json::from_str(&fixture.evaluate(&json).expect(0)).unwrap();
        assert_eq!(report["views"].to_string(), views);
        (report["loss"].as_f64(), fixture.evaluate(&all).expect(0))
    };
    let (one, three) = (at("1"), at("3"));
    assert_ne!(one.0, three.0);
    assert!(!one.1.contains("views"), "{}", one.1);
    assert!(three.1.contains("of 40) at 3 views\n"), "{}", three.1);
    let run = fixture.evaluate(&["--dataset", "digits.csv", "--views", "2"]);
    assert!(run.stderr.contains("expected 1, 3 or 5 views, found 2"));
}
