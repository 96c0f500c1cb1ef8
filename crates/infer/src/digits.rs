//! How many digits a picture shows.

use std::fmt;
use std::num::NonZeroU8;

/// How many digits a picture shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digits {
    /// One: the greatest ink is the digit.
    #[default]
    One,
    /// Several, in lines, from left to right; they may touch.
    Many(Length),
}

impl Digits {
    /// Any number of them, and signs.
    pub const ANY: Self = Self::Many(Length(0));

    /// As `one`, `many`, or so many from 2 to 255, and no signs.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "one" => Some(Self::One),
            "many" => Some(Self::ANY),
            number => {
                let number: NonZeroU8 = number.parse().ok()?;
                (number.get() > 1).then(|| Self::Many(Length::exactly(number)))
            }
        }
    }

    /// How many there are, where that is known.
    #[must_use]
    pub fn length(self) -> Length {
        match self {
            Self::One => Length::default(),
            Self::Many(length) => length,
        }
    }

    /// Whether there are several.
    #[must_use]
    pub fn are_many(self) -> bool {
        matches!(self, Self::Many(_))
    }
}

/// As [`Digits::of_word`] reads it.
impl fmt::Display for Digits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => formatter.write_str("one"),
            Self::Many(Length(0)) => formatter.write_str("many"),
            Self::Many(Length(number)) => write!(formatter, "{number}"),
        }
    }
}

/// How many digits there are on a picture of several, where that is known. Where any number of them is right, they all count
/// as none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length(u8);

impl Length {
    /// As many, and no signs.
    #[must_use]
    pub fn exactly(num_digits: NonZeroU8) -> Self {
        Self(num_digits.get())
    }

    /// Whether digits are counted.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.0 > 0
    }

    /// Whether there may be so many.
    pub(crate) fn fits(self, num_digits: usize) -> bool {
        !self.is_known() || self.wanted() == num_digits
    }

    /// For how many digits all of a picture has to count.
    pub(crate) fn wanted(self) -> usize {
        usize::from(self.0)
    }

    /// For how many digits ways are looked for, at most: one more, to tell whether it would be likelier.
    pub(crate) fn most(self) -> usize {
        self.of(self.wanted() + 1)
    }

    /// For how many of them digits count that are read.
    pub(crate) fn of(self, num_digits: usize) -> usize {
        if self.is_known() { num_digits } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_written() {
        for word in ["one", "many", "2", "255"] {
            let digits = Digits::of_word(word).map(|digits| digits.to_string());
            assert_eq!(digits.as_deref(), Some(word));
        }
        for word in ["", "0", "1", "-4", "256", "Many"] {
            assert_eq!(Digits::of_word(word), None);
        }
    }
}
