//! One input, and what is said of one that cannot be used.

use base::IMAGE_PIXELS;
use data::{Content, DataError, Record};
use std::fmt::{self, Display};
use std::path::PathBuf;

/// One image to be, or what is wrong with it.
pub enum Input {
    /// The file of a picture, not read yet.
    File(PathBuf),
    /// An image out of a file of many.
    Record(Record),
    /// What cannot be used.
    Unusable(Unusable),
}

impl Input {
    /// Bytes that it holds in memory.
    pub(crate) fn num_bytes(&self) -> u64 {
        match self {
            Self::Record(Record {
                content: Content::Picture(bytes),
                ..
            }) => bytes.len() as u64,
            Self::Record(_) => IMAGE_PIXELS as u64,
            Self::File(_) | Self::Unusable(_) => 0,
        }
    }
}

/// What cannot be used, and why.
#[derive(Debug)]
pub struct Unusable {
    path: String,
    /// Why, with the path.
    message: String,
    ends_job: bool,
}

impl Unusable {
    /// For a reason that does not name the input.
    #[must_use]
    pub fn new(path: impl Into<String>, reason: impl Display) -> Self {
        let path = path.into();
        let message = format!("{path}: {reason}");
        Self {
            path,
            message,
            ends_job: false,
        }
    }

    /// For a reason that lies in the job and not in the input: the job cannot go on.
    pub(crate) fn of_job(path: String, message: String) -> Self {
        Self {
            path,
            message,
            ends_job: true,
        }
    }

    /// For a data error, which says itself where it is: in this file, or in the part of it that the
    /// error names.
    pub(crate) fn in_file(file: &str, error: &DataError) -> Self {
        let path = match error {
            DataError::Picture { path, .. } => path.display().to_string(),
            _ => file.to_owned(),
        };
        Self {
            path,
            message: error.to_string(),
            ends_job: false,
        }
    }

    /// What the user calls the input.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the job cannot go on, whatever is wanted of inputs that cannot be used.
    #[must_use]
    pub fn ends_job(&self) -> bool {
        self.ends_job
    }
}

impl Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Unusable {}
