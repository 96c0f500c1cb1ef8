//! `infer inspect`: what a saved model is, where it comes from, and whether it is undamaged.

use super::arguments::InspectArgs;
use super::choices::ReportFormat;
use super::failure::failure;
use super::models::run_folders;
use super::printing::{print_json, print_text};
use crate::inspect::Inspection;
use console::{Exit, Failure, Terminal};

/// Runs the command. Damaged weights are reported with all the rest, and then as a failure.
///
/// # Errors
///
/// Where there is no model or it is damaged.
pub(super) fn run(arguments: &InspectArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let named = [&arguments.models[..], &arguments.runs].concat();
    let folders = run_folders(&named, &mut Vec::new(), terminal)?;
    let [folder] = folders.as_slice() else {
        let first = folders.first().map(|folder| folder.display().to_string());
        let hint = format!("name one: infer inspect {}", first.unwrap_or_default());
        let message = format!(
            "one run is looked into at a time, and {} are named",
            folders.len()
        );
        return Err(Failure::usage(message).with_hint(Some(hint)));
    };
    let inspection = Inspection::of(folder).map_err(failure)?;
    match arguments.format {
        ReportFormat::Text => print_text(&inspection.to_text())?,
        ReportFormat::Json => print_json(&inspection)?,
    }
    match inspection.damage() {
        None => Ok(Exit::Done),
        Some(error) => Err(failure(error)),
    }
}
