//! Digits in forms: what is printed is left out, all digits are found, and cells give them their lines.

#![allow(clippy::unwrap_used)]

use base::IMAGE_PIXELS;
use data::picture::{Choice, Cluster, PictureOptions, Sign, SignKind, find_digits, prepare_digit};
use data::synthetic::{SyntheticSplit, draw_digit};
use image::{DynamicImage, GrayImage, Luma};
use papers::{Filled, Form, fill};

/// Pictures of each form.
const COUNT: u64 = 30;

fn digit(index: u64) -> [u8; IMAGE_PIXELS] {
    draw_digit(9, SyntheticSplit::Test, index, (index * 7 % 10) as u8)
}

fn filled(form: Form, num_digits: usize, index: u64) -> DynamicImage {
    DynamicImage::ImageLuma8(form_of(form, num_digits, index).picture)
}

fn form_of(form: Form, num_digits: usize, index: u64) -> Filled {
    let digits: Vec<[u8; IMAGE_PIXELS]> = (0..num_digits as u64)
        .map(|place| digit(index * 31 + place))
        .collect();
    let digits: Vec<&[u8; IMAGE_PIXELS]> = digits.iter().collect();
    fill(&digits, form, 3, index)
}

fn choices(picture: &DynamicImage) -> Vec<Choice> {
    let prepared = prepare_digit(picture, PictureOptions::default());
    prepared.map_or(Vec::new(), |prepared| prepared.choices)
}

fn clusters(picture: &DynamicImage) -> Vec<Cluster> {
    data::picture::find_digits(picture, PictureOptions::default()).unwrap_or_default()
}

/// How much two images have in common, from 0 to 1: the cosine of the angle between them, at the best of nine places.
fn likeness(left: &[u8; IMAGE_PIXELS], right: &[u8; IMAGE_PIXELS]) -> f64 {
    let product = |left: &[u8], right: &[u8]| -> f64 {
        let pairs = left.iter().zip(right);
        pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    let norm = (product(left, left) * product(right, right)).sqrt();
    let moved = [0_usize, 1, 2].map(|down| [0_usize, 1, 2].map(|across| 28 * down + across));
    let best = moved.as_flattened().iter().map(|&by| {
        // Moved so far on, less one row and one column.
        let (from_left, from_right) = if by >= 29 { (by - 29, 0) } else { (0, 29 - by) };
        product(&left[from_left..], &right[from_right..])
    });
    best.fold(0.0, f64::max) / norm.max(1.0)
}

#[test]
fn cells_and_boxes_give_their_digit() {
    for (form, least) in [(Form::Cell, 28), (Form::Boxed, 28)] {
        let found = (0..COUNT).filter(|&index| {
            let wanted = digit(index * 31);
            let choices = choices(&filled(form, 1, index));
            choices
                .iter()
                .any(|choice| likeness(&choice.pixels, &wanted) > 0.6)
        });
        let num = found.count();
        assert!(num >= least, "{form}: {num} of {COUNT}");
    }
}

#[test]
fn a_picture_is_never_blank_because_of_its_edges() {
    for form in [Form::Cell, Form::Boxed, Form::Tight] {
        let blank = (0..3 * COUNT).filter(|&index| choices(&filled(form, 1, index)).is_empty());
        assert_eq!(blank.count(), 0, "{form}");
    }
}

#[test]
fn forms_give_a_cluster_for_each_of_their_digits() {
    let forms = [
        Form::Joined,
        Form::Apart,
        Form::Comb,
        Form::Turned,
        Form::Dotted,
    ];
    for (form, least) in forms.into_iter().zip([27, 27, 27, 26, 26]) {
        let right = (0..COUNT).filter(|&index| {
            let found = clusters(&filled(form, 6, index));
            found.len() == 6 && found.iter().all(|cluster| cluster.line == 0)
        });
        let num = right.count();
        assert!(num >= least, "{form}: {num} of {COUNT}");
    }
}

/// The signs that stand beside digits where each of these is read by itself.
fn signs(picture: &DynamicImage) -> String {
    let found = clusters(picture);
    let variants = found.iter().filter_map(|cluster| cluster.variants.first());
    let mut signs: Vec<Sign> = variants
        .flat_map(|variant| variant.signs.iter().copied())
        .collect();
    signs.sort_by_key(|sign| sign.bounds.left);
    signs.iter().map(|sign| sign.kind.letter()).collect()
}

#[test]
fn signs_of_amounts_are_found_and_strings_without_have_none() {
    let right = (0..COUNT).filter(|&index| {
        let filled = form_of(Form::Amount, 4, index);
        let wanted = filled.signs.around("1234");
        let wanted: String = wanted.chars().filter(|sign| !sign.is_numeric()).collect();
        signs(&DynamicImage::ImageLuma8(filled.picture)) == wanted
    });
    let num = right.count();
    assert!(num >= 28, "{num} of {COUNT}");
    for form in [Form::Joined, Form::Apart, Form::Comb, Form::Turned] {
        let found = (0..COUNT).filter(|&index| !signs(&filled(form, 6, index)).is_empty());
        let num = found.count();
        assert!(num <= 1, "{form}: {num} of {COUNT}");
    }
}

/// Dark blocks on white paper: left, top, width and height of each.
fn blocks(blocks: &[[u32; 4]]) -> DynamicImage {
    DynamicImage::ImageLuma8(GrayImage::from_fn(360, 160, |x, y| {
        let is_in = |&[left, top, width, height]: &[u32; 4]| {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        };
        Luma([if blocks.iter().any(is_in) { 30 } else { 250 }])
    }))
}

#[test]
fn a_point_in_a_wide_place_may_be_thin_and_high_and_beside_a_low_digit() {
    let digit = |left| [left, 40, 40, 80];
    let (thin, high) = ([142, 113, 5, 5], [141, 101, 9, 9]);
    for point in [thin, high] {
        let picture = blocks(&[digit(20), digit(80), point, digit(170), digit(230)]);
        assert_eq!(signs(&picture), ".", "{point:?}");
    }
    // What stands before it is lower than most.
    let low = [70, 68, 50, 52];
    let picture = blocks(&[digit(20), low, [141, 112, 8, 8], digit(170), digit(230)]);
    assert_eq!(signs(&picture), ".");
}

#[test]
fn a_comma_that_hangs_under_all_digits_is_in_their_line() {
    let comma = [[134, 89, 7, 8], [133, 97, 7, 8], [132, 105, 7, 8]];
    let digits = [
        [20, 40, 30, 52],
        [90, 34, 30, 52],
        [190, 38, 30, 52],
        [250, 36, 30, 52],
    ];
    let picture = blocks(&[&digits[..], &comma].concat());
    assert_eq!(signs(&picture), ",");
    let found = clusters(&picture);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|cluster| cluster.line == 0));
}

#[test]
fn three_digits_at_different_heights_are_no_line_that_leans() {
    let digits = [[40, 30, 16, 60], [140, 46, 16, 60], [240, 62, 16, 60]];
    let found = clusters(&blocks(&digits));
    for (cluster, [left, top, ..]) in found.iter().zip(digits) {
        let bounds = cluster.variants[0].parts[0].bounds;
        assert_eq!((bounds.left, bounds.top), (left, top));
    }
}

#[test]
fn a_minus_does_not_make_a_level_line_lean() {
    // With it, and it alone, a line through all middles falls.
    let digit = |left| [left, 50, 16, 70];
    let picture = blocks(&[[20, 58, 60, 10], digit(110), digit(190), digit(270)]);
    let found = clusters(&picture);
    let tops: Vec<u32> = found
        .iter()
        .map(|cluster| cluster.variants[0].parts[0].bounds.top)
        .collect();
    assert_eq!(tops, [50, 50, 50]);
    assert_eq!(signs(&picture), "-");
}

#[test]
fn a_shadow_over_a_line_that_leans_is_no_ink() {
    let digits: Vec<[u32; 4]> = (0..5)
        .map(|place| [30 + 66 * place, 36 + 9 * place, 14, 64])
        .collect();
    let mut picture = blocks(&digits).into_luma8();
    for (_, y, level) in picture.enumerate_pixels_mut() {
        if y < 44 {
            level.0[0] /= 2;
        }
    }
    let found = clusters(&DynamicImage::ImageLuma8(picture));
    assert_eq!(found.len(), 5);
    for (cluster, [left, top, _, height]) in found.iter().zip(digits) {
        let parts = cluster.variants[0].parts.iter();
        let highest = parts
            .map(|part| part.bounds)
            .max_by_key(|bounds| bounds.height);
        let bounds = highest.unwrap();
        assert!(
            bounds.left.abs_diff(left) <= 12 && bounds.top.abs_diff(top) <= 6,
            "{bounds:?}"
        );
        assert!(bounds.height.abs_diff(height) <= 6, "{bounds:?}");
    }
}

#[test]
fn slashes_of_dates_and_percent_signs_are_found() {
    let signs_of = |form, index| {
        let filled = form_of(form, 4, index);
        let wanted = filled.signs.around("1234");
        let wanted: String = wanted.chars().filter(|sign| !sign.is_numeric()).collect();
        (wanted, signs(&DynamicImage::ImageLuma8(filled.picture)))
    };
    let right = (0..COUNT).filter(|&index| {
        let (wanted, found) = signs_of(Form::Date, index);
        wanted == found
    });
    let num = right.count();
    assert!(num >= 27, "{num} of {COUNT}");
    let (mut num, mut num_found) = (0, 0);
    for index in 0..COUNT {
        // Currency signs are for the network to tell.
        let (wanted, found) = signs_of(Form::Price, index);
        if wanted.ends_with('?') {
            num += 1;
            num_found += u32::from(found.ends_with('?'));
        }
    }
    assert!(
        num >= 10 && 4 * num_found >= 3 * num,
        "{num_found} of {num}"
    );
}

#[test]
fn slashes_are_kept_among_the_digits_where_that_is_asked() {
    let options = PictureOptions {
        keeps_slashes: true,
        ..PictureOptions::default()
    };
    let right = (0..COUNT).filter(|&index| {
        let filled = form_of(Form::Date, 4, index);
        let wanted = filled.signs.around("1234").matches('/').count();
        let found = find_digits(&DynamicImage::ImageLuma8(filled.picture), options).unwrap();
        let num_kept = found
            .iter()
            .filter(|cluster| cluster.sign.is_some())
            .count();
        let mut signs = found
            .iter()
            .flat_map(|cluster| &cluster.variants)
            .flat_map(|variant| &variant.signs);
        num_kept == wanted && signs.all(|sign| sign.kind != SignKind::Slash)
    });
    let num = right.count();
    assert!(num >= 27, "{num} of {COUNT}");
}

#[test]
fn rows_of_a_grid_are_lines() {
    // Three rows of four, the upper ones higher on the right, so that rows cannot be told by height alone.
    let side = 60;
    let picture = GrayImage::from_fn(300, 240, |x, y| {
        let (x, y) = (x.wrapping_sub(25), y.wrapping_sub(25));
        let is_inside = x <= 4 * side + 2 && y <= 3 * side + 2;
        let is_line = is_inside && (x % side < 2 || y % side < 2);
        let column = x / side;
        let top = 8 + 4 * (3 - column.min(3));
        let (in_x, in_y) = (x % side, y % side);
        let is_stroke = is_inside && (26..32).contains(&in_x) && (top..top + 34).contains(&in_y);
        // One cell is empty.
        let is_empty = column == 2 && y / side == 1;
        let level = if is_line || is_stroke && !is_empty {
            30
        } else {
            250
        };
        Luma([level])
    });
    let found = clusters(&DynamicImage::ImageLuma8(picture));
    let lines: Vec<usize> = found.iter().map(|cluster| cluster.line).collect();
    assert_eq!(lines, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2]);
    for cluster in &found {
        let bounds = cluster.variants[0].parts[0].bounds;
        assert!(bounds.width <= 14 && bounds.height < 40, "{bounds:?}");
    }
}

#[test]
fn both_light_and_dark_digits_off_the_middle_of_28_by_28_are_seen_in_the_middle_too() {
    let centred = digit(4);
    let corner = GrayImage::from_fn(28, 28, |x, y| {
        let (x, y) = (x + 7, y + 6);
        let is_inside = x < 28 && y < 28;
        Luma([if is_inside {
            centred[(y * 28 + x) as usize]
        } else {
            0
        }])
    });
    let found = choices(&DynamicImage::ImageLuma8(corner.clone()));
    assert_eq!(
        found[0].pixels.as_slice(),
        corner.as_raw(),
        "as it is, first"
    );
    assert!(
        found
            .iter()
            .any(|choice| likeness(&choice.pixels, &centred) > 0.6)
    );
    // In the middle, it is one of MNIST's form and nothing else.
    let middle = GrayImage::from_raw(28, 28, centred.to_vec()).unwrap();
    assert_eq!(choices(&DynamicImage::ImageLuma8(middle)).len(), 1);
}

#[test]
fn the_same_seed_and_index_fill_the_same_form() {
    for form in Form::ALL {
        let num_digits = form.num_digits().0;
        assert_eq!(
            filled(form, num_digits, 4),
            filled(form, num_digits, 4),
            "{form}"
        );
        assert_eq!(form.name().parse::<Form>().unwrap(), form);
    }
    assert!("table".parse::<Form>().is_err());
}
