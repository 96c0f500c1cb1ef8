//! What a run tells: progress while it runs, its history on disk, its summary at the end.

mod progress;
mod summary;

pub(crate) use progress::Progress;
pub(crate) use summary::{Summary, print_summary};
