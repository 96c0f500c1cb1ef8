//! The program `train`.

mod signals;

use burn::train::Interrupter;
use clap::{CommandFactory as _, Parser as _};
use console::{Exit, Failure, print_completions, print_result, run_program, write_man_pages};
use std::process::ExitCode;
use train::cli::{Cli, Command, TrainArguments};

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
        Some(Command::Completions { shell }) => {
            print_completions(Cli::command(), *shell)?;
            Ok(Exit::Done)
        }
        Some(Command::Man { folder }) => {
            for path in write_man_pages(Cli::command(), folder)? {
                print_result(&path.display().to_string()).map_err(Failure::new)?;
            }
            Ok(Exit::Done)
        }
        None => train(&cli.train),
    })
}

/// Trains until it is done, or a signal ends it.
fn train(arguments: &TrainArguments) -> Result<Exit, Failure> {
    let (terminal, stop) = (arguments.terminal(), Interrupter::new());
    let interruption = signals::watch(&terminal, &stop)?;
    match train::run::run(arguments, &terminal, &stop)? {
        Exit::Interrupted => Ok(interruption.exit().unwrap_or(Exit::Interrupted)),
        exit => Ok(exit),
    }
}
