//! The page of one run: a single file that needs no network, in light and dark, at any width.

mod calibration;
mod classes;
pub(crate) mod confusion;
pub(crate) mod document;
mod images;
mod misread;
mod overview;
mod training;

use maud::html;

use crate::content::RunReport;
use crate::figures::MisreadGallery;
use document::{Document, Section};

/// The whole page as HTML.
#[must_use]
pub fn page(report: &RunReport) -> String {
    let test = report.test.as_ref();
    let misread = test.and_then(MisreadGallery::new);
    let sections = [
        overview::section(report),
        training::section(&report.curves),
        test.and_then(|test| confusion::section(test, misread.as_ref())),
        test.and_then(classes::section),
        test.zip(misread.as_ref())
            .map(|(test, gallery)| misread::section(test, gallery)),
        test.and_then(calibration::section),
        report.samples.as_ref().and_then(images::samples),
        images::weights(&report.snapshots),
        text("model", "Model", report.model_summary.as_deref()),
        text("configuration", "Configuration", report.config.as_deref()),
    ];
    Document {
        title: &report.title,
        headline: &report.headline,
        notices: &report.notices,
        sections: sections.into_iter().flatten().collect(),
    }
    .render()
}

/// Text as it is, scrolling in its own box.
fn text(id: &'static str, heading: &'static str, text: Option<&str>) -> Option<Section> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    let body = html! { pre tabindex="0" role="group" aria-label=(heading) { (text) } };
    Some(Section::new(id, heading, body))
}
