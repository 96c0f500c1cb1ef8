#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use super::*;

/// Some bytes, packed in every way.
pub(crate) fn packed_in_every_way(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(bytes).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(bytes).unwrap();
    let zstd = zstd::stream::encode_all(bytes, 1).unwrap();
    vec![
        ("gz", gzip.finish().unwrap()),
        ("bz2", bzip2.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
        ("zst", zstd),
    ]
}

fn read(bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    Contents::from_bytes(bytes, Path::new("x"))?.read_up_to(1 << 30)
}

#[test]
fn all_packings_are_known_by_their_content_and_read_whole() {
    let bytes: Vec<u8> = (0..300_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    for (end, packed) in packed_in_every_way(&bytes) {
        assert!(is_packed(&packed), "{end}");
        assert_eq!(read(&packed).unwrap(), bytes, "{end}");
        assert_eq!(
            read(&packed.repeat(2)).unwrap(),
            bytes.repeat(2),
            "{end}, twice"
        );
        assert!(read(&packed[..packed.len() / 2]).is_err(), "{end}, cut off");
        let mut flipped = packed.clone();
        flipped[packed.len() / 2] ^= 0x10;
        // A flip is an error, or at least never a panic or a longer file.
        let _ = read(&flipped).map(|read| assert!(read.len() <= 2 * bytes.len()));
    }
    for (end, packed) in packed_in_every_way(b"") {
        assert!(read(&packed).unwrap().is_empty(), "{end}");
    }
    assert_eq!(
        read(b"BZh is no mark alone").unwrap(),
        b"BZh is no mark alone"
    );
}

#[test]
fn damaged_contents_are_said_to_be_so_by_the_name_of_their_packing() {
    let bytes: Vec<u8> = (0..9_999_u32)
        .map(|number| (number * number % 251) as u8)
        .collect();
    let names = ["gzip", "bzip2", "xz", "zstd"];
    for ((_, packed), name) in packed_in_every_way(&bytes).into_iter().zip(names) {
        let error = read(&packed[..packed.len() - 30]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("expected sound {name} data")),
            "{error}"
        );
    }
}

#[test]
fn memory_that_a_file_asks_for_is_not_given_beyond_a_bound() {
    // zstd: a frame that asks for a window of 2 GiB.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
    let error = read(&frame).unwrap_err().to_string();
    assert!(error.contains("expected sound zstd data"), "{error}");
    // xz: a dictionary of 4 GiB, in a header that is sealed anew.
    let (_, mut xz) = packed_in_every_way(b"some bytes").swap_remove(2);
    assert_eq!(
        xz[14..16],
        [0x21, 1],
        "the filter's number and the size of what follows"
    );
    xz[16] = 40;
    let mut sum = flate2::Crc::new();
    sum.update(&xz[12..20]);
    xz[20..24].copy_from_slice(&sum.sum().to_le_bytes());
    let error = read(&xz).unwrap_err().to_string();
    assert!(error.contains("expected sound xz data"), "{error}");
}
