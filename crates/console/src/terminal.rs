//! Notices and progress on standard error, with a copy of every notice in a log file.

use anstyle::{AnsiColor, Style};
use base::harmless;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) const ERROR_STYLE: Style = AnsiColor::Red.on_default().bold();
pub(crate) const HINT_STYLE: Style = AnsiColor::Cyan.on_default().bold();
const WARNING_STYLE: Style = AnsiColor::Yellow.on_default().bold();

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// And what happens.
    #[default]
    Normal,
    /// And details.
    Verbose,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ProgressMode {
    /// A bar on a terminal, else a line now and then.
    #[default]
    Auto,
    /// A line now and then.
    Plain,
    /// The whole screen, of a terminal: curves, figures, and keys to stop with.
    Tui,
    /// Nothing.
    None,
}

/// Where the program talks. Clones talk to the same place.
#[derive(Clone)]
pub struct Terminal {
    verbosity: Verbosity,
    progress: ProgressMode,
    /// What is shown of what happens.
    happenings: Verbosity,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    log: Option<File>,
    bar: Option<ProgressBar>,
    /// What is to be said later, while somebody else has the whole screen.
    held: Option<Vec<String>>,
}

impl Terminal {
    /// Talks to standard error.
    #[must_use]
    pub fn new(verbosity: Verbosity, progress: ProgressMode) -> Self {
        Self {
            verbosity,
            progress,
            happenings: Verbosity::Normal,
            shared: Arc::default(),
        }
    }

    /// The same for one of many jobs alike: what happens in it is a detail.
    #[must_use]
    pub fn in_detail(&self) -> Self {
        Self {
            happenings: Verbosity::Verbose,
            ..self.clone()
        }
    }

    /// Copies every notice, of any verbosity, to a new file.
    ///
    /// # Errors
    ///
    /// Where the file cannot be made.
    pub fn log_to(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        self.shared().log = Some(file);
        Ok(())
    }

    /// Copies every notice, of any verbosity, to the end of a file that may be there already.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened.
    pub fn log_on(&self, path: &Path) -> io::Result<()> {
        let file = File::options().create(true).append(true).open(path)?;
        self.shared().log = Some(file);
        Ok(())
    }

    /// What happens.
    pub fn note(&self, message: &str) {
        let message = &harmless(message);
        self.say(self.happenings, message, message);
    }

    /// A detail that only `--verbose` and the log show.
    pub fn detail(&self, message: &str) {
        let message = &harmless(message);
        self.say(Verbosity::Verbose, message, message);
    }

    /// One line of progress, for where there is no bar; whether it was shown.
    #[must_use]
    pub fn progress_line(&self, message: &str) -> bool {
        let message = &harmless(message);
        let verbosity = if self.progress == ProgressMode::None {
            Verbosity::Verbose
        } else {
            self.happenings
        };
        self.say(verbosity, message, message);
        self.verbosity >= verbosity
    }

    /// That something still goes on, for where there is no bar; not for the log.
    pub fn sign_of_life(&self, message: &str) {
        let message = &harmless(message);
        let is_shown = matches!(self.progress, ProgressMode::Auto | ProgressMode::Plain);
        if is_shown && self.verbosity >= Verbosity::Normal && !self.shows_bar() {
            say_line(message);
        }
    }

    /// Something the user should know, even where little is said.
    pub fn warn(&self, message: &str) {
        let message = &harmless(message);
        let style = WARNING_STYLE;
        let styled = format!("{style}warning:{style:#} {message}");
        self.say(Verbosity::Quiet, &styled, &format!("warning: {message}"));
    }

    /// Keeps what is said, but for the log, until [`Terminal::release`]: somebody else draws on the
    /// screen.
    pub fn hold(&self) {
        self.shared().held.get_or_insert_default();
    }

    /// Says what was kept.
    pub fn release(&self) {
        for message in self.shared().held.take().into_iter().flatten() {
            say_line(&message);
        }
    }

    /// Whether progress is shown as a bar.
    #[must_use]
    pub fn shows_bar(&self) -> bool {
        self.verbosity >= Verbosity::Normal
            && self.progress == ProgressMode::Auto
            && io::stderr().is_terminal()
    }

    /// A progress bar in the place of the last one; hidden where bars are not shown. `template` is
    /// indicatif's.
    #[must_use]
    pub fn bar(&self, length: Option<u64>, template: &str) -> ProgressBar {
        let target = if self.shows_bar() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(length, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        if self.shows_bar() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        self.shared().bar = Some(bar.clone());
        bar
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, verbosity: Verbosity, styled: &str, plain: &str) {
        let mut shared = self.shared();
        if let Some(log) = &mut shared.log {
            // A full disk must not stop the run: the results are written apart and checked.
            let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
            let _ = writeln!(log, "{now} {plain}");
        }
        if self.verbosity < verbosity {
            return;
        }
        if let Some(held) = &mut shared.held {
            held.push(styled.to_string());
            return;
        }
        match &shared.bar {
            Some(bar) if !bar.is_finished() && !bar.is_hidden() => {
                bar.suspend(|| say_line(styled));
            }
            _ => say_line(styled),
        }
    }
}

/// A line on standard error. Where that is full or closed, the line is lost, and the work goes on.
pub(crate) fn say_line(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Prints a result to standard output. A reader that went away (`| head`) is no error.
///
/// # Errors
///
/// Where standard output refuses for any other reason.
pub fn print_result(text: &str) -> io::Result<()> {
    write_result(format!("{text}\n")).map(|_| ())
}

/// Writes results to standard output as they are; false where its reader went away.
///
/// # Errors
///
/// Where standard output refuses for any other reason.
pub fn write_result(bytes: impl AsRef<[u8]>) -> io::Result<bool> {
    let mut output = io::stdout().lock();
    let written = output.write_all(bytes.as_ref());
    match written.and_then(|()| output.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}
