#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::Builder;

use super::*;
use crate::decode::DecodeLimits;

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn read_limited(bytes: &[u8], max_file_bytes: u64) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let path = file.path().display().to_string();
    let limits = DecodeLimits {
        max_file_bytes,
        ..DecodeLimits::default()
    };
    let reading = Reading {
        limits,
        with_labels: false,
        remarks: Remarks::default(),
        open: |_, _| Ok(None),
    };
    let records = TarReader::open(file.path(), &reading).unwrap();
    let shown = records.map(|record| {
        let text = match record {
            Ok(Record {
                name,
                content: Content::Picture(bytes),
                ..
            }) => format!("{name}: {}", bytes.len()),
            Ok(record) => panic!("{record:?}"),
            Err(error) => format!("! {error}"),
        };
        text.replace(&path, "")
    });
    shown.collect()
}

fn read(bytes: &[u8]) -> Vec<String> {
    read_limited(bytes, 1 << 20)
}

#[test]
fn pictures_come_in_order_and_other_members_are_passed_over() {
    let long = format!("{}/7.png", "folder".repeat(30));
    let members = [
        ("b/10.png", &[1; 700][..]),
        ("notes.txt", &[2; 1_000]),
        (&long, &[3; 512]),
        ("a/._x.png", &[4; 9]),
        ("empty.jpg", &[]),
    ];
    let bytes = archive(&members);
    let expected = [
        "#b/10.png: 700".to_owned(),
        format!("#{long}: 512"),
        "#empty.jpg: 0".to_owned(),
    ];
    assert_eq!(read(&bytes), expected);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&bytes).unwrap();
    assert_eq!(read(&packed.finish().unwrap()), expected);
}

#[test]
fn extended_headers_of_posix_name_their_member() {
    let name = format!("{}.png", "x".repeat(200));
    let mut builder = Builder::new(Vec::new());
    builder
        .append_pax_extensions([("path", name.as_bytes()), ("size", b"5")])
        .unwrap();
    let mut header = Header::new_ustar();
    header.set_path("short.png").unwrap();
    header.set_size(5);
    header.set_cksum();
    builder.append(&header, &[7; 5][..]).unwrap();
    assert_eq!(
        read(&builder.into_inner().unwrap()),
        [format!("#{name}: 5")]
    );
}

#[test]
fn a_member_that_is_too_large_is_skipped() {
    let bytes = archive(&[("a.png", &[1; 4_000]), ("b.png", &[2; 10])]);
    assert_eq!(
        read_limited(&bytes, 3_999),
        [
            "! #a.png: the picture has 4000 bytes, expected at most 3999",
            "#b.png: 10"
        ]
    );
}

#[test]
fn an_archive_that_is_cut_off_is_an_error_at_its_end() {
    let bytes = archive(&[("a.png", &[1; 600]), ("b.png", &[2; 600])]);
    let member = 512 + 1_024;
    for length in (member..2 * member).step_by(100).chain([2 * member]) {
        let found = read(&bytes[..length]);
        let last = found.last().unwrap();
        assert!(last.starts_with("! , byte "), "{length}: {found:?}");
        assert!(
            last.ends_with("found the file's end"),
            "{length}: {found:?}"
        );
        assert_eq!(found[0], "#a.png: 600");
    }
    assert_eq!(
        read(&bytes[..member + 512 + 100])[1],
        format!(
            "! , byte {}: expected 600 bytes of a member, found the file's end",
            member + 512
        )
    );
}

#[test]
fn damaged_and_lying_headers_are_errors_with_their_place() {
    let bytes = archive(&[("a.png", &[1; 600]), ("b.png", &[2; 600])]);
    let mut damaged = bytes.clone();
    damaged[1_536] ^= 1;
    assert_eq!(
        read(&damaged)[1],
        "! , byte 1536: expected a tar header, found a wrong check sum"
    );

    let mut header = Header::new_gnu();
    header.set_path("huge.png").unwrap();
    header.set_size(1 << 60);
    header.set_cksum();
    let found = read(&[header.as_bytes(), &[0; 512][..]].concat());
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("found the file's end"), "{found:?}");

    // A name as long as the archive would be read into memory.
    header.set_entry_type(EntryType::GNULongName);
    header.set_cksum();
    let found = read(header.as_bytes());
    assert!(
        found[0].contains("an extended header of at most"),
        "{found:?}"
    );
}
