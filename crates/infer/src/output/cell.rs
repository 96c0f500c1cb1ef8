//! Columns and cells: what CSV and Parquet have in common.

use base::inert;
use std::borrow::Cow;

/// What a column has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number, as precise as the network's own.
    Number,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    pub(super) is_optional: bool,
}

impl Column {
    /// Without empty cells.
    pub(super) fn required(name: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            is_optional: false,
        }
    }

    /// With empty cells.
    pub(super) fn optional(name: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        Self {
            is_optional: true,
            ..Self::required(name, kind)
        }
    }
}

/// What is in one column of one row.
#[derive(Clone, Debug)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i32),
    /// A number, as precise as the network's own.
    Number(f32),
}

impl<'a> Cell<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn count(count: usize) -> Self {
        i32::try_from(count).map_or(Self::Null, Self::Integer)
    }

    pub(super) fn label(label: Option<usize>) -> Self {
        label.map_or(Self::Null, Self::count)
    }

    /// As precise as the network's own numbers.
    pub(super) fn probability(probability: Option<f64>) -> Self {
        probability.map_or(Self::Null, |probability| Self::Number(probability as f32))
    }

    pub(super) fn note(note: Option<&'static str>) -> Self {
        note.map_or(Self::Null, Self::text)
    }

    /// As CSV has it: nothing for nothing, and no text that a spreadsheet would run.
    pub(super) fn to_field(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Text(text) => inert(text),
            Self::Integer(number) => number.to_string().into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        let field = |text| Cell::text(text).to_field().into_owned();
        assert_eq!(field("=cmd|' /C calc'!A0.png"), "'=cmd|' /C calc'!A0.png");
        assert_eq!(field("-1.png"), "'-1.png");
        assert_eq!(field("a=b.png"), "a=b.png");
        assert_eq!(Cell::Integer(-1).to_field(), "-1");
    }
}
