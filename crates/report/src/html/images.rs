//! Training images, plain and augmented, and weights as pictures.

use maud::{Markup, html};

use super::document::{Section, failure};
use crate::ReportError;
use crate::content::{Picture, Pixels, Samples, WeightSnapshot};
use crate::number;
use crate::picture::{Sheet, Steps, ZERO, first_and_last};

/// At most so many snapshots on a page.
const MAX_SNAPSHOTS: usize = 8;
/// How wide a picture of weights is, about, in pixels of the page: where they are few and the page
/// is wide, and otherwise.
const WIDE: usize = 84;
const NARROW: usize = 56;
/// Few are at most so many.
const FEW: usize = 10;

pub(super) fn samples(samples: &Samples) -> Option<Section> {
    let augmented = samples.augmented.as_deref().unwrap_or_default();
    if samples.plain.is_empty() && augmented.is_empty() {
        return None;
    }
    let pictures: Vec<&Pixels> = samples
        .plain
        .iter()
        .chain(augmented)
        .map(|picture| &picture.pixels)
        .collect();
    let section = match Sheet::digits("sample-sheet", &pictures) {
        Ok(sheet) => {
            let body = html! {
                p.note { "The first images of the training set." }
                (row(&samples.plain, &sheet, 0, "Training image"))
                @if !augmented.is_empty() {
                    h3 { "The same, augmented" }
                    (row(augmented, &sheet, samples.plain.len(), "Augmented training image"))
                }
            };
            Section::new("samples", "Training images", body).with_style(sheet.style())
        }
        Err(error) => Section::new("samples", "Training images", failure(&error)),
    };
    Some(section)
}

fn row(pictures: &[Picture], sheet: &Sheet, first: usize, what: &str) -> Markup {
    html! {
        ul.gallery.nine role="list" {
            @for (place, picture) in pictures.iter().enumerate() {
                li {
                    (sheet.tile(first + place, Some(&format!("{what} {place}: {}", picture.label))))
                    (picture.label)
                }
            }
        }
    }
}

pub(super) fn weights(snapshots: &[WeightSnapshot]) -> Option<Section> {
    let snapshots: Vec<(&WeightSnapshot, Steps)> = first_and_last(snapshots, MAX_SNAPSHOTS)
        .into_iter()
        .filter_map(|snapshot| Some((snapshot, Steps::new(snapshot)?)))
        .collect();
    if snapshots.is_empty() {
        return None;
    }
    let sheets: Vec<Result<Sheet, ReportError>> = snapshots
        .iter()
        .enumerate()
        .map(|(place, (snapshot, steps))| sheet(place, snapshot, steps))
        .collect();
    let style = sheets.iter().flatten().map(Sheet::style).collect();
    let body = html! {
        p.note {
            "The first layer in the course of training. Blue is below 0, orange above; the pictures \
             of one step share one scale."
        }
        @for ((snapshot, steps), sheet) in snapshots.iter().zip(&sheets) {
            @match sheet {
                Ok(sheet) => (figure(snapshot, steps, sheet)),
                Err(error) => (failure(error)),
            }
        }
    };
    Some(Section::new("weights", "Weights", body).with_style(style))
}

fn sheet(place: usize, snapshot: &WeightSnapshot, steps: &Steps) -> Result<Sheet, ReportError> {
    let pictures: Vec<&[u8]> = steps.pictures.iter().map(Vec::as_slice).collect();
    let size = (snapshot.height, snapshot.width);
    Sheet::indexed(
        &format!("weights-{place}"),
        &pictures,
        size,
        &Steps::table(),
        ZERO,
    )
}

fn figure(snapshot: &WeightSnapshot, steps: &Steps, sheet: &Sheet) -> Markup {
    let largest = number::significant(f64::from(steps.largest), 3);
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
                b { "Step " (number::count(snapshot.step)) }
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
