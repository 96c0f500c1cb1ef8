//! The programs `train` and `infer` as commands of the package's console script.

use console::call_commands_of;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ffi::OsString;

/// The console script.
const SCRIPT: &str = "digits";

/// Runs `train` or `infer` with these arguments and returns its exit code. It takes the process over: signals, and the
/// messages of panics.
#[pyfunction]
pub(crate) fn run_program(py: Python<'_>, program: &str, arguments: Vec<OsString>) -> PyResult<u8> {
    let main = match program {
        "train" => train::program::main,
        "infer" => infer::cli::main,
        _ => {
            let message = format!("no program `{program}`: expected train or infer");
            return Err(PyValueError::new_err(message));
        }
    };
    call_commands_of(SCRIPT);
    let called = OsString::from(format!("{SCRIPT} {program}"));
    let words: Vec<OsString> = std::iter::once(called).chain(arguments).collect();
    Ok(py.detach(|| main(words)))
}

/// Version and commit.
#[pyfunction]
pub(crate) fn version() -> &'static str {
    console::VERSION_LINE
}
