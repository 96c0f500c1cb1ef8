#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;
use std::io::Write as _;

use super::*;
use crate::remarks::Remarks;
use crate::sample::Rows;
use crate::set::{SetOptions, read_set};
use base::IMAGE_PIXELS;

/// Row `i` has label `i % 10` and pixels `i % 256`, the first of them overwritten by `i / 256`.
fn row(number: usize) -> String {
    let mut line = (number % 10).to_string();
    let _ = write!(line, ",{}", number / 256);
    line + &format!(",{}", number % 256).repeat(IMAGE_PIXELS - 1)
}

fn header() -> String {
    (0..IMAGE_PIXELS).fold("label".to_owned(), |line, pixel| {
        line + &format!(",pixel{pixel}")
    })
}

/// Every field of every line in double quotes.
fn all_quoted(text: &str) -> String {
    let quoted = |line: &str| format!("\"{}\"\n", line.replace(',', "\",\""));
    text.lines().map(quoted).collect()
}

fn read(text: &str, rows: Option<usize>, seed: u64) -> Result<LabeledImages, DataError> {
    read_bytes(text.as_bytes(), Rows { number: rows, seed })
}

fn read_bytes(bytes: &[u8], rows: Rows) -> Result<LabeledImages, DataError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let how = How {
        rows,
        skips_unusable: false,
        remarks: &Remarks::default(),
    };
    read_csv(file.path(), how)
}

/// The message without the folder and name of the temporary file.
fn message(text: &str) -> String {
    let message = read(text, None, 0).unwrap_err().to_string();
    message[message.find(", line").expect("a line")..].to_owned()
}

fn numbers(images: &LabeledImages) -> Vec<usize> {
    let images = images.pixels().chunks(IMAGE_PIXELS);
    images
        .map(|image| usize::from(image[0]) * 256 + usize::from(image[1]))
        .collect()
}

#[test]
fn header_line_ends_blanks_quotes_and_packing_do_not_matter() {
    let plain = format!("{}\n{}\n{}\n", row(3), row(4), row(21));
    let expected = read(&plain, None, 0).unwrap();
    assert_eq!(expected.labels(), [3, 4, 1]);
    assert_eq!(numbers(&expected), [3, 4, 21]);
    let with_header = format!("{}\n{plain}", header());
    for text in [
        with_header.clone(),
        format!("\u{feff}{with_header}"),
        with_header.replace('\n', "\r\n"),
        with_header.replace('\n', "\n\n  \n"),
        plain.trim_end().to_owned(),
        plain.replace(",4,", ", \"4\" ,"),
        all_quoted(&plain),
        all_quoted(&with_header),
        format!("\u{feff}{}", all_quoted(&with_header).replace('\n', "\r\n")),
    ] {
        assert_eq!(read(&text, None, 0).unwrap(), expected, "{}", &text[..20]);
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    assert_eq!(read_bytes(&packed, Rows::default()).unwrap(), expected);
}

#[test]
fn errors_name_the_true_line_and_column() {
    let bad_pixel = row(7).replacen(",7,", ",256,", 1);
    assert_eq!(
        message(&format!("{}\r\n\r\n{}\r\n{bad_pixel}", header(), row(1))),
        ", line 4, column 3 (pixel1): expected a whole number from 0 to 255, found `256`"
    );
    assert_eq!(
        message(&all_quoted(&format!("{}\n{bad_pixel}", header()))),
        ", line 2, column 3 (pixel1): expected a whole number from 0 to 255, found `256`"
    );
    for (value, shown) in [
        ("-1", "-1"),
        ("0.5", "0.5"),
        ("", ""),
        ("ink", "ink"),
        ("+1", "+1"),
        ("\"7", "\"7"),
        ("\"", "\""),
        ("\"\"", ""),
    ] {
        let line = row(7).replacen(",7,", &format!(",{value},"), 1);
        assert_eq!(
            message(&format!("{}\n{line}\n", row(1))),
            format!(", line 2, column 3: expected a whole number from 0 to 255, found `{shown}`")
        );
    }
    assert_eq!(
        message(&format!("{}\n25{}", row(1), row(6))),
        ", line 2, column 1: expected a label from 0 to 255, found `256`"
    );
    assert_eq!(
        message(&format!("{}\n{}\n5,6,7\n", header(), row(1))),
        ", line 3: expected 785 fields (a label and 784 pixels), found 3"
    );
    assert_eq!(
        message(&format!("{},0", row(0))).split("found ").nth(1),
        Some("786")
    );
}

#[test]
fn a_second_header_an_endless_line_and_an_empty_file_are_refused() {
    let twice = message(&format!("{0}\n{0}\n", header()));
    assert_eq!(
        twice,
        ", line 2, column 1 (label): expected a label from 0 to 255, found `label`"
    );
    assert_eq!(
        message(&"0".repeat(1 << 20)),
        ", line 1: expected a line shorter than 65536 bytes, found a longer one"
    );
    let empty = ", line 1: expected a row of 785 fields, found the end of the file";
    assert_eq!(message(""), empty);
    assert_eq!(message(&header()), empty.replace("line 1", "line 2"));
}

#[test]
fn rows_are_drawn_by_seed_and_kept_in_file_order() {
    let text = (0..300).fold(header(), |text, number| text + "\n" + &row(number));
    let drawn = read(&text, Some(20), 1).unwrap();
    let chosen = numbers(&drawn);
    assert_eq!(chosen.len(), 20);
    assert!(
        chosen.windows(2).all(|pair| pair[0] < pair[1]),
        "{chosen:?}"
    );
    assert!(
        chosen
            .iter()
            .zip(drawn.labels())
            .all(|(n, label)| n % 10 == usize::from(*label))
    );
    assert_eq!(drawn, read(&text, Some(20), 1).unwrap());
    assert_ne!(chosen, numbers(&read(&text, Some(20), 2).unwrap()));
    assert_eq!(
        numbers(&read(&text, Some(300), 5).unwrap()),
        (0..300).collect::<Vec<_>>()
    );
}

#[test]
fn every_row_has_the_same_chance() {
    let mut counts = [0_i32; 20];
    for seed in 0..4000 {
        let rows = Rows {
            number: Some(5),
            seed,
        };
        let mut pile = Pile::new(rows);
        for number in 0..20_usize {
            pile.offer(&[0; IMAGE_PIXELS], number);
        }
        for &number in pile.labels() {
            counts[number] += 1;
        }
    }
    // Five standard deviations of a binomial with n = 4000 and p = 1/4 are 137.
    assert!(
        counts.iter().all(|count| (count - 1000).abs() < 137),
        "{counts:?}"
    );
}

#[test]
fn more_rows_than_there_are_is_an_error() {
    let error = read(&format!("{}\n{}", row(0), row(1)), Some(3), 0).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::TooFewRows {
                requested: 3,
                available: 2,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .ends_with("has 2 rows, but 3 were asked for"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("at most 2 rows"));
}

#[test]
fn a_missing_file_is_named() {
    let error = read_set(Path::new("no-such.csv"), &SetOptions::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot open no-such.csv: "),
        "{error}"
    );
}
