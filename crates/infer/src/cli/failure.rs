//! What the library's errors are at the terminal: exit codes, and the way out.

use crate::{Error, ShardError};
use console::Failure;
use data::DataError;

/// The failure that an error is.
pub(super) fn failure(error: Error) -> Failure {
    let hint = hint(&error);
    let failure = match &error {
        Error::NoModel
        | Error::Shard(ShardError::Unclear { .. })
        | Error::DifferentClasses { .. }
        | Error::NoDigits { .. }
        | Error::Device(_)
        | Error::NoSuchSet { .. }
        | Error::UnknownTrainingSet { .. } => Failure::usage(error),
        _ => Failure::new(error),
    };
    failure.with_hint(hint)
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Model(error) => return error.hint(),
        Error::Device(error) => return error.hint(),
        Error::Data(DataError::NotAvailable { .. }) => {
            "name a folder with its files by --data-dir, or other images by --dataset"
        }
        Error::Data(error) => return error.hint(),
        Error::Shard(error) => return error.hint(),
        Error::UnknownTrainingSet { expected, .. } => {
            return Some(format!("name one with --dataset: {expected}"));
        }
        Error::UnknownClass { known, .. } => {
            return Some(format!("the model's classes are: {known}"));
        }
        Error::DifferentClasses { .. } => {
            "models that answer together are trained on the same classes"
        }
        Error::NoDigits { .. } => {
            "leave --digits out: then a picture is read as one of these classes"
        }
        Error::Inference(_) => {
            "`--device cpu` always works; a smaller `--batch-size` needs less memory"
        }
        Error::Unusable(_) => "`--on-error skip` passes over what cannot be used",
        Error::InUse { .. } => "wait until it is done, or name another",
        Error::Listen { .. } => "name another address by --listen; port 0 takes a free one",
        Error::NotExported { .. } => {
            "--format onnx knows all layers; this form those of cnn.toml, dense.toml, linear.toml"
        }
        Error::WrongExport { .. } => {
            "that is a fault of this program: please report it; --no-verify writes the file all the same"
        }
        Error::NotAFile { .. } => "name a file to write to",
        Error::NoFolder { .. } => "make the folder first",
        Error::FolderNotEmpty { .. } => "name a new folder, or empty this one",
        Error::FolderIsRead { .. } => "name a folder elsewhere for the pictures",
        _ => return None,
    };
    Some(hint.into())
}
