//! The program `train`: from the words of a command line to an exit code. Here and nowhere else in this library is
//! something switched for the whole process.

mod signals;

use crate::cli::{Cli, Command, TrainArguments};
use crate::run::Follow;
use burn::train::Interrupter;
use clap::CommandFactory as _;
use console::{Exit, Failure, print_completions, print_result, run_program, write_man_pages};
use std::ffi::OsString;

/// Runs what the words of a command line say, the program's name first, and returns the exit code. Watches for
/// signals, and keeps the process's panics from the screen.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> u8 {
    main_followed(words, None)
}

/// The same with somebody who is told of every run.
#[must_use]
pub fn main_followed(words: impl IntoIterator<Item = OsString>, follow: Option<Follow<'_>>) -> u8 {
    run_program(words, |cli: Cli| match &cli.command {
        Some(Command::Compare(arguments)) => crate::compare::run(arguments),
        Some(Command::Devices(arguments)) => crate::devices::list(arguments),
        Some(Command::Preview(arguments)) => crate::preview::preview(arguments),
        Some(Command::Keys(arguments)) => crate::keys::list(arguments),
        Some(Command::Write(arguments)) => crate::write::write(arguments),
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
        None => train(&cli.train, follow),
    })
}

/// Trains until it is done, or a signal ends it.
fn train(arguments: &TrainArguments, follow: Option<Follow<'_>>) -> Result<Exit, Failure> {
    let (terminal, stop) = (arguments.terminal(), Interrupter::new());
    let interruption = signals::watch(&terminal, &stop)?;
    match crate::run::run(arguments, &terminal, &stop, follow)? {
        Exit::Interrupted => Ok(interruption.exit().unwrap_or(Exit::Interrupted)),
        exit => Ok(exit),
    }
}
