//! What shells and manuals want of a program, made from its own command line: completions and man pages.

use crate::failure::Failure;
use crate::terminal::write_result;
use base::files::{Existing, write_whole};
use clap::Command;
pub use clap_complete::Shell;
use std::fs;
use std::path::{Path, PathBuf};

/// Prints the completions of a program for a shell.
///
/// # Errors
///
/// Where standard output refuses.
pub fn print_completions(mut program: Command, shell: Shell) -> Result<(), Failure> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, name, &mut script);
    let written = write_result(script);
    written
        .map(drop)
        .map_err(|error| Failure::new(format!("standard output: {error}")))
}

/// Writes a man page for a program, and one for each of its commands, to a folder, which is made where
/// it is not there; returns their paths.
///
/// # Errors
///
/// Where the system refuses.
pub fn write_man_pages(program: Command, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error| Failure::new(format!("{path}: cannot be written: {error}"))
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let name = program.get_name().to_owned();
    let mut pages = vec![(name.clone(), program.clone())];
    pages.extend(program.get_subcommands().map(|command| {
        let name = format!("{name}-{}", command.get_name());
        (name, command.clone())
    }));
    let mut paths = Vec::new();
    for (name, command) in pages {
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        let man = clap_mangen::Man::new(command);
        man.render(&mut page).map_err(failed(&path))?;
        write_whole(&path, &page, Existing::Replace).map_err(failed(&path))?;
        paths.push(path);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Arg;

    #[test]
    fn every_command_has_a_page() {
        let program = Command::new("digits")
            .about("Reads digits")
            .subcommand(Command::new("look").arg(Arg::new("file").help("What to look at")));
        let folder = tempfile::tempdir().unwrap();
        let paths = write_man_pages(program, &folder.path().join("man1")).unwrap();
        assert_eq!(paths.len(), 2);
        let page = fs::read_to_string(&paths[1]).unwrap();
        assert!(paths[1].ends_with("digits-look.1"), "{paths:?}");
        assert!(page.contains("What to look at"), "{page}");
    }
}
