//! The names of classes, and the labels that they stand for.

use std::path::Path;

use crate::error::DataError;
use crate::images::digit_names;
use base::NUM_CLASSES;

/// The classes' names, in the order of the labels.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    pub(crate) names: Vec<String>,
}

impl Classes {
    /// From the names of class folders in natural order: digits keep their digit as label, any others are numbered.
    pub(crate) fn of_folders(path: &Path, names: Vec<String>) -> Result<Self, DataError> {
        let layout = |expected: String, found| DataError::Layout {
            path: path.into(),
            expected,
            found,
        };
        let found = match names.len() {
            1..=NUM_CLASSES => None,
            0 => Some("none".to_owned()),
            num_names => Some(num_names.to_string()),
        };
        if let Some(found) = found {
            let expected = format!("1 to {NUM_CLASSES} class folders");
            return Err(layout(expected, found));
        }
        let digits = digit_names();
        if names.iter().all(|name| digits.contains(name)) {
            return Ok(Self { names: digits });
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
        let label = self.names.iter().position(|known| known == name);
        label
            .map(|label| label as u8)
            .ok_or_else(|| self.unknown(name.to_owned(), path))
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
