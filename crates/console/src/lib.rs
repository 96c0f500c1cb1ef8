//! What both programs share at the terminal: how they fail and end, what they say and where, how they
//! show progress, which runs a user means, and which build they are. Knows nothing of networks.
//!
//! Results go to standard output; everything else goes to standard error.

mod called;
mod documents;
mod download;
mod exit;
mod failure;
mod interruption;
mod runs;
mod terminal;
mod threads;

pub use called::{call_commands_of, command_of};
pub use documents::{Shell, print_completions, write_man_pages};
pub use download::DownloadBar;
pub use exit::{EXIT_CODES, Exit};
pub use failure::{Failure, run_program};
pub use interruption::Interruption;
pub use runs::{RUNS_FOLDER, find_run, find_runs, last_run};
pub use terminal::{ProgressMode, Terminal, Verbosity, print_result, write_result};

/// The columns that help is written for.
pub const HELP_COLUMNS: usize = 80;

/// The version of the program, from its package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Version and commit, for `--version`.
pub const VERSION_LINE: &str = env!("VERSION_LINE");

/// The git commit that the program was built from, where it was built from a git checkout.
#[must_use]
pub fn git_commit() -> Option<&'static str> {
    Some(env!("GIT_COMMIT")).filter(|commit| !commit.is_empty())
}
