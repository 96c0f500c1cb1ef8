//! What a run tells: progress while it runs, its history on disk, its summary and its report at the
//! end.

mod album;
mod page;
mod progress;
mod screen;
mod summary;
mod tensorboard;
mod tui;
mod write;

pub(crate) use album::Album;
pub(crate) use page::{Findings, pixels};
pub(crate) use progress::Progress;
pub(crate) use screen::{give_back as give_screen_back, is_there as has_screen};
pub(crate) use summary::{Summary, print_summary};
pub(crate) use tensorboard::TensorBoard;
pub(crate) use tui::Tui;
pub(crate) use write::write_report;
