#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::images::LabeledImages;
use crate::record::Content;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of images, each of pixels equal to its number.
fn images_file(num_images: u8) -> Vec<u8> {
    let pixels = (0..num_images).flat_map(|number| [number; IMAGE_PIXELS]);
    image_header(usize::from(num_images))
        .into_iter()
        .chain(pixels)
        .collect()
}

fn labels_file(labels: &[u8]) -> Vec<u8> {
    [&label_header(labels.len()), labels].concat()
}

fn read_images(path: &Path) -> Result<Vec<u8>, DataError> {
    decode_images(Contents::open(path)?, MAX_IMAGES)
}

fn read_pair(images: &Path, labels: &Path) -> Result<LabeledImages, DataError> {
    LabeledImages::paired(read_images(images)?, read_labels(labels)?, images, labels)
}

fn open_reader(path: &Path) -> Result<ImageReader, DataError> {
    open_images(path, &DecodeLimits::default())
}

fn pixels(content: Content) -> Box<[u8; IMAGE_PIXELS]> {
    match content {
        Content::Pixels(pixels) => pixels,
        Content::Picture(_) => panic!("a picture"),
    }
}

fn images(bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    decode_images(
        Contents::from_bytes(bytes, Path::new("images"))?,
        MAX_IMAGES,
    )
}

fn labels(bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    decode_labels(
        Contents::from_bytes(bytes, Path::new("labels"))?,
        MAX_IMAGES,
        &(0..=9),
    )
}

fn on_disk(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn plain_and_gzipped_files_read_the_same_whatever_their_names() {
    for bytes in [images_file(3), gzip(&images_file(3))] {
        let file = on_disk(&bytes);
        assert_eq!(read_images(file.path()).unwrap(), images_file(3)[16..]);
    }
    for bytes in [labels_file(&[5, 0, 9]), gzip(&labels_file(&[5, 0, 9]))] {
        assert_eq!(read_labels(on_disk(&bytes).path()).unwrap(), [5, 0, 9]);
    }
    assert!(images(&images_file(0)).unwrap().is_empty());
}

#[test]
fn the_header_is_the_one_of_the_published_files() {
    assert_eq!(
        image_header(60_000),
        [0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28],
        "from the description of the format by LeCun, Cortes and Burges"
    );
    assert_eq!(label_header(10_000), [0, 0, 8, 1, 0, 0, 0x27, 0x10]);
}

#[test]
fn a_wrong_magic_number_is_named() {
    assert_eq!(
        images(&labels_file(&[1, 2])).unwrap_err().to_string(),
        "images, byte 0: expected 0x00000803 (an IDX file of images), \
         found 0x00000801 (an IDX file of labels)"
    );
    assert_eq!(
        labels(b"<!DOCTYPE html>").unwrap_err().to_string(),
        "labels, byte 0: expected 0x00000801 (an IDX file of labels), found 0x3c21444f"
    );
    assert_eq!(
        images(&[0, 0, 8, 3, 0]).unwrap_err().to_string(),
        "images, byte 0: expected a header of 16 bytes, found 5 bytes in all"
    );
    assert!(
        labels(&[])
            .unwrap_err()
            .to_string()
            .ends_with("found 0 bytes in all")
    );
}

#[test]
fn other_dimensions_are_refused() {
    let mut bytes = images_file(1);
    bytes[11] = 32;
    assert_eq!(
        images(&bytes).unwrap_err().to_string(),
        "images, byte 8: expected images of 28×28 pixels, found 32×28"
    );
}

#[test]
fn the_length_must_be_exact() {
    let whole = images_file(2);
    let short = &whole[..whole.len() - 1];
    let long = [whole.as_slice(), b"x"].concat();
    let start = "images, byte 16: expected 1568 bytes after the header, found";
    for (bytes, found) in [
        (short.to_vec(), "1567"),
        (gzip(short), "1567"),
        (long.clone(), "1569"),
        (gzip(&long), "more"),
    ] {
        assert_eq!(
            images(&bytes).unwrap_err().to_string(),
            format!("{start} {found}")
        );
    }
    let error = labels(&[&labels_file(&[1, 2, 3])[..], &[4]].concat()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("expected 3 bytes after the header, found 4"),
        "{error}"
    );
}

#[test]
fn an_absurd_count_is_refused_before_memory_is_set_aside() {
    for count in [u32::MAX, MAX_IMAGES as u32 + 1] {
        let mut bytes = image_header(1);
        bytes[4..8].copy_from_slice(&count.to_be_bytes());
        for bytes in [bytes.clone(), gzip(&bytes)] {
            assert_eq!(
                images(&bytes).unwrap_err().to_string(),
                format!("images, byte 4: expected at most 10000000 images, found {count}")
            );
        }
    }
    // Within the limit but a lie: 7.84 GB announced by a file of some bytes.
    let lie = gzip(&image_header(MAX_IMAGES));
    let mut contents = Contents::from_bytes(&lie, Path::new("lie")).unwrap();
    let promised = read_image_header(&mut contents, MAX_IMAGES).unwrap() * IMAGE_PIXELS as u64;
    assert!(contents.read_up_to(promised).unwrap().capacity() < 1 << 20);
    assert!(
        images(&lie)
            .unwrap_err()
            .to_string()
            .ends_with("7840000000 bytes after the header, found 0")
    );
}

#[test]
fn a_label_out_of_range_is_found_at_its_byte() {
    assert_eq!(
        labels(&labels_file(&[0, 9, 10])).unwrap_err().to_string(),
        "labels, byte 10: expected a label from 0 to 9, found 10"
    );
}

#[test]
fn damaged_gzip_data_is_an_error() {
    let packed = gzip(&images_file(9));
    let cut = images(&packed[..packed.len() - 12])
        .unwrap_err()
        .to_string();
    assert!(cut.contains("expected sound gzip data"), "{cut}");
    assert!(cut.ends_with("found its end"), "{cut}");
    let mut flipped = packed.clone();
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 1;
    let error = images(&flipped).unwrap_err().to_string();
    assert!(error.contains("expected sound gzip data"), "{error}");
    let followed = images(&[&packed[..], b"trailing bytes"].concat())
        .unwrap_err()
        .to_string();
    assert!(followed.contains("expected sound gzip data"), "{followed}");
}

#[test]
fn pairs_must_agree_in_number() {
    let (images, two) = (on_disk(&images_file(2)), on_disk(&labels_file(&[7, 8])));
    let pair = read_pair(images.path(), two.path()).unwrap();
    assert_eq!((pair.len(), pair.labels()), (2, &[7, 8][..]));
    let three = on_disk(&labels_file(&[1, 2, 3]));
    let error = read_pair(images.path(), three.path()).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::CountMismatch {
                num_images: 2,
                num_labels: 3,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_folder_in_place_of_a_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = read_images(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error:?}");
}

#[test]
fn the_reader_yields_every_image_and_then_the_end() {
    for bytes in [images_file(3), gzip(&images_file(3))] {
        let file = on_disk(&bytes);
        let reader = open_reader(file.path()).unwrap();
        assert_eq!(reader.num_images(), 3);
        let images: Vec<_> = reader.map(|image| *pixels(image.unwrap())).collect();
        assert_eq!(
            images,
            [[0; IMAGE_PIXELS], [1; IMAGE_PIXELS], [2; IMAGE_PIXELS]]
        );
    }
}

#[test]
fn the_reader_stops_after_an_error() {
    let whole = images_file(2);
    let cut = on_disk(&gzip(&whole[..whole.len() - 1]));
    let items: Vec<_> = open_reader(cut.path()).unwrap().collect();
    assert_eq!(items.len(), 2);
    let error = items[1].as_ref().unwrap_err().to_string();
    assert!(
        error.ends_with("expected 1568 bytes after the header, found 1567"),
        "{error}"
    );
    let long = on_disk(&gzip(&[&whole[..], b"x"].concat()));
    let items: Vec<_> = open_reader(long.path()).unwrap().collect();
    assert_eq!(items.len(), 3);
    assert!(
        items[2]
            .as_ref()
            .unwrap_err()
            .to_string()
            .ends_with("found more")
    );
    assert!(
        open_reader(on_disk(&whole[..100]).path()).is_err(),
        "plain: known at once"
    );
}

#[test]
fn labels_of_qmnist_are_the_first_of_eight_numbers() {
    let rows = [
        [7_u32, 1, 2, 3, 4, 5, 6, 9],
        [0; 8],
        [9, 3, 0, 0, 0, 0, 0, 0],
    ];
    let numbers = rows
        .iter()
        .flatten()
        .flat_map(|number| number.to_be_bytes());
    let head = [[0, 0, 12, 2], [0, 0, 0, 3], [0, 0, 0, 8]].concat();
    let bytes: Vec<u8> = head.into_iter().chain(numbers).collect();
    for bytes in [bytes.clone(), gzip(&bytes)] {
        assert_eq!(read_labels(on_disk(&bytes).path()).unwrap(), [7, 0, 9]);
    }
    let mut bad = bytes.clone();
    bad[14] = 1;
    let error = read_labels(on_disk(&bad).path()).unwrap_err().to_string();
    assert!(
        error.ends_with("byte 12: expected a label from 0 to 255, found 263"),
        "{error}"
    );
    assert!(read_labels(on_disk(&bytes[..60]).path()).is_err());
}

#[test]
fn images_of_other_sizes_and_types_are_read_as_pictures_or_numbers() {
    let head = [[0, 0, 8, 3], [0, 0, 0, 1], [0, 0, 0, 2], [0, 0, 0, 3]].concat();
    let file = on_disk(&[&head[..], &[9, 8, 7, 6, 5, 200]].concat());
    let mut reader = open_reader(file.path()).unwrap();
    let Some(Ok(Content::Picture(picture))) = reader.next() else {
        panic!("no picture");
    };
    assert!(picture.ends_with(&[9, 8, 7, 6, 5, 200]) && picture.starts_with(b"P5"));
    let head = [[0, 0, 13, 2], [0, 0, 0, 1], [0, 0, 3, 16]].concat();
    let numbers = [0.0_f32, 0.5, 1.0].map(f32::to_be_bytes).concat();
    let numbers = [&numbers[..], &vec![0; 4 * (IMAGE_PIXELS - 3)]].concat();
    let file = on_disk(&[head, numbers].concat());
    let mut reader = open_reader(file.path()).unwrap();
    assert_eq!(
        pixels(reader.next().unwrap().unwrap())[..4],
        [0, 128, 255, 0]
    );
    assert!(reader.next().is_none());
}
