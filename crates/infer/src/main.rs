//! The `infer` program: classifies pictures with a trained network, evaluates it, looks into it.
//!
//! Owns the command line and what is written out. Knows pixels and figures, never tensors.

mod classify;
mod cli;
mod evaluate;
mod failures;
mod input;
mod inputs;
mod inspect;
mod outputs;
mod pipeline;
mod predict;
mod predictor;
mod prepared;
mod report;
mod selection;
mod show;
mod sink;
mod stages;
mod test_set;
mod truths;

use clap::Parser as _;
use std::process::ExitCode;

/// Tensors are made and dropped at every batch: this allocator hands their pages out again, where the
/// system's gives them back and takes page faults for new ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    console::run_program(|| cli::Cli::parse().run())
}
