//! The program `train`.

mod signals;

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
        Some(Command::Keys(arguments)) => train::keys::list(arguments),
        Some(Command::Write(arguments)) => train::write::write(arguments),
        None => {
            let terminal = cli.train.terminal();
            let stop = signals::stop_handle(&terminal)?;
            train::run::run(&cli.train, &terminal, &stop)
        }
    })
}
