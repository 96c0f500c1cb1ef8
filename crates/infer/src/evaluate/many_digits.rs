//! Pictures of many digits: how many are read without a fault, and what is wrong with the others.

use super::confident::{ConfidentAnswers, ConfidentFigures, share};
use super::report::answered;
use super::signs::{SignCounts, num_digits};
use crate::digits::Length;
use crate::error::Error;
use crate::facts::{Facts, percent};
use crate::predict::{Predictor, read_digits, with_logits};
use crate::prepare::Image;
use crate::truths::Truth;
use base::with_separators;
use model::{Temperature, Views};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Pictures whose string has the same length, and what is wrong with those that are not read rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "counts, as reports name them")]
struct Counts {
    num_strings: usize,
    num_correct: usize,
    /// Digits are missing.
    num_too_short: usize,
    /// There are digits too many.
    num_too_long: usize,
    /// The number of digits is right, and some of them are wrong.
    num_misread: usize,
}

/// All strings so far.
#[derive(Debug, Default)]
struct Strings {
    by_length: BTreeMap<usize, Counts>,
    num_digits: usize,
    num_digit_errors: usize,
    signs: SignCounts,
}

/// All figures, as programs get them.
#[derive(Serialize)]
pub struct StringReport<'a> {
    num_strings: usize,
    num_correct: usize,
    accuracy: f64,
    /// And of signs, where labels have any.
    num_digits: usize,
    /// Digits to change, to add or to take away until all strings are right.
    num_digit_errors: usize,
    digit_error_rate: f64,
    lengths: Vec<LengthReport>,
    signs: SignCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<ConfidentFigures>,
    pictures_per_second: f64,
    device: &'a str,
    views: Views,
    origin: &'a str,
}

#[derive(Serialize)]
struct LengthReport {
    length: usize,
    accuracy: f64,
    #[serde(flatten)]
    counts: Counts,
}

/// Figures of pictures of many digits, as they come.
pub struct StringFigures {
    temperature: Temperature,
    /// Whether labels have signs. Where none has, what was read is held against them without its signs.
    have_signs: bool,
    length: Length,
    strings: Strings,
    confident: Option<ConfidentAnswers>,
}

impl StringFigures {
    /// Of no pictures yet, whose labels have signs or not. With a least confidence, also how many strings are answered
    /// at it.
    #[must_use]
    pub fn new(
        temperature: Option<Temperature>,
        have_signs: bool,
        min_confidence: Option<f64>,
    ) -> Self {
        Self {
            temperature: temperature.unwrap_or_default(),
            have_signs,
            length: Length::default(),
            strings: Strings::default(),
            confident: min_confidence.map(|least| ConfidentAnswers::new(least, None)),
        }
    }

    /// The same of strings of so many digits, which are read as such: of labels the digits alone are held against them.
    #[must_use]
    pub fn of_length(self, length: Length) -> Self {
        Self { length, ..self }
    }

    /// Adds images with labels, and the logits of all that is on them.
    ///
    /// # Errors
    ///
    /// Where an image has no label.
    pub fn add(&mut self, images: &[Image], logits: &[f32]) -> Result<(), Error> {
        for (image, logits) in with_logits(images, logits) {
            let Some(Truth::Text(truth)) = &image.truth else {
                return Err(Error::Internal("a lost label"));
            };
            let reading = read_digits(image.clusters(), logits, self.temperature, self.length);
            let (mut truth, mut text) = (truth.to_string(), reading.text().replace(' ', ""));
            if self.length.is_known() {
                // Signs are not read then.
                truth.retain(|letter| letter.is_ascii_digit());
            }
            self.strings.signs.add(&truth, &text);
            if !self.have_signs {
                text.retain(|letter| letter.is_ascii_digit());
            }
            self.strings.add(&truth, &text);
            if let Some(confident) = &mut self.confident {
                // A string is as sure as its least sure digit.
                let confidence = reading.digits.iter().map(|digit| digit.probability);
                confident.add_answer(confidence.fold(1.0, f64::min), text == truth);
            }
        }
        Ok(())
    }

    /// All figures so far.
    #[must_use]
    pub fn report<'a>(
        &self,
        pictures_per_second: f64,
        predictor: &'a Predictor,
        origin: &'a str,
    ) -> StringReport<'a> {
        let selected = self.confident.as_ref().map(ConfidentAnswers::finish);
        self.strings
            .report(selected, pictures_per_second, predictor, origin)
    }
}

impl Strings {
    fn add(&mut self, truth: &str, found: &str) {
        let counts = self.by_length.entry(num_digits(truth)).or_default();
        counts.num_strings += 1;
        let which = if found == truth {
            &mut counts.num_correct
        } else if found.len() < truth.len() {
            &mut counts.num_too_short
        } else if found.len() > truth.len() {
            &mut counts.num_too_long
        } else {
            &mut counts.num_misread
        };
        *which += 1;
        self.num_digits += truth.len();
        self.num_digit_errors += strsim::levenshtein(truth, found);
    }

    fn report<'a>(
        &self,
        selected: Option<ConfidentFigures>,
        pictures_per_second: f64,
        predictor: &'a Predictor,
        origin: &'a str,
    ) -> StringReport<'a> {
        let sum = |count: fn(&Counts) -> usize| self.by_length.values().map(count).sum();
        let num_strings = sum(|counts| counts.num_strings);
        let num_correct = sum(|counts| counts.num_correct);
        let lengths = self
            .by_length
            .iter()
            .map(|(&length, &counts)| LengthReport {
                length,
                accuracy: share(counts.num_correct, counts.num_strings),
                counts,
            });
        StringReport {
            num_strings,
            num_correct,
            accuracy: share(num_correct, num_strings),
            num_digits: self.num_digits,
            num_digit_errors: self.num_digit_errors,
            digit_error_rate: share(self.num_digit_errors, self.num_digits),
            lengths: lengths.collect(),
            signs: self.signs,
            selected,
            pictures_per_second,
            device: predictor.device_name(),
            views: predictor.views(),
            origin,
        }
    }
}

impl StringReport<'_> {
    /// For people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let num_strings = with_separators(self.num_strings);
        let mut facts = Facts::default();
        facts.add("data", format!("{num_strings} pictures; {}", self.origin));
        facts.add("device", self.device);
        facts.add(
            "strings",
            format!(
                "{} read without a fault ({} of {num_strings}){}",
                percent(self.accuracy),
                with_separators(self.num_correct),
                self.views.behind_figure()
            ),
        );
        if let Some(selected) = &self.selected {
            facts.add("answered", answered(selected));
        }
        facts.add(
            "digits",
            format!(
                "{} wrong, missing or too many ({} of {})",
                percent(self.digit_error_rate),
                with_separators(self.num_digit_errors),
                with_separators(self.num_digits)
            ),
        );
        if let Some(signs) = self.signs.to_text(self.num_strings) {
            facts.add("signs", signs);
        }
        facts.add(
            "speed",
            format!("{:.1} pictures a second", self.pictures_per_second),
        );
        format!("{}\n{}", facts.to_text(), self.length_table())
    }

    fn length_table(&self) -> String {
        let mut table = String::from(
            "digits  pictures  without a fault  digits missing  digits too many  misread\n",
        );
        for LengthReport {
            length,
            accuracy,
            counts,
        } in &self.lengths
        {
            let _ = writeln!(
                table,
                "{length:>6}  {:>8}  {:>15}  {:>14}  {:>15}  {:>7}",
                with_separators(counts.num_strings),
                percent(*accuracy),
                with_separators(counts.num_too_short),
                with_separators(counts.num_too_long),
                with_separators(counts.num_misread)
            );
        }
        table
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_wrong_is_counted_by_length() {
        let mut strings = Strings::default();
        for (truth, found) in [
            ("12", "12"),
            ("12", "1"),
            ("12", "112"),
            ("12", "17"),
            ("", ""),
            ("4071", "4011"),
        ] {
            strings.add(truth, found);
        }
        let two = Counts {
            num_strings: 4,
            num_correct: 1,
            num_too_short: 1,
            num_too_long: 1,
            num_misread: 1,
        };
        assert_eq!(strings.by_length[&2], two);
        assert_eq!(strings.by_length[&0].num_correct, 1);
        assert_eq!(strings.by_length[&4].num_misread, 1);
        assert_eq!((strings.num_digits, strings.num_digit_errors), (12, 4));
    }

    #[test]
    fn a_wrong_sign_is_a_fault_but_none_of_the_length() {
        let mut strings = Strings::default();
        strings.add("1.65", "1,65");
        assert_eq!(strings.by_length[&3].num_misread, 1);
    }
}
