//! The page of several runs side by side.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::chart;
use crate::colour::series;
use crate::content::{ComparedRun, Comparison, Disagreement, Pixels};
use crate::html::confusion;
use crate::html::document::{Document, Section, failure, panels};
use crate::matrix::{Matrix, class_name};
use crate::number;
use crate::picture::Sheet;

/// At most so many images on which the runs disagree.
const MAX_DISAGREEMENTS: usize = 120;

/// A figure of a run: its name, the figure, how it is written, and whether more is better.
type Figure = (
    &'static str,
    fn(&ComparedRun) -> Option<f64>,
    fn(f64) -> String,
    bool,
);

const FIGURES: [Figure; 5] = [
    (
        "Test accuracy",
        |run| run.accuracy,
        |value| number::percent(value, 2),
        true,
    ),
    (
        "Test loss",
        |run| run.loss,
        |value| number::significant(value, 4),
        false,
    ),
    (
        "Parameters",
        |run| run.num_parameters.map(|count| count as f64),
        whole,
        false,
    ),
    (
        "Training seconds",
        |run| run.seconds,
        |value| number::short((value * 10.0).round() / 10.0),
        false,
    ),
    (
        "Images per second",
        |run| run.images_per_second,
        whole,
        true,
    ),
];

fn whole(value: f64) -> String {
    number::count(value.round() as usize)
}

/// The whole page as HTML.
#[must_use]
pub fn page(comparison: &Comparison) -> String {
    let names: Vec<&str> = comparison
        .runs
        .iter()
        .map(|run| run.name.as_str())
        .collect();
    let sections = [
        results(comparison),
        curves(&comparison.runs),
        matrices(comparison),
        disagreements(comparison),
    ];
    Document {
        title: if comparison.title.trim().is_empty() {
            "Comparison of runs"
        } else {
            &comparison.title
        },
        headline: &names.join(" · "),
        notices: &comparison.notices,
        sections: sections.into_iter().flatten().collect(),
    }
    .render()
}

/// The colour of a run, beside its name.
fn swatch(run: usize) -> Markup {
    html! {
        svg.swatch viewBox="0 0 12 12" aria-hidden="true" {
            rect width="12" height="12" rx="3" fill=(series(run).hex()) {}
        }
    }
}

fn results(comparison: &Comparison) -> Option<Section> {
    let runs = &comparison.runs;
    if runs.is_empty() {
        return None;
    }
    let body = html! {
        p.note { "The best of each row is bold." }
        div.scroll tabindex="0" role="group" aria-label="Results and settings" {
            table.figures-table {
                thead {
                    tr {
                        td {}
                        @for (place, run) in runs.iter().enumerate() {
                            th scope="col" { (swatch(place)) (run.name) }
                        }
                    }
                }
                tbody {
                    (figure_row(runs, &FIGURES[0]))
                    tr {
                        th scope="row" { "95% interval" }
                        @for run in runs { td { (interval(run)) } }
                    }
                    @for figure in &FIGURES[1..] { (figure_row(runs, figure)) }
                    @if runs.iter().any(|run| run.ending.is_some()) {
                        tr {
                            th scope="row" { "Ended" }
                            @for run in runs {
                                td { (run.ending.as_deref().unwrap_or(number::MISSING)) }
                            }
                        }
                    }
                }
                @if !comparison.settings.is_empty() {
                    tbody.free {
                        tr.part { th scope="rowgroup" colspan=(runs.len() + 1) { "Settings that differ" } }
                        @for (key, values) in &comparison.settings { (setting_row(key, values, runs.len())) }
                    }
                }
            }
        }
    };
    Some(Section::new("results", "Results", body))
}

fn figure_row(runs: &[ComparedRun], (name, figure, write, more_is_better): &Figure) -> Markup {
    let known = || {
        runs.iter()
            .filter_map(figure)
            .filter(|value| value.is_finite())
    };
    let best = if *more_is_better {
        known().max_by(f64::total_cmp)
    } else {
        known().min_by(f64::total_cmp)
    };
    let all_alike = known().all(|value| Some(value) == best);
    html! {
        tr {
            th scope="row" { (name) }
            @for value in runs.iter().map(figure) {
                @let finite = value.filter(|value| value.is_finite());
                td class=[(!all_alike && finite.is_some() && finite == best).then_some("best")] {
                    (number::or_missing(finite, write))
                }
            }
        }
    }
}

fn interval(run: &ComparedRun) -> String {
    let interval = run.accuracy.zip(run.num_images);
    interval
        .and_then(|(accuracy, num_images)| number::accuracy_interval(accuracy, num_images))
        .unwrap_or_else(|| number::MISSING.to_string())
}

fn setting_row(key: &str, values: &[Option<String>], num_runs: usize) -> Markup {
    html! {
        tr {
            th scope="row" { (key) }
            @for run in 0..num_runs {
                td { (values.get(run).and_then(Option::as_deref).unwrap_or(number::MISSING)) }
            }
        }
    }
}

fn curves(runs: &[ComparedRun]) -> Option<Section> {
    let body = panels(&chart::overlay(runs), &html! {})?;
    Some(Section::new(
        "curves",
        "Curves",
        html! { (legend(runs)) (body) },
    ))
}

fn legend(runs: &[ComparedRun]) -> Markup {
    html! {
        ul.legend role="list" {
            @for (place, run) in runs.iter().enumerate() { li { (swatch(place)) (run.name) } }
        }
    }
}

fn matrices(comparison: &Comparison) -> Option<Section> {
    let matrices: Vec<(usize, &ComparedRun, Matrix)> = comparison
        .runs
        .iter()
        .enumerate()
        .filter_map(|(place, run)| {
            let confusion = run.confusion.as_deref()?;
            Some((place, run, Matrix::new(&comparison.class_names, confusion)?))
        })
        .filter(|(_, _, matrix)| matrix.can_be_drawn())
        .collect();
    if matrices.is_empty() {
        return None;
    }
    let body = html! {
        p.note { "Rows are the true class, columns the guess; counts on the test images." }
        div.side-by-side {
            @for (place, run, matrix) in &matrices {
                div.block {
                    h3 { (swatch(*place)) (run.name) }
                    (confusion::table(matrix, &BTreeSet::new(), "small"))
                }
            }
        }
    };
    Some(Section::new("confusion", "Confusion", body))
}

fn disagreements(comparison: &Comparison) -> Option<Section> {
    let all = comparison.disagreements.len();
    let some: Vec<&Disagreement> = comparison
        .disagreements
        .iter()
        .take(MAX_DISAGREEMENTS)
        .collect();
    if some.is_empty() {
        return None;
    }
    let pictures: Vec<&Pixels> = some.iter().map(|one| &one.pixels).collect();
    let (body, style) = match Sheet::digits("disagreement-sheet", &pictures) {
        Ok(sheet) => {
            let body = html! {
                p.note {
                    "Of " (number::counted(all, "test image", "test images")) " not all runs have the same guess."
                    @if some.len() < all { " " (some.len()) " of them are shown." }
                    " Below each its truth, then the guess of each run."
                }
                (legend(&comparison.runs))
                ul.gallery role="list" {
                    @for (place, one) in some.iter().enumerate() { (card(comparison, one, &sheet, place)) }
                }
            };
            (body, sheet.style())
        }
        Err(error) => (failure(&error), String::new()),
    };
    Some(Section::new("disagreements", "Disagreements", body).with_style(style))
}

fn card(comparison: &Comparison, one: &Disagreement, sheet: &Sheet, place: usize) -> Markup {
    let truth = class_name(&comparison.class_names, one.truth);
    html! {
        li {
            (sheet.tile(place, Some(&format!("Test image {}: {truth}", one.index))))
            b { (truth) }
            span.guesses {
                @for (run, guess) in one.guesses.iter().enumerate().take(comparison.runs.len()) {
                    span class=[guess.is_some_and(|guess| guess != one.truth).then_some("wrong")] {
                        (swatch(run))
                        span.hidden { (comparison.runs[run].name) ": " }
                        @match guess {
                            Some(guess) => (class_name(&comparison.class_names, *guess)),
                            None => (number::MISSING),
                        }
                    }
                }
            }
            span.more { "#" (one.index) }
        }
    }
}
