//! What stays of a run: its summary, its page and pictures, its event files.

mod album;
mod page;
mod samples;
mod seeds;
mod summary;
mod tensorboard;
mod tested;
mod write;

pub(crate) use album::Album;
pub(crate) use page::Findings;
pub(crate) use seeds::{SavedSeeds, SeedRun, SeedsSummary};
pub(crate) use summary::{Summary, print_summary};
pub(crate) use tensorboard::TensorBoard;
pub(crate) use write::write_report;
