//! The `infer` program: classifies pictures with a trained network, evaluates it, looks into it.
//!
//! Owns the command line and what is written out. Knows pixels and figures, never tensors.

mod annotate;
mod classify;
mod cli;
mod evaluate;
mod failures;
mod input;
mod inputs;
mod inspect;
mod outputs;
mod picture_folder;
mod pipeline;
mod predict;
mod predictor;
mod report;
mod selection;
mod show;
mod sink;
mod stages;
mod strings;
mod test_set;
mod truths;
mod writing;

use clap::Parser as _;
use std::process::ExitCode;

/// Tensors are made and dropped at every batch: this allocator hands their pages out again, where the
/// system's gives them back and takes page faults for new ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    model::keep_freed_memory();
    console::run_program(|| cli::Cli::parse().run())
}
