//! What is said of a picture, whatever the format.

use super::cell::{Cell, Column};
use super::doubt::Doubt;
use data::are_numbers;

/// Why a picture gets no label, or one that is to be doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// No label: the picture is of one colour, or nearly.
    NoInk,
    /// No label: the network is less confident than was asked for.
    LowConfidence,
    /// A label to be doubted: one digit was looked for, and the picture plainly shows several.
    SeveralDigits,
    /// Labels to be doubted: the picture shows more than what is cut apart of one.
    TooManyMarks,
    /// Labels to be doubted: there are more digits, or fewer, than the picture is known to have.
    OtherLength,
    /// Labels for the digits; beside them stands what is no digit, or a sign that is not known.
    OtherMarks,
}

impl Note {
    /// As rows have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoInk => "no ink",
            Self::LowConfidence => "low confidence",
            Self::SeveralDigits => "several digits",
            Self::TooManyMarks => "too many marks",
            Self::OtherLength => "another number of digits",
            Self::OtherMarks => "not only digits",
        }
    }

    /// Whether there is no label.
    #[must_use]
    pub fn withholds_label(self) -> bool {
        match self {
            Self::NoInk | Self::LowConfidence => true,
            Self::SeveralDigits | Self::TooManyMarks | Self::OtherLength | Self::OtherMarks => {
                false
            }
        }
    }
}

/// What a row, or an object of JSON, is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A picture.
    Picture,
    /// A digit of a picture.
    Digit,
}

/// What all answers of a job have in common.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    /// Names of the classes, where they are more than their numbers.
    pub names: Option<&'a [String]>,
    /// How many classes are named for each picture.
    pub num_ranks: usize,
    /// What a row is of, where a picture may show many digits.
    pub rows: Rows,
}

impl<'a> Style<'a> {
    /// The name of a class, where classes have names.
    #[must_use]
    pub fn name(&self, label: usize) -> Option<&'a str> {
        self.names?.get(label).map(String::as_str)
    }
}

/// The names of the classes, where they are more than their numbers.
#[must_use]
pub fn telling_names(names: &[String]) -> Option<&[String]> {
    (!are_numbers(names)).then_some(names)
}

/// What is said of one picture, in every format.
pub trait Answer {
    /// What a row of a table is of, unless something else is asked for. An object of JSON, or a line of text, is of a
    /// picture then.
    const USUAL_ROWS: Rows;

    /// The columns of CSV and Parquet.
    fn columns(style: &Style<'_>) -> Vec<Column>;

    /// Cells for these columns; more than one row where there is more to say.
    fn rows(&self, style: &Style<'_>) -> Vec<Vec<Cell<'_>>>;

    /// One JSON object without the end of the line; more than one where there is more to say.
    ///
    /// # Errors
    ///
    /// Where it cannot be put together.
    fn json(&self, style: &Style<'_>) -> serde_json::Result<Vec<String>>;

    /// For people, with the end of the line.
    fn text(&self, style: &Style<'_>) -> String;

    /// What is to be known of it.
    fn note(&self) -> Option<Note>;

    /// The picture's number, from 1, and its class: there is always one. `None` where the answer is not
    /// one class.
    fn numbered_class(&self) -> Option<(u64, usize)>;

    /// Why people should look at it, where they should: there is a note, or it is less sure than that.
    fn doubt(&self, style: &Style<'_>, min_confidence: f64) -> Option<Doubt>;
}
