//! How far confidences can be believed.

use maud::{Markup, html};

use super::document::{Section, panel};
use crate::chart;
use crate::content::{Calibration, CalibrationBin, TestResult};
use crate::number;

pub(super) fn section(test: &TestResult) -> Option<Section> {
    let calibration = test.calibration.as_ref()?;
    let label = format!(
        "Reliability diagram of {}: accuracy against confidence; expected calibration error {}",
        number::counted(calibration.bins.len(), "bin", "bins"),
        number::percent(calibration.expected_calibration_error, 2),
    );
    let body = html! {
        p { (summary(calibration)) }
        div.charts {
            (panel(chart::reliability(&calibration.bins), &label))
            @if !calibration.bins.is_empty() { (table(&calibration.bins)) }
        }
    };
    Some(Section::new("calibration", "Calibration", body))
}

fn summary(calibration: &Calibration) -> String {
    let error = number::percent(calibration.expected_calibration_error, 2);
    let before = calibration
        .before_scaling
        .map_or_else(String::new, |before| {
            format!(
                ", before temperature scaling {}",
                number::percent(before, 2)
            )
        });
    let temperature = calibration
        .temperature
        .map_or_else(String::new, |temperature| {
            format!(
                " Logits are divided by the temperature {}.",
                number::significant(temperature, 4)
            )
        });
    format!(
        "Expected calibration error {error}{before}.{temperature} Where confidence can be believed, \
         accuracy lies on the diagonal."
    )
}

fn table(bins: &[CalibrationBin]) -> Markup {
    let percent = |value| number::or_missing(value, |value| number::percent(value, 1));
    html! {
        div.scroll tabindex="0" role="group" aria-label="Bins of confidence" {
            table.figures-table {
                thead {
                    tr {
                        @for name in ["Confidence", "Mean", "Accuracy", "Images"] {
                            th scope="col" { (name) }
                        }
                    }
                }
                tbody {
                    @for bin in bins {
                        tr {
                            th scope="row" { (number::percent(bin.lower, 0)) " to " (number::percent(bin.upper, 0)) }
                            td { (percent(bin.mean_confidence)) }
                            td { (percent(bin.accuracy)) }
                            td { (number::count(bin.num_images)) }
                        }
                    }
                }
            }
        }
    }
}
