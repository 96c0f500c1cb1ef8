//! The `infer` program: classifies pictures with a trained network, evaluates it, looks into it.
//!
//! Owns the command line and what is written out. Knows pixels and figures, never tensors.

mod cli;
mod evaluate;
mod inputs;
mod inspect;
mod outputs;
mod predict;
mod predictor;
mod report;
mod sink;
mod test_set;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    console::run_program(|| cli::Cli::parse().run())
}
