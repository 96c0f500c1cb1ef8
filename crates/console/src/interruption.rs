//! Ctrl-C and requests to end: the first one asks the work to end early and keep what is done, the
//! second one ends the program at once.
//!
//! There is one handler a process, and it is the program that sets it: no library does.

use crate::exit::Exit;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::exit;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What became of the program's wish to go on.
#[derive(Clone, Default)]
pub struct Interruption {
    exit: Arc<OnceLock<Exit>>,
    scratch: Arc<Mutex<Vec<PathBuf>>>,
}

impl Interruption {
    /// Sets the handler. `first` is called when the end is asked for, `last` when that happens again, just
    /// before the program ends.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn watch(
        first: impl FnOnce(Exit) + Send + 'static,
        last: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let interruption = Self::default();
        let watched = interruption.clone();
        let (mut first, mut last) = (Some(first), Some(last));
        on_signal(move |code| {
            if watched.exit.set(code).is_ok() {
                if let Some(first) = first.take() {
                    first(code);
                }
                return;
            }
            if let Some(last) = last.take() {
                last();
            }
            let scratch = watched.scratch.lock();
            for file in scratch.unwrap_or_else(PoisonError::into_inner).iter() {
                let _ = fs::remove_file(file);
            }
            exit(code as i32);
        })?;
        Ok(interruption)
    }

    /// The exit code, once the end was asked for.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        self.exit.get().copied()
    }

    /// Removes this file where the program ends at once.
    pub fn remove_at_once(&self, scratch: PathBuf) {
        let files = self.scratch.lock();
        files.unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}

/// Calls `handle` at each signal, on a thread of its own.
#[cfg(unix)]
fn on_signal(mut handle: impl FnMut(Exit) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let thread = std::thread::Builder::new().name("signals".into());
    let body = move || {
        for signal in signals.forever() {
            handle(if signal == SIGINT {
                Exit::Interrupted
            } else {
                Exit::Terminated
            });
        }
    };
    thread.spawn(body).map(drop)
}

/// Calls `handle` at each Ctrl-C, on a thread of its own.
#[cfg(not(unix))]
fn on_signal(mut handle: impl FnMut(Exit) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || handle(Exit::Interrupted)).map_err(io::Error::other)
}
