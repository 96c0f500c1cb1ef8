//! What a picture of many digits says: digits, the signs beside them, and both as text.

use std::collections::BTreeSet;

use data::picture::{Bounds, Sign, SignKind};

/// A digit of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Digit {
    /// The line of writing, from 0.
    pub line: usize,
    /// Where it is, in pixels.
    pub bounds: Bounds,
    /// Its class.
    pub label: usize,
    /// The probability of that.
    pub probability: f64,
    /// The next class, and its probability.
    pub runner_up: (usize, f64),
}

/// What a picture of many digits says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// In reading order.
    pub digits: Vec<Digit>,
    /// Beside them, in no order.
    pub signs: Vec<Sign>,
    /// How it fits what was said of the number of its digits.
    pub fit: Fit,
}

/// How a reading fits what was said of the number of its digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// All is read but signs, or nothing was said.
    #[default]
    Whole,
    /// What is no digit is left out.
    LeavesMarks,
    /// There are more digits, or fewer.
    OtherLength,
}

impl Digit {
    /// Its class as a letter.
    #[must_use]
    pub fn letter(&self) -> char {
        char::from_digit(self.label as u32, 10).unwrap_or('?')
    }
}

impl Reading {
    /// All lines, with a space between two.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines(Digit::letter).join(" ")
    }

    /// The text of every line that has digits, or marks that are none: signs, and digits each as `letter` has it.
    pub fn lines(&self, letter: impl Fn(&Digit) -> char) -> Vec<String> {
        let digits = self.digits.iter().map(|digit| digit.line);
        let others = self.others().map(|sign| sign.line);
        let numbers: BTreeSet<usize> = digits.chain(others).collect();
        let lines = numbers.into_iter();
        lines.map(|number| self.line(number, &letter)).collect()
    }

    /// Whether anything stands beside the digits that is neither a digit nor a sign that is known.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.others().next().is_some()
    }

    fn others(&self) -> impl Iterator<Item = &Sign> {
        let signs = self.signs.iter();
        signs.filter(|sign| sign.kind == SignKind::Other)
    }

    fn line(&self, number: usize, letter: impl Fn(&Digit) -> char) -> String {
        let digits = self.digits.iter().filter(|digit| digit.line == number);
        let signs = self.signs.iter().filter(|sign| sign.line == number);
        let mut signs: Vec<&Sign> = signs.collect();
        signs.sort_by_key(|sign| middle(sign.bounds));
        let mut signs = signs.into_iter().peekable();
        let mut text = String::new();
        for digit in digits {
            while let Some(sign) = signs.next_if(|sign| middle(sign.bounds) < middle(digit.bounds))
            {
                text.push(sign.kind.letter());
            }
            text.push(letter(digit));
        }
        text.extend(signs.map(|sign| sign.kind.letter()));
        text
    }
}

/// Twice the column of its middle.
fn middle(bounds: Bounds) -> u32 {
    2 * bounds.left + bounds.width
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: u32, width: u32) -> Bounds {
        Bounds {
            left,
            top: 0,
            width,
            height: 20,
        }
    }

    fn digit(line: usize, left: u32, label: usize) -> Digit {
        Digit {
            line,
            bounds: bounds(left, 10),
            label,
            probability: 1.0,
            runner_up: (0, 0.0),
        }
    }

    fn sign(line: usize, left: u32, kind: SignKind) -> Sign {
        let bounds = bounds(left, 4);
        Sign { kind, line, bounds }
    }

    #[test]
    fn what_is_no_digit_stands_in_its_place_and_has_lines_of_its_own() {
        let reading = Reading {
            digits: vec![digit(1, 10, 4), digit(1, 30, 7)],
            signs: vec![
                sign(1, 50, SignKind::Other),
                sign(0, 10, SignKind::Other),
                sign(1, 22, SignKind::Slash),
            ],
            ..Reading::default()
        };
        assert_eq!(reading.text(), "? 4/7?");
        assert!(reading.has_others());
        assert!(!Reading::default().has_others());
    }

    #[test]
    fn signs_stand_between_the_digits_of_their_line() {
        let reading = Reading {
            // Digits that are cut apart may lean over each other: they stay in their order.
            digits: vec![
                digit(0, 10, 1),
                digit(0, 40, 6),
                digit(0, 39, 5),
                digit(1, 9, 7),
            ],
            signs: vec![
                sign(1, 30, SignKind::Point),
                sign(0, 28, SignKind::Comma),
                sign(0, 1, SignKind::Minus),
                sign(2, 5, SignKind::Point),
            ],
            ..Reading::default()
        };
        assert_eq!(reading.lines(Digit::letter), ["-1,65", "7."]);
        assert_eq!(reading.text(), "-1,65 7.");
        assert_eq!(Reading::default().text(), "");
    }
}
