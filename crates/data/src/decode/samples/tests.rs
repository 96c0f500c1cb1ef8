#![allow(clippy::unwrap_used)]

mod file;

use crate::decode::{DecodeLimits, Decoded, decode_when};
use file::{File, PLAIN};
use image::{DynamicImage, GrayImage};

const WIDTH: usize = 7;
const HEIGHT: usize = 5;

/// Grey levels that go over the picture.
fn levels() -> Vec<u8> {
    let level = |index| [0, 255, 51, 102, 153, 204][(index * index) % 6];
    (0..WIDTH * HEIGHT).map(level).collect()
}

fn read(file: &[u8]) -> Decoded<()> {
    decode_when(file, &DecodeLimits::default(), |_| ()).unwrap()
}

fn error(file: &[u8], limits: &DecodeLimits) -> String {
    let error = decode_when(file, limits, |_| ()).map(|_| ());
    error.unwrap_err().to_string()
}

fn grey(levels: Vec<u8>) -> DynamicImage {
    GrayImage::from_raw(WIDTH as u32, HEIGHT as u32, levels)
        .unwrap()
        .into()
}

/// Every way to write a file.
fn ways(bits: u16, format: u16, predictors: &[u16]) -> Vec<File> {
    let mut ways = Vec::new();
    for is_little in [true, false] {
        for is_deflated in [true, false] {
            for is_tiled in [true, false] {
                for &predictor in predictors {
                    ways.push(File {
                        is_little,
                        bits,
                        format,
                        predictor,
                        is_deflated,
                        is_tiled,
                        ..PLAIN
                    });
                }
            }
        }
    }
    ways
}

#[test]
fn whole_numbers_of_every_size_are_read() {
    let values: Vec<u64> = levels().into_iter().map(u64::from).collect();
    for (bits, format) in [(32, 1), (32, 2), (64, 1), (64, 2), (16, 2), (8, 2)] {
        for way in ways(bits, format, &[1, 2]) {
            // Of eight bits with a sign there are numbers up to 127 alone.
            let halved = |value: &u64| if bits == 8 { value / 2 } else { *value };
            let values: Vec<u64> = values.iter().map(halved).collect();
            let expected = values.iter().map(|&value| value as u8).collect();
            let read = read(&way.of(&values));
            assert_eq!(read.picture, grey(expected), "{bits} {format}");
            assert!(read.remark.unwrap().contains("0 to 255"));
        }
    }
    // Signed, and more than a byte: from the smallest to the largest.
    let signed = levels()
        .into_iter()
        .map(|level| (i64::from(level) * 1_000 - 9_000) as u64);
    let way = File { format: 2, ..PLAIN };
    assert_eq!(
        read(&way.of(&signed.collect::<Vec<u64>>())).picture,
        grey(levels())
    );
}

#[test]
fn numbers_with_places_are_read() {
    for bits in [32, 64] {
        for way in ways(bits, 3, &[1, 3]) {
            let unit = levels().into_iter().map(|level| f64::from(level) / 255.0);
            let decoded = read(&way.of_floats(unit));
            assert_eq!((decoded.picture, decoded.remark), (grey(levels()), None));
            let wide = levels()
                .into_iter()
                .map(|level| f64::from(level) * 7.0 - 3.5);
            let decoded = read(&way.of_floats(wide));
            assert_eq!(decoded.picture, grey(levels()), "{bits}");
            assert!(decoded.remark.unwrap().contains("smallest"));
        }
    }
    // One half, and one, in sixteen bits.
    let way = File {
        bits: 16,
        format: 3,
        ..PLAIN
    };
    let values: Vec<u64> = (0..WIDTH * HEIGHT)
        .map(|index| [0x3800, 0x3c00][index % 2])
        .collect();
    let expected = (0..WIDTH * HEIGHT)
        .map(|index| [128, 255][index % 2])
        .collect();
    assert_eq!(read(&way.of(&values)).picture, grey(expected));
}

#[test]
fn what_the_file_says_of_its_range_counts() {
    let four = |value: f32| value.to_le_bytes().to_vec();
    let way = File {
        format: 3,
        others: vec![(340, 11, 1, four(-100.0)), (341, 11, 1, four(155.0))],
        ..PLAIN
    };
    let values = levels()
        .into_iter()
        .map(|level| f64::from(level / 2) - 100.0);
    let decoded = read(&way.of_floats(values));
    let halved = levels().into_iter().map(|level| level / 2).collect();
    assert_eq!((decoded.picture, decoded.remark), (grey(halved), None));
    let white_first = File {
        photometric: 0,
        ..PLAIN
    };
    let values: Vec<u64> = levels().into_iter().map(u64::from).collect();
    let inverted = levels().into_iter().map(|level| 255 - level).collect();
    assert_eq!(read(&white_first.of(&values)).picture, grey(inverted));
}

#[test]
fn few_bits_palettes_and_several_values_a_pixel_are_read() {
    for bits in [2, 4] {
        let most = (1_u16 << bits) - 1;
        let values: Vec<u16> = (0..WIDTH * HEIGHT)
            .map(|index| index as u16 % (most + 1))
            .collect();
        let packed = |row: &[u16]| {
            let places = row.chunks(8 / bits);
            let byte = |values: &[u16]| {
                let all = values.iter().chain(&[0; 4]).take(8 / bits);
                all.fold(0, |byte, value| byte << bits | value) as u8
            };
            places.map(byte).collect::<Vec<u8>>()
        };
        let rows: Vec<Vec<u8>> = values.chunks(WIDTH).map(packed).collect();
        let way = File {
            bits: bits as u16,
            ..PLAIN
        };
        let expected = values
            .iter()
            .map(|value| (value * 255 / most) as u8)
            .collect();
        assert_eq!(
            read(&way.written(&rows)).picture,
            grey(expected),
            "{bits} bits"
        );
        // The same numbers as those of colours: red falls, green grows.
        let colours: Vec<u16> = (0..=most).map(|number| (most - number) * 0x1111).collect();
        let colours = [
            &colours[..],
            &(0..=most).map(|number| number * 0x1111).collect::<Vec<_>>(),
            &vec![0; colours.len()],
        ]
        .concat();
        let bytes = colours
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let way = File {
            photometric: 3,
            others: vec![(320, 3, colours.len() as u32, bytes)],
            ..way
        };
        let picture = read(&way.written(&rows)).picture.into_rgb8();
        for (pixel, value) in picture.pixels().zip(&values) {
            let [red, green] = [most - value, *value].map(|value| (value * 0x11) as u8);
            assert_eq!(pixel.0, [red, green, 0], "{bits} bits");
        }
    }
    let of_three = File {
        num_samples: 3,
        photometric: 2,
        ..PLAIN
    };
    let values: Vec<u64> = levels()
        .into_iter()
        .flat_map(|level| [u64::from(level), 255, 0])
        .collect();
    let picture = read(&of_three.of(&values)).picture.into_rgb8();
    assert!(
        picture
            .pixels()
            .zip(levels())
            .all(|(pixel, level)| pixel.0 == [level, 255, 0])
    );
    // Grey with alpha.
    let of_two = File {
        num_samples: 2,
        bits: 8,
        ..PLAIN
    };
    let values: Vec<u64> = levels()
        .into_iter()
        .flat_map(|level| [u64::from(level), 255])
        .collect();
    assert_eq!(read(&of_two.of(&values)).picture, grey(levels()));
}

#[test]
fn what_is_wrong_is_an_error_within_limits() {
    let defaults = DecodeLimits::default();
    let way = File {
        format: 3,
        is_deflated: true,
        ..PLAIN
    };
    let mut values: Vec<f64> = levels().into_iter().map(f64::from).collect();
    let sound = way.of_floats(values.iter().copied());
    values[9] = f64::NAN;
    let found = error(&way.of_floats(values.into_iter()), &defaults);
    assert!(found.contains("not numbers"), "{found}");
    for length in 0..sound.len() {
        error(&sound[..length], &defaults);
    }
    for place in 0..sound.len() {
        for bit in 0..8 {
            let mut damaged = sound.clone();
            damaged[place] ^= 1 << bit;
            let _ = decode_when(&damaged, &defaults, |_| ());
        }
    }
    let few = DecodeLimits {
        max_pixels: 34,
        ..defaults
    };
    assert!(error(&sound, &few).contains("35 pixels"));
    let little = DecodeLimits {
        max_memory_bytes: 100,
        ..defaults
    };
    assert!(error(&sound, &little).contains("bytes of memory"));
}
