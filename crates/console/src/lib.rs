//! What both programs share at the terminal: how they fail, what they say and where, how they show
//! progress, and which build they are. Knows nothing of networks or data.
//!
//! Results go to standard output; everything else goes to standard error.

mod download;
mod failure;
mod terminal;
mod threads;

pub use download::DownloadBar;
pub use failure::{Exit, Failure, run_program};
pub use terminal::{ProgressMode, Terminal, Verbosity, print_result, write_result};

/// The version of the program, from its package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Version and commit, for `--version`.
pub const VERSION_LINE: &str = env!("VERSION_LINE");

/// The git commit that the program was built from, where it was built from a git checkout.
#[must_use]
pub fn git_commit() -> Option<&'static str> {
    Some(env!("GIT_COMMIT")).filter(|commit| !commit.is_empty())
}
