//! The gallery of misread test images, and its choice by cells of the confusion matrix.
//!
//! Each pair of truth and guess has a hidden line with its anchor before the gallery; where that
//! line is the target of a link it appears, and a style rule hides all other images. So the choice
//! needs no script.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use maud::{Markup, html};

use super::document::{Section, failure};
use crate::content::{Misread, Pixels, TestResult};
use crate::matrix::class_name;
use crate::number;
use crate::picture::{MAX_SHOWN, Sheet, shown};

/// The anchor of the images of one truth and guess.
pub(super) fn anchor((truth, guess): (usize, usize)) -> String {
    format!("misread-{truth}-{guess}")
}

/// The pairs of truth and guess that have an image in the gallery.
pub(super) fn pairs(test: &TestResult) -> BTreeSet<(usize, usize)> {
    let some = shown(&test.misread, MAX_SHOWN);
    some.iter().map(|one| (one.truth, one.guess)).collect()
}

pub(super) fn section(test: &TestResult) -> Option<Section> {
    if test.misread.is_empty() {
        return None;
    }
    let some = shown(&test.misread, MAX_SHOWN);
    let pictures: Vec<&Pixels> = some.iter().map(|one| &one.pixels).collect();
    let section = match Sheet::digits("misread-sheet", &pictures) {
        Ok(sheet) => {
            let mut style = sheet.style();
            for pair in pairs(test) {
                let (anchor, class) = (anchor(pair), class(pair));
                let _ = write!(
                    style,
                    "#{anchor}:target~.gallery>:not(.{class}){{display:none}}"
                );
            }
            Section::new("misread", "Misread images", body(test, &some, &sheet)).with_style(style)
        }
        Err(error) => Section::new("misread", "Misread images", failure(&error)),
    };
    Some(section)
}

fn class((truth, guess): (usize, usize)) -> String {
    format!("m{truth}-{guess}")
}

fn body(test: &TestResult, some: &[&Misread], sheet: &Sheet) -> Markup {
    let all = number::counted(test.misread.len(), "image was", "images were");
    html! {
        p.note {
            (all) " misread, worst first. Below each: the truth, the guess and its probability."
            @if some.len() < test.misread.len() {
                " " (some.len()) " are shown: at least one of every kind of mistake, and the worst."
            }
        }
        (choices(test, some))
        ul.gallery role="list" {
            @for (place, one) in some.iter().enumerate() { (card(test, one, sheet, place)) }
        }
    }
}

/// The lines that appear when a cell was followed.
fn choices(test: &TestResult, some: &[&Misread]) -> Markup {
    let mut num_shown = BTreeMap::new();
    for one in some {
        *num_shown.entry((one.truth, one.guess)).or_insert(0) += 1;
    }
    let num_all = |pair| {
        let of_pair = |one: &&Misread| (one.truth, one.guess) == pair;
        test.misread.iter().filter(of_pair).count()
    };
    html! {
        @for (pair, shown) in num_shown {
            @let all = num_all(pair);
            p.filter id=(anchor(pair)) {
                b { (class_name(&test.class_names, pair.0)) " read as " (class_name(&test.class_names, pair.1)) }
                ": " (number::counted(all, "image", "images"))
                @if shown < all { ", " (shown) " of them shown" }
                ". " a href="#misread" { "Show all mistakes" } " · "
                a href="#confusion" { "Back to the matrix" }
            }
        }
    }
}

fn card(test: &TestResult, one: &Misread, sheet: &Sheet, place: usize) -> Markup {
    let truth = class_name(&test.class_names, one.truth);
    let guess = class_name(&test.class_names, one.guess);
    let confidence = number::percent(one.confidence, 1);
    let label = format!(
        "Test image {}: {truth} read as {guess}, {confidence}",
        one.index
    );
    html! {
        li class=(class((one.truth, one.guess))) {
            (sheet.tile(place, Some(&label)))
            span { (truth) " → " span.guess { (guess) } }
            span.more { (confidence) " #" (one.index) }
        }
    }
}
