//! Reports on standard output.

use console::{Failure, print_result};
use serde::Serialize;

/// Prints a report for people.
///
/// # Errors
///
/// Where standard output refuses.
pub(super) fn print_text(text: &str) -> Result<(), Failure> {
    print_result(text.trim_end()).map_err(|error| Failure::new(format!("standard output: {error}")))
}

/// Prints a report for programs.
///
/// # Errors
///
/// Where standard output refuses.
pub(super) fn print_json(report: &impl Serialize) -> Result<(), Failure> {
    print_text(&serde_json::to_string_pretty(report).map_err(Failure::new)?)
}
