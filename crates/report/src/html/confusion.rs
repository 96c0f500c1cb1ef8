//! Confusion matrices as tables whose cells lead to the misread images.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::document::Section;
use super::misread;
use crate::content::TestResult;
use crate::figures::MisreadGallery;
use crate::matrix::Matrix;
use crate::number;

/// At most so many of the most frequent mistakes are listed.
const MAX_MISTAKES: usize = 12;

/// `misread` are the images that cells lead to.
pub(super) fn section(test: &TestResult, misread: Option<&MisreadGallery>) -> Option<Section> {
    let matrix = Matrix::new(&test.class_names, &test.confusion)?;
    let linked = misread.map(MisreadGallery::pairs).unwrap_or_default();
    let body = with_mistakes(&matrix, &linked);
    Some(Section::new("confusion", "Confusion", body))
}

fn with_mistakes(matrix: &Matrix, linked: &BTreeSet<(usize, usize)>) -> Markup {
    let mistakes = matrix.mistakes();
    let most = mistakes.first().map_or(1, |mistake| mistake.2);
    let names = matrix.names();
    html! {
        p.note {
            @if matrix.can_be_drawn() { "Rows are the true class, columns the guess." }
            @else { "There are too many classes for a matrix." }
            @if matrix.can_be_drawn() && !linked.is_empty() { " An orange cell leads to its images." }
        }
        div.columns {
            @if matrix.can_be_drawn() { (switched(matrix, linked)) }
            @if !mistakes.is_empty() {
                div {
                    h3 style="margin-top:4px" { "Most frequent mistakes" }
                    ol.mistakes role="list" {
                        @for (truth, guess, count) in mistakes.into_iter().take(MAX_MISTAKES) {
                            li {
                                (reading(&names[truth], &names[guess], linked.contains(&(truth, guess)), (truth, guess)))
                                span.bar style=(format!("--s:{:.3}", count as f64 / most as f64)) aria-hidden="true" {}
                                span.n { (number::count(count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// "4 read as 9", as a link where there are images to see.
fn reading(truth: &str, guess: &str, is_linked: bool, pair: (usize, usize)) -> Markup {
    html! {
        @if is_linked {
            a href=(format!("#{}", misread::anchor(pair))) { (truth) " read as " (guess) }
        } @else {
            span { (truth) " read as " (guess) }
        }
    }
}

/// The matrix, switched between counts and shares without a script.
fn switched(matrix: &Matrix, linked: &BTreeSet<(usize, usize)>) -> Markup {
    html! {
        div.block role="group" aria-label="Confusion matrix" {
            input.switch type="radio" name="shown-as" id="as-counts" checked;
            label for="as-counts" { "Images" }
            input.switch.as-shares type="radio" name="shown-as" id="as-shares";
            label for="as-shares" { "Share of row, %" }
            (table(matrix, linked, if matrix.is_dense() { "dense" } else { "" }))
        }
    }
}

/// The matrix as a table; `class` is "small" for a small one, which has counts alone, "dense" for one of many classes,
/// or empty.
pub(crate) fn table(matrix: &Matrix, linked: &BTreeSet<(usize, usize)>, class: &str) -> Markup {
    let names = matrix.names();
    let slanted = names.iter().any(|name| name.chars().count() > 3);
    html! {
        div.scroll tabindex="0" role="group" aria-label="Confusion matrix" {
            table.matrix.(class) {
                caption.hidden { "Number of images of each true class (row) and guess (column)" }
                thead {
                    tr {
                        td.axis { @if class != "small" { span { "guess →" br; "truth ↓" } } }
                        @for name in names {
                            th scope="col" class=[slanted.then_some("slanted")] { span { (name) } }
                        }
                    }
                }
                tbody {
                    @for (truth, name) in names.iter().enumerate() {
                        tr {
                            th scope="row" { (name) }
                            @for guess in 0..names.len() { (cell(matrix, (truth, guess), linked)) }
                        }
                    }
                }
            }
        }
    }
}

fn cell(matrix: &Matrix, pair: (usize, usize), linked: &BTreeSet<(usize, usize)>) -> Markup {
    let (truth, guess) = pair;
    let count = matrix.count(truth, guess);
    if count == 0 {
        return html! { td.none { span { "0" } } };
    }
    let class = if truth == guess { "right" } else { "wrong" };
    let share = matrix.share(truth, guess) * 100.0;
    let share = if share >= 99.95 {
        "100".to_string()
    } else {
        format!("{share:.1}")
    };
    let names = matrix.names();
    let label = format!("{} read as {}: {count}", names[truth], names[guess]);
    html! {
        td class=(class) style=(format!("--s:{:.3}", matrix.strength(truth, guess))) {
            @if linked.contains(&pair) {
                a.count href=(format!("#{}", misread::anchor(pair))) aria-label=(label) { (count) }
                a.share href=(format!("#{}", misread::anchor(pair))) { (share) }
            } @else {
                span.count { (count) }
                span.share { (share) }
            }
        }
    }
}
