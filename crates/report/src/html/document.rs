//! What every page is made of: head, style, heading, table of contents, sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::ReportError;
use crate::chart::{Drawing, LineChart};
use crate::colour;

const STYLE: &str = include_str!("style.css");
const DARK: &str = include_str!("dark.css");

/// A page.
pub(crate) struct Document<'a> {
    pub(crate) title: &'a str,
    pub(crate) headline: &'a str,
    pub(crate) notices: &'a [String],
    pub(crate) sections: Vec<Section>,
}

/// A part of a page under a heading of its own.
pub(crate) struct Section {
    id: &'static str,
    heading: &'static str,
    body: Markup,
    style: String,
}

impl Section {
    pub(crate) fn new(id: &'static str, heading: &'static str, body: Markup) -> Self {
        Self {
            id,
            heading,
            body,
            style: String::new(),
        }
    }

    /// Adds style rules that only this section needs, such as its pictures.
    pub(crate) fn with_style(mut self, style: String) -> Self {
        self.style = style;
        self
    }
}

impl Document<'_> {
    pub(crate) fn render(&self) -> String {
        let title = if self.title.trim().is_empty() {
            "Training run"
        } else {
            self.title
        };
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    // An icon of its own, or browsers ask the server for one.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(self.style())) }
                }
                body {
                    a.skip href="#contents" { "Skip to the contents" }
                    div.frame {
                        header {
                            h1 { (title) }
                            @if !self.headline.trim().is_empty() { p.headline { (self.headline) } }
                            @if !self.notices.is_empty() {
                                ul.notices role="list" aria-label="Notices" {
                                    @for notice in self.notices { li { (notice) } }
                                }
                            }
                        }
                        (self.table_of_contents())
                        main id="contents" { (self.body()) }
                    }
                }
            }
        };
        page.into_string()
    }

    fn table_of_contents(&self) -> Markup {
        html! {
            nav aria-label="Contents" {
                ol role="list" {
                    @for section in &self.sections {
                        li { a href=(format!("#{}", section.id)) { (section.heading) } }
                    }
                }
            }
        }
    }

    fn body(&self) -> Markup {
        html! {
            @for section in &self.sections {
                section id=(section.id) aria-labelledby=(format!("{}-heading", section.id)) {
                    h2 id=(format!("{}-heading", section.id)) { (section.heading) }
                    (section.body)
                }
            }
            @if self.sections.is_empty() { p.note { "Nothing was recorded." } }
        }
    }

    fn style(&self) -> String {
        let dark = format!("{DARK}{}", colour::dark_rules());
        let sections: String = self
            .sections
            .iter()
            .map(|section| section.style.as_str())
            .collect();
        format!("{STYLE}@media (prefers-color-scheme:dark){{{dark}}}\n{sections}")
    }
}

/// Charts in panels side by side, those that have something to show, and `more` after them; `None`
/// where no chart has.
pub(crate) fn panels(charts: &[LineChart], more: &Markup) -> Option<Markup> {
    let drawn: Vec<_> = charts
        .iter()
        .map(|chart| (chart, chart.draw()))
        .filter(|(_, drawn)| !matches!(drawn, Ok(None)))
        .collect();
    if drawn.is_empty() {
        return None;
    }
    Some(html! {
        div.charts {
            @for (chart, drawn) in drawn { (panel(drawn, &chart.description())) }
            (more)
        }
    })
}

/// A chart in a panel; `label` says in words what it shows.
pub(crate) fn panel(drawn: Result<Option<Drawing>, ReportError>, label: &str) -> Markup {
    html! {
        @match drawn {
            Ok(Some(drawing)) => figure.panel { (drawing.inline(label)) },
            Ok(None) => {},
            Err(error) => (failure(&error)),
        }
    }
}

/// What stands in the place of a picture that could not be made.
pub(crate) fn failure(error: &ReportError) -> Markup {
    html! { p.note { "A picture is missing: " (error) "." } }
}
