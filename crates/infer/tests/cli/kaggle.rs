//! `infer predict --format kaggle`.

use crate::fixture::{Fixture, digit, idx, labels};
use image::{GrayImage, Luma};
use std::fmt::Write as _;

/// The file that is to be classified there: a header, and 784 pixels a line, without labels.
fn test_csv(num_images: usize) -> String {
    let names: Vec<String> = (0..784).map(|pixel| format!("pixel{pixel}")).collect();
    let mut csv = names.join(",");
    for index in 0..num_images {
        let pixels: Vec<String> = digit(index).iter().map(u8::to_string).collect();
        let _ = write!(csv, "\n{}", pixels.join(","));
    }
    csv + "\n"
}

#[test]
fn every_picture_has_an_id_and_a_label() {
    let fixture = Fixture::new();
    fixture.write("test.csv", test_csv(25).as_bytes());
    fixture.write("digits", &idx(25));
    let found = labels(&fixture.predict(&["--format", "jsonl", "digits"]).rows(0));
    let mut expected = "ImageId,Label\n".to_owned();
    for (index, label) in found.iter().enumerate() {
        let _ = writeln!(expected, "{},{label}", index + 1);
    }
    // However unsure the network is.
    let arguments = [
        "--format",
        "kaggle",
        "--min-confidence",
        "1",
        "--batch-size",
        "10",
    ];
    let written = fixture.predict(&[&arguments[..], &["test.csv"]].concat());
    assert_eq!(written.expect(0), expected);
    fixture
        .predict(&["-f", "kaggle", "-o", "submission.csv", "test.csv"])
        .expect(0);
    let file = std::fs::read_to_string(fixture.path("submission.csv")).unwrap();
    assert_eq!(file, expected);
}

#[test]
fn pictures_without_ink_keep_their_rows_and_unusable_ones_their_numbers() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture.write("torn.png", b"no picture");
    let blank = GrayImage::from_pixel(60, 40, Luma([255]));
    blank.save(fixture.path("blank.png")).unwrap();
    let run = fixture.predict(&["-f", "kaggle", "blank.png", "torn.png", "a.png"]);
    let text = run.expect(3);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["ImageId,Label", "1,0"]);
    assert!(lines.len() == 3 && lines[2].starts_with("3,"), "{text}");
    let run = fixture.predict(&["-f", "kaggle", "--digits", "many", "a.png"]);
    assert!(run.code == 2 && run.stderr.contains("is for pictures of one digit"));
}
