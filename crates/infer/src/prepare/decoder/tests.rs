#![allow(clippy::unwrap_used)]
use super::*;
use crate::input::{Inputs, Reading};
use std::fs;

#[test]
fn a_file_of_many_images_becomes_as_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("images.bin");
    let mut bytes = [[0, 0, 8, 3], [0, 0, 0, 2], [0, 0, 0, 28], [0, 0, 0, 28]].concat();
    bytes.extend(vec![0; 2 * IMAGE_PIXELS - 1]);
    bytes.push(7);
    fs::write(&path, &bytes).unwrap();
    let decoder = Decoder::new(DecodeLimits::default(), None);
    let images: Vec<Image> = Inputs::new(vec![path], &Reading::default())
        .map(|input| decoder.decode(0, input, &Stages::default()).unwrap())
        .collect();
    assert_eq!(images.len(), 2);
    assert!(images[1].path.ends_with("images.bin#1"));
    // The first one shows no ink.
    assert!(
        images[0].for_network().count() == 0 && images[1].for_network().next().unwrap()[783] == 7
    );
}

#[test]
fn pictures_that_cannot_be_decoded_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), "no picture").unwrap();
    let decoder = Decoder::new(DecodeLimits::default(), None);
    let input = Input::File(folder.path().join("a.png"));
    let unusable = decoder.decode(0, input, &Stages::default()).unwrap_err();
    assert!(unusable.path().ends_with("a.png"));
    let reason = unusable.to_string();
    assert!(
        reason.contains("a.png: cannot decode the picture"),
        "{reason}"
    );
}
