//! What a shard that is done says of itself, in a file beside its rows: written last, so that where it is the shard is
//! whole.

use super::origin::Origin;
use super::{MAX_SHARDS, Shard};
use crate::error::{Error, ShardError};
use crate::places;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FORMAT_VERSION: u32 = 1;
/// Behind the name of a shard.
pub(super) const RECORD_END: &str = ".shard.json";
/// The longest record that is read, in bytes.
const MAX_RECORD_BYTES: u64 = 16 << 20;

/// What a shard says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardRecord {
    format_version: u32,
    /// From 1.
    shard: u32,
    num_shards: u32,
    /// What its rows depend on.
    pub origin: Origin,
    /// The place of its first input among all, from 0.
    pub first_input: u64,
    /// How many inputs it took.
    pub num_inputs: u64,
    /// Pictures that have an answer.
    pub num_pictures: u64,
    /// Inputs that could not be used.
    pub num_unusable: u64,
    /// Of its rows.
    pub num_bytes: u64,
    /// Of its rows, in hexadecimal.
    pub sha256: String,
}

impl ShardRecord {
    /// Of this shard of a job, without anything done.
    #[must_use]
    pub fn new(shard: Shard, origin: Origin, first_input: u64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            shard: shard.number(),
            num_shards: shard.count(),
            origin,
            first_input,
            num_inputs: 0,
            num_pictures: 0,
            num_unusable: 0,
            num_bytes: 0,
            sha256: String::new(),
        }
    }

    /// Which one.
    #[must_use]
    pub fn shard(&self) -> Shard {
        // Looked at when it was read.
        Shard {
            number: self.shard,
            count: self.num_shards,
        }
    }

    /// Where the record of the shard in this file is.
    #[must_use]
    pub fn path_of(file: &Path) -> PathBuf {
        let mut path = file.as_os_str().to_owned();
        path.push(RECORD_END);
        path.into()
    }

    /// Reads the record of the shard in this file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or is damaged.
    pub fn read(file: &Path) -> Result<Option<Self>, ShardError> {
        let path = Self::path_of(file);
        let bytes = match places::read(&path, MAX_RECORD_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ShardError::Read { path, source }),
        };
        let read: Result<Self, _> = serde_json::from_slice(&bytes);
        let record = read.map_err(|error| error.to_string()).and_then(|record| {
            let is_known = record.format_version == FORMAT_VERSION;
            let is_shard = Shard::new(record.shard, record.num_shards).is_some();
            if is_known && is_shard {
                Ok(record)
            } else {
                Err(format!(
                    "expected version {FORMAT_VERSION} and a shard of at most {MAX_SHARDS}"
                ))
            }
        });
        match record {
            Ok(record) => Ok(Some(record)),
            Err(problem) => Err(ShardError::BadRecord { path, problem }),
        }
    }

    /// Whether the rows are there that it speaks of, by their number of bytes alone.
    ///
    /// # Errors
    ///
    /// Where the file cannot be looked at.
    pub fn has_its_rows(&self, file: &Path) -> Result<bool, ShardError> {
        match places::num_bytes(file) {
            Ok(num_bytes) => Ok(num_bytes == self.num_bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(ShardError::Read {
                path: file.into(),
                source,
            }),
        }
    }

    /// Writes it beside the rows in this file, which are there.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&self, file: &Path) -> Result<(), Error> {
        let path = Self::path_of(file);
        let text = serde_json::to_vec_pretty(self);
        let text = text.map_err(|error| Error::Format(error.to_string()))?;
        places::write(&path, &text).map_err(|source| Error::Write { path, source })
    }

    /// Removes the record of the shard in this file, which is to be done again, where there is one.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn remove(file: &Path) -> Result<(), Error> {
        let path = Self::path_of(file);
        places::remove(&path).map_err(|source| Error::Write { path, source })
    }
}
