#![allow(clippy::unwrap_used)]

#[path = "../../tests/archive/mod.rs"]
pub(crate) mod archives;

use std::io::Write as _;

use super::*;
use crate::decode::DecodeLimits;
use archives::{Method, archive};

fn read(bytes: &[u8]) -> Result<Vec<String>, DataError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let path = file.path().display().to_string();
    let reading = Reading {
        limits: DecodeLimits {
            max_file_bytes: 5_000,
            ..DecodeLimits::default()
        },
        with_labels: false,
        remarks: Remarks::default(),
        open: |_, _| Ok(None),
    };
    let records = open(file.path(), &reading)?.map(|record| {
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
    let mut found: Vec<String> = records.collect();
    found.extend(reading.remarks.losses());
    Ok(found)
}

#[test]
fn pictures_come_in_order_and_what_is_passed_over_is_counted() {
    let members = [
        ("b/", &[][..]),
        ("b/10.png", &[1; 700]),
        ("notes.txt", &[2; 1_000]),
        ("__MACOSX/b/._10.png", &[4; 9]),
        ("a/.x.png", &[4; 9]),
        ("empty.jpg", &[]),
        ("large.jpg", &[7; 5_001]),
        ("z.png", &[3; 5_000]),
    ];
    for method in [Method::Stored, Method::Deflated] {
        assert_eq!(
            read(&archive(&members, method)).unwrap(),
            [
                "#b/10.png: 700",
                "#empty.jpg: 0",
                "! #large.jpg: the picture has 5001 bytes, expected at most 5000",
                "#z.png: 5000",
                "1 file passed over: 1 .txt",
            ]
        );
    }
    assert!(read(&archive(&[], Method::Stored)).unwrap().is_empty());
}

#[test]
fn a_damaged_member_is_an_error_in_its_place() {
    let mut bytes = archive(
        &[("a.png", &[1; 700]), ("b.png", &[2; 700])],
        Method::Stored,
    );
    bytes[100] ^= 1;
    let found = read(&bytes).unwrap();
    assert_eq!(found, ["! #a.png: a wrong check sum", "#b.png: 700"]);
    // Encrypted; and packed in a way of old.
    for (place, value, expected) in [
        (8, 1, "it is encrypted"),
        (10, 6, "packing method 6 is not read"),
    ] {
        let mut bytes = archive(&[("a.png", &[1; 700])], Method::Stored);
        let directory = bytes
            .windows(4)
            .position(|mark| mark == b"PK\x01\x02")
            .unwrap();
        bytes[directory + place] = value;
        let found = read(&bytes).unwrap();
        assert!(found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn what_announces_more_than_it_holds_takes_no_memory() {
    // A bomb: a few kilobytes that unpack to many, under a name that says it is small.
    let mut bytes = archive(&[("a.png", &vec![0; 1 << 24])], Method::Deflated);
    let directory = bytes
        .windows(4)
        .position(|mark| mark == b"PK\x01\x02")
        .unwrap();
    bytes[directory + 24..directory + 28].copy_from_slice(&100_u32.to_le_bytes());
    let found = read(&bytes).unwrap();
    assert_eq!(
        found,
        ["! #a.png: the picture has more bytes, expected at most 5000"]
    );
    // A directory that promises four billion entries.
    let mut bytes = archive(&[("a.png", &[1; 7])], Method::Stored);
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].fill(0xfe);
    let found = read(&bytes).unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].contains("directory"), "{found:?}");
}

#[test]
fn any_flip_and_any_cut_is_an_error_or_harmless() {
    let bytes = archive(
        &[("a.png", &[1; 60]), ("b/c.png", &[2; 60])],
        Method::Deflated,
    );
    for place in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[place] ^= bit;
            let _ = read(&flipped);
        }
        let _ = read(&bytes[..place]);
    }
    assert!(read(&bytes[..bytes.len() - 30]).is_err());
}
