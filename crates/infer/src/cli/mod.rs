//! The command line of `infer`, and what its commands do with the library.
//!
//! Owns what is said at the terminal, exit codes and hints. Everything else is the library's.

mod arguments;
mod choices;
mod ending;
mod evaluate;
mod export;
mod failure;
mod help;
mod inspect;
mod merge;
mod model_arguments;
mod models;
mod outputs;
mod page;
mod predict;
mod printing;
mod serve;
mod serve_arguments;
mod shard;
mod show;
mod unusable;
mod watch;

use arguments::{Cli, Command};
use clap::CommandFactory as _;
use console::{
    Exit, Failure, ProgressMode, Terminal, Verbosity, print_completions, run_program,
    write_man_pages,
};
use std::ffi::OsString;

/// The program: runs the command that the words of a command line name, the program's name first, and returns its
/// exit code. Watches for signals, and keeps the process's panics from the screen.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> u8 {
    run_program(words, run)
}

/// Runs the command that the command line names.
///
/// # Errors
///
/// Those of the command.
fn run(cli: Cli) -> Result<Exit, Failure> {
    let verbosity = match (cli.quiet, cli.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let terminal = Terminal::new(verbosity, ProgressMode::Auto);
    match cli.command {
        Command::Predict(arguments) => predict::run(arguments, &terminal),
        Command::Merge(arguments) => merge::run(&arguments, &terminal),
        Command::Evaluate(arguments) => evaluate::run(arguments, &terminal),
        Command::Inspect(arguments) => inspect::run(&arguments, &terminal),
        Command::Show(arguments) => show::run(arguments, &terminal),
        Command::Export(arguments) => export::run(&arguments, &terminal),
        Command::Serve(arguments) => serve::run(&arguments, &terminal),
        Command::Completions(arguments) => {
            print_completions(Cli::command(), arguments.shell)?;
            Ok(Exit::Done)
        }
        Command::Man(arguments) => {
            for page in write_man_pages(Cli::command(), &arguments.folder)? {
                terminal.note(&format!("wrote {}", page.display()));
            }
            Ok(Exit::Done)
        }
    }
}
