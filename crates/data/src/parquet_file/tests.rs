#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::Int64Type;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use std::fs::File;

use super::*;

/// As the Hugging Face hub has it.
const HUB: &str = "message schema {
    optional group image { optional binary bytes; optional binary path (UTF8); }
    optional int64 label;
}";

/// Row groups of pictures that hold so many times the byte of their number.
fn hub_file(path: &Path, groups: &[&[Option<usize>]]) {
    hub_file_with(path, groups, WriterProperties::builder().build());
}

fn hub_file_with(path: &Path, groups: &[&[Option<usize>]], properties: WriterProperties) {
    let schema = Arc::new(parse_message_type(HUB).unwrap());
    let properties = Arc::new(properties);
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
                ..
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

/// Every way of packing.
const PACKINGS: [fn() -> Compression; 6] = [
    || Compression::GZIP(GzipLevel::default()),
    || Compression::BROTLI(BrotliLevel::default()),
    || Compression::ZSTD(ZstdLevel::default()),
    || Compression::SNAPPY,
    || Compression::LZ4_RAW,
    || Compression::LZ4,
];

/// A column of bytes that are all alike packs to next to nothing.
#[test]
fn pages_that_unpack_to_gigabytes_are_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.parquet");
    for packing in PACKINGS.map(|packing| packing()) {
        let properties = WriterProperties::builder()
            .set_compression(packing)
            .set_dictionary_enabled(false);
        hub_file_with(&path, &[&[Some(150 << 20)]], properties.build());
        let rows = read_limited(&path, 64 << 20);
        assert_eq!(rows.len(), 1, "{packing:?}: {rows:?}");
        assert!(
            rows[0].contains("expected at most 134217728"),
            "{packing:?}: {rows:?}"
        );
        // The header lies: so many bytes are not announced, and come all the same.
        let mut bytes = std::fs::read(&path).unwrap();
        let announced = bytes.iter().position(|&byte| byte == 0x15).unwrap() + 2;
        assert_eq!(bytes[announced], 0x15);
        bytes[announced + 1..announced + 6].copy_from_slice(&[0x80, 0x80, 0x80, 0x80, 0x00]);
        std::fs::write(&path, bytes).unwrap();
        let rows = read_limited(&path, 64 << 20);
        assert_eq!(rows.len(), 1, "{packing:?}: {rows:?}");
    }
}

/// Every way of packing is still read.
#[test]
fn pages_of_all_packings_and_versions_are_read() {
    use parquet::file::properties::WriterVersion;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.parquet");
    let packed = PACKINGS.map(|packing| packing()).into_iter();
    for packing in packed.chain([Compression::UNCOMPRESSED]) {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let properties = WriterProperties::builder()
                .set_compression(packing)
                .set_writer_version(version);
            let found = hub_rows(&path, properties.build());
            assert_eq!(found, hub_rows(&path, WriterProperties::builder().build()));
            assert_eq!(found.len(), 3, "{packing:?}: {found:?}");
        }
    }
}

fn hub_rows(path: &Path, properties: WriterProperties) -> Vec<String> {
    hub_file_with(path, &[&[Some(50), Some(3), Some(9)]], properties);
    read_limited(path, 1 << 20)
}
