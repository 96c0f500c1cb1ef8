#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use super::*;
use crate::decode::DecodeLimits;
use crate::remarks::Remarks;
use crate::zip_file::tests::archives::{Method, archive, head};
use base::IMAGE_PIXELS;

fn array(kind: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    [&head(kind, shape)[..], bytes].concat()
}

/// Images, each of one shade.
fn images(shades: &[u8]) -> Vec<u8> {
    let pixels: Vec<u8> = shades
        .iter()
        .flat_map(|&shade| [shade; IMAGE_PIXELS])
        .collect();
    array("|u1", &[shades.len(), 28, 28], &pixels)
}

fn labels(labels: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = labels
        .iter()
        .flat_map(|label| label.to_le_bytes())
        .collect();
    array("<i8", &[labels.len()], &bytes)
}

fn read(arrays: &[(&str, &[u8])]) -> Result<Vec<(String, Option<i64>, Part)>, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&archive(arrays, Method::Deflated)).unwrap();
    let reading = Reading {
        limits: DecodeLimits::default(),
        with_labels: true,
        remarks: Remarks::default(),
        open: |_, _| Ok(None),
    };
    let path = file.path().display().to_string();
    let shown = |error: DataError| error.to_string().replace(&path, "");
    let records = open(file.path(), &reading).map_err(shown)?;
    records
        .map(|record| {
            let record = record.map_err(shown)?;
            Ok((record.name.replace(&path, ""), record.label, record.part))
        })
        .collect()
}

#[test]
fn keras_files_have_training_and_test_images() {
    let found = read(&[
        ("x_test.npy", &images(&[5])),
        ("x_train.npy", &images(&[1, 2])),
        ("y_train.npy", &labels(&[7, 3])),
        ("y_test.npy", &labels(&[9])),
    ]);
    let row = |name: &str, label, part| (name.to_owned(), Some(label), part);
    let expected = vec![
        row("#x_test:0", 9, Part::Test),
        row("#x_train:0", 7, Part::Train),
        row("#x_train:1", 3, Part::Train),
    ];
    assert_eq!(found, Ok(expected));
}

#[test]
fn arrays_without_telling_names_go_together_by_their_shapes() {
    for (one, two) in [
        ("images", "labels"),
        ("arr_0", "arr_1"),
        ("data", "target"),
        ("X", "y"),
    ] {
        let (one, two) = (format!("{one}.npy"), format!("{two}.npy"));
        let found = read(&[(&one, &images(&[1, 2])), (&two, &labels(&[7, 3]))]).unwrap();
        let labels: Vec<_> = found.iter().map(|row| row.1).collect();
        assert_eq!(labels, [Some(7), Some(3)], "{one}");
    }
    let found = read(&[("arr_0.npy", &images(&[1]))]).unwrap();
    assert_eq!(found, [("#0".to_owned(), None, Part::Unknown)]);
}

#[test]
fn what_is_wrong_is_said() {
    let error = read(&[
        ("images.npy", &images(&[1, 2])),
        ("labels.npy", &labels(&[7])),
    ])
    .unwrap_err();
    assert!(error.contains("has 2 images, but"), "{error}");
    let error = read(&[("labels.npy", &labels(&[7]))]).unwrap_err();
    assert!(error.contains("expected an array of images"), "{error}");
    let objects = array("|O", &[3], b"");
    let error = read(&[("images.npy", &objects)]).unwrap_err();
    assert!(error.contains("pickle"), "{error}");
    let error = read(&[("images.npy", &array("|u1", &[1 << 40, 28, 28], b""))]).unwrap_err();
    assert!(error.contains("at most 10000000 images"), "{error}");
}
