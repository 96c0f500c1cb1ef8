//! Tests of the drawn paper.

#![allow(clippy::unwrap_used)]

use super::*;
use data::synthetic::{SyntheticSplit, draw_digit};

fn digit(digit: u8) -> [u8; IMAGE_PIXELS] {
    draw_digit(3, SyntheticSplit::Test, u64::from(digit), digit)
}

/// Mean brightness, 0 to 255, of the pixels whose place satisfies `wanted`.
fn brightness(sheet: &Sheet, wanted: impl Fn(u32, u32) -> bool) -> f32 {
    let levels: Vec<f32> = sheet
        .picture
        .enumerate_pixels()
        .filter(|&(x, y, _)| wanted(x, y))
        .map(|(_, _, pixel)| pixel.0.iter().map(|&level| f32::from(level)).sum::<f32>() / 3.0)
        .collect();
    levels.iter().sum::<f32>() / levels.len().max(1) as f32
}

#[test]
fn the_same_seed_and_index_give_the_same_picture() {
    for paper in Paper::ALL {
        let draw = |seed, index| Sheet::of_digit(&digit(4), paper, seed, index).picture;
        assert_eq!(draw(1, 2), draw(1, 2), "{paper}");
        assert_ne!(draw(1, 2), draw(1, 3), "{paper}");
        assert_ne!(draw(1, 2), draw(2, 2), "{paper}");
    }
}

#[test]
fn sizes_are_those_of_photos() {
    for index in 0..40 {
        let tiny = Sheet::of_digit(&digit(3), Paper::Tiny, 1, index).picture;
        assert_eq!(tiny.dimensions(), (16, 16));
        let (width, height) = Sheet::of_digit(&digit(3), Paper::Grey, 1, index)
            .picture
            .dimensions();
        assert!((64..=400).contains(&width) && (64..=400).contains(&height));
    }
}

#[test]
fn the_digit_is_in_its_box_and_ink_is_darker_than_paper_except_on_blackboards() {
    for paper in Paper::ALL {
        if matches!(paper, Paper::White | Paper::Tiny) {
            continue;
        }
        let sheet = Sheet::of_digit(&digit(8), paper, 1, 0);
        let [
            InkBox {
                left,
                top,
                width,
                height,
            },
        ] = sheet.boxes[..]
        else {
            panic!("one digit, one box");
        };
        assert!(left + width <= sheet.picture.width() && top + height <= sheet.picture.height());
        let is_inside =
            |x: u32, y: u32| (left..left + width).contains(&x) && (top..top + height).contains(&y);
        let inside = brightness(&sheet, is_inside);
        let outside = brightness(&sheet, |x, y| !is_inside(x, y));
        assert_eq!(
            inside > outside,
            paper == Paper::Blackboard,
            "{paper}: {inside}, {outside}"
        );
    }
}

#[test]
fn digits_of_a_line_are_apart_or_touch() {
    let digits = [digit(5), digit(1), digit(8), digit(0)];
    let digits: Vec<&[u8; IMAGE_PIXELS]> = digits.iter().collect();
    for index in 0..10 {
        let gaps = |spacing| {
            let sheet = Sheet::of_line(&digits, spacing, Paper::White, 1, index);
            let pairs = sheet.boxes.windows(2);
            let gap =
                |pair: &[InkBox]| i64::from(pair[1].left) - i64::from(pair[0].left + pair[0].width);
            pairs.map(gap).collect::<Vec<_>>()
        };
        assert!(gaps(Spacing::Apart).iter().all(|&gap| gap > 0));
        assert!(gaps(Spacing::Touching).iter().all(|&gap| gap < 0));
    }
}

#[test]
fn files_are_of_the_kind_that_the_extension_says() {
    for paper in Paper::ALL {
        let sheet = Sheet::of_digit(&digit(6), paper, 1, 0);
        let (bytes, extension) = sheet.encode().unwrap();
        let format = image::guess_format(&bytes).unwrap();
        assert!(format.extensions_str().contains(&extension));
        assert_eq!(paper.name().parse::<Paper>().unwrap(), paper);
    }
    assert!("papyrus".parse::<Paper>().is_err());
}
