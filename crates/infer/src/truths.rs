//! The labels that a model is measured by: a table of them, the data's own, or the names of the
//! folders that the pictures lie in.

use crate::digits::Digits;
use crate::error::Error;
use base::{NUM_DIGITS, inert};
use data::picture::SignKind;
use data::{LabelTable, class_of_name, may_have_pages};
use std::path::Path;

/// What is on a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// One digit, or whatever else is of this class.
    Class(u8),
    /// Many digits in reading order, or none, and the signs between them.
    Text(Box<str>),
}

/// How an image gets its label.
#[derive(Debug)]
pub struct Truths {
    wanted: Wanted,
    table: Option<Table>,
}

/// What labels are.
#[derive(Debug)]
enum Wanted {
    /// One of these classes.
    Class(Vec<String>),
    /// Digits.
    Text,
}

#[derive(Debug)]
struct Table {
    table: LabelTable,
    /// What each row says.
    truths: Vec<Truth>,
}

impl Truths {
    /// From a table of names and labels or, without one, from the data; for pictures of so many digits.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or a label in it is no class of the model, or no digits.
    pub fn load(
        table: Option<&Path>,
        class_names: &[String],
        digits: Digits,
    ) -> Result<Self, Error> {
        let wanted = match digits {
            Digits::One => Wanted::Class(class_names.to_vec()),
            Digits::Many(_) => Wanted::Text,
        };
        let table = table.map(|path| Table::read(path, &wanted));
        Ok(Self {
            table: table.transpose()?,
            wanted,
        })
    }

    /// Whether any label in the table has signs beside its digits. Where none has, they were not written down.
    #[must_use]
    pub fn have_signs(&self) -> bool {
        let truths = self.table.iter().flat_map(|table| &table.truths);
        let mut texts = truths.filter_map(|truth| match truth {
            Truth::Text(text) => Some(text),
            Truth::Class(_) => None,
        });
        texts.any(|text| text.contains(is_sign))
    }

    /// The label of an image with this name (`FILE`, `FILE#INDEX` or `FILE#MEMBER`), which its file
    /// may have a label for.
    ///
    /// # Errors
    ///
    /// Says why it has none.
    pub fn of(&self, name: &str, own: Option<i64>) -> Result<Truth, String> {
        if let Some(table) = &self.table {
            return table.find(name);
        }
        if let Some(label) = own {
            return self.wanted.numbered(label);
        }
        let file = match name.rsplit_once('#') {
            // A page lies where its file does.
            Some((file, _)) if may_have_pages(file) => file,
            _ => name,
        };
        let folder = file.rsplit(['/', '\\', '#']).nth(1).unwrap_or_default();
        let truth = match &self.wanted {
            Wanted::Class(names) => position(names, folder),
            // Not every folder's name that may be read as digits was meant so, but an empty one never.
            Wanted::Text => digits_of(folder).filter(|_| !folder.is_empty()),
        };
        truth.ok_or_else(|| {
            let expected = self.wanted.expected();
            format!("no label: `{folder}`, which it lies in, is no {expected}")
        })
    }
}

impl Wanted {
    /// A label as it is written in a table.
    fn written(&self, text: &str) -> Option<Truth> {
        match self {
            Self::Class(names) => position(names, text).or_else(|| {
                let class: u8 = text.parse().ok()?;
                (usize::from(class) < names.len()).then_some(Truth::Class(class))
            }),
            Self::Text => digits_of(text),
        }
    }

    /// A label that is a number. A single digit is a string of one.
    fn numbered(&self, label: i64) -> Result<Truth, String> {
        let num_classes = match self {
            Self::Class(names) => names.len(),
            Self::Text => NUM_DIGITS,
        };
        let class = u8::try_from(label).ok();
        let class = class.filter(|&class| usize::from(class) < num_classes);
        match (self, class) {
            (Self::Class(_), Some(class)) => Ok(Truth::Class(class)),
            (Self::Text, Some(class)) => Ok(Truth::Text(class.to_string().into())),
            (_, None) => {
                let last = num_classes.saturating_sub(1);
                Err(format!(
                    "its label is {label}, expected a class of the model, 0 to {last}"
                ))
            }
        }
    }

    /// What a label is, for people.
    fn expected(&self) -> &'static str {
        match self {
            Self::Class(_) => "class of the model",
            Self::Text => "string of digits",
        }
    }
}

fn position(names: &[String], name: &str) -> Option<Truth> {
    class_of_name(names, name).map(Truth::Class)
}

/// Digits and signs, without the white space between them.
fn digits_of(text: &str) -> Option<Truth> {
    let letters: String = text.split_whitespace().collect();
    let is_known = |letter: char| letter.is_ascii_digit() || is_sign(letter);
    letters
        .chars()
        .all(is_known)
        .then(|| Truth::Text(letters.into()))
}

/// Whether it is one of the signs that are read beside digits.
fn is_sign(letter: char) -> bool {
    let mut signs = SignKind::ALL.into_iter();
    signs.any(|sign| sign.letter() == letter)
}

impl Table {
    fn read(path: &Path, wanted: &Wanted) -> Result<Self, Error> {
        let failed = |problem: String| {
            let path = path.to_path_buf();
            Error::Labels { path, problem }
        };
        let table = LabelTable::read(path).map_err(failed)?;
        let truths = table.rows().iter().map(|row| {
            wanted.written(&row.label).ok_or_else(|| {
                let known = match wanted {
                    Wanted::Class(names) => format!(" ({})", names.join(", ")),
                    Wanted::Text => String::new(),
                };
                let (line, label) = (row.line, &row.label);
                let expected = wanted.expected();
                failed(format!(
                    "line {line}: expected a {expected}{known}, found `{label}`"
                ))
            })
        });
        Ok(Self {
            truths: truths.collect::<Result<_, _>>()?,
            table,
        })
    }

    fn find(&self, name: &str) -> Result<Truth, String> {
        // As this program writes names that a spreadsheet would take for formulas, too.
        let row = self.table.find(name);
        let row = row.or_else(|| self.table.find(inert(name).as_ref()));
        row.and_then(|row| self.truths.get(row).cloned())
            .ok_or_else(|| {
                let table = self.table.path().display();
                format!("no label: {table} has no row for it")
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use data::digit_names;

    fn table(text: &str) -> Result<Truths, String> {
        table_of(text, Digits::One)
    }

    fn table_of(text: &str, digits: Digits) -> Result<Truths, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, text).unwrap();
        let truths = Truths::load(Some(&path), &digit_names(), digits);
        truths.map_err(|failure| failure.to_string().replace(&path.display().to_string(), ""))
    }

    #[test]
    fn the_datas_own_label_goes_before_the_folders() {
        let truths = Truths::load(None, &digit_names(), Digits::One).unwrap();
        assert_eq!(truths.of("scans/7/a.png", None), Ok(Truth::Class(7)));
        assert_eq!(truths.of("x.tar#3/a.png", None), Ok(Truth::Class(3)));
        assert_eq!(truths.of("7/x.parquet#12", Some(4)), Ok(Truth::Class(4)));
        let reason = truths.of("x.parquet#12", Some(-1)).unwrap_err();
        assert_eq!(
            reason,
            "its label is -1, expected a class of the model, 0 to 9"
        );
        let reason = truths.of("scans/a.png", None).unwrap_err();
        assert_eq!(
            reason,
            "no label: `scans`, which it lies in, is no class of the model"
        );
    }

    #[test]
    fn a_table_has_the_last_word() {
        let truths = table("id,label,file\n1,7,a/b.png\n2, 3 ,./x.png\n").unwrap();
        assert_eq!(truths.of("a/b.png", None), Ok(Truth::Class(7)));
        assert_eq!(truths.of("some.tar#a/b.png", Some(1)), Ok(Truth::Class(7)));
        assert_eq!(truths.of("5/x.png", None), Ok(Truth::Class(3)));
        let truths = table("file,label\n'=1.png,7\n").unwrap();
        assert_eq!(truths.of("=1.png", None), Ok(Truth::Class(7)));
        let truths = table("id,label,file\n1,7,a/b.png\n2, 3 ,./x.png\n").unwrap();
        assert!(
            truths
                .of("5/b.png", None)
                .unwrap_err()
                .ends_with("has no row for it")
        );
    }

    #[test]
    fn mistakes_in_a_table_are_named_with_their_line() {
        let error = |text| table(text).unwrap_err();
        assert_eq!(
            error("size,colour\n"),
            ": line 1: expected the columns file and label, found size, colour"
        );
        assert_eq!(
            error("file,label\na,1\na,2\n"),
            ": line 3: `a` has two labels"
        );
        assert!(error("file,label\na,ten\n").contains("line 2: expected a class of the model"));
        assert!(error("file,label\na,10\n").contains("found `10`"));
        assert!(error("file,label\na\n").contains("line 2: expected at least 2 fields"));
    }

    #[test]
    fn strings_are_digits_with_or_without_white_space() {
        let text = |digits: &str| Ok(Truth::Text(digits.into()));
        let truths = table_of("file,label\na,0412\nb,40 71\nc,\n", Digits::ANY).unwrap();
        assert_eq!(truths.of("a", None), text("0412"));
        assert_eq!(truths.of("b", Some(3)), text("4071"));
        assert_eq!(truths.of("c", None), text(""));
        assert!(!truths.have_signs());
        let truths = table_of("file,label\na,-1.65\nb,\"40,71\"\n", Digits::ANY).unwrap();
        assert_eq!(truths.of("a", None), text("-1.65"));
        assert_eq!(truths.of("b", None), text("40,71"));
        assert!(truths.have_signs());
        let truths = table_of("file,label\na,12/03\nb,?40\n", Digits::ANY).unwrap();
        assert_eq!(truths.of("a", None), text("12/03"));
        assert_eq!(truths.of("b", None), text("?40"));
        let error = table_of("file,label\na,4x\n", Digits::ANY).unwrap_err();
        assert_eq!(error, ": line 2: expected a string of digits, found `4x`");
        let truths = Truths::load(None, &digit_names(), Digits::ANY).unwrap();
        assert_eq!(truths.of("0412/a.png", None), text("0412"));
        assert_eq!(truths.of("x.parquet#1", Some(4)), text("4"));
        let reason = truths.of("scans/a.png", None).unwrap_err();
        let expected = "no label: `scans`, which it lies in, is no string of digits";
        assert_eq!(reason, expected);
        assert!(truths.of("a.png", None).is_err());
    }
}
