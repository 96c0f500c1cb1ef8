//! Loss, accuracy and learning rate over the epochs, drawn and as a table.

use maud::{Markup, html};

use super::document::{Section, panels};
use crate::chart;
use crate::content::CurvePoint;
use crate::number;
use crate::picture::first_and_last;

/// At most so many rows of the table, besides the best.
const MAX_ROWS: usize = 200;

/// A figure of an evaluation: its name, and how it is written.
type Figure = (&'static str, fn(&CurvePoint) -> String);

const ROWS: [Figure; 7] = [
    ("Epoch", |point| number::epoch(point.epoch)),
    ("Step", |point| number::count(point.step)),
    ("Learning rate", |point| {
        number::or_missing(point.learning_rate, |value| number::significant(value, 3))
    }),
    ("Training loss", |point| loss(point.train_loss)),
    ("Training accuracy", |point| percent(point.train_accuracy)),
    ("Validation loss", |point| loss(point.validation_loss)),
    ("Validation accuracy", |point| {
        percent(point.validation_accuracy)
    }),
];

pub(super) fn section(curves: &[CurvePoint]) -> Option<Section> {
    if curves.is_empty() {
        return None;
    }
    let body = html! {
        @match panels(&chart::of_run(curves), &standing(curves)) {
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

/// The best and the last evaluation beside each other.
fn standing(curves: &[CurvePoint]) -> Markup {
    let best = curves.iter().find(|point| point.is_best);
    let last = curves.last();
    let columns: Vec<(&str, &CurvePoint)> = match (best, last) {
        (Some(best), Some(last)) if last.is_best => vec![("Best and last", best)],
        (Some(best), Some(last)) => vec![("Best", best), ("Last", last)],
        (_, last) => last.map(|last| ("Last", last)).into_iter().collect(),
    };
    html! {
        div.panel.scroll tabindex="0" role="group" aria-label="Best and last evaluation" {
            table.figures-table.wide {
                thead {
                    tr {
                        td {}
                        @for (name, _) in &columns { th scope="col" { (name) } }
                    }
                }
                tbody {
                    @for (name, write) in ROWS {
                        tr {
                            th scope="row" { (name) }
                            @for (_, point) in &columns { td { (write(point)) } }
                        }
                    }
                }
            }
        }
    }
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
        div.scroll.tall tabindex="0" role="group" aria-label="Evaluations" {
            table.figures-table {
                thead {
                    tr {
                        @for (name, _) in ROWS { th scope="col" { (name) } }
                        td {}
                    }
                }
                tbody {
                    @for point in shown.into_iter().map(|place| &curves[place]) {
                        tr class=[point.is_best.then_some("best")] {
                            @for (_, write) in ROWS { td { (write(point)) } }
                            td { @if point.is_best { "best" } }
                        }
                    }
                }
            }
        }
    }
}
