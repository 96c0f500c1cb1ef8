#![allow(clippy::unwrap_used)]
use super::*;
use crate::output::row::Row;
use data::digit_names;

const PROBABILITIES: [f64; 3] = [0.25, 0.625, 0.125];

fn written(format: Format, names: &[String], top_k: usize) -> String {
    String::from_utf8(written_bytes(format, names, top_k)).unwrap()
}

fn written_bytes(format: Format, names: &[String], top_k: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    let sink = Sink::file(&file).unwrap();
    let mut output = Output::new(sink, format, top_k, None, names).unwrap();
    for path in ["a.png", "b, \"2\".png"] {
        let row = Row::new(path, &PROBABILITIES, top_k);
        assert!(output.write(&[row]).unwrap());
    }
    output.finish(true).unwrap();
    std::fs::read(file).unwrap()
}

#[test]
fn parquet_has_the_columns_of_csv_with_types() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    let read = |names: &[String]| {
        let bytes = written_bytes(Format::Parquet, names, 2);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    let rows = read(&digit_names());
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].get_string(0).unwrap(), "b, \"2\".png");
    assert_eq!(rows[0].get_int(1).unwrap(), 1);
    assert!((rows[0].get_float(4).unwrap() - 0.25).abs() < 1e-9);
    let rows = read(&clothes());
    let columns: Vec<String> = rows[0]
        .get_column_iter()
        .map(|(name, _)| name.clone())
        .collect();
    let names = clothes();
    let style = Style {
        names: Some(&names),
        num_ranks: 2,
        rows: Rows::Picture,
    };
    let expected = Row::columns(&style).into_iter();
    let expected: Vec<String> = expected.map(|column| column.name.into_owned()).collect();
    assert_eq!(columns, expected);
    assert_eq!(columns[7], "note");
    assert_eq!(rows[0].get_string(2).unwrap(), "Bag");
}

#[test]
fn the_end_of_a_files_name_stands_for_a_format() {
    let format = |name: &str| Format::of_file(Some(Path::new(name)));
    assert_eq!(format("a/rows.PARQUET"), Format::Parquet);
    assert_eq!(format("rows.ndjson"), Format::Jsonl);
    assert_eq!(format("rows.txt"), Format::Text);
    assert_eq!(Format::of_file(None), Format::Text);
}

fn clothes() -> Vec<String> {
    ["Shirt", "Bag", "Coat"].map(String::from).to_vec()
}

#[test]
fn text_is_a_line_a_picture() {
    let text = written(Format::Text, &digit_names(), 2);
    assert_eq!(text.lines().next(), Some("a.png: 1 (62.50 %), 0 (25.00 %)"));
    let text = written(Format::Text, &clothes(), 1);
    assert_eq!(
        text,
        "a.png: 1 Bag (62.50 %)\nb, \"2\".png: 1 Bag (62.50 %)\n"
    );
}

#[test]
fn json_lines_have_names_only_where_they_tell_more() {
    let text = written(Format::Jsonl, &digit_names(), 1);
    let best = r#""label":1,"probability":0.625"#;
    let line = format!(r#"{{"path":"a.png",{best},"top":[{{{best}}}],"note":null}}"#);
    assert_eq!(text.lines().next(), Some(line.as_str()));
    let text = written(Format::Jsonl, &clothes(), 1);
    assert!(text.starts_with(r#"{"path":"a.png","label":1,"class":"Bag","probability":0.625,"#));
}

#[test]
fn json_is_one_array() {
    let text = written(Format::Json, &digit_names(), 3);
    let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    assert_eq!(rows[1]["path"], "b, \"2\".png");
    assert_eq!(rows[0]["top"][2]["label"], 2);
}

#[test]
fn csv_has_a_header_and_quotes() {
    let text = written(Format::Csv, &digit_names(), 2);
    let expected = "path,label,probability,label_2,probability_2,note\n\
                    a.png,1,0.625,0,0.25,\n\"b, \"\"2\"\".png\",1,0.625,0,0.25,\n";
    assert_eq!(text, expected);
    let text = written(Format::Csv, &clothes(), 1);
    assert!(
        text.starts_with("path,label,class,probability,note\na.png,1,Bag,0.625,\n"),
        "{text}"
    );
}

#[test]
fn no_rows_are_an_empty_array_and_leave_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    std::fs::write(&file, "old").unwrap();
    let names = digit_names();
    let sink = Sink::file(&file).unwrap();
    let output = Output::<Row>::new(sink, Format::Json, 3, None, &names).unwrap();
    output.finish(false).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn of_equally_probable_classes_the_first_wins() {
    let row = Row::new("a.png", &[0.2, 0.4, 0.4], 2);
    assert_eq!(row.ranked, [(1, 0.4), (2, 0.4)]);
}

/// Rows with a label, of a picture that the network is not sure of, and of one without ink.
fn unlabelled(format: Format, names: &[String]) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    let sink = Sink::file(&file).unwrap();
    let mut output = Output::new(sink, format, 2, None, names).unwrap();
    let row = |path| Row::new(path, &PROBABILITIES, 2);
    let rows = vec![
        Row::without_ink("blank.png"),
        row("a.png").unless_below(0.625),
        row("b.png").unless_below(0.626),
    ];
    assert!(output.write(&rows).unwrap());
    let said = output.remarks();
    output.finish(true).unwrap();
    (std::fs::read(file).unwrap(), said)
}

#[test]
fn no_label_is_null_and_says_why() {
    let lines = |format, names: &[String]| -> Vec<String> {
        let (bytes, said) = unlabelled(format, names);
        assert_eq!(
            said,
            "; no label for 1 (no ink); no label for 1 (low confidence)"
        );
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(String::from).collect()
    };
    let text = lines(Format::Text, &digit_names());
    assert_eq!(text[0], "blank.png: none, no ink");
    assert_eq!(
        text[2],
        "b.png: none, low confidence: 1 (62.50 %), 0 (25.00 %)"
    );
    let json = lines(Format::Jsonl, &clothes());
    assert_eq!(
        json[0],
        r#"{"path":"blank.png","label":null,"class":null,"probability":null,"top":[],"note":"no ink"}"#
    );
    assert!(
        json[1].contains(r#""label":1,"class":"Bag","#) && json[1].ends_with(r#""note":null}"#)
    );
    assert!(json[2].starts_with(
        r#"{"path":"b.png","label":null,"class":null,"probability":0.625,"top":[{"label":1,"#
    ));
    let csv = lines(Format::Csv, &clothes());
    assert_eq!(
        csv[1..],
        [
            "blank.png,,,,,,,no ink",
            "a.png,1,Bag,0.625,0,Shirt,0.25,",
            "b.png,,,0.625,0,Shirt,0.25,low confidence"
        ]
    );
}

#[test]
fn no_label_is_null_in_parquet_too() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let (bytes, _) = unlabelled(Format::Parquet, &digit_names());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let rows: Vec<Vec<Field>> = rows
        .map(|row| {
            row.get_column_iter()
                .map(|(_, field)| field.clone())
                .collect()
        })
        .collect();
    let text = |text: &str| Field::Str(text.into());
    let null = Field::Null;
    assert_eq!(rows[0][1..5], vec![null.clone(); 4]);
    assert_eq!(rows[0][5], text("no ink"));
    assert_eq!(rows[1][1..3], [Field::Int(1), Field::Float(0.625)]);
    assert_eq!(rows[1][5], null);
    assert_eq!(rows[2][1..3], [null, Field::Float(0.625)]);
    assert_eq!(rows[2][5], text("low confidence"));
}
