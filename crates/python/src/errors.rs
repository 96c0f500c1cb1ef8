//! Errors as exceptions: each says what, where, and the way out where there is one.

use console::{Exit, Failure};
use data::DataError;
use infer::Error;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::{PyErr, create_exception};
use std::fmt::Display;

create_exception!(
    digits,
    ModelError,
    PyOSError,
    "A saved model is not there, damaged, or does not go together with another."
);
create_exception!(
    digits,
    InputError,
    PyValueError,
    "An image or a picture cannot be used."
);
create_exception!(
    digits,
    SetError,
    PyOSError,
    "A data set is not there or damaged."
);
create_exception!(
    digits,
    DeviceError,
    PyValueError,
    "A device is not there, or not to be used here."
);
create_exception!(
    digits,
    RecipeError,
    PyValueError,
    "A recipe, or what is put over it, is wrong."
);
create_exception!(
    digits,
    TrainingError,
    PyRuntimeError,
    "A training diverged or could not go on."
);

/// What went wrong, with the way out.
fn text(message: impl Display, hint: Option<impl Display>) -> String {
    hint.map_or_else(|| message.to_string(), |hint| format!("{message}; {hint}"))
}

/// Of what the library of `infer` could not do.
pub(crate) fn of_infer(error: &Error) -> PyErr {
    match error {
        Error::Model(cause) => ModelError::new_err(text(error, cause.hint())),
        Error::NoModel => ModelError::new_err(text(error, Some("name a run folder"))),
        Error::DifferentClasses { .. } | Error::Network(_) => {
            ModelError::new_err(error.to_string())
        }
        Error::Device(cause) => DeviceError::new_err(text(error, cause.hint())),
        Error::Inference(_) => PyRuntimeError::new_err(text(
            error,
            Some("device=\"cpu\" always works; a smaller batch_size needs less memory"),
        )),
        Error::Data(cause) => of_data(cause),
        Error::Internal(_) | Error::Thread(_) => PyRuntimeError::new_err(error.to_string()),
        _ => InputError::new_err(error.to_string()),
    }
}

/// Of a data set.
pub(crate) fn of_data(error: &DataError) -> PyErr {
    let hint = match error {
        DataError::NotAvailable { .. } => {
            Some("name a folder with its files, or let it be downloaded".into())
        }
        _ => error.hint(),
    };
    SetError::new_err(text(error, hint))
}

/// Of a training.
pub(crate) fn of_training(failure: &Failure) -> PyErr {
    let text = text(failure, failure.hint());
    match failure.exit() {
        Exit::Usage => RecipeError::new_err(text),
        _ => TrainingError::new_err(text),
    }
}

/// Of a fault of the libraries, or of a device that was lost.
pub(crate) fn of_panic(panic: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "internal error: {panic}; if a GPU was in use, it may have been lost: try device=\"cpu\""
    ))
}
