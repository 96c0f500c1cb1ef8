//! How a program fails: one `error: …` with its `hint: …` on standard error.

use crate::exit::Exit;
use crate::terminal::{ERROR_STYLE, HINT_STYLE, say_line};
use crate::threads::compute_on_this_thread;
use base::{harmless, is_guarded, panic_text};
use clap::Parser;
use std::ffi::OsString;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Mutex;

/// Why a program stops: for people, once, with the way out where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    exit: Exit,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            hint: None,
            exit: Exit::Failure,
        }
    }

    /// A mistake on the command line or in a recipe, with exit code 2.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(message).with_exit(Exit::Usage)
    }

    /// With the way out.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<impl fmt::Display>) -> Self {
        self.hint = hint.map(|hint| hint.to_string());
        self
    }

    /// With another exit code.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    fn print(&self) {
        let (error, hint) = (ERROR_STYLE, HINT_STYLE);
        let message = harmless(&self.message);
        say_line(&format!("{error}error:{error:#} {message}"));
        if let Some(text) = &self.hint {
            say_line(&format!("{hint}hint:{hint:#} {}", harmless(text)));
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Runs a program, called by these words, to its exit code. A failure is printed; so is a panic, as a fault of the
/// program or of the device, without a backtrace unless `RUST_BACKTRACE` asks for one.
#[must_use]
pub fn run_program<C: Parser>(
    words: impl IntoIterator<Item = OsString>,
    body: impl FnOnce(C) -> Result<Exit, Failure>,
) -> u8 {
    match C::try_parse_from(words) {
        Ok(arguments) => run_body(|| body(arguments)),
        Err(refused) => {
            // Help and versions are such an error too. Where nobody reads, nobody is told.
            let _ = refused.print();
            u8::try_from(refused.exit_code()).unwrap_or(Exit::Usage as u8)
        }
    }
}

fn run_body(body: impl FnOnce() -> Result<Exit, Failure>) -> u8 {
    static PLACE: Mutex<String> = Mutex::new(String::new());
    set_hook(Box::new(|info| {
        if is_guarded() {
            // It becomes an error of the picture that it is about.
            return;
        }
        if let (Ok(mut place), Some(location)) = (PLACE.lock(), info.location()) {
            *place = location.to_string();
        }
        if std::env::var("RUST_BACKTRACE").is_ok_and(|value| value != "0") {
            let backtrace = std::backtrace::Backtrace::force_capture();
            say_line(&format!("{info}\n{backtrace}"));
        }
    }));
    compute_on_this_thread();
    let exit = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            failure.print();
            failure.exit
        }
        Err(payload) => {
            let place = PLACE.lock().map(|place| place.clone()).unwrap_or_default();
            Failure::new(format!(
                "internal error: {} ({place})",
                panic_text(payload.as_ref())
            ))
            .with_hint(Some(
                "if a GPU was in use, it may have been lost: try `--device cpu`",
            ))
            .print();
            Exit::Failure
        }
    };
    exit as u8
}
