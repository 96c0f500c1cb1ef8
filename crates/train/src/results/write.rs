//! Draws a run's report into its folder. A run whose report cannot be drawn is still a run: the
//! trouble is said, and the model is there.

use super::Findings;
use crate::run_folder::RunFolder;
use console::Terminal;
use rayon::prelude::*;
use report::html;
use report::png::{Drawn, RUN_PICTURES};
use std::time::Instant;

/// The page.
pub(crate) const PAGE_FILE: &str = "report.html";

/// Writes what the recipe asks for, and says where the page is.
pub(crate) fn write_report(findings: &Findings, folder: &RunFolder, terminal: &Terminal) {
    let started = Instant::now();
    let wanted = findings.recipe.report;
    if !(wanted.page || wanted.pictures) {
        return;
    }
    let content = findings.to_report();
    if wanted.page {
        let page = html::page(&content);
        match folder.write(PAGE_FILE, page.as_bytes()) {
            Ok(()) => {
                let path = folder.path().join(PAGE_FILE);
                terminal.note(&format!("report   {}", path.display()));
            }
            Err(error) => terminal.warn(&format!("the report could not be written: {error}")),
        }
    }
    if wanted.pictures {
        RUN_PICTURES.par_iter().for_each(|picture| {
            let name = picture.file_name;
            if let Err(problem) = write_picture(name, picture.draw(&content), folder) {
                terminal.warn(&format!("{name} could not be drawn: {problem}"));
            }
        });
    }
    let seconds = started.elapsed().as_secs_f64();
    terminal.detail(&format!("the report took {seconds:.2} s"));
}

fn write_picture(name: &str, drawn: Drawn, folder: &RunFolder) -> Result<(), String> {
    match drawn.map_err(|error| error.to_string())? {
        Some(bytes) => folder
            .write(name, &bytes)
            .map_err(|error| error.to_string()),
        None => Ok(()),
    }
}
