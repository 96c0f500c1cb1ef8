//! The page for those who look over answers: every doubtful picture with its reading and a field for the right one. A
//! single file that needs no network, made for the keyboard; it saves what was written as a table of labels.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};

use crate::content::Mark;
use crate::html::document::{Document, Section};

const STYLE: &str = include_str!("review/review.css");
const SCRIPT: &str = include_str!("review/review.js");
/// Longest string of digits that a field takes.
const MAX_STRING: usize = 2_000;

/// What is to be looked over.
#[derive(Clone, Debug)]
pub struct Review {
    /// What the page is called.
    pub title: String,
    /// What is doubtful, in a sentence.
    pub headline: String,
    /// What people should know: what is left out, say.
    pub notices: Vec<String>,
    /// What the fields take.
    pub labels: Labels,
    /// The pictures, in their order.
    pub doubts: Vec<Doubt>,
}

/// What a label is.
#[derive(Clone, Debug)]
pub enum Labels {
    /// One of these classes.
    Class(Vec<String>),
    /// A string of digits; white space does not count.
    Digits,
}

/// A doubtful picture.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// What the input is called.
    pub name: String,
    /// Why it is doubtful.
    pub why: String,
    /// What was said of it.
    pub said: String,
    /// The most likely label; empty where there is none.
    pub guess: String,
    /// What it looks like, where that can be shown.
    pub picture: Option<Picture>,
    /// A PNG of what the network saw of it.
    pub seen: Option<Vec<u8>>,
}

/// A picture, and what was found on it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The bytes of a JPEG file.
    pub jpeg: Vec<u8>,
    /// Its width and height, in pixels.
    pub size: (u32, u32),
    /// What was found, in its pixels.
    pub marks: Vec<Mark>,
}

/// The whole page as HTML.
#[must_use]
pub fn page(review: &Review) -> String {
    let section = Section::new("pictures", "Pictures to look over", body(review));
    let sections = if review.doubts.is_empty() {
        Vec::new()
    } else {
        vec![section.with_style(STYLE.to_owned())]
    };
    Document {
        title: &review.title,
        headline: &review.headline,
        notices: &review.notices,
        sections,
    }
    .render()
}

fn body(review: &Review) -> Markup {
    let num_doubts = review.doubts.len();
    html! {
        p.note {
            "Type what a picture shows. " kbd { "Enter" } " takes the grey reading for right and goes on, "
            kbd { "↑" } " and " kbd { "↓" } " (or " kbd { "Tab" } ") move. A field that stays empty is left out. "
            "Save the labels before you close the page: nothing is kept."
        }
        div.save {
            button type="button" id="save" { "Save labels" }
            output id="done" { "0 of " (num_doubts) " looked over" }
        }
        @if let Labels::Class(names) = &review.labels {
            datalist id="classes" { @for name in names { option value=(name) {} } }
        }
        ol.review role="list" {
            @for (number, doubt) in review.doubts.iter().enumerate() {
                li { (item(number, doubt, &review.labels)) }
            }
        }
        script { (PreEscaped(SCRIPT)) }
    }
}

fn item(number: usize, doubt: &Doubt, labels: &Labels) -> Markup {
    let id = format!("label-{number}");
    html! {
        div.shown {
            @if let Some(picture) = &doubt.picture { (drawn(picture, &doubt.name)) }
            @if let Some(seen) = &doubt.seen {
                img.seen width="56" height="56" alt="as the network sees it"
                    title="as the network sees it" src=(data_url("png", seen));
            }
            @if doubt.picture.is_none() && doubt.seen.is_none() { p.note { "no picture to show" } }
        }
        div.about {
            label for=(id) { (doubt.name) }
            p.why { (doubt.why) }
            @if !doubt.said.is_empty() { p.note { (doubt.said) } }
        }
        @match labels {
            Labels::Class(_) => {
                input id=(id) data-file=(doubt.name) data-kind="class" list="classes" autocomplete="off"
                    placeholder=(doubt.guess);
            }
            Labels::Digits => {
                input id=(id) data-file=(doubt.name) data-kind="digits" inputmode="numeric" autocomplete="off"
                    pattern="[0-9 ]*" maxlength=(MAX_STRING) placeholder=(doubt.guess);
            }
        }
    }
}

/// The picture with its marks, which stay sharp at any size.
fn drawn(picture: &Picture, name: &str) -> Markup {
    let (width, height) = picture.size;
    let line = f64::from(width.max(height)) / 240.0;
    html! {
        svg.picture role="img" aria-label=(name) viewBox=(format!("0 0 {width} {height}"))
            width=(width) height=(height) {
            image href=(data_url("jpeg", &picture.jpeg)) width=(width) height=(height) {}
            @for mark in &picture.marks {
                rect.unsure[!mark.is_sure] x=(mark.left) y=(mark.top) width=(mark.width)
                    height=(mark.height) stroke-width=(line) {}
            }
        }
    }
}

fn data_url(format: &str, bytes: &[u8]) -> String {
    format!("data:image/{format};base64,{}", STANDARD.encode(bytes))
}
