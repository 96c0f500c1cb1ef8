//! A set of twelve training and three test images, in every packing, and ears for notes.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use flate2::{Compression, write::GzEncoder};
use md5::Md5;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::Progress;
use crate::idx;
use crate::images::digit_names;
use crate::set_files::{FileKind, SetFile, SetFiles, Sum};
use base::IMAGE_PIXELS;
use base::hexadecimal;

pub(super) fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn images_file(num_images: usize) -> Vec<u8> {
    let pixels = (0..num_images * IMAGE_PIXELS).map(|index| (index % 251) as u8);
    idx::image_header(num_images)
        .into_iter()
        .chain(pixels)
        .collect()
}

pub(super) fn labels_file(num_labels: usize) -> Vec<u8> {
    let labels = (0..num_labels).map(|index| (index % 10) as u8);
    idx::label_header(num_labels)
        .into_iter()
        .chain(labels)
        .collect()
}

/// Names and unpacked contents of a tiny set: 12 training and 3 test images.
pub(super) fn contents() -> [(&'static str, Vec<u8>); 4] {
    [
        ("train-images-idx3-ubyte", images_file(12)),
        ("train-labels-idx1-ubyte", labels_file(12)),
        ("t10k-images-idx3-ubyte", images_file(3)),
        ("t10k-labels-idx1-ubyte", labels_file(3)),
    ]
}

pub(super) fn tiny_set(sum: impl Fn(&[u8]) -> Sum) -> SetFiles {
    let file = |index: usize, kind, num_items| {
        let (name, bytes) = &contents()[index];
        SetFile {
            name: (*name).to_owned(),
            kind,
            num_items,
            num_items_otherwise: None,
            sum: sum(bytes),
        }
    };
    SetFiles {
        name: "mnist".into(),
        class_names: digit_names(),
        mirrors: Vec::new(),
        published: "",
        is_transposed: false,
        reads_mnist_dir: true,
        train_images: file(0, FileKind::Images, 12),
        train_labels: file(1, FileKind::DIGITS, 12),
        test_images: file(2, FileKind::Images, 3),
        test_labels: file(3, FileKind::DIGITS, 3),
    }
}

pub(super) fn sha256_set() -> SetFiles {
    tiny_set(|bytes| Sum::Sha256Unpacked(hexadecimal(&Sha256::digest(bytes))))
}

/// As published, packed at the best level.
pub(super) fn md5_set() -> SetFiles {
    tiny_set(|bytes| Sum::Md5Published(hexadecimal(&Md5::digest(gzip(bytes, Compression::best())))))
}

pub(super) fn write_set(
    dir: &Path,
    name: impl Fn(&str) -> String,
    pack: impl Fn(&[u8]) -> Vec<u8>,
) {
    fs::create_dir_all(dir).unwrap();
    for (file, bytes) in contents() {
        fs::write(dir.join(name(file)), pack(&bytes)).unwrap();
    }
}

pub(super) fn folder_with_plain_files() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_set(dir.path(), str::to_owned, <[u8]>::to_vec);
    dir
}

#[derive(Default)]
pub(super) struct Notes(pub(super) Mutex<Vec<String>>);

impl Progress for Notes {
    fn start(&self, _file: &str, _total_bytes: Option<u64>) {}
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
    fn note(&self, message: &str) {
        self.0.lock().unwrap().push(message.into());
    }
}
