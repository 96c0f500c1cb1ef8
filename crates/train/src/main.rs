//! The program `train`.

use clap::Parser as _;
use console::run_program;
use std::process::ExitCode;
use train::cli::{Cli, Command};

/// Tensors are made and dropped at every step: this allocator hands their pages out again, where the
/// system's gives them back and takes page faults for new ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    model::keep_freed_memory();
    let cli = Cli::parse();
    run_program(|| match &cli.command {
        Some(Command::Compare(arguments)) => train::compare::run(arguments),
        Some(Command::Devices(arguments)) => train::devices::list(arguments),
        Some(Command::Preview(arguments)) => train::preview::preview(arguments),
        None => train::run::run(&cli.train),
    })
}
