//! Tests of the pictures, on drawn digits and on pictures of odd sizes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use image::imageops::{self, FilterType};
use image::{LumaA, Rgb, RgbImage};

use image::{GrayImage, Luma};

use super::*;
use crate::decode::DecodeError;
use crate::synthetic::{SyntheticSplit, draw_digit};

const SIDE: u32 = IMAGE_SIDE as u32;

fn to_mnist(image: &DynamicImage) -> Result<[u8; IMAGE_PIXELS], PictureError> {
    super::to_mnist(image, PictureOptions::default())
}

fn digit(digit: u8) -> GrayImage {
    let pixels = draw_digit(6, SyntheticSplit::Test, u64::from(digit), digit);
    GrayImage::from_raw(SIDE, SIDE, pixels.to_vec()).unwrap()
}

fn inverted(image: &GrayImage) -> GrayImage {
    let mut image = image.clone();
    imageops::invert(&mut image);
    image
}

/// Mean difference of two images, in levels of grey.
fn difference(left: &[u8], right: &[u8]) -> f32 {
    let sum: u32 = left
        .iter()
        .zip(right)
        .map(|(&a, &b)| u32::from(a.abs_diff(b)))
        .sum();
    sum as f32 / left.len() as f32
}

#[test]
fn mnist_form_is_left_to_the_bit() {
    for label in 0..10 {
        let image = digit(label);
        let same = to_mnist(&DynamicImage::ImageLuma8(image.clone())).unwrap();
        assert_eq!(same.as_slice(), image.as_raw());
        let colour = DynamicImage::ImageLuma8(image.clone()).to_rgba8();
        let same = to_mnist(&DynamicImage::ImageRgba8(colour)).unwrap();
        assert_eq!(same.as_slice(), image.as_raw());
    }
}

#[test]
fn dark_ink_on_light_paper_is_turned_round() {
    for label in 0..10 {
        let image = digit(label);
        let turned = to_mnist(&DynamicImage::ImageLuma8(inverted(&image))).unwrap();
        assert!(difference(&turned, image.as_raw()) < 2.0, "digit {label}");
    }
}

#[test]
fn a_large_grainy_picture_is_boxed_and_centred() {
    for label in 0..10 {
        let image = digit(label);
        let large = imageops::resize(&image, 280, 280, FilterType::Triangle);
        // Dark blue ink off the middle of beige, grainy paper.
        let picture = RgbImage::from_fn(900, 700, |x, y| {
            let ink = match (x.checked_sub(40), y.checked_sub(330)) {
                (Some(x), Some(y)) if x < 280 && y < 280 => large.get_pixel(x, y).0[0],
                _ => 0,
            };
            let grain = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) % 13;
            let mixed = |paper: u32, pen: u32| {
                ((paper * (255 - u32::from(ink)) + pen * u32::from(ink)) / 255 + grain) as u8
            };
            Rgb([mixed(220, 30), mixed(210, 35), mixed(190, 90)])
        });
        let boxed = to_mnist(&DynamicImage::ImageRgb8(picture)).unwrap();
        assert!(difference(&boxed, image.as_raw()) < 16.0, "digit {label}");
        assert!(boxed.iter().filter(|&&pixel| pixel > 0).count() < IMAGE_PIXELS / 2);
        assert!(boxed[..IMAGE_SIDE].iter().all(|&pixel| pixel == 0));
    }
}

/// A digit without any paper around it, on its longer side of so many pixels.
fn cut_out(image: &GrayImage, longest: u32) -> GrayImage {
    let (left, top, width, height) = crate::bilevel::ink_box(image).unwrap();
    let digit = imageops::crop_imm(image, left, top, width, height).to_image();
    let side = |side: u32| (side * longest).div_ceil(width.max(height));
    imageops::resize(&digit, side(width), side(height), FilterType::Triangle)
}

#[test]
fn a_digit_that_fills_its_picture_is_seen_as_one() {
    for label in 0..10 {
        let image = digit(label);
        for (longest, most) in [(10, 20.0), (16, 24.0), (60, 24.0), (200, 24.0)] {
            let light = cut_out(&image, longest);
            for grey in [inverted(&light), light] {
                let grey = DynamicImage::ImageLuma8(grey);
                let prepared = prepare_digit(&grey, PictureOptions::default()).unwrap();
                let differences = prepared
                    .choices
                    .iter()
                    .map(|choice| difference(choice.pixels.as_slice(), image.as_raw()));
                let least = differences.fold(f32::INFINITY, f32::min);
                assert!(least < most, "digit {label} at {longest}: {least}");
            }
        }
    }
}

#[test]
fn what_is_transparent_is_white_paper() {
    let image = digit(3);
    let drawn =
        image::ImageBuffer::from_fn(SIDE, SIDE, |x, y| LumaA([0, image.get_pixel(x, y).0[0]]));
    let pixels = to_mnist(&DynamicImage::ImageLumaA8(drawn)).unwrap();
    assert!(difference(&pixels, image.as_raw()) < 2.0);
}

#[test]
fn a_blank_picture_has_no_ink() {
    for level in [0, 128, 255] {
        for side in [1, SIDE, 100] {
            let blank = GrayImage::from_pixel(side, side, Luma([level]));
            let result = to_mnist(&DynamicImage::ImageLuma8(blank));
            assert!(matches!(result, Err(PictureError::NoInk)));
        }
    }
    let faint = GrayImage::from_fn(90, 90, |x, y| Luma([240 + ((x * 31 + y * 17) % 10) as u8]));
    assert!(matches!(
        to_mnist(&DynamicImage::ImageLuma8(faint)),
        Err(PictureError::NoInk)
    ));
}

#[test]
fn an_empty_picture_is_an_error() {
    let result = to_mnist(&DynamicImage::new_luma8(0, 7));
    assert!(matches!(
        result,
        Err(PictureError::Empty {
            width: 0,
            height: 7
        })
    ));
}

#[test]
fn odd_sizes_and_contents_do_not_panic() {
    let sizes = [
        (1, 1),
        (1, 1000),
        (1000, 1),
        (3, 3),
        (2, 1),
        (28, 29),
        (20, 20),
        (500, 2),
    ];
    for (width, height) in sizes {
        for step in 1..40_u32 {
            let image = GrayImage::from_fn(width, height, |x, y| {
                Luma([(x.wrapping_mul(step * 37) ^ y.wrapping_mul(step * 101)) as u8])
            });
            let _ = to_mnist(&DynamicImage::ImageLuma8(image));
        }
    }
}

#[test]
fn files_are_opened_by_content_and_absent_ones_are_errors() {
    let image = DynamicImage::ImageLuma8(digit(7));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("digit.jpg");
    image
        .save_with_format(&path, image::ImageFormat::Png)
        .unwrap();
    assert_eq!(open(&path).unwrap(), image);
    assert!(matches!(
        open(&folder.path().join("none.png")),
        Err(PictureError::Decode(DecodeError::Io(_)))
    ));
}

#[test]
fn slanting_digits_are_set_upright_where_that_is_asked() {
    let options = PictureOptions {
        deskew: true,
        ..PictureOptions::default()
    };
    // A stroke that leans by a half.
    let leaning = GrayImage::from_fn(160, 160, |x, y| {
        let middle = 80.0 - 0.5 * (y as f32 - 80.0);
        let is_ink = (20..140).contains(&y) && (x as f32 - middle).abs() < 7.0;
        Luma([if is_ink { 20 } else { 240 }])
    });
    let picture = DynamicImage::ImageLuma8(leaning);
    let width = |pixels: &[u8; IMAGE_PIXELS]| {
        let image = GrayImage::from_raw(SIDE, SIDE, pixels.to_vec()).unwrap();
        Extent::of_ink(&image).unwrap().width()
    };
    let (as_it_is, upright) = (
        to_mnist(&picture).unwrap(),
        super::to_mnist(&picture, options).unwrap(),
    );
    assert!(width(&as_it_is) > 8 && width(&upright) < 6);
    let names: Vec<&str> = trace(&picture, options)[0]
        .steps
        .iter()
        .map(|step| step.name)
        .collect();
    assert!(names.contains(&"upright"), "{names:?}");
    // What is in MNIST's form stays, to the bit.
    let image = digit(7);
    let same = super::to_mnist(&DynamicImage::ImageLuma8(image.clone()), options).unwrap();
    assert_eq!(same.as_slice(), image.as_raw().as_slice());
}
