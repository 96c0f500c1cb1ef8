//! What the run came to in a few figures, and the facts about it.

use maud::{Markup, html};

use super::document::Section;
use crate::content::{CurvePoint, RunReport, TestResult};
use crate::matrix::Matrix;
use crate::number::{self, MISSING};

/// A figure: what it is, the figure, and what is to be said of it.
type Figure = (&'static str, String, String);

pub(super) fn section(report: &RunReport) -> Option<Section> {
    let best = report.curves.iter().find(|point| point.is_best);
    let figures = match (&report.test, best.or(report.curves.last())) {
        (Some(test), _) => test_figures(test),
        (None, Some(point)) => validation_figures(point),
        (None, None) => Vec::new(),
    };
    if figures.is_empty() && report.facts.is_empty() {
        return None;
    }
    let body = html! {
        @if !figures.is_empty() { (tiles(&figures)) }
        @if !report.facts.is_empty() {
            dl.facts {
                @for (name, value) in &report.facts { div { dt { (name) } dd { (value) } } }
            }
        }
    };
    Some(Section::new("overview", "Overview", body))
}

fn tiles(figures: &[Figure]) -> Markup {
    html! {
        dl.figures {
            @for (name, value, more) in figures {
                div {
                    dt { (name) }
                    dd.value { (value) }
                    @if !more.is_empty() { dd.more { (more) } }
                }
            }
        }
    }
}

fn test_figures(test: &TestResult) -> Vec<Figure> {
    let interval = number::accuracy_interval(test.accuracy, test.num_images)
        .map(|interval| format!("95% interval {interval}"));
    let said: Vec<String> = test.views.iter().cloned().chain(interval).collect();
    let num_misread = Matrix::new(&test.class_names, &test.confusion)
        .map(|matrix| matrix.num_mistakes())
        .or((!test.misread.is_empty()).then_some(test.misread.len()));
    let mut figures = vec![
        (
            "Test accuracy",
            number::percent(test.accuracy, 2),
            said.join("; "),
        ),
        (
            "Misread",
            num_misread.map_or_else(|| MISSING.to_string(), number::count),
            format!("of {}", number::counted(test.num_images, "image", "images")),
        ),
        (
            "Test loss",
            number::significant(test.loss, 4),
            "log loss, in nats".to_string(),
        ),
    ];
    if let Some(calibration) = &test.calibration {
        let before = calibration
            .before_scaling
            .map_or_else(String::new, |before| {
                format!("{} before scaling", number::percent(before, 2))
            });
        let error = number::percent(calibration.expected_calibration_error, 2);
        figures.push(("Calibration error", error, before));
    }
    figures
}

fn validation_figures(point: &CurvePoint) -> Vec<Figure> {
    let accuracy = number::or_missing(point.validation_accuracy, |value| number::percent(value, 2));
    let loss = number::or_missing(point.validation_loss, |value| number::significant(value, 4));
    let what = if point.is_best { "best" } else { "last" };
    let when = format!("{what} evaluation, step {}", number::count(point.step));
    vec![
        ("Validation accuracy", accuracy, when),
        ("Validation loss", loss, "log loss, in nats".to_string()),
    ]
}
