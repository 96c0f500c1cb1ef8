#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use super::*;

fn line(label: Option<u8>, pixel: u8) -> String {
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
    let text = line(Some(7), 1) + "7,x\n\n" + &line(Some(10), 2) + &line(Some(9), 3);
    assert_eq!(
        read(&text),
        [
            "#0: Some(7), 1",
            ", line 2: expected 785 fields (a label and 784 pixels), found 2",
            ", line 4, column 1: expected a label from 0 to 9, found `10`",
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
