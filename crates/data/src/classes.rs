//! The names of classes, and the labels that they stand for.

use std::path::Path;

use crate::error::DataError;
use crate::images::digit_names;
use base::{MAX_CLASSES, NUM_DIGITS};

/// English words for digits, which class folders are named by as well.
const DIGIT_WORDS: [&str; NUM_DIGITS] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

/// The classes' names, in the order of the labels.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    pub(crate) names: Vec<String>,
}

/// The digit that a name stands for: `7`, `seven`, `Seven`.
fn digit(name: &str) -> Option<usize> {
    let word = name.to_ascii_lowercase();
    let by_word = DIGIT_WORDS.iter().position(|digit| *digit == word);
    by_word.or_else(|| digit_names().iter().position(|digit| digit == name))
}

impl Classes {
    /// Of labels that are digits.
    pub(crate) fn digits() -> Self {
        Self {
            names: digit_names(),
        }
    }

    /// Of labels that are numbers up to this one: digits, or as many numbers as it takes.
    pub(crate) fn of_numbers(most: usize) -> Self {
        let number = (most + 1).clamp(NUM_DIGITS, MAX_CLASSES);
        Self {
            names: (0..number).map(|class| class.to_string()).collect(),
        }
    }

    /// From the names of class folders in natural order: digits keep their digit as label, any others are numbered.
    pub(crate) fn of_folders(path: &Path, names: Vec<String>) -> Result<Self, DataError> {
        let layout = |expected: String, found| DataError::Layout {
            path: path.into(),
            expected,
            found,
        };
        let found = match names.len() {
            1..=MAX_CLASSES => None,
            0 => Some("none".to_owned()),
            num_names => Some(num_names.to_string()),
        };
        if let Some(found) = found {
            let expected = format!("1 to {MAX_CLASSES} class folders");
            return Err(layout(expected, found));
        }
        if names.iter().all(|name| digit(name).is_some()) {
            return Ok(Self::digits());
        }
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(Self { names }),
            Some(pair) => {
                let found = format!(
                    "`{}` twice, after unreadable characters were replaced",
                    pair[0]
                );
                Err(layout("class folders of different names".into(), found))
            }
        }
    }

    /// The label of a name; `path` is where it was found.
    pub(crate) fn label(&self, name: &str, path: &Path) -> Result<u8, DataError> {
        self.find(name)
            .ok_or_else(|| self.unknown(name.to_owned(), path))
    }

    /// The label of a name, where it is one of a class; digits may be written in words.
    fn find(&self, name: &str) -> Option<u8> {
        let exact = self.names.iter().position(|known| known == name);
        let label = exact.or_else(|| {
            let digit = digit(name)?.to_string();
            self.names.iter().position(|known| *known == digit)
        });
        label.and_then(|label| u8::try_from(label).ok())
    }

    /// A label that is a number.
    pub(crate) fn number(&self, number: i64, path: &Path) -> Result<u8, DataError> {
        let label = usize::try_from(number).ok();
        let label = label.filter(|&label| label < self.names.len());
        label
            .map(|label| label as u8)
            .ok_or_else(|| self.unknown(number.to_string(), path))
    }

    fn unknown(&self, class: String, path: &Path) -> DataError {
        DataError::UnknownClass {
            path: path.into(),
            class,
            known: self.names.clone(),
        }
    }
}

/// Whether classes are called by the numbers of their labels alone: by the digits, say.
#[must_use]
pub fn are_numbers(class_names: &[String]) -> bool {
    let mut numbered = class_names.iter().enumerate();
    numbered.all(|(class, name)| *name == class.to_string())
}

/// Whether classes are the ten digits.
#[must_use]
pub fn are_digits(class_names: &[String]) -> bool {
    class_names.len() == NUM_DIGITS && are_numbers(class_names)
}

/// The class of these names that a name stands for: the very name, or a digit in figures or words.
#[must_use]
pub fn class_of_name(class_names: &[String], name: &str) -> Option<u8> {
    let classes = Classes {
        names: class_names.to_vec(),
    };
    classes.find(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn digits_may_be_named_in_words() {
        let path = Path::new("x");
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let classes = Classes::of_folders(path, names(&["Seven", "nine", "zero"])).unwrap();
        assert_eq!(classes.names, digit_names());
        let labels = ["Seven", "nine", "zero", "3"].map(|name| classes.label(name, path).unwrap());
        assert_eq!(labels, [7, 9, 0, 3]);
        let others = Classes::of_folders(path, names(&["one", "other"])).unwrap();
        assert_eq!(others.label("other", path).unwrap(), 1);
        assert!(others.label("two", path).is_err());
        assert_eq!(Classes::of_numbers(46).names.len(), 47);
        assert_eq!(Classes::of_numbers(3).names, digit_names());
    }
}
