//! `infer predict --review` and `--rows`. The model is not trained, so that nothing is sure.

use crate::fixture::{Fixture, digit_png, tar};
use image::{GrayImage, Luma};
use serde_json::Value;
use std::fs;

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture.write("torn.png", b"no picture");
    let blank = GrayImage::from_pixel(90, 60, Luma([230]));
    blank.save(fixture.path("blank.png")).unwrap();
    fixture
}

fn page(fixture: &Fixture) -> String {
    fs::read_to_string(fixture.path("page.html")).unwrap()
}

#[test]
fn what_is_doubtful_is_on_the_page_and_the_rest_is_not() {
    let fixture = fixture();
    let arguments = ["--review", "page.html", "a.png", "torn.png", "blank.png"];
    let sure = ["--min-confidence", "1"];
    let run = fixture.predict(&[&arguments[..], &sure].concat());
    assert!(
        run.stderr.contains("page.html: 3 to look over"),
        "{}",
        run.stderr
    );
    run.expect(3);
    let html = page(&fixture);
    for said in [
        "data-file=\"a.png\"",
        "data-file=\"torn.png\"",
        "data-file=\"blank.png\"",
        "low confidence",
        "no ink",
        "could not be read",
        "data:image/jpeg;base64,",
        "data:image/png;base64,",
    ] {
        assert!(html.contains(said), "{said}");
    }
    for word in ["http:", "https:", "@import"] {
        assert!(!html.contains(word), "{word}");
    }
    let run = fixture.predict(&["--review", "page.html", "--min-confidence", "0", "a.png"]);
    assert!(
        run.stderr.contains("page.html: 0 to look over"),
        "{}",
        run.stderr
    );
    assert!(!page(&fixture).contains("a.png"));
}

/// Strings go into the page as text, whatever they are.
#[test]
fn names_do_nothing_on_the_page() {
    let fixture = fixture();
    let members = [("<script>\"'&.png", digit_png(0))];
    fixture.write("x.tar", &tar(members.into_iter()));
    fixture
        .predict(&["--review", "page.html", "--min-confidence", "1", "x.tar"])
        .expect(0);
    let html = page(&fixture);
    assert!(html.contains("x.tar#&lt;script&gt;&quot;"), "{html}");
    assert_eq!(html.matches("<script").count(), 1);
}

#[test]
fn what_does_not_fit_is_told() {
    let fixture = fixture();
    fixture.write("digits", &crate::fixture::idx(230));
    let run = fixture.predict(&["--review", "page.html", "--min-confidence", "1", "digits"]);
    let said = "200 to look over; 30 more are doubtful and not on the page";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let html = page(&fixture);
    assert!(html.contains("30 more are doubtful"));
    assert_eq!(html.matches("data-file=").count(), 200);
}

/// The page's labels are those of `evaluate --labels`; how it writes them is in its script, so this is a copy.
#[test]
fn its_labels_are_taken_by_evaluate() {
    let fixture = fixture();
    fixture.write("labels.csv", b"file,label\na.png,7\n");
    let arguments = ["--format", "json", "--labels", "labels.csv", "a.png"];
    let report: Value = serde_json::from_str(&fixture.evaluate(&arguments).expect(0)).unwrap();
    assert_eq!(report["num_images"], 1, "{report}");
}

#[test]
fn rows_are_of_pictures_or_of_digits() {
    let fixture = fixture();
    let many = |arguments: &[&str]| {
        let always = [
            "--digits",
            "many",
            "--min-confidence",
            "1",
            "a.png",
            "blank.png",
        ];
        fixture.predict(&[&always, arguments].concat())
    };
    let text = many(&["--format", "csv", "--rows", "picture"]).expect(0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "path,text,guess,probability,note");
    assert_eq!((lines.len(), lines[2]), (3, "blank.png,,,,no ink"));
    assert!(lines[1].starts_with("a.png,?,") && lines[1].ends_with(",low confidence"));
    let rows = many(&["--format", "jsonl", "--rows", "digit"]).rows(0);
    assert_eq!(rows[0]["label"], Value::Null);
    assert!(rows[0]["guess"].is_u64() && rows[0]["runner_up"]["label"].is_u64());
    assert_eq!(rows[1]["note"], "no ink");
    let json = many(&["--format", "json", "--rows", "digit"]).expect(0);
    let json: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(json, rows);
    let run = fixture.predict(&["--rows", "digit", "a.png"]);
    assert!(run.stderr.contains("--rows is for pictures of many digits"));
    run.expect(2);
}
