//! The exit codes of both programs.

/// The exit codes of both programs, for their help.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed
  2    wrong command line or recipe
  3    some inputs could not be used, the others were done
  4    training diverged
  130  interrupted (Ctrl-C): what was done is kept
  143  told to end (SIGTERM): what was done is kept";

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// It failed.
    Failure = 1,
    /// The command line or the recipe is wrong.
    Usage = 2,
    /// Some inputs failed, the others were done.
    SomeInputsFailed = 3,
    /// Training diverged.
    Diverged = 4,
    /// The user interrupted it.
    Interrupted = 130,
    /// The system or another program told it to end.
    Terminated = 143,
}
