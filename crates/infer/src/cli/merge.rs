//! `infer merge`: the shards of a job become one table.

use super::arguments::MergeArgs;
use super::failure::failure;
use super::outputs;
use crate::output::{Format, Sink};
use crate::shard::{find_shards, merge};
use base::with_separators;
use console::{Exit, Failure, Terminal};

/// Runs the command.
///
/// # Errors
///
/// Where the shards are no whole, or files cannot be read or written.
pub(super) fn run(arguments: &MergeArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let output = &arguments.output;
    outputs::check_table("--output", Some(output))?;
    outputs::check(&arguments.shards, &[("--output", Some(output))])?;
    let shards = if arguments.shards.is_empty() {
        find_shards(output).map_err(|error| failure(error.into()))?
    } else {
        arguments.shards.clone()
    };
    let format = arguments.format.map(Format::from);
    let format = format.unwrap_or_else(|| Format::of_file(Some(output)));
    let sink = Sink::file(output).map_err(failure)?;
    let merged = merge(&shards, format, sink).map_err(failure)?;
    terminal.note(&format!(
        "{} pictures of {} shards are in {}",
        with_separators(merged.num_pictures as usize),
        merged.num_shards,
        output.display()
    ));
    if merged.num_unusable == 0 {
        return Ok(Exit::Done);
    }
    let num = with_separators(merged.num_unusable as usize);
    terminal.warn(&format!("{num} inputs could not be used"));
    Ok(Exit::SomeInputsFailed)
}
