#![allow(clippy::unwrap_used)]

use crate::zip_file::tests::archives::{head, ordered_head};
use std::path::Path;

use super::*;

/// How a pixel is written.
type Bytes = fn(u8) -> Vec<u8>;

fn contents(bytes: &[u8]) -> Contents<'static> {
    let bytes = std::io::Cursor::new(bytes.to_vec());
    Contents::of_reader(bytes, Path::new("x.npy")).unwrap()
}

fn open(kind: &str, shape: &[usize], numbers: &[u8]) -> Result<ImageReader, String> {
    let mut contents = contents(&[&head(kind, shape)[..], numbers].concat());
    let header = npy::read_head(&mut contents).map_err(|error| error.to_string())?;
    let reader = ImageReader::new(contents, header, &DecodeLimits::default());
    reader.map_err(|error| error.to_string())
}

/// The first pixel of every image, or its error.
fn first_pixels(kind: &str, numbers: &[Vec<u8>]) -> Vec<Result<u8, String>> {
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.repeat(IMAGE_PIXELS))
        .collect();
    let reader = open(kind, &[numbers.len(), 28, 28], &bytes).unwrap();
    reader
        .map(|content| match content {
            Ok(Content::Pixels(pixels)) => Ok(pixels[0]),
            Ok(Content::Picture(_)) => panic!("a picture"),
            Err(error) => Err(error.to_string()),
        })
        .collect()
}

/// A whole number as a float of 16 bits.
fn half(value: u8) -> u16 {
    let exponent = value.checked_ilog2();
    exponent.map_or(0, |exponent| {
        let exponent = exponent as u16;
        let fraction = (u16::from(value) << (10 - exponent)) & 0x3ff;
        (exponent + 15) << 10 | fraction
    })
}

#[test]
fn numbers_of_every_type_become_the_same_pixels() {
    let as_is = [0_u8, 1, 200];
    let expected: Vec<Result<u8, String>> = as_is.map(Ok).to_vec();
    let of = |number: Bytes| as_is.map(number).to_vec();
    let types: [(&str, Bytes); 11] = [
        ("|u1", |value| vec![value]),
        ("<i2", |value| i16::from(value).to_le_bytes().to_vec()),
        (">u2", |value| u16::from(value).to_be_bytes().to_vec()),
        ("<i4", |value| i32::from(value).to_le_bytes().to_vec()),
        ("<u4", |value| u32::from(value).to_le_bytes().to_vec()),
        ("<i8", |value| i64::from(value).to_le_bytes().to_vec()),
        (">i8", |value| i64::from(value).to_be_bytes().to_vec()),
        ("<f4", |value| f32::from(value).to_le_bytes().to_vec()),
        ("<f8", |value| f64::from(value).to_le_bytes().to_vec()),
        ("<f2", |value| half(value).to_le_bytes().to_vec()),
        (">f2", |value| half(value).to_be_bytes().to_vec()),
    ];
    for (kind, number) in types {
        assert_eq!(first_pixels(kind, &of(number)), expected, "{kind}");
    }
    let unit = [0.0_f32, 0.5, 1.0].map(|value| value.to_le_bytes().to_vec());
    assert_eq!(first_pixels("<f4", &unit), [Ok(0), Ok(128), Ok(255)]);
    assert_eq!(first_pixels("|b1", &[vec![0], vec![1]]), [Ok(0), Ok(255)]);
}

#[test]
fn a_number_that_is_no_pixel_costs_one_image() {
    let numbers = [9_i16, -1, 300, 7].map(|value| value.to_le_bytes().to_vec());
    let found = first_pixels("<i2", &numbers);
    assert_eq!((&found[0], &found[3]), (&Ok(9), &Ok(7)));
    let error = found[1].clone().unwrap_err();
    assert_eq!(
        error,
        "x.npy#1: a pixel is -1, expected a number from 0 to 255"
    );
    assert!(found[2].is_err());
    let nan = [0.5_f32, f32::NAN].map(|value| value.to_le_bytes().to_vec());
    assert!(first_pixels("<f4", &nan)[1].is_err());
}

#[test]
fn heads_are_not_believed() {
    let error = |shape: &[usize]| open("|u1", shape, b"").err().unwrap();
    assert!(error(&[usize::MAX, 28, 28]).contains("at most 10000000 images"));
    assert!(error(&[1, 1 << 30, 1 << 30]).contains("images of at most 50000000 pixels"));
    assert!(error(&[7]).contains("expected images"));
    // Promised, and not there: no memory is set aside for it.
    let mut reader = open("|u1", &[10_000_000, 28, 28], &[1; IMAGE_PIXELS]).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert!(reader.next().unwrap().is_err() && reader.next().is_none());
    let mut reader = open("|u1", &[1, 28, 28], &[1; IMAGE_PIXELS + 1]).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert!(
        reader
            .next()
            .unwrap()
            .unwrap_err()
            .to_string()
            .ends_with("found more")
    );
    for bytes in [
        &b"\x93NUMPY\x01\0\xff\xff"[..],
        b"\x93NUMPY\x02\0\xff\xff\xff\xff",
        b"\x93NUMPY",
        b"\x93NUMPY\x07\0\x01\0x",
    ] {
        assert!(npy::read_head(&mut contents(bytes)).is_err(), "{bytes:?}");
    }
}

#[test]
fn columns_after_columns_are_brought_into_rows() {
    let of = |shape: &[usize], numbers: &[u8], limits: &DecodeLimits| {
        let head = ordered_head("|u1", shape, "True");
        let mut contents = contents(&[&head[..], numbers].concat());
        let header = npy::read_head(&mut contents).unwrap();
        ImageReader::new(contents, header, limits)
    };
    let defaults = DecodeLimits::default();
    // The pixel in row y and column x of an image is 9 · image + y + 3 · x, and images run fastest.
    let number = |image: usize, y: usize, x: usize| (9 * image + y + 3 * x) as u8;
    let mut strewn = vec![0; 2 * IMAGE_PIXELS];
    let mut in_order = vec![vec![0; IMAGE_PIXELS]; 2];
    for (image, pixels) in in_order.iter_mut().enumerate() {
        for (y, x) in (0..28).flat_map(|y| (0..28).map(move |x| (y, x))) {
            strewn[image + 2 * (y + 28 * x)] = number(image, y, x);
            pixels[28 * y + x] = number(image, y, x);
        }
    }
    let images = |reader: ImageReader| -> Vec<Vec<u8>> {
        let pixels = reader.map(|content| match content.unwrap() {
            Content::Pixels(pixels) => pixels.to_vec(),
            Content::Picture(_) => panic!("a picture"),
        });
        pixels.collect()
    };
    assert_eq!(
        images(of(&[2, 28, 28], &strewn, &defaults).unwrap()),
        in_order
    );
    // Rows of 784: the same images, their pixels in the order of the file.
    let flat: Vec<u8> = (0..IMAGE_PIXELS)
        .flat_map(|pixel| [0, 1].map(|image: usize| in_order[image][pixel]))
        .collect();
    assert_eq!(images(of(&[2, 784], &flat, &defaults).unwrap()), in_order);
    let error =
        |numbers: &[u8], limits| of(&[2, 28, 28], numbers, limits).err().unwrap().to_string();
    assert!(error(&strewn[..99], &defaults).contains("1568 bytes after the header"));
    let little = DecodeLimits {
        max_memory_bytes: 1_567,
        ..defaults
    };
    assert!(error(&strewn, &little).contains("ascontiguousarray"));
    // A one in its place, columns first.
    let head = ordered_head("|u1", &[2, 3], "True");
    let mut contents = contents(&[&head[..], &[0, 1, 0, 0, 1, 0]].concat());
    let header = npy::read_head(&mut contents).unwrap();
    assert_eq!(read_labels(contents, &header, MAX_IMAGES).unwrap(), [2, 0]);
}

#[test]
fn labels_are_numbers_or_rows_with_a_one() {
    let read = |kind: &str, shape: &[usize], bytes: &[u8]| {
        let mut contents = contents(&[&head(kind, shape)[..], bytes].concat());
        let header = npy::read_head(&mut contents).unwrap();
        read_labels(contents, &header, MAX_IMAGES).map_err(|error| error.to_string())
    };
    assert_eq!(read("|u1", &[3], &[7, 0, 46]), Ok(vec![7, 0, 46]));
    assert_eq!(read("|u1", &[2, 1], &[7, 3]), Ok(vec![7, 3]));
    assert_eq!(read("|u1", &[2, 3], &[0, 0, 1, 1, 0, 0]), Ok(vec![2, 0]));
    assert!(
        read("|u1", &[1, 3], &[1, 0, 1])
            .unwrap_err()
            .contains("one of them 1")
    );
    let half = 0.5_f32.to_le_bytes();
    assert!(read("<f4", &[1], &half).unwrap_err().contains("found 0.5"));
    assert!(read("|u1", &[3], &[7]).is_err());
    assert!(
        read("|u1", &[1 << 30], &[])
            .unwrap_err()
            .contains("at most 10000000 labels")
    );
}
