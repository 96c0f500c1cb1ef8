//! A set of five training and two test images.

use std::io::Write;

use base::hexadecimal;
use data::{FileKind, SetFile, SetFiles, Sum};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

pub(crate) const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Unpacked contents of a tiny set: 5 training images, 2 test images.
pub(crate) fn unpacked(index: usize) -> Vec<u8> {
    let num_items: u8 = if index < 2 { 5 } else { 2 };
    if index.is_multiple_of(2) {
        let header = [0, 0, 8, 3, 0, 0, 0, num_items, 0, 0, 0, 28, 0, 0, 0, 28];
        let pixels = (0..usize::from(num_items) * 784).map(|pixel| (pixel * 31 % 256) as u8);
        header.into_iter().chain(pixels).collect()
    } else {
        [0, 0, 8, 1, 0, 0, 0, num_items]
            .into_iter()
            .chain(0..num_items)
            .collect()
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn sha256(index: usize) -> Sum {
    Sum::Sha256Unpacked(hexadecimal(&Sha256::digest(unpacked(index))))
}

pub(crate) fn md5(index: usize) -> Sum {
    use md5::Digest as _;
    Sum::Md5Published(hexadecimal(&md5::Md5::digest(gzip(&unpacked(index)))))
}

pub(crate) fn tiny_set(sum: impl Fn(usize) -> Sum) -> SetFiles {
    let file = |index: usize, kind, num_items| SetFile {
        name: NAMES[index].into(),
        kind,
        num_items,
        num_items_otherwise: None,
        sum: sum(index),
    };
    SetFiles {
        name: "tiny".into(),
        class_names: data::digit_names(),
        mirrors: Vec::new(),
        published: "",
        is_transposed: false,
        reads_mnist_dir: false,
        train_images: file(0, FileKind::Images, 5),
        train_labels: file(1, FileKind::DIGITS, 5),
        test_images: file(2, FileKind::Images, 2),
        test_labels: file(3, FileKind::DIGITS, 2),
    }
}
