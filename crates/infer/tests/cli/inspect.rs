//! `infer inspect`.

use crate::fixture::Fixture;
use serde_json::Value;

#[test]
fn the_report_for_people() {
    let text = Fixture::new()
        .infer(&["inspect", "--model", "run"])
        .expect(0);
    let line = |start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
    };
    assert!(line("total").ends_with("7,850"), "{text}");
    assert_eq!(
        line("normalisation"),
        "normalisation    (pixel / 255 - 0) / 1"
    );
    assert_eq!(
        line("classes"),
        "classes          0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    );
    assert_eq!(line("data "), "data             mnist; nowhere");
    assert_eq!(line("test"), "test             12.50 %, log loss 2.5000");
    assert!(line("saved").ends_with("by train 1.2.3 (abcdef)"), "{text}");
    assert!(line("weights SHA-256").ends_with(", right"), "{text}");
}

#[test]
fn the_report_for_programs() {
    let run = Fixture::new().infer(&["inspect", "--model", "run", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.expect(0)).unwrap();
    assert_eq!(report["weights_are_intact"], true);
    assert_eq!(report["weights"]["num_parameters"], 7850);
    assert_eq!(report["layers"][0]["num_parameters"], 7850);
    assert_eq!(report["dataset"]["name"], "mnist");
}
