//! The program `train`.

use clap::Parser as _;
use console::run_program;
use std::process::ExitCode;
use train::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    run_program(|| match &cli.command {
        Some(Command::Devices(arguments)) => train::devices::list(arguments),
        None => train::run::run(&cli.train),
    })
}
