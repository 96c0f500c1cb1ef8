//! Writes files of the kinds that are read.

use crate::fixture::{digit, digit_png, label, tar};
use std::fmt::Write as _;
use std::io::Write as _;

/// Images of every kind: two of each digit.
pub const NUM_IMAGES: usize = 20;

pub fn idx_labels() -> Vec<u8> {
    let head = [0x801_u32, NUM_IMAGES as u32]
        .map(u32::to_be_bytes)
        .concat();
    head.into_iter().chain((0..NUM_IMAGES).map(label)).collect()
}

/// QMNIST's labels: eight numbers a row, of which the first is the class.
pub fn qmnist_labels() -> Vec<u8> {
    let head = [0xc02_u32, NUM_IMAGES as u32, 8];
    let rows = (0..NUM_IMAGES).flat_map(|index| [u32::from(label(index)), 4, 0, 9, 9, 9, 0, 0]);
    head.into_iter()
        .chain(rows)
        .flat_map(u32::to_be_bytes)
        .collect()
}

pub fn npy(kind: &str, shape: &str, numbers: Vec<u8>) -> Vec<u8> {
    let head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\0".to_vec();
    file.extend((head.len() as u16).to_le_bytes());
    file.extend(head.into_bytes());
    file.extend(numbers);
    file
}

/// Images of numbers of 16 bits with places, highest byte first, each number of all images before the next one of all.
pub fn npy_columns() -> Vec<u8> {
    let number = |pixel: u8| {
        let exponent = pixel
            .checked_ilog2()
            .map_or(0, |exponent| exponent as u16 + 15);
        let fraction = (u16::from(pixel) << (25 - exponent.max(15))) & 0x3ff;
        (exponent << 10 | fraction).to_be_bytes()
    };
    let images: Vec<_> = (0..NUM_IMAGES).map(digit).collect();
    let pixels = (0..784).flat_map(|pixel| images.iter().map(move |image| image[pixel]));
    let file = npy(
        ">f2",
        &format!("({NUM_IMAGES}, 784)"),
        pixels.flat_map(number).collect(),
    );
    let head = String::from_utf8_lossy(&file[10..]).find('\n').unwrap() + 10;
    let text = String::from_utf8_lossy(&file[10..head]).replace("False", "True ");
    [&file[..10], text.as_bytes(), &file[head..]].concat()
}

/// A TIFF file of numbers with places, from 0 to 1.
pub fn float_tiff(index: usize) -> Vec<u8> {
    let data = digit(index)
        .map(|pixel| (f32::from(pixel) / 255.0).to_le_bytes())
        .concat();
    let entries = [
        (256, 28),
        (257, 28),
        (258, 32),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 28),
        (279, data.len()),
        (339, 3),
    ];
    let mut file = b"II*\0".to_vec();
    file.extend((8 + data.len() as u32).to_le_bytes());
    file.extend(data);
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        for part in [tag, 3, 1, 0, value as u16, 0] {
            file.extend(part.to_le_bytes());
        }
    }
    file.extend([0; 4]);
    file
}

/// A PDF file whose pages are these images, packed.
pub fn pdf(indices: &[usize]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut kids = String::new();
    for (page, &index) in indices.iter().enumerate() {
        let [number, content, picture] = [10, 11, 12].map(|object| 10 * page + object);
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&digit(index)).unwrap();
        let data = packer.finish().unwrap();
        let resources = format!("<< /XObject << /Im0 {picture} 0 R >> >>");
        let parts = [
            format!(
                "{number} 0 obj << /Type /Page /Contents {content} 0 R /Resources {resources} >> endobj\n"
            ),
            format!("{content} 0 obj << /Length 7 >> stream\n/Im0 Do\nendstream endobj\n"),
            format!(
                "{picture} 0 obj << /Subtype /Image /Width 28 /Height 28 /BitsPerComponent 8 /Filter /FlateDecode "
            ),
            format!("/ColorSpace /DeviceGray /Length {} >> stream\n", data.len()),
        ];
        file.extend(parts.concat().into_bytes());
        file.extend([&data[..], b"\nendstream endobj\n"].concat());
        let _ = write!(kids, "{number} 0 R ");
    }
    let tree = format!("2 0 obj << /Kids [{kids}] >> endobj 1 0 obj << /Pages 2 0 R >> endobj\n");
    file.extend([tree.as_bytes(), b"trailer << /Root 1 0 R >>\n"].concat());
    file
}

pub fn npy_images() -> Vec<u8> {
    let pixels = (0..NUM_IMAGES).flat_map(digit).collect();
    npy("|u1", &format!("({NUM_IMAGES}, 28, 28)"), pixels)
}

pub fn npy_unit_images() -> Vec<u8> {
    let pixels = (0..NUM_IMAGES).flat_map(digit);
    let pixels = pixels.flat_map(|pixel| (f32::from(pixel) / 255.0).to_le_bytes());
    npy("<f4", &format!("({NUM_IMAGES}, 784)"), pixels.collect())
}

pub fn npy_labels() -> Vec<u8> {
    let labels = (0..NUM_IMAGES).flat_map(|index| i64::from(label(index)).to_le_bytes());
    npy("<i8", &format!("({NUM_IMAGES},)"), labels.collect())
}

/// A ZIP archive whose members are stored as they are.
pub fn zip(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        let size = (bytes.len() as u32).to_le_bytes();
        let mut about = [20, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
        about.extend([sum.sum().to_le_bytes(), size, size].concat());
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0; 2]);
        let offset = (file.len() as u32).to_le_bytes();
        file.extend([&b"PK\x03\x04"[..], &about, name.as_bytes(), bytes].concat());
        directory.extend(
            [
                &b"PK\x01\x02\x14\0"[..],
                &about,
                &[0; 10],
                &offset,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let number = (members.len() as u16).to_le_bytes();
    let (size, offset) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend([&b"PK\x05\x06\0\0\0\0"[..], &number, &number].concat());
    file.extend([size.to_le_bytes(), offset.to_le_bytes()].concat());
    file.extend([0; 2]);
    file
}

/// Pictures in class folders of these names.
pub fn class_folders(root: &str, class: impl Fn(u8) -> String) -> Vec<(String, Vec<u8>)> {
    let picture = |index: usize| {
        let name = format!("{root}{}/{index}.png", class(label(index)));
        (name, digit_png(index))
    };
    (0..NUM_IMAGES).map(picture).collect()
}

pub fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    tar(files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone())))
}

pub fn packed(bytes: &[u8], end: &str) -> Vec<u8> {
    match end {
        "bz2" => {
            let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        "xz" => {
            let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 1);
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        "zst" => zstd::stream::encode_all(bytes, 1).unwrap(),
        _ => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
    }
}

/// A table of pixels whose lines `line` makes of a label and pixels, behind a header.
pub fn table(header: &str, line: impl Fn(usize, u8, String) -> String, places: usize) -> Vec<u8> {
    let mut text = header.to_owned();
    for index in 0..NUM_IMAGES {
        let pixels = digit(index).map(|pixel| match places {
            0 => pixel.to_string(),
            _ => format!("{:.places$}", f32::from(pixel) / 255.0),
        });
        let _ = writeln!(text, "{}", line(index, label(index), pixels.join(",")));
    }
    text.into_bytes()
}

pub fn names(first: &str, last: &str) -> String {
    let pixels: Vec<String> = (1..=784).map(|pixel| format!("pixel{pixel}")).collect();
    format!("{first}{}{last}\n", pixels.join(","))
}

pub fn words(digit: u8) -> String {
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    words[usize::from(digit)].to_owned()
}
