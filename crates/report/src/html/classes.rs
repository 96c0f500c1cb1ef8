//! Precision, recall and F1 of each class.

use maud::{Markup, html};

use super::document::Section;
use crate::content::{ClassFigures, TestResult};
use crate::matrix::class_name;
use crate::number;

type Figure = fn(&ClassFigures) -> Option<f64>;

const FIGURES: [(&str, Figure); 3] = [
    ("Precision", |class| class.precision),
    ("Recall", |class| class.recall),
    ("F1", |class| class.f1),
];

pub(super) fn section(test: &TestResult) -> Option<Section> {
    if test.per_class.is_empty() {
        return None;
    }
    let weakest = FIGURES.map(|(_, figure)| weakest(&test.per_class, figure));
    let body = html! {
        p.note { "The weakest of each column is coloured." }
        div.scroll tabindex="0" role="group" aria-label="Figures of each class" {
            table.figures-table {
                thead {
                    tr {
                        th scope="col" { "Class" }
                        @for (name, _) in FIGURES { th scope="col" { (name) } }
                        th scope="col" { "Images" }
                    }
                }
                tbody {
                    @for (class, figures) in test.per_class.iter().enumerate() {
                        tr {
                            th scope="row" { (class_name(&test.class_names, class)) }
                            @for ((_, figure), weakest) in FIGURES.iter().zip(weakest) {
                                (cell(figure(figures), weakest == Some(class)))
                            }
                            td { (number::count(figures.support)) }
                        }
                    }
                }
            }
        }
    };
    Some(Section::new("classes", "Classes", body))
}

fn cell(value: Option<f64>, is_weakest: bool) -> Markup {
    html! {
        td class=[is_weakest.then_some("weakest")] { (number::or_missing(value, |value| number::percent(value, 2))) }
    }
}

/// The class with the lowest figure; `None` where all are alike.
fn weakest(classes: &[ClassFigures], figure: Figure) -> Option<usize> {
    let known = || {
        let classes = classes.iter().enumerate();
        classes.filter_map(|(place, class)| {
            Some((place, figure(class).filter(|value| value.is_finite())?))
        })
    };
    let (place, lowest) = known().min_by(|one, other| one.1.total_cmp(&other.1))?;
    known().any(|(_, value)| value > lowest).then_some(place)
}
