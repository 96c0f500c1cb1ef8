//! Zip archives, arrays of `NumPy` and EXIF as other programs write them. Taken into tests by its path.
#![allow(dead_code)]

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write as _;

/// EXIF of one entry: the orientation, turned to the left.
pub const EXIF: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0";

/// How a member is packed.
#[derive(Clone, Copy)]
pub enum Method {
    Stored,
    Deflated,
}

/// An archive as programs write it, in one go: sizes in the heads of members, and a directory.
pub fn archive(members: &[(&str, &[u8])], method: Method) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        let (number, packed) = match method {
            Method::Stored => (0_u16, bytes.to_vec()),
            Method::Deflated => {
                let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
                packer.write_all(bytes).unwrap();
                (8, packer.finish().unwrap())
            }
        };
        let offset = file.len() as u32;
        let mut about = vec![20, 0, 0, 0];
        about.extend(number.to_le_bytes());
        about.extend([0; 4]);
        about.extend(sum.sum().to_le_bytes());
        about.extend((packed.len() as u32).to_le_bytes());
        about.extend((bytes.len() as u32).to_le_bytes());
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0; 2]);
        file.extend(b"PK\x03\x04");
        file.extend(&about);
        file.extend(name.as_bytes());
        file.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&about);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let offset = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    let number = (members.len() as u16).to_le_bytes();
    file.extend([number, number].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(offset.to_le_bytes());
    file.extend([0; 2]);
    file
}

/// The head of a file of numbers of this type, such as `|u1`: for those who write one.
pub fn head(kind: &str, shape: &[usize]) -> Vec<u8> {
    ordered_head(kind, shape, "False")
}

/// The same with columns after columns (`True`), or not.
pub fn ordered_head(kind: &str, shape: &[usize], is_by_columns: &str) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(|size| format!("{size}, ")).collect();
    let sizes = sizes.concat();
    let mut text =
        format!("{{'descr': '{kind}', 'fortran_order': {is_by_columns}, 'shape': ({sizes}), }}");
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut head = b"\x93NUMPY".to_vec();
    head.extend([1, 0]);
    head.extend((text.len() as u16).to_le_bytes());
    head.extend(text.into_bytes());
    head
}
