#![allow(clippy::unwrap_used)]

use super::*;
use std::io::Write as _;

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn files_are_known_by_their_content_or_else_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Source::of(&path).unwrap()
    };
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let row = "7".to_owned() + &",0".repeat(IMAGE_PIXELS);
    let header = "label".to_owned() + &",pixel".repeat(IMAGE_PIXELS);
    let contents: [(&[u8], Source); 11] = [
        (&tar, Source::Tar),
        (&[0, 0, 8, 1], Source::Idx),
        (&[0, 0, 12, 2], Source::Idx),
        (b"\x93NUMPY\x01\0", Source::Npy),
        (b"PK\x03\x04\x14", Source::Zip),
        (b"PAR1", Source::Parquet),
        (row.as_bytes(), Source::Csv),
        (&row.as_bytes()[2..], Source::Csv),
        (header.as_bytes(), Source::Csv),
        (b"\x89PNG\r\n\x1a\n", Source::Picture),
        (b"\xff\xd8\xff\xe0", Source::Picture),
    ];
    for (bytes, expected) in contents {
        // Whatever it is called, and packed or not.
        for name in ["a", "a.gz", "a.csv", "a.png", "a.tar"] {
            assert_eq!(of(name, bytes), Some(expected), "{name}");
            assert_eq!(of(name, &gzipped(bytes)), Some(expected), "{name}, packed");
        }
    }
    assert_eq!(of("d.csv", b""), Some(Source::Csv));
    assert_eq!(of("e.TAR", b""), Some(Source::Tar));
    assert_eq!(of("f.parquet", b"x"), Some(Source::Parquet));
    assert_eq!(of("h", b"label,pixel"), None);
    assert_eq!(of("notes.txt", b"one, two"), None);
    assert_eq!(Source::of(folder.path()).unwrap(), Some(Source::Folder));
    assert!(Source::of(&folder.path().join("absent")).is_err());
}

#[test]
fn names_of_files_of_many_images() {
    for name in [
        "a-idx3-ubyte.gz",
        "TRAIN-IMAGES.IDX3-UBYTE",
        "x_train.npy",
        "mnist.npz",
        "b.TGZ",
        "c.tar",
        "d.tar.zst",
        "e.zip",
        "test-00000.parquet",
    ] {
        assert!(has_records_name(name), "{name}");
    }
    for name in [
        "a-labels-idx1-ubyte",
        "y_train.npy",
        "labels.csv",
        "a.gz",
        "b.png",
    ] {
        assert!(!has_records_name(name), "{name}");
    }
}
