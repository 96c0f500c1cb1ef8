//! Training images and weights as pictures.

use maud::{Markup, html};

use super::document::{Section, failure};
use crate::ReportError;
use crate::content::{Pixels, Samples, WeightSnapshot};
use crate::figures::{self, SampleGroup, WeightGroup};
use crate::number;
use crate::picture::{Sheet, Steps, ZERO};

/// How wide a picture of weights is, about, in pixels of the page: where they are few and the page
/// is wide, and otherwise.
const WIDE: usize = 84;
const NARROW: usize = 56;
/// Few are at most so many.
const FEW: usize = 10;

pub(super) fn samples(samples: &Samples) -> Option<Section> {
    let groups = figures::samples(samples);
    if groups.is_empty() {
        return None;
    }
    let pictures = groups.iter().flat_map(|group| group.pictures);
    let pixels: Vec<&Pixels> = pictures.map(|picture| &picture.pixels).collect();
    let section = match Sheet::digits("sample-sheet", &pixels) {
        Ok(sheet) => {
            let mut first = 0;
            let body = html! {
                @for group in &groups {
                    h3 { (group.heading) }
                    (row(group, &sheet, first))
                    @let () = first += group.pictures.len();
                }
            };
            Section::new("samples", "Training images", body).with_style(sheet.style())
        }
        Err(error) => Section::new("samples", "Training images", failure(&error)),
    };
    Some(section)
}

/// The pictures of a group, the first of which is at `first` on the sheet.
fn row(group: &SampleGroup, sheet: &Sheet, first: usize) -> Markup {
    html! {
        ul.gallery.nine role="list" {
            @for (place, picture) in group.pictures.iter().enumerate() {
                @let label = format!("{} {place}: {}", group.what, picture.label);
                li { (sheet.tile(first + place, Some(&label))) (picture.label) }
            }
        }
    }
}

pub(super) fn weights(snapshots: &[WeightSnapshot]) -> Option<Section> {
    let groups = figures::weights(snapshots);
    if groups.is_empty() {
        return None;
    }
    let sheets: Vec<Result<Sheet, ReportError>> = groups
        .iter()
        .enumerate()
        .map(|(place, group)| sheet(place, group))
        .collect();
    let style = sheets.iter().flatten().map(Sheet::style).collect();
    let body = html! {
        p.note {
            "The first layer in the course of training. Blue is below 0, orange above; the pictures \
             of one step share one scale."
        }
        @for (group, sheet) in groups.iter().zip(&sheets) {
            @match sheet {
                Ok(sheet) => (figure(group, sheet)),
                Err(error) => (failure(error)),
            }
        }
    };
    Some(Section::new("weights", "Weights", body).with_style(style))
}

fn sheet(place: usize, group: &WeightGroup) -> Result<Sheet, ReportError> {
    let pictures: Vec<&[u8]> = group.steps.pictures.iter().map(Vec::as_slice).collect();
    let size = (group.snapshot.height, group.snapshot.width);
    Sheet::indexed(
        &format!("weights-{place}"),
        &pictures,
        size,
        &Steps::table(),
        ZERO,
    )
}

fn figure(group: &WeightGroup, sheet: &Sheet) -> Markup {
    let WeightGroup {
        snapshot,
        steps,
        heading,
        largest,
    } = group;
    let shown = steps.pictures.len();
    let label = format!(
        "Weights of {} at step {}: {shown} pictures of {}×{} pixels, from −{largest} to {largest}",
        snapshot.layer, snapshot.step, snapshot.height, snapshot.width
    );
    let (wide, gap) = if shown <= FEW { (WIDE, 9) } else { (NARROW, 3) };
    // Whole pixels of the page for each weight, or neighbours would differ in size.
    let whole = |about: usize| snapshot.width * (about / snapshot.width).max(1);
    let style = format!(
        "--wide:{}px;--narrow:{}px;gap:{gap}px",
        whole(wide),
        whole(NARROW)
    );
    html! {
        figure.snapshot {
            figcaption {
                b { (heading) }
                span { (snapshot.layer) }
                @if shown < snapshot.count {
                    span.note { (shown) " of " (number::count(snapshot.count)) " pictures" }
                }
                @if steps.largest > 0.0 { span.scale { "−" (largest) i {} "+" (largest) } }
                @else { span.note { "all 0" } }
                @if steps.num_broken > 0 {
                    span.note { (number::counted(steps.num_broken, "weight is", "weights are")) " not finite" }
                }
            }
            div.weights style=(style) role="img" aria-label=(label) {
                @for place in 0..shown { (sheet.tile(place, None)) }
            }
        }
    }
}
