#![allow(clippy::unwrap_used)]

use super::*;
use crate::synthetic::{SyntheticConfig, draw};
use base::IMAGE_SIDE;
use image::Luma;

fn digits() -> LabeledImages {
    let config = SyntheticConfig {
        num_train: 40,
        num_test: 1,
        seed: 1,
    };
    draw(&config).train
}

const CUT: NumPairs = NumPairs { cut: 60, whole: 0 };

#[test]
fn there_are_digits_and_what_is_none_and_the_same_for_a_seed() {
    let found = cuttings(&digits(), CUT, 1);
    assert!(found.digits.len() > 30, "{}", found.digits.len());
    let num_none = found.none.len() / IMAGE_PIXELS;
    assert!(num_none > 30, "{num_none}");
    assert_eq!(found.len(), found.digits.len() + num_none);
    assert_eq!(found, cuttings(&digits(), CUT, 1));
    assert_ne!(found, cuttings(&digits(), CUT, 2));
    assert!(cuttings(&LabeledImages::default(), CUT, 1).is_empty());
}

/// Two digits squeezed into one box are mostly wider than high, one seldom, but with other pens.
#[test]
fn what_is_none_is_mostly_wide() {
    let found = cuttings(&digits(), CUT, 1);
    let is_wide = |image: &&[u8]| {
        let rows = image.chunks_exact(IMAGE_SIDE);
        let high = rows
            .filter(|row| row.iter().any(|&pixel| pixel > 64))
            .count();
        let has_ink = |&x: &usize| {
            image
                .iter()
                .skip(x)
                .step_by(IMAGE_SIDE)
                .any(|&pixel| pixel > 64)
        };
        (0..IMAGE_SIDE).filter(has_ink).count() > high
    };
    let share = |pixels: &[u8]| {
        let wide = pixels.chunks_exact(IMAGE_PIXELS).filter(is_wide).count();
        wide as f32 / (pixels.len() / IMAGE_PIXELS) as f32
    };
    let (none, digits) = (share(&found.none), share(found.digits.pixels()));
    assert!(none > 1.5 * digits && none > 0.4, "{none} {digits}");
}

/// Where pairs are asked for, those that are left uncut are pairs too, and nothing else changes.
#[test]
fn what_is_whole_is_a_pair_where_pairs_are_asked_for() {
    let without = cuttings(&digits(), CUT, 1);
    let found = cuttings(&digits(), NumPairs { whole: 25, ..CUT }, 1);
    assert!(without.pairs.is_empty());
    assert_eq!(found.digits, without.digits);
    let num_whole = (without.none.len() - found.none.len()) / IMAGE_PIXELS;
    assert!(num_whole > 10, "{num_whole}");
    assert_eq!(found.pairs.len(), num_whole + 25);
    let digits = digits();
    let is_there = |label: u8| digits.labels().contains(&label);
    let labels = found.pairs.labels();
    assert!(
        labels
            .iter()
            .all(|label| is_there(label / 10) && is_there(label % 10))
    );
    assert!(labels.iter().any(|&label| label >= 10));
}

#[test]
fn the_second_digit_first_touches_where_rows_meet() {
    let square = |left: u32| {
        GrayImage::from_fn(20, 20, |x, y| {
            let is_ink = (left..left + 5).contains(&x) && (5..10).contains(&y);
            Luma([if is_ink { 255 } else { 0 }])
        })
    };
    assert_eq!(contact(&square(3), &square(6), 0), 2);
    assert_eq!(contact(&square(3), &square(6), 4), 2);
    assert_eq!(contact(&square(3), &square(6), 9), 20, "no row in common");
}
