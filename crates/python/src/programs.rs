//! The programs `train` and `infer` as commands of the package's console script.

use ::train::observer::{EvaluationRecord, Observer, StepReport};
use ::train::program::main_followed;
use ::train::run::Follow;
use console::call_commands_of;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The console script.
pub(crate) const SCRIPT: &str = "digits";

/// Runs `train` or `infer` with these arguments and returns its exit code, and the run folders that it wrote. It takes
/// the process over: signals, and the messages of panics.
#[pyfunction]
pub(crate) fn run_program(
    py: Python<'_>,
    program: &str,
    arguments: Vec<OsString>,
) -> PyResult<(u8, Vec<PathBuf>)> {
    call_commands_of(SCRIPT);
    let called = OsString::from(format!("{SCRIPT} {program}"));
    let words: Vec<OsString> = std::iter::once(called).chain(arguments).collect();
    match program {
        "train" => Ok(py.detach(|| train(words))),
        "infer" => Ok((py.detach(|| infer::cli::main(words)), Vec::new())),
        _ => {
            let message = format!("no program `{program}`: expected train or infer");
            Err(PyValueError::new_err(message))
        }
    }
}

/// The exit code, and the run folders.
fn train(words: Vec<OsString>) -> (u8, Vec<PathBuf>) {
    let folders = Mutex::new(Vec::new());
    let who = |folder: &Path| -> Box<dyn Observer> {
        let mut folders = folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.push(folder.to_path_buf());
        Box::new(NotAsking)
    };
    let follow = Follow {
        who: &who,
        prints_result: true,
    };
    let code = main_followed(words, Some(follow));
    let folders = folders.into_inner();
    (code, folders.unwrap_or_else(PoisonError::into_inner))
}

/// Whoever wants to know of no more than that there is a run.
struct NotAsking;

impl Observer for NotAsking {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, _: &EvaluationRecord) -> Result<(), String> {
        Ok(())
    }
}

/// Version and commit.
#[pyfunction]
pub(crate) fn version() -> &'static str {
    console::VERSION_LINE
}
