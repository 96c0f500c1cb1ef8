//! The gallery of misread test images, and its choice by cells of the confusion matrix.
//!
//! Each pair of truth and guess has a hidden line with its anchor before the gallery; where that
//! line is the target of a link it appears, and a style rule hides all other images. So the choice
//! needs no script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maud::{Markup, html};

use super::document::{Section, failure};
use crate::content::{Misread, Pixels, TestResult};
use crate::figures::{MisreadGallery, MisreadTile};
use crate::matrix::class_name;
use crate::number;
use crate::picture::Sheet;

/// The anchor of the images of one truth and guess.
pub(super) fn anchor((truth, guess): (usize, usize)) -> String {
    format!("misread-{truth}-{guess}")
}

pub(super) fn section(test: &TestResult, gallery: &MisreadGallery) -> Section {
    let pictures: Vec<&Pixels> = gallery.pixels().collect();
    match Sheet::digits("misread-sheet", &pictures) {
        Ok(sheet) => {
            let mut style = sheet.style();
            for pair in gallery.pairs() {
                let (anchor, class) = (anchor(pair), class(pair));
                let _ = write!(
                    style,
                    "#{anchor}:target~.gallery>:not(.{class}){{display:none}}"
                );
            }
            Section::new("misread", "Misread images", body(test, gallery, &sheet)).with_style(style)
        }
        Err(error) => Section::new("misread", "Misread images", failure(&error)),
    }
}

fn class((truth, guess): (usize, usize)) -> String {
    format!("m{truth}-{guess}")
}

fn body(test: &TestResult, gallery: &MisreadGallery, sheet: &Sheet) -> Markup {
    let all = number::counted(gallery.num_misread, "image was", "images were");
    html! {
        p.note {
            (all) " misread, worst first. Below each: the truth, the guess and its probability."
            @if let Some(shown) = gallery.num_shown() {
                " " (shown) " are shown: at least one of every kind of mistake, and the worst."
            }
        }
        (choices(test, gallery))
        ul.gallery role="list" {
            @for (place, tile) in gallery.tiles.iter().enumerate() { (card(tile, sheet, place)) }
        }
    }
}

/// The lines that appear when a cell was followed.
fn choices(test: &TestResult, gallery: &MisreadGallery) -> Markup {
    let mut num_shown = BTreeMap::new();
    for tile in &gallery.tiles {
        *num_shown.entry(tile.pair()).or_insert(0) += 1;
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

fn card(tile: &MisreadTile, sheet: &Sheet, place: usize) -> Markup {
    let MisreadTile {
        truth,
        guess,
        confidence,
        misread,
    } = tile;
    let index = misread.index;
    let label = format!("Test image {index}: {truth} read as {guess}, {confidence}");
    html! {
        li class=(class(tile.pair())) {
            (sheet.tile(place, Some(&label)))
            span { (truth) " → " span.guess { (guess) } }
            span.more { (confidence) " #" (index) }
        }
    }
}
