//! The formats of results, and which one a file's name stands for.

use std::path::Path;

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: a line a picture.
    #[default]
    Text,
    /// One JSON array.
    Json,
    /// A JSON object a line.
    Jsonl,
    /// A header and a line a picture.
    Csv,
    /// The columns of CSV, typed and packed.
    Parquet,
    /// What Kaggle's digit recognizer takes: CSV with the columns `ImageId`, from 1, and `Label`.
    Kaggle,
}

impl Format {
    /// The one that the end of the file's name stands for, else text.
    #[must_use]
    pub fn of_file(file: Option<&Path>) -> Self {
        let extension = file.and_then(Path::extension).unwrap_or_default();
        match extension.to_string_lossy().to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            _ => Self::Text,
        }
    }
}
