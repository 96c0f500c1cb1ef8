#![allow(clippy::unwrap_used)]

#[path = "../../tests/animation/mod.rs"]
mod animation;

use super::*;
use crate::decode::decode;
use animation::{gif, webp};
use image::{GrayImage, Luma};

const WIDTH: u32 = 12;
const HEIGHT: u32 = 10;

/// Three pages, each with a bar at another place.
fn drawn() -> Vec<GrayImage> {
    let page = |number: u32| {
        GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
            let is_bar = x / 4 == number;
            Luma([if is_bar { 10 * y as u8 } else { 255 }])
        })
    };
    (0..3).map(page).collect()
}

/// How numbers are written: the least significant byte first or last, in four bytes or in eight.
#[derive(Clone, Copy, Debug)]
struct Form {
    is_little: bool,
    word: usize,
}

const FORMS: [Form; 4] = [
    Form {
        is_little: true,
        word: 4,
    },
    Form {
        is_little: false,
        word: 4,
    },
    Form {
        is_little: true,
        word: 8,
    },
    Form {
        is_little: false,
        word: 8,
    },
];

impl Form {
    fn put(self, file: &mut Vec<u8>, number: usize, num_bytes: usize) {
        let mut bytes = (number as u64).to_be_bytes()[8 - num_bytes..].to_vec();
        if self.is_little {
            bytes.reverse();
        }
        file.extend(bytes);
    }

    /// A directory of these pages one after the other, each of five strips; `kinds` are their new-subfile types.
    fn tiff(self, pages: &[GrayImage], kinds: &[usize]) -> Vec<u8> {
        let word = self.word;
        let mut file = if self.is_little {
            b"II".to_vec()
        } else {
            b"MM".to_vec()
        };
        if word == 8 {
            for number in [43, 8, 0] {
                self.put(&mut file, number, 2);
            }
        } else {
            self.put(&mut file, 42, 2);
        }
        self.put(&mut file, 2 * word, word);
        for (number, (page, kind)) in pages.iter().zip(kinds).enumerate() {
            let strip = (WIDTH * 2) as usize;
            let tags = 10;
            let count = if word == 8 { 8 } else { 2 };
            let outside = file.len() + count + tags * (4 + 2 * word) + word;
            let data = outside + 2 * 5 * word;
            self.put(&mut file, tags, count);
            let long = if word == 8 { 16 } else { 4 };
            for (tag, type_, num, value) in [
                (254, 4, 1, *kind),
                (256, 3, 1, WIDTH as usize),
                (257, 3, 1, HEIGHT as usize),
                (258, 3, 1, 8),
                (259, 3, 1, 1),
                (262, 3, 1, 1),
                (273, long, 5, outside),
                (277, 3, 1, 1),
                (278, 3, 1, 2),
                (279, long, 5, outside + 5 * word),
            ] {
                self.put(&mut file, tag, 2);
                self.put(&mut file, type_, 2);
                self.put(&mut file, num, word);
                let size = if type_ == 3 {
                    2
                } else if type_ == 4 {
                    4
                } else {
                    8
                };
                let is_outside = num > 1;
                let size = if is_outside { word } else { size };
                self.put(&mut file, value, size);
                file.resize(file.len() + word - size, 0);
            }
            let is_last = number + 1 == pages.len();
            self.put(&mut file, if is_last { 0 } else { data + 5 * strip }, word);
            for index in 0..5 {
                self.put(&mut file, data + index * strip, word);
            }
            for _ in 0..5 {
                self.put(&mut file, strip, word);
            }
            file.extend(page.as_raw());
        }
        file
    }
}

fn records(bytes: &[u8]) -> Vec<Result<Record, DataError>> {
    let file = Cursor::new(bytes.to_vec());
    let pages = Pages::of("scan", file, &DecodeLimits::default());
    pages.into_iter().flatten().collect()
}

fn decoded(record: &Record) -> GrayImage {
    let Content::Picture(bytes) = &record.content else {
        panic!("no picture");
    };
    decode(bytes, &DecodeLimits::default()).unwrap().to_luma8()
}

#[test]
fn every_page_is_a_picture() {
    let pages = drawn();
    let tiffs = FORMS.map(|form| form.tiff(&pages, &[0; 3]));
    let files = tiffs.into_iter().chain([gif(&pages), webp(&pages)]);
    for (file, bytes) in files.enumerate() {
        assert_eq!(num_pages(&bytes), 3, "file {file}");
        let records = records(&bytes);
        assert_eq!(records.len(), 3, "file {file}");
        for (number, (record, page)) in records.iter().zip(&pages).enumerate() {
            let record = record.as_ref().unwrap();
            assert_eq!(record.name, format!("scan#{number}"));
            assert_eq!(&decoded(record), page, "file {file}, page {number}");
        }
    }
}

#[test]
fn smaller_copies_and_masks_are_no_pages() {
    let pages = drawn();
    let bytes = FORMS[0].tiff(&pages, &[2, 1, 2]);
    let records = records(&bytes);
    assert_eq!(records.len(), 2);
    assert_eq!(decoded(records[1].as_ref().unwrap()), pages[2]);
    assert_eq!(num_pages(&FORMS[0].tiff(&pages, &[0, 1, 4])), 1);
}

#[test]
fn one_page_is_an_ordinary_picture() {
    let one = &drawn()[..1];
    for bytes in [
        FORMS[0].tiff(one, &[0]),
        gif(one),
        webp(one),
        b"II*\0".to_vec(),
    ] {
        assert_eq!(num_pages(&bytes), 1);
        assert!(records(&bytes).is_empty());
    }
}

#[test]
fn a_damaged_page_is_named_and_those_before_it_are_read() {
    let bytes = FORMS[1].tiff(&drawn(), &[0; 3]);
    let records = records(&bytes[..bytes.len() - 1]);
    assert_eq!(records.len(), 3);
    let error = records[2].as_ref().unwrap_err().to_string();
    assert_eq!(error, "scan#2: its data end early");
    // A circle, and places that lead nowhere, are the end.
    let mut circle = FORMS[0].tiff(&drawn(), &[0; 3]);
    let next = 8 + 2 + 10 * 12;
    circle[next..next + 4].copy_from_slice(&8_u32.to_le_bytes());
    assert_eq!(num_pages(&circle), 1);
}

#[test]
fn pages_have_bounds() {
    let bounded = |bytes: Vec<u8>, limits: &DecodeLimits| {
        let mut pages = Pages::of("scan", Cursor::new(bytes), limits).unwrap();
        pages.next().unwrap().unwrap_err().to_string()
    };
    let few_bytes = DecodeLimits {
        max_file_bytes: 99,
        ..DecodeLimits::default()
    };
    let error = bounded(FORMS[0].tiff(&drawn(), &[0; 3]), &few_bytes);
    assert!(error.contains("more bytes than the 99"), "{error}");
    let few_pixels = DecodeLimits {
        max_pixels: 119,
        ..DecodeLimits::default()
    };
    for bytes in [gif(&drawn()), webp(&drawn())] {
        let error = bounded(bytes, &few_pixels);
        assert!(error.starts_with("scan#0: "), "{error}");
    }
}

/// Frames may be larger than the canvas that they are cut to; what they would take is known before.
#[test]
fn frames_larger_than_their_canvas_are_bounded_too() {
    let mut file = gif(&drawn());
    let head = [0x2c, 0, 0, 0, 0, WIDTH as u8, 0, HEIGHT as u8, 0];
    let frames = file.windows(head.len()).enumerate();
    let frames: Vec<usize> = frames
        .filter_map(|(place, window)| (window == head).then_some(place))
        .collect();
    let enlarge = |file: &mut [u8], frame: usize| {
        file[frames[frame] + 5..][..4].copy_from_slice(&[0xff; 4]);
    };
    enlarge(&mut file, 1);
    let found = records(&file);
    assert_eq!(found.len(), 2);
    assert_eq!(decoded(found[0].as_ref().unwrap()), drawn()[0]);
    let error = found[1].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("scan#1: "), "{error}");
    enlarge(&mut file, 0);
    let error = decode(&file, &DecodeLimits::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("bytes of memory, expected at most"),
        "{error}"
    );
}
