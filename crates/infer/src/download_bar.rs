//! Shows a download of `data`'s at the terminal.

use console::Terminal;
use data::Progress;
use indicatif::ProgressBar;
use std::sync::{Mutex, PoisonError};

const TEMPLATE: &str = "{msg} {bar:30} {binary_bytes} of {binary_total_bytes}, {eta} left";

/// A bar for each file that is fetched.
pub(crate) struct DownloadBar<'a> {
    terminal: &'a Terminal,
    bar: Mutex<ProgressBar>,
}

impl<'a> DownloadBar<'a> {
    /// Shows nothing until a file begins.
    pub(crate) fn new(terminal: &'a Terminal) -> Self {
        Self {
            terminal,
            bar: Mutex::new(ProgressBar::hidden()),
        }
    }

    fn bar(&self) -> ProgressBar {
        self.bar
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Progress for DownloadBar<'_> {
    fn start(&self, file: &str, total_bytes: Option<u64>) {
        if !self.terminal.shows_bar() {
            self.terminal.note(&format!("downloading {file}"));
        }
        let bar = self
            .terminal
            .bar(total_bytes, TEMPLATE)
            .with_message(file.to_owned());
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    fn advance(&self, bytes: u64) {
        self.bar().inc(bytes);
    }

    fn finish(&self) {
        self.bar().finish_and_clear();
    }

    fn note(&self, message: &str) {
        self.terminal.note(message);
    }
}
