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
mod model_arguments;
mod models;
mod outputs;
mod page;
mod predict;
mod printing;
mod serve;
mod serve_arguments;
mod show;
mod unusable;
mod watch;

use arguments::{Cli, Command};
use clap::{CommandFactory as _, Parser as _};
use console::{
    Exit, Failure, ProgressMode, Terminal, Verbosity, print_completions, write_man_pages,
};

/// Runs the command that the command line names.
///
/// # Errors
///
/// Those of the command.
pub(crate) fn run() -> Result<Exit, Failure> {
    let cli = Cli::parse();
    let verbosity = match (cli.quiet, cli.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let terminal = Terminal::new(verbosity, ProgressMode::Auto);
    match cli.command {
        Command::Predict(arguments) => predict::run(arguments, &terminal),
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
