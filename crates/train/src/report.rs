//! What a run tells: progress while it runs, its history on disk, its summary and its report at the
//! end.

mod album;
mod page;
mod progress;
mod summary;
mod tensorboard;
mod write;

pub(crate) use album::Album;
pub(crate) use page::{Findings, pixels};
pub(crate) use progress::Progress;
pub(crate) use summary::{Summary, print_summary};
pub(crate) use tensorboard::TensorBoard;
pub(crate) use write::write_report;
