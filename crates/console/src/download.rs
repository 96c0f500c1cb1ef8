//! A progress bar for downloads of data sets.

use crate::terminal::Terminal;
use indicatif::ProgressBar;
use std::sync::{Mutex, PoisonError};

const TEMPLATE: &str =
    "downloading {msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";

/// Shows downloads on a terminal, and says what went wrong.
pub struct DownloadBar<'a> {
    terminal: &'a Terminal,
    bar: Mutex<Option<ProgressBar>>,
}

impl<'a> DownloadBar<'a> {
    /// On this terminal.
    #[must_use]
    pub fn new(terminal: &'a Terminal) -> Self {
        Self {
            terminal,
            bar: Mutex::new(None),
        }
    }

    fn with_bar(&self, action: impl FnOnce(&mut Option<ProgressBar>)) {
        action(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl data::Progress for DownloadBar<'_> {
    fn start(&self, file: &str, total_bytes: Option<u64>) {
        if !self.terminal.shows_bar() {
            self.terminal.note(&format!("downloading {file}"));
        }
        self.with_bar(|bar| {
            let new = self.terminal.bar(total_bytes, TEMPLATE);
            *bar = Some(new.with_message(file.to_string()));
        });
    }

    fn advance(&self, bytes: u64) {
        self.with_bar(|bar| {
            if let Some(bar) = bar {
                bar.inc(bytes);
            }
        });
    }

    fn finish(&self) {
        self.with_bar(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }

    fn note(&self, message: &str) {
        self.terminal.note(message);
    }
}
