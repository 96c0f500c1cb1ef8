//! Why a job cannot begin or go on.
//!
//! Owns what went wrong, in words. What a user can do about it, and with which exit code a program ends,
//! is the program's.

mod shards;

pub use shards::ShardError;

use data::DataError;
use model::{ArtifactError, DeviceError, InferenceError};
use std::fs::TryLockError;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why a job cannot begin or go on. One picture that cannot be used is no such error, but an
/// unusable input.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No model was named.
    #[error("no model is given")]
    NoModel,
    /// Models that are to answer together tell different classes apart.
    #[error(
        "{} and {} tell different classes apart: {names} and {other_names}",
        first.display(),
        other.display()
    )]
    DifferentClasses {
        /// The run folder of the first model.
        first: PathBuf,
        /// That of the one that differs.
        other: PathBuf,
        /// The first one's classes.
        names: String,
        /// The other one's classes.
        other_names: String,
    },
    /// Pictures of many digits were to be read by networks of other classes.
    #[error(
        "pictures of many digits are read by networks of digits, and this one tells others apart: {names}"
    )]
    NoDigits {
        /// The networks' classes.
        names: String,
    },
    /// A model is not there or damaged.
    #[error(transparent)]
    Model(#[from] ArtifactError),
    /// A model's network cannot be built.
    #[error("{0}")]
    Network(String),
    /// The device is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The device failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A data set cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What was named is no data set.
    #[error("no data set `{name}`: expected {expected}")]
    NoSuchSet {
        /// What was named.
        name: String,
        /// What may be named.
        expected: &'static str,
    },
    /// The set that a model was trained on cannot be found again by its name.
    #[error("the model was trained on `{name}` ({origin}), which is no set that is known by name")]
    UnknownTrainingSet {
        /// Its name.
        name: String,
        /// Where it was found.
        origin: String,
        /// What may be named.
        expected: &'static str,
    },
    /// The data has a class that the model does not know.
    #[error("the data has a class `{name}` that the model does not know")]
    UnknownClass {
        /// The class.
        name: String,
        /// The model's classes.
        known: String,
    },
    /// A table of labels is wrong.
    #[error("{}: {problem}", path.display())]
    Labels {
        /// The table.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// An input cannot be used, and the job was to end there.
    #[error("{0}")]
    Unusable(String),
    /// Shards are no whole, or a share cannot be told.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// A picture for people could not be made or written.
    #[error("{0}")]
    Picture(String),
    /// A file could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Whatever the results flow to refuses them.
    #[error("{name}: {source}")]
    Stream {
        /// What it is called.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Another program writes the same file, or to the same folder.
    #[error("{}: another program is writing to it", path.display())]
    InUse {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file was to be written where something else is.
    #[error("{}: cannot be replaced, it is no file", path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// A file was to be written to a folder that is not there.
    #[error("{}: there is no such folder", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A folder could not be made.
    #[error("{}: cannot be made: {source}", path.display())]
    MakeFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder for pictures has something in it.
    #[error("{}: expected an empty folder, found files in it", path.display())]
    FolderNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A folder for pictures lies where pictures are read.
    #[error("{}: lies in {}, which is read", path.display(), input.display())]
    FolderIsRead {
        /// The folder.
        path: PathBuf,
        /// The input that it lies in.
        input: PathBuf,
    },
    /// Rows could not be put into their format.
    #[error("the table cannot be written: {0}")]
    Format(String),
    /// A network has a layer that the form of an export does not know.
    #[error("the network has a {layer} layer, which is not exported to this form")]
    NotExported {
        /// The kind of the layer.
        layer: &'static str,
    },
    /// What an exported file says is not what the networks say that it was made of.
    #[error("the exported file does not say what the network says, and is not written: {why}")]
    WrongExport {
        /// What differs.
        why: String,
    },
    /// A service cannot listen where it was to.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// A fault of this library.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl Error {
    /// Why an output cannot be locked.
    pub(crate) fn of_lock(output: &Path, error: TryLockError) -> Self {
        let path = output.to_path_buf();
        match error {
            TryLockError::WouldBlock => Self::InUse { path },
            TryLockError::Error(source) => Self::Write { path, source },
        }
    }
}
