//! A training that Python asks for and follows.
//!
//! It runs on the threads that compute, and the caller's thread waits without the interpreter's lock: there it sees
//! Ctrl-C, which ends the training after a step.

use crate::errors::{RecipeError, TrainingError, of_training};
use crate::programs::SCRIPT;
use crate::workers::{check_signals, on_workers};
use ::train::cli::{Cli, TrainArguments};
use ::train::observer::{EvaluationRecord, Observer, StepReport};
use ::train::run::{Follow, run};
use burn::train::Interrupter;
use clap::Parser as _;
use console::{Exit, Failure, call_commands_of};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How often it is seen whether Ctrl-C was pressed.
const PATIENCE: Duration = Duration::from_millis(50);

/// Trains as these arguments of `train` say, and returns the run folder. `callback` is called with each evaluation as
/// JSON; where it returns False, training ends there, and what there is is saved.
#[pyfunction]
pub(crate) fn train(
    py: Python<'_>,
    arguments: Vec<OsString>,
    callback: Option<Py<PyAny>>,
) -> PyResult<PathBuf> {
    // What users are told to run next is what they have.
    call_commands_of(SCRIPT);
    let words = std::iter::once(OsString::from("train")).chain(arguments);
    let arguments = match Cli::try_parse_from(words) {
        Ok(Cli {
            command: None,
            train,
        }) => train,
        Ok(_) => return Err(RecipeError::new_err("expected a recipe, found a command")),
        Err(error) => {
            let text = error.to_string();
            let text = text.lines().next().unwrap_or_default();
            return Err(RecipeError::new_err(
                text.trim_start_matches("error: ").to_owned(),
            ));
        }
    };
    let followed = Followed {
        callback: callback.map(Arc::new),
        stop: Interrupter::new(),
        told: Arc::default(),
    };
    let (outcome, interrupted) = py.detach(|| followed.run(&arguments))?;
    let told = std::mem::take(&mut *followed.told());
    if let Some(error) = told.error.or(interrupted) {
        return Err(error);
    }
    outcome.map_err(|failure| of_training(&failure))?;
    told.folder
        .ok_or_else(|| TrainingError::new_err("the training had no run folder"))
}

/// What came of a training that is followed.
#[derive(Default)]
struct Told {
    folder: Option<PathBuf>,
    /// What the callback raised.
    error: Option<PyErr>,
}

/// A training and who follows it.
#[derive(Clone)]
struct Followed {
    callback: Option<Arc<Py<PyAny>>>,
    stop: Interrupter,
    told: Arc<Mutex<Told>>,
}

impl Followed {
    /// Trains, and what Ctrl-C raised meanwhile.
    fn run(&self, arguments: &TrainArguments) -> PyResult<(Result<Exit, Failure>, Option<PyErr>)> {
        let (done, is_done) = channel();
        let mut interrupted = None;
        let outcome = thread::scope(|scope| {
            scope.spawn(move || {
                // Whoever waits for it is there until it has come.
                let _ = done.send(on_workers(|| self.train(arguments)));
            });
            loop {
                match is_done.recv_timeout(PATIENCE) {
                    Ok(outcome) => return outcome,
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(TrainingError::new_err("the training's thread was lost"));
                    }
                    Err(RecvTimeoutError::Timeout) if interrupted.is_none() => {
                        interrupted = check_signals().err();
                        if interrupted.is_some() {
                            self.stop.stop(Some("interrupted"));
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                }
            }
        });
        Ok((outcome?, interrupted))
    }

    fn train(&self, arguments: &TrainArguments) -> Result<Exit, Failure> {
        let who = |folder: &Path| -> Box<dyn Observer> {
            self.told().folder = Some(folder.to_path_buf());
            Box::new(self.clone())
        };
        let follow = Follow {
            who: &who,
            prints_result: false,
        };
        run(arguments, &arguments.terminal(), &self.stop, Some(follow))
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls back; false where no more is wanted.
    fn call(&self, record: &EvaluationRecord) -> PyResult<bool> {
        let Some(callback) = &self.callback else {
            return Ok(true);
        };
        let record = serde_json::to_string(record);
        let record = record.map_err(|error| TrainingError::new_err(error.to_string()))?;
        Python::attach(|py| {
            let answer = callback.call1(py, (record,))?;
            let answer = answer.bind(py).cast::<PyBool>();
            Ok(answer.map_or(true, PyBoolMethods::is_true))
        })
    }
}

impl Observer for Followed {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, record: &EvaluationRecord) -> Result<(), String> {
        match self.call(record) {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.stop.stop(Some("the callback wants no more"));
                Ok(())
            }
            Err(error) => {
                let text = format!("the callback raised {error}");
                self.told().error = Some(error);
                Err(text)
            }
        }
    }
}
