//! The words that options take, and what they are to the library.

use crate::digits::Digits;
use crate::output;
use crate::shard::Shard;
use clap::ValueEnum;
use std::str::FromStr;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: a line a picture
    Text,
    /// One JSON array
    Json,
    /// A JSON object a line
    Jsonl,
    /// A header and a line a picture
    Csv,
    /// The columns of CSV, typed and packed
    Parquet,
    /// For Kaggle's digit recognizer: CSV of `ImageId`, from 1, and `Label`, one for every picture
    Kaggle,
}

impl From<Format> for output::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
            Format::Jsonl => Self::Jsonl,
            Format::Csv => Self::Csv,
            Format::Parquet => Self::Parquet,
            Format::Kaggle => Self::Kaggle,
        }
    }
}

/// What `--digits` takes.
pub(super) fn digits(text: &str) -> Result<Digits, String> {
    Digits::of_word(text).ok_or_else(|| "expected one, many, or a number from 2 to 255".into())
}

/// What a row of the results is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Rows {
    /// A picture, with all its digits
    Picture,
    /// A digit, with its box, its guess and its runner-up
    Digit,
}

impl From<Rows> for output::Rows {
    fn from(rows: Rows) -> Self {
        match rows {
            Rows::Picture => Self::Picture,
            Rows::Digit => Self::Digit,
        }
    }
}

/// What an input that cannot be used does to the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OnError {
    /// It is named and passed over; the exit code is 3
    #[default]
    Skip,
    /// It ends the job; the exit code is 1, and what was done is kept as a partial file
    Fail,
}

/// How reports are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// What `--shard` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShardChoice {
    /// This one.
    This(Shard),
    /// The one that the environment names, of so many where that is said.
    OfEnvironment(Option<u32>),
}

impl FromStr for ShardChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::OfEnvironment(None));
        }
        let count = text.strip_prefix("auto/").map(|count| {
            let count: Option<u32> = count.parse().ok();
            count.filter(|&count| Shard::new(1, count).is_some())
        });
        match count {
            Some(Some(count)) => Ok(Self::OfEnvironment(Some(count))),
            Some(None) => Err("expected how many shards there are, such as auto/8".into()),
            None => text.parse().map(Self::This),
        }
    }
}
