//! Tests on drawn digits that stand in lines on paper: with nobody to read them, by their places.

#![allow(clippy::unwrap_used)]

use image::{DynamicImage, GrayImage, Luma, imageops};

use base::{IMAGE_PIXELS, IMAGE_SIDE};
use data::picture::{Bounds, Cluster, Part, PictureError, PictureOptions, Variant};
use data::synthetic::{SyntheticSplit, draw_digit};
use papers::{InkBox, Paper, Sheet, Spacing};

fn find_digits(image: &DynamicImage) -> Result<Vec<Cluster>, PictureError> {
    data::picture::find_digits(image, PictureOptions::default())
}

fn digit(label: u8) -> [u8; IMAGE_PIXELS] {
    draw_digit(11, SyntheticSplit::Test, u64::from(label), label)
}

fn sheet(labels: &[u8], spacing: Spacing, paper: Paper, index: u64) -> Sheet {
    let digits: Vec<[u8; IMAGE_PIXELS]> = labels.iter().map(|&label| digit(label)).collect();
    let digits: Vec<&[u8; IMAGE_PIXELS]> = digits.iter().collect();
    Sheet::of_line(&digits, spacing, paper, 5, index)
}

fn clusters(sheet: &Sheet) -> Vec<Cluster> {
    find_digits(&DynamicImage::ImageRgb8(sheet.picture.clone())).unwrap()
}

fn whole(cluster: &Cluster) -> &Part {
    let variant = &cluster.variants[0];
    let end = variant.num_cuts + 1;
    let is_whole = |part: &&Part| part.from == 0 && part.to == end;
    variant.parts.iter().find(is_whole).unwrap()
}

/// The common part of two rectangles in the smallest one around both.
fn agreement(found: Bounds, truth: InkBox) -> f32 {
    let shared = |low: u32, length: u32, other: u32, other_length: u32| {
        let end = (low + length).min(other + other_length);
        end.saturating_sub(low.max(other)) as f32
    };
    let width = shared(found.left, found.width, truth.left, truth.width);
    let height = shared(found.top, found.height, truth.top, truth.height);
    let both = (found.width * found.height + truth.width * truth.height) as f32;
    width * height / (both - width * height)
}

#[test]
fn digits_that_stand_apart_are_found_where_they_are() {
    let (mut num_right, mut num_all) = (0, 0);
    for paper in [
        Paper::White,
        Paper::Squared,
        Paper::Shadow,
        Paper::Blackboard,
    ] {
        for index in 0..6 {
            let sheet = sheet(&[4, 0, 7, 1, 9], Spacing::Apart, paper, index);
            let clusters = clusters(&sheet);
            let places: Vec<Bounds> = clusters
                .iter()
                .map(|cluster| whole(cluster).bounds)
                .collect();
            let is_right = places.len() == sheet.boxes.len()
                && clusters.iter().all(|cluster| cluster.line == 0)
                && places
                    .iter()
                    .zip(&sheet.boxes)
                    .all(|(&place, &truth)| agreement(place, truth) > 0.6);
            num_all += 1;
            num_right += u32::from(is_right);
        }
    }
    assert!(num_right + 2 >= num_all, "{num_right} of {num_all}");
}

#[test]
fn of_digits_that_touch_one_of_the_parts_is_each() {
    let (mut num_right, mut num_all) = (0, 0);
    for first in 0..10 {
        for second in [0, 3, 6, 8] {
            let sheet = sheet(&[first, second], Spacing::Touching, Paper::White, 1);
            let clusters = clusters(&sheet);
            let is_found = |&truth: &InkBox| {
                let mut parts = clusters.iter().flat_map(Cluster::parts);
                parts.any(|part| agreement(part.bounds, truth) > 0.7)
            };
            num_all += 1;
            num_right += u32::from(sheet.boxes.iter().all(is_found));
        }
    }
    assert!(num_right >= num_all * 8 / 10, "{num_right} of {num_all}");
}

#[test]
fn every_way_from_end_to_end_has_its_parts_in_order() {
    let sheet = sheet(&[5, 8], Spacing::Touching, Paper::White, 3);
    for variant in clusters(&sheet)
        .iter()
        .flat_map(|cluster| &cluster.variants)
    {
        let end = variant.num_cuts + 1;
        for part in &variant.parts {
            assert!(part.from < part.to && part.to <= end);
            assert!(part.pixels.iter().any(|&pixel| pixel > 128));
            assert!(part.bounds.left + part.bounds.width <= sheet.picture.width() + 1);
        }
    }
}

#[test]
fn lines_are_read_from_the_top_and_from_the_left() {
    let mut page = GrayImage::from_pixel(400, 300, Luma([250]));
    // Written in another order than it is read in; the second line slants.
    let places = [(7, 250, 190), (3, 60, 40), (9, 60, 170), (1, 200, 50)];
    for (label, x, y) in places {
        let side = IMAGE_SIDE as u32;
        let mut ink = GrayImage::from_raw(side, side, digit(label).to_vec()).unwrap();
        imageops::invert(&mut ink);
        let ink = imageops::resize(&ink, 84, 84, imageops::FilterType::Triangle);
        for (left, top, pixel) in ink.enumerate_pixels() {
            let under = page.get_pixel_mut(x + left, y + top);
            under.0[0] = under.0[0].min(pixel.0[0]);
        }
    }
    let found = find_digits(&DynamicImage::ImageLuma8(page)).unwrap();
    let places: Vec<(usize, u32)> = found
        .iter()
        .map(|cluster| (cluster.line, whole(cluster).bounds.left))
        .collect();
    assert_eq!(places.len(), 4, "{places:?}");
    assert_eq!(
        places.iter().map(|place| place.0).collect::<Vec<_>>(),
        [0, 0, 1, 1]
    );
    assert!(places[0].1 < places[1].1 && places[2].1 < places[3].1);
}

#[test]
fn a_picture_in_mnist_form_is_one_digit_to_the_bit() {
    let pixels = digit(6);
    let side = IMAGE_SIDE as u32;
    let image = GrayImage::from_raw(side, side, pixels.to_vec()).unwrap();
    let found = find_digits(&DynamicImage::ImageLuma8(image)).unwrap();
    assert_eq!(found.len(), 1);
    let parts: Vec<&Part> = found[0].parts().collect();
    assert_eq!(parts.len(), 1);
    assert_eq!(*parts[0].pixels, pixels);
}

#[test]
fn paper_alone_and_odd_pictures_are_errors_and_no_panics() {
    for (width, height) in [(300, 80), (1, 1), (1, 900), (900, 1), (7, 3)] {
        let blank = GrayImage::from_pixel(width, height, Luma([240]));
        let found = find_digits(&DynamicImage::ImageLuma8(blank));
        assert!(
            matches!(found, Err(PictureError::NoInk)),
            "{width}×{height}"
        );
        let noise = GrayImage::from_fn(width, height, |x, y| {
            Luma([(x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) as u8])
        });
        let _ = find_digits(&DynamicImage::ImageLuma8(noise));
    }
    let empty = find_digits(&DynamicImage::new_luma8(0, 5));
    assert!(matches!(
        empty,
        Err(PictureError::Empty {
            width: 0,
            height: 5
        })
    ));
}

/// Paper with upright strokes, 60 high, and other ink: left, top, width and height of each.
fn marks(marks: &[(u32, u32, u32, u32)]) -> DynamicImage {
    let mut page = GrayImage::from_pixel(420, 140, Luma([250]));
    for &(left, top, width, height) in marks {
        for x in left..left + width {
            for y in top..top + height {
                page.put_pixel(x, y, Luma([30]));
            }
        }
    }
    DynamicImage::ImageLuma8(page)
}

#[test]
fn low_ink_is_of_the_digit_beside_it_or_of_none() {
    let strokes = [(60, 40, 9, 60), (200, 40, 9, 60), (330, 40, 9, 60)];
    // A bar beside the second one, and dirt far from all.
    let found = find_digits(&marks(
        &[&strokes[..], &[(218, 42, 16, 8), (268, 70, 9, 9)]].concat(),
    ));
    let found = found.unwrap();
    let counts: Vec<usize> = found.iter().map(|cluster| cluster.variants.len()).collect();
    assert_eq!(counts, [1, 2, 1]);
    let [without, with] = &found[1].variants[..] else {
        unreachable!("two variants");
    };
    assert!(without.left_out > 0.1 && with.left_out == 0.0);
    let widest = |variant: &Variant| {
        let widths = variant.parts.iter().map(|part| part.bounds.width);
        widths.max().unwrap()
    };
    assert!(widest(without) < 16 && widest(with) > 30);
    assert!(found.iter().all(|cluster| cluster.line == 0));
}

/// A low angle of two strokes may be a digit that lies flat; a bar as wide and as thick is none.
#[test]
fn a_digit_that_lies_flat_is_found_and_a_bar_is_not() {
    let strokes = [
        (20, 40, 9, 60),
        (80, 40, 9, 60),
        (250, 40, 9, 60),
        (330, 40, 9, 60),
    ];
    let lying = [(160, 60, 44, 6), (160, 60, 6, 22), (160, 78, 26, 6)];
    let bar = [(160, 66, 44, 8)];
    let lefts = |ink: &[(u32, u32, u32, u32)]| -> Vec<u32> {
        let found = find_digits(&marks(&[&strokes[..], ink].concat())).unwrap();
        found
            .iter()
            .map(|cluster| whole(cluster).bounds.left)
            .collect()
    };
    let found = lefts(&lying);
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found[2].abs_diff(160) < 4);
    assert_eq!(lefts(&bar).len(), 4);
    // Under a digit it is none either.
    let under = lying.map(|(left, top, width, height)| (left + 70, top + 46, width, height));
    assert_eq!(lefts(&under).len(), 4);
}

#[test]
fn strokes_that_stand_close_may_be_one_digit() {
    let close = [(60, 40, 9, 50), (76, 40, 9, 60), (150, 40, 9, 60)];
    let found = find_digits(&marks(&close)).unwrap();
    let widths: Vec<Option<u32>> = found
        .iter()
        .map(|cluster| cluster.with_next.as_ref().map(|part| part.bounds.width))
        .collect();
    assert_eq!(widths.len(), 3);
    assert!(
        widths[0].is_some_and(|width| width.abs_diff(25) < 4),
        "{widths:?}"
    );
    assert_eq!(widths[1..], [None, None]);
    // What is read is in the order of what goes through the network.
    assert_eq!(
        found[0].parts().count(),
        found[0].variants[0].parts.len() + 1
    );
}

#[test]
fn dots_above_each_other_are_no_digit() {
    let strokes = [(60, 40, 9, 60), (200, 40, 9, 60), (330, 40, 9, 60)];
    let near = [(222, 50, 9, 14), (222, 76, 9, 14)];
    let far = [(260, 50, 9, 14), (260, 76, 9, 14)];
    for (dots, variants) in [(near, [1, 2, 1]), (far, [1, 1, 1])] {
        let found = find_digits(&marks(&[&strokes[..], &dots[..]].concat())).unwrap();
        let counts: Vec<usize> = found.iter().map(|cluster| cluster.variants.len()).collect();
        assert_eq!(counts, variants);
    }
    // Two halves of a stroke are one still.
    let broken = [&strokes[..2], &[(330, 40, 9, 28), (330, 72, 9, 28)]].concat();
    let found = find_digits(&marks(&broken)).unwrap();
    assert_eq!(found.len(), 3);
}

#[test]
fn dirt_under_a_line_is_no_line_and_small_digits_are_one() {
    let strokes = [(60, 20, 9, 60), (150, 20, 9, 60), (240, 20, 9, 60)];
    let dirt = find_digits(&marks(&[&strokes[..], &[(170, 88, 9, 9)]].concat())).unwrap();
    assert_eq!(dirt.len(), 3);
    assert_eq!(dirt[1].variants.len(), 2);
    let small = [(60, 110, 5, 20), (90, 110, 5, 20), (120, 110, 5, 20)];
    let lines = find_digits(&marks(&[&strokes[..], &small[..]].concat())).unwrap();
    let lines: Vec<usize> = lines.iter().map(|cluster| cluster.line).collect();
    assert_eq!(lines, [0, 0, 0, 1, 1, 1]);
}

/// Patterns that are no numbers take no longer for being large: they are refused, or looked at in part, and said to be.
#[test]
fn a_page_of_dots_is_bounded() {
    let dots = |side: u32, pitch: u32| {
        let dot = |x: u32, y: u32| (x % pitch) * 2 < pitch && (y % pitch) * 2 < pitch;
        GrayImage::from_fn(side, side, |x, y| Luma([if dot(x, y) { 20 } else { 235 }]))
    };
    let error = find_digits(&DynamicImage::ImageLuma8(dots(400, 8))).unwrap_err();
    assert!(
        matches!(error, PictureError::TooManyMarks { .. }),
        "{error}"
    );
    let found = find_digits(&DynamicImage::ImageLuma8(dots(120, 8))).unwrap();
    let num_parts: usize = found.iter().map(|cluster| cluster.parts().count()).sum();
    assert!(num_parts <= 2_000 + found.len(), "{num_parts} parts");
    assert!(found.iter().any(|cluster| cluster.is_uncut));
    assert!(!found[0].is_uncut);
}
