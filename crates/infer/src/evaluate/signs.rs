//! Signs beside digits, as labels have them and as they are read.

use super::confident::share;
use crate::facts::percent;
use base::with_separators;
use serde::Serialize;

/// Signs beside digits: how many there are, and how many were not found or are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "counts, as reports name them")]
pub(super) struct SignCounts {
    num_signs: usize,
    num_lost: usize,
    num_too_many: usize,
}

impl SignCounts {
    pub(super) fn add(&mut self, truth: &str, found: &str) {
        let [truth, found] = [truth, found].map(|text| text.len() - num_digits(text));
        self.num_signs += truth;
        self.num_lost += truth.saturating_sub(found);
        self.num_too_many += found.saturating_sub(truth);
    }

    /// For people; none where there is nothing to say.
    pub(super) fn to_text(self, num_strings: usize) -> Option<String> {
        let [num_signs, num_lost, num_too_many] =
            [self.num_signs, self.num_lost, self.num_too_many].map(with_separators);
        if self.num_signs > 0 {
            let lost = percent(share(self.num_lost, self.num_signs));
            Some(format!(
                "{lost} lost ({num_lost} of {num_signs}), {num_too_many} too many"
            ))
        } else {
            let num_strings = with_separators(num_strings);
            (self.num_too_many > 0).then(|| {
                format!(
                    "{num_too_many} found on {num_strings} pictures; no label has any: not counted"
                )
            })
        }
    }
}

/// How many digits a text has.
pub(super) fn num_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lost_signs_and_those_that_are_none_are_told() {
        let mut signs = SignCounts::default();
        for (truth, found) in [("-1.65", "165"), ("1,65", "1.65"), ("165", "16-5")] {
            signs.add(truth, found);
        }
        let expected = SignCounts {
            num_signs: 3,
            num_lost: 2,
            num_too_many: 1,
        };
        assert_eq!(signs, expected);
        let text = signs.to_text(3).unwrap();
        assert_eq!(text, "66.67 % lost (2 of 3), 1 too many");
        let none = SignCounts {
            num_too_many: 2,
            ..SignCounts::default()
        };
        let text = none.to_text(9).unwrap();
        assert_eq!(text, "2 found on 9 pictures; no label has any: not counted");
        assert_eq!(SignCounts::default().to_text(9), None);
    }
}
