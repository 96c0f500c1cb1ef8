#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use parquet::data_type::Int64Type;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;

/// As the Hugging Face hub has it.
const HUB: &str = "message schema {
    optional group image { optional binary bytes; optional binary path (UTF8); }
    optional int64 label;
}";

/// Row groups of pictures that hold so many times the byte of their number.
fn hub_file(path: &Path, groups: &[&[Option<usize>]]) {
    let schema = Arc::new(parse_message_type(HUB).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    for sizes in groups {
        let mut group = writer.next_row_group().unwrap();
        // A picture of no size stands for a structure without bytes.
        let levels: Vec<i16> = sizes
            .iter()
            .map(|size| 1 + i16::from(size.is_some()))
            .collect();
        let pictures = sizes.iter().flatten().zip((0..=u8::MAX).cycle());
        let pictures = pictures.map(|(&size, byte)| ByteArray::from(vec![byte; size]));
        let pictures: Vec<ByteArray> = pictures.collect();
        let mut column = group.next_column().unwrap().unwrap();
        let bytes = column.typed::<ByteArrayType>();
        bytes.write_batch(&pictures, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let none = vec![1; sizes.len()];
        column
            .typed::<ByteArrayType>()
            .write_batch(&[], Some(&none), None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let labels: Vec<i64> = (0..).take(sizes.len()).collect();
        let there = vec![1; sizes.len()];
        column
            .typed::<Int64Type>()
            .write_batch(&labels, Some(&there), None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn read_limited(path: &Path, max_file_bytes: u64) -> Vec<String> {
    let limits = DecodeLimits {
        max_file_bytes,
        ..DecodeLimits::default()
    };
    let shown = path.display().to_string();
    let reader = match ParquetReader::open(path, &limits) {
        Ok(reader) => reader,
        Err(error) => return vec![format!("! {error}").replace(&shown, "")],
    };
    let rows = reader.map(|record| {
        let text = match record {
            Ok(Record {
                name,
                content: Content::Picture(bytes),
                label,
            }) => format!("{name}: {label:?}, {}", bytes.len()),
            Ok(record) => panic!("{record:?}"),
            Err(error) => format!("! {error}"),
        };
        text.replace(&shown, "")
    });
    rows.collect()
}

fn read(path: &Path) -> Vec<String> {
    read_limited(path, 1 << 20)
}

#[test]
fn rows_of_all_groups_come_in_order_with_their_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let many: Vec<Option<usize>> = (0..200).map(Some).collect();
    hub_file(&path, &[&many, &[Some(9), None, Some(7)]]);
    let found = read(&path);
    assert_eq!(found.len(), 203);
    assert_eq!(found[0], "#0: Some(0), 0");
    assert_eq!(found[199], "#199: Some(199), 199");
    assert_eq!(
        found[200..],
        [
            "#200: Some(0), 9",
            "! #201: no picture in this row",
            "#202: Some(2), 7"
        ]
    );
    let found = read_limited(&path, 198);
    assert_eq!(
        found[199],
        "! #199: the picture has 199 bytes, expected at most 198"
    );
    assert_eq!(found.len(), 203);
}

#[test]
fn a_file_without_pictures_is_told_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let schema = "message schema { required int32 a; repeated binary image; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = File::create(&path).unwrap();
    let properties = Arc::new(WriterProperties::builder().build());
    let writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    writer.close().unwrap();
    assert_eq!(
        read(&path),
        ["! , schema: expected a column `image` of pictures, found a, image"]
    );
}

#[test]
fn damaged_files_are_errors_and_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let many: Vec<Option<usize>> = (0..300).map(|size| Some(size % 50)).collect();
    hub_file(&path, &[&many]);
    let bytes = std::fs::read(&path).unwrap();
    let whole = read(&path);
    for length in (0..bytes.len()).step_by(97) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let found = read(&path);
        assert_eq!(found.len(), 1, "{length}");
        assert!(found[0].starts_with("! , footer: "), "{found:?}");
    }
    for place in (0..bytes.len()).step_by(13) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        std::fs::write(&path, &damaged).unwrap();
        let found = read(&path);
        let ends_in_error = found.last().unwrap().starts_with('!');
        assert!(
            ends_in_error || found.len() == whole.len(),
            "{place}: {}",
            found.len()
        );
    }
}
