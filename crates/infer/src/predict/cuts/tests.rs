#![allow(clippy::unwrap_used)]
use super::*;
use base::IMAGE_PIXELS;
use data::picture::{Bounds, Variant};
use model::NUM_PAIRS;

use crate::predict::Digit;

fn part(from: usize, to: usize, width: f32) -> Part {
    let bounds = Bounds {
        left: from as u32,
        top: 0,
        width: 1,
        height: 1,
    };
    Part {
        from,
        to,
        bounds,
        relative_size: (width, 1.0),
        pixels: Box::new([0; IMAGE_PIXELS]),
    }
}

/// Logits of which one stands out by so much.
fn logits(label: usize, by: f32) -> [f32; NUM_DIGITS] {
    std::array::from_fn(|class| if class == label { by } else { 0.0 })
}

/// What is read of clusters, of which the network says this.
fn read<const N: usize>(clusters: &[Cluster], logits: &[[f32; N]], length: Length) -> Reading {
    read_digits(
        clusters,
        logits.as_flattened(),
        Temperature::default(),
        length,
    )
}

fn labels(cluster: &Cluster, logits: &[[f32; NUM_DIGITS]]) -> Vec<usize> {
    let digits = read(std::slice::from_ref(cluster), logits, Length::default());
    digits.digits.iter().map(|digit| digit.label).collect()
}

fn pair(width: f32) -> Cluster {
    let parts = vec![
        part(0, 2, width),
        part(0, 1, width / 2.0),
        part(1, 2, width / 2.0),
    ];
    Cluster {
        line: 2,
        variants: vec![Variant {
            num_cuts: 1,
            parts,
            left_out: 0.0,
            signs: Vec::new(),
            num_taken_signs: 0,
        }],
        is_uncut: false,
        is_in_cell: false,
        sign: None,
        with_next: None,
    }
}

#[test]
fn the_network_says_whether_to_cut() {
    let sure = |label| logits(label, 12.0);
    let none = |label| logits(label, 0.5);
    assert_eq!(labels(&pair(0.8), &[sure(8), none(3), none(3)]), [8]);
    assert_eq!(labels(&pair(0.8), &[none(8), sure(1), sure(7)]), [1, 7]);
    // Both may be: one digit of an ordinary width, two where it is too wide for one.
    let both = [logits(8, 16.0), logits(1, 11.8), logits(7, 11.8)];
    assert_eq!(labels(&pair(0.8), &both), [8]);
    assert_eq!(labels(&pair(1.6), &both), [1, 7]);
}

fn exactly(num_digits: u8) -> Length {
    Length::exactly(num_digits.try_into().unwrap())
}

/// What is read of clusters that have so many digits.
fn text_of(clusters: &[Cluster], logits: &[[f32; NUM_DIGITS]], num_digits: u8) -> String {
    read(clusters, logits, exactly(num_digits)).text()
}

#[test]
fn a_known_number_of_digits_says_whether_to_cut() {
    let both = [logits(8, 14.0), logits(1, 12.0), logits(7, 12.0)];
    assert_eq!(text_of(&[pair(0.8)], &both, 1), "8");
    assert_eq!(text_of(&[pair(0.8)], &both, 2), "17");
    // Beside another digit it is one where there are two in all, and two where there are three.
    let line = [
        pair(0.8),
        Cluster {
            line: 2,
            ..Cluster::of_digit([0; IMAGE_PIXELS])
        },
    ];
    let rows = [&both[..], &[logits(4, 9.0)]].concat();
    assert_eq!(text_of(&line, &rows, 2), "84");
    assert_eq!(text_of(&line, &rows, 3), "174");
}

#[test]
fn what_is_more_than_a_known_number_of_digits_is_left_out() {
    let mut line = [(); 4].map(|()| Cluster::of_digit([0; IMAGE_PIXELS]));
    line[1].variants[0].signs.push(Sign {
        kind: SignKind::Point,
        line: 0,
        bounds: part(1, 2, 0.1).bounds,
    });
    let rows = [
        logits(5, 14.0),
        logits(6, 0.2),
        logits(3, 14.0),
        logits(2, 4.0),
    ];
    let fit = |num_digits| read(&line, &rows, exactly(num_digits)).fit;
    assert_eq!(fit(2), Fit::OtherLength);
    assert_eq!(fit(3), Fit::LeavesMarks);
    assert_eq!(fit(4), Fit::Whole);
    assert_eq!(text_of(&line, &rows, 2), "53");
    assert_eq!(text_of(&line, &rows, 3), "532");
    assert_eq!(text_of(&line, &rows, 4), "5632");
    // So many cannot be read: it is read as if that were not known.
    let unknown = read(&line, &rows, Length::default());
    assert_eq!(text_of(&line, &rows, 5), unknown.text());
    assert_eq!(unknown.signs.len(), 1);
}

#[test]
fn a_slash_is_a_digit_where_one_is_missing() {
    let mut line = [(); 3].map(|()| Cluster::of_digit([0; IMAGE_PIXELS]));
    line[1].sign = Some(SignKind::Slash);
    for (cluster, left) in line.iter_mut().zip([0, 40, 80]) {
        cluster.variants[0].parts[0].bounds.left = left;
    }
    let rows = [logits(5, 9.0), logits(1, 14.0), logits(3, 9.0)];
    assert_eq!(text_of(&line, &rows, 2), "53");
    assert_eq!(text_of(&line, &rows, 3), "513");
    // So many are not there.
    assert_eq!(text_of(&line, &rows, 4), "5/3");
}

#[test]
fn where_others_stand_apart_cuts_are_less_likely() {
    let both = [logits(8, 14.0), logits(1, 12.0), logits(7, 12.0)];
    assert_eq!(labels(&pair(0.8), &both), [1, 7]);
    let apart = Cluster {
        line: 2,
        ..Cluster::of_digit([0; IMAGE_PIXELS])
    };
    let line = [pair(0.8), apart.clone(), apart.clone(), apart];
    let logits = [&both[..], &[logits(4, 9.0); 3]].concat();
    let digits = read(&line, &logits, Length::default()).digits;
    let labels: Vec<usize> = digits.iter().map(|digit| digit.label).collect();
    assert_eq!(labels, [8, 4, 4, 4]);
}

#[test]
fn dirt_is_left_out_where_the_network_knows_the_rest() {
    let point = Sign {
        kind: SignKind::Point,
        line: 0,
        bounds: part(1, 2, 0.1).bounds,
    };
    let variant = |left_out| Variant {
        num_cuts: 0,
        parts: vec![part(0, 1, 0.6)],
        left_out,
        signs: if left_out > 0.0 {
            vec![point]
        } else {
            Vec::new()
        },
        num_taken_signs: 0,
    };
    let cluster = Cluster {
        line: 0,
        variants: vec![variant(0.2), variant(0.0)],
        is_uncut: false,
        is_in_cell: false,
        sign: None,
        with_next: None,
    };
    let (sure, none) = (logits(5, 12.0), logits(6, 0.5));
    for (logits, signs) in [([sure, none], &[point][..]), ([none, sure], &[])] {
        let found = read(std::slice::from_ref(&cluster), &logits, Length::default());
        let labels: Vec<usize> = found.digits.iter().map(|digit| digit.label).collect();
        assert_eq!(labels, [5]);
        // What a digit has as a part of it is no sign.
        assert_eq!(found.signs, signs);
    }
}

#[test]
fn a_way_needs_all_of_its_parts() {
    // The part from the cut to the end is missing: it could be no digit.
    let mut cluster = pair(1.4);
    cluster.variants[0].parts.truncate(2);
    assert_eq!(labels(&cluster, &[logits(8, 0.5), logits(1, 12.0)]), [8]);
}

#[test]
fn digits_know_their_line_place_and_scaled_probability() {
    let logits = [logits(8, 0.5), logits(1, 6.0), logits(7, 6.0)];
    let digits = read(&[pair(1.2)], &logits, Length::default()).digits;
    assert_eq!(digits[1].line, 2);
    assert_eq!(digits[1].bounds.left, 1);
    let expected = 6.0_f64.exp() / (6.0_f64.exp() + 9.0);
    assert!((digits[1].probability - expected).abs() < 1e-6);
    assert_ne!(digits[1].runner_up.0, digits[1].label);
    assert!((digits[1].runner_up.1 - (1.0 - expected) / 9.0).abs() < 1e-6);
    assert_eq!(
        read_digits(&[], &[], Temperature::default(), Length::default()),
        Reading::default()
    );
}

#[test]
fn a_word_is_one_sign_in_its_line_and_keeps_the_signs_beside_it() {
    let at = |line, left| {
        let mut cluster = Cluster {
            line,
            ..Cluster::of_digit([0; IMAGE_PIXELS])
        };
        let bounds = &mut cluster.variants[0].parts[0].bounds;
        (bounds.left, bounds.width) = (left, 20);
        cluster
    };
    let mut clusters = [at(0, 0), at(0, 30), at(0, 90), at(1, 0)];
    clusters[1].variants[0].signs.push(Sign {
        kind: SignKind::Point,
        line: 0,
        bounds: Bounds {
            left: 60,
            top: 20,
            width: 4,
            height: 4,
        },
    });
    let (sure, none) = (logits(5, 14.0), logits(6, 0.2));
    let rows = [none, none, sure, none];
    let reading = read(&clusters, &rows, Length::default());
    assert_eq!(reading.text(), "?.5 ?");
    let word = &reading.signs[0];
    assert_eq!((word.bounds.left, word.bounds.width), (0, 50));
}

/// Outputs of digits and of pairs, of which one stands out by so much.
fn outputs(place: usize, by: f32) -> [f32; NUM_DIGITS + NUM_PAIRS] {
    std::array::from_fn(|output| if output == place { by } else { 0.0 })
}

#[test]
fn two_digits_that_no_cut_parts_are_read_as_a_pair() {
    let of_pair = |pair: usize, by| outputs(NUM_DIGITS + pair, by);
    let read = |cluster: Cluster, logits: &[[f32; 110]]| {
        read(&[cluster], logits, Length::default()).digits
    };
    let labels = |digits: &[Digit]| digits.iter().map(|digit| digit.label).collect::<Vec<_>>();
    let none = outputs(3, 0.5);
    let found = read(pair(1.2), &[of_pair(47, 18.0), none, none]);
    assert_eq!(labels(&found), [4, 7]);
    // Each where the cut between them is.
    assert_eq!((found[0].bounds.left, found[1].bounds.left), (0, 1));
    assert!(found.iter().all(|digit| digit.probability > 0.99));
    // Parts that are digits are read as such, and so is one digit.
    let found = read(
        pair(1.2),
        &[of_pair(47, 9.0), outputs(1, 18.0), outputs(7, 18.0)],
    );
    assert_eq!(labels(&found), [1, 7]);
    assert_eq!(
        labels(&read(pair(0.8), &[outputs(8, 18.0), none, none])),
        [8]
    );
    // Without a cut each is a half.
    let mut uncut = pair(1.2);
    let variant = &mut uncut.variants[0];
    (variant.num_cuts, variant.parts) = (0, vec![part(0, 1, 1.2)]);
    variant.parts[0].bounds.width = 31;
    let found = read(uncut, &[of_pair(5, 18.0)]);
    assert_eq!(labels(&found), [0, 5]);
    let places = found
        .iter()
        .map(|digit| (digit.bounds.left, digit.bounds.width));
    assert_eq!(places.collect::<Vec<_>>(), [(0, 15), (15, 16)]);
}

#[test]
fn digits_of_a_pair_have_their_own_probabilities() {
    let mut logits = outputs(NUM_DIGITS + 47, 18.0);
    // The left digit is sure, the right one a 7 rather than a 1.
    logits[NUM_DIGITS + 41] = 17.0;
    let rows = [logits, outputs(0, 0.0), outputs(0, 0.0)];
    let digits = read(&[pair(1.2)], &rows, Length::default()).digits;
    let expected = 1.0 / (1.0 + (-1.0_f64).exp());
    assert_eq!((digits[0].label, digits[1].label), (4, 7));
    assert!(digits[0].probability > 0.999);
    assert!((digits[1].probability - expected).abs() < 1e-4);
    assert_eq!(digits[1].runner_up.0, 1);
    assert!((digits[1].runner_up.1 - (1.0 - expected)).abs() < 1e-4);
}
