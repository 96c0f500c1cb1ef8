//! How people write the ten digits, and letters: the curves the pen follows, before any hand bends them.
//!
//! Owns the forms and their notation; the tables are in the modules below. Knows no randomness, no thickness and no pixels.
//!
//! A digit has several [`Form`]s, ways of writing it that differ in strokes, and each form has
//! several poses: the extremes between which hands vary. All poses of one form have the same
//! strokes with the same number of knots, so that any mixture of them is a way of writing too.
//!
//! A pose is written as text: knots `x,y` in percent of the digit's height, x to the right and y
//! down, joined by a smooth curve; `!` marks a knot at which the pen turns sharply; `|` separates
//! strokes.

mod european;
mod five_to_nine;
mod letters;
mod notation;
mod zero_to_four;

use std::sync::LazyLock;

use base::NUM_DIGITS;
use european::{EUROPEAN_FOUR, EUROPEAN_NINE, EUROPEAN_ONE, EUROPEAN_SEVEN};
use five_to_nine::{EIGHT, FIVE, NINE, SEVEN, SIX};
use letters::LETTERS;
pub(super) use letters::NUM_LETTERS;
use notation::Row;
use zero_to_four::{FOUR, ONE, THREE, TWO, ZERO};

/// A point through which the pen passes, in heights of the digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knot {
    pub(super) x: f32,
    pub(super) y: f32,
    /// The pen turns sharply here.
    pub(super) is_corner: bool,
}

/// The strokes of a digit, each a row of knots.
pub(super) type Skeleton = Vec<Vec<Knot>>;

/// One way of writing a digit.
pub(super) struct Form {
    /// How often it is met, relative to the digit's other forms.
    pub(super) weight: f32,
    /// The extremes between which hands vary; never empty, all of the same structure.
    pub(super) poses: Vec<Skeleton>,
}

/// The ways of writing `digit`, or none where it is not below [`NUM_DIGITS`].
pub(super) fn forms(digit: u8) -> &'static [Form] {
    static FORMS: LazyLock<Vec<Vec<Form>>> = LazyLock::new(|| read(&TABLE));
    FORMS.get(usize::from(digit)).map_or(&[], Vec::as_slice)
}

/// The ways of writing `digit` that are usual in Europe and hardly met in America; mostly none.
pub(super) fn european_forms(digit: u8) -> &'static [Form] {
    static FORMS: LazyLock<Vec<Vec<Form>>> = LazyLock::new(|| read(&EUROPEAN));
    FORMS.get(usize::from(digit)).map_or(&[], Vec::as_slice)
}

/// The ways of writing one of the [`NUM_LETTERS`] letters and signs, by its place among them; none behind the last.
pub(super) fn letter_forms(letter: usize) -> &'static [Form] {
    static FORMS: LazyLock<Vec<Vec<Form>>> = LazyLock::new(|| read(&LETTERS));
    FORMS.get(letter).map_or(&[], Vec::as_slice)
}

fn read(table: &[&[Row]]) -> Vec<Vec<Form>> {
    let of_digit = |rows: &&[Row]| rows.iter().map(form).collect();
    table.iter().map(of_digit).collect()
}

fn form((weight, poses): &(f32, &[&str])) -> Form {
    Form {
        weight: *weight,
        poses: poses.iter().map(|pose| skeleton(pose)).collect(),
    }
}

fn skeleton(pose: &str) -> Skeleton {
    pose.split('|')
        .map(|stroke| stroke.split_whitespace().filter_map(knot).collect())
        .collect()
}

fn knot(text: &str) -> Option<Knot> {
    let (place, is_corner) = text
        .strip_suffix('!')
        .map_or((text, false), |place| (place, true));
    let (x, y) = place.split_once(',')?;
    let heights = |percent: &str| percent.parse::<f32>().ok().map(|percent| percent / 100.0);
    Some(Knot {
        x: heights(x)?,
        y: heights(y)?,
        is_corner,
    })
}

static TABLE: [&[Row]; NUM_DIGITS] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

static EUROPEAN: [&[Row]; NUM_DIGITS] = [
    &[],
    EUROPEAN_ONE,
    &[],
    &[],
    EUROPEAN_FOUR,
    &[],
    &[],
    EUROPEAN_SEVEN,
    &[],
    EUROPEAN_NINE,
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn every_pose_is_written_well() {
        for (digit, rows) in TABLE.iter().chain(&EUROPEAN).chain(&LETTERS).enumerate() {
            for text in rows.iter().flat_map(|(_, poses)| poses.iter()) {
                for stroke in text.split('|') {
                    assert!(stroke.split_whitespace().count() >= 3, "{digit}: {text}");
                    assert!(
                        stroke.split_whitespace().all(|knot_| knot(knot_).is_some()),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn all_poses_of_a_form_have_one_structure() {
        let digits = 0..NUM_DIGITS as u8;
        assert!(digits.clone().all(|digit| !forms(digit).is_empty()));
        let letters = (0..NUM_LETTERS).map(letter_forms);
        assert!(letters.clone().all(|forms| !forms.is_empty()));
        let all = digits.flat_map(|digit| [forms(digit), european_forms(digit)]);
        for forms in all.chain(letters) {
            for form in forms {
                let structure = |pose: &Skeleton| {
                    let corners = |stroke: &Vec<Knot>| -> Vec<bool> {
                        stroke.iter().map(|knot| knot.is_corner).collect()
                    };
                    pose.iter().map(corners).collect::<Vec<_>>()
                };
                assert!(form.weight > 0.0);
                for pose in &form.poses {
                    assert_eq!(structure(pose), structure(&form.poses[0]));
                }
            }
        }
        assert!(forms(10).is_empty() && letter_forms(NUM_LETTERS).is_empty());
    }
}
