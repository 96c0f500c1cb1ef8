//! Draws a run's report into its folder. A run whose report cannot be drawn is still a run: the
//! trouble is said, and the model is there.

use super::Findings;
use crate::run_folder::RunFolder;
use console::Terminal;
use report::content::RunReport;
use report::{ReportError, html, png};
use std::time::Instant;

/// The page.
pub(crate) const PAGE_FILE: &str = "report.html";

/// A picture, where there is something to draw.
type Picture = Result<Option<Vec<u8>>, ReportError>;

/// The pictures, by the names of their files.
fn pictures(content: &RunReport) -> [(&'static str, Picture); 5] {
    let test = content.test.as_ref();
    let samples = content.samples.as_ref();
    [
        ("curves.png", png::curves(&content.curves)),
        (
            "confusion.png",
            test.map_or(Ok(None), |test| {
                png::confusion(&test.class_names, &test.confusion)
            }),
        ),
        ("weights.png", png::weights(&content.snapshots)),
        ("misread.png", test.map_or(Ok(None), png::misread)),
        ("samples.png", samples.map_or(Ok(None), png::samples)),
    ]
}

/// Writes what the recipe asks for.
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
            Ok(()) => terminal.note(&format!(
                "report   {}",
                folder.path().join(PAGE_FILE).display()
            )),
            Err(error) => terminal.warn(&format!("the report could not be written: {error}")),
        }
    }
    if wanted.pictures {
        for (name, picture) in pictures(&content) {
            if let Err(problem) = write_picture(name, picture, folder) {
                terminal.warn(&format!("{name} could not be drawn: {problem}"));
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    terminal.detail(&format!("the report took {seconds:.2} s"));
}

fn write_picture(name: &str, picture: Picture, folder: &RunFolder) -> Result<(), String> {
    match picture.map_err(|error| error.to_string())? {
        Some(bytes) => folder
            .write(name, &bytes)
            .map_err(|error| error.to_string()),
        None => Ok(()),
    }
}
