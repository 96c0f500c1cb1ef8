//! Loss, accuracy and learning rate over the epochs, drawn and as a table.

use maud::{Markup, html};

use super::document::{Section, panels};
use crate::chart;
use crate::content::CurvePoint;
use crate::number;
use crate::picture::first_and_last;

/// At most so many rows of the table, besides the best.
const MAX_ROWS: usize = 200;

pub(super) fn section(curves: &[CurvePoint]) -> Option<Section> {
    if curves.is_empty() {
        return None;
    }
    let charts = [
        chart::loss(curves),
        chart::accuracy(curves),
        chart::learning_rate(curves),
    ];
    let body = html! {
        p { (summary(curves)) }
        @match panels(&charts) {
            Some(panels) => (panels),
            None => p.note { "No evaluation has a finite number." },
        }
        details {
            summary { "The numbers of " (number::counted(curves.len(), "evaluation", "evaluations")) }
            (table(curves))
        }
    };
    Some(Section::new("training", "Training", body))
}

/// The best and the last evaluation in words.
fn summary(curves: &[CurvePoint]) -> String {
    let say = |what: &str, point: &CurvePoint| {
        format!(
            "{what}: epoch {}, step {}, validation accuracy {}, validation loss {}. ",
            number::epoch(point.epoch),
            number::count(point.step),
            percent(point.validation_accuracy),
            loss(point.validation_loss),
        )
    };
    let best = curves.iter().find(|point| point.is_best);
    let last = curves.last().filter(|last| !last.is_best);
    let best = best.map_or_else(String::new, |point| say("Best", point));
    let last = last.map_or_else(String::new, |point| say("Last", point));
    format!("{best}{last}")
}

fn percent(value: Option<f64>) -> String {
    number::or_missing(value, |value| number::percent(value, 2))
}

fn loss(value: Option<f64>) -> String {
    number::or_missing(value, |value| number::significant(value, 4))
}

fn table(curves: &[CurvePoint]) -> Markup {
    let places: Vec<usize> = (0..curves.len()).collect();
    let mut shown: Vec<usize> = first_and_last(&places, MAX_ROWS)
        .into_iter()
        .copied()
        .collect();
    shown.extend(curves.iter().position(|point| point.is_best));
    shown.sort_unstable();
    shown.dedup();
    html! {
        div.scroll.tall tabindex="0" role="region" aria-label="Evaluations" {
            table.figures-table {
                thead {
                    tr {
                        @for name in [
                            "Epoch", "Step", "Learning rate", "Training loss", "Training accuracy",
                            "Validation loss", "Validation accuracy", "",
                        ] { th scope="col" { (name) } }
                    }
                }
                tbody {
                    @for point in shown.into_iter().map(|place| &curves[place]) {
                        tr.best[point.is_best] {
                            th scope="row" { (number::epoch(point.epoch)) }
                            td { (number::count(point.step)) }
                            td { (number::or_missing(point.learning_rate, |value| number::significant(value, 3))) }
                            td { (loss(point.train_loss)) }
                            td { (percent(point.train_accuracy)) }
                            td { (loss(point.validation_loss)) }
                            td { (percent(point.validation_accuracy)) }
                            td { @if point.is_best { "best" } }
                        }
                    }
                }
            }
        }
    }
}
