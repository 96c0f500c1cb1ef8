#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use super::*;

fn line(label: Option<u16>, pixel: u8) -> String {
    let pixels = vec![pixel.to_string(); IMAGE_PIXELS].join(",");
    label.map_or(String::new(), |label| format!("{label},")) + &pixels + "\n"
}

/// `#ROW: label, first pixel` of each row, or its error behind the file's name.
fn read(text: &str) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let rows = CsvReader::open(file.path()).unwrap().map(|record| {
        let text = match record {
            Ok(Record {
                name,
                content: Content::Pixels(pixels),
                label,
                ..
            }) => format!("{name}: {label:?}, {}", pixels[0]),
            Ok(record) => panic!("{record:?}"),
            Err(error) => error.to_string(),
        };
        text.replace(&path, "")
    });
    rows.collect()
}

#[test]
fn a_bad_row_is_an_error_in_its_place() {
    let text = line(Some(7), 1) + "7,x\n\n" + &line(Some(256), 2) + &line(Some(9), 3);
    assert_eq!(
        read(&text),
        [
            "#0: Some(7), 1",
            ", line 2: expected 785 fields (a label and 784 pixels), found 2",
            ", line 4, column 1: expected a label from 0 to 255, found `256`",
            "#3: Some(9), 3",
        ]
    );
}

#[test]
fn rows_without_labels_are_known_by_the_first_line() {
    let header = (0..IMAGE_PIXELS).map(|pixel| format!("pixel{pixel}"));
    let header = header.collect::<Vec<_>>().join(",") + "\n";
    let text = line(None, 1) + &line(None, 200);
    let expected = ["#0: None, 1", "#1: None, 200"];
    assert_eq!(read(&text), expected);
    assert_eq!(read(&(header.clone() + &text)), expected);
    assert_eq!(
        read(&(header + &line(Some(3), 1))),
        [", line 2: expected 784 fields (784 pixels), found 785"]
    );
    assert!(read("").is_empty());
}

#[test]
fn a_line_without_end_ends_the_file() {
    let text = line(Some(7), 1) + &"1".repeat(1 << 20) + "\n" + &line(Some(9), 3);
    let rows = read(&text);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(
        rows[1],
        ", line 2: expected a line shorter than 65536 bytes, found a longer one"
    );
}

/// The labels of a table's rows and their first pixels.
fn seen(text: &str) -> Vec<(Option<i64>, u8)> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let rows = CsvReader::open(file.path()).unwrap().map(|record| {
        let record = record.unwrap();
        match record.content {
            Content::Pixels(pixels) => (record.label, pixels[0]),
            Content::Picture(_) => panic!("a picture"),
        }
    });
    rows.collect()
}

fn remarks(text: &str) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    CsvReader::open(file.path()).unwrap().remarks()
}

/// A table of the columns `name`, the pixels and then `last`, where these are named; rows of the same.
fn table(first: Option<&str>, last: Option<&str>, rows: &[[&str; 3]]) -> String {
    let mut text = String::new();
    let mut add = |first: Option<&str>, pixels: String, last: Option<&str>| {
        let parts = [
            first.map(str::to_owned),
            Some(pixels),
            last.map(str::to_owned),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        text += &(parts.join(",") + "\n");
    };
    let names: Vec<String> = (1..=IMAGE_PIXELS)
        .map(|pixel| format!("pixel{pixel}"))
        .collect();
    add(first, names.join(","), last);
    for [one, pixel, two] in rows {
        add(
            first.map(|_| *one),
            vec![*pixel; IMAGE_PIXELS].join(","),
            last.map(|_| *two),
        );
    }
    text
}

#[test]
fn the_label_stands_wherever_its_name_does() {
    let rows = [["7", "9", "0"], ["3", "200", "1"]];
    let first = [(Some(7), 9), (Some(3), 200)];
    let last = [(Some(0), 9), (Some(1), 200)];
    for name in ["label", "Class", "TARGET", "digit"] {
        assert_eq!(seen(&table(Some(name), None, &rows)), first, "{name}");
        assert_eq!(seen(&table(None, Some(name), &rows)), last, "{name}");
    }
    assert_eq!(seen(&table(None, Some("what"), &rows)), last);
    assert_eq!(seen(&table(Some("what"), None, &rows)), first);
    assert_eq!(
        remarks(&table(None, Some("class"), &rows)),
        ["column 785 (`class`) is taken for the label"]
    );
}

#[test]
fn a_column_that_numbers_the_rows_is_passed_over_and_said() {
    let rows = [["0", "9", "5"], ["1", "200", "4"]];
    for name in ["", "id", "Index", "Unnamed: 0"] {
        let text = table(Some(name), Some("label"), &rows);
        assert_eq!(seen(&text), [(Some(5), 9), (Some(4), 200)], "{name}");
        assert!(
            remarks(&text)[0].contains("numbers the rows and is passed over"),
            "{name}"
        );
    }
    assert_eq!(
        seen(&table(Some("id"), None, &rows)),
        [(None, 9), (None, 200)]
    );
    let numbered: String = (0..12).map(|row| line(Some(row), 3)).collect();
    assert!(seen(&numbered).iter().all(|row| *row == (None, 3)));
    // Ten digits in their order number nothing.
    let digits: String = (0..10).map(|row| line(Some(row), 3)).collect();
    assert_eq!(seen(&digits)[9], (Some(9), 3));
}

#[test]
fn without_a_header_the_first_rows_tell_where_the_label_is() {
    let last = |label: u8| {
        format!(
            "0{}{},{label}\n",
            ",0".repeat(9),
            ",50".repeat(IMAGE_PIXELS - 10)
        )
    };
    let text: String = [7, 0, 3].map(last).concat();
    assert_eq!(seen(&text), [(Some(7), 0), (Some(0), 0), (Some(3), 0)]);
}

#[test]
fn fields_may_stand_between_semicolons_or_tabs() {
    let text = line(Some(7), 1) + &line(Some(2), 200);
    for separator in [";", "\t"] {
        assert_eq!(
            seen(&text.replace(',', separator)),
            [(Some(7), 1), (Some(2), 200)]
        );
    }
}

#[test]
fn numbers_with_places_are_from_0_to_1_or_to_255() {
    let rows = |pixels: [&str; 3]| {
        let lines = pixels.map(|pixel| format!("4{}\n", format!(",{pixel}").repeat(IMAGE_PIXELS)));
        seen(&lines.concat())
    };
    assert_eq!(
        rows(["0.0", "0.5", "1.0"]),
        [(Some(4), 0), (Some(4), 128), (Some(4), 255)]
    );
    assert_eq!(
        rows(["0", "1.17e-1", "1"]),
        [(Some(4), 0), (Some(4), 30), (Some(4), 255)]
    );
    assert_eq!(
        rows(["0.0", "0.5", "255.0"]),
        [(Some(4), 0), (Some(4), 1), (Some(4), 255)]
    );
    assert_eq!(
        rows(["0", "1", "255"]),
        [(Some(4), 0), (Some(4), 1), (Some(4), 255)]
    );
}
