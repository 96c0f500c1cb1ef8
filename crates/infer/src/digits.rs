//! How many digits a picture shows.

/// How many digits a picture shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digits {
    /// One: the greatest ink is the digit.
    #[default]
    One,
    /// Any number, in lines, from left to right; they may touch.
    Many,
}
