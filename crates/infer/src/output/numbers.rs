//! What is said of a picture of many digits: the numbers on it, and each digit's place.

use super::answer::{Answer, Note, Style};
use super::cell::{Cell, Column, Kind};
use super::text::printable;
use crate::predict::Digit;
use data::picture::Bounds;
use serde::Serialize;

/// Stands for a digit that gets no label.
const UNSURE: char = '?';

/// The digits of one picture, in reading order.
pub struct Numbers {
    path: String,
    digits: Vec<Digit>,
    /// In the precision of what is written.
    min_confidence: f32,
    /// Whether not all of it was cut apart: there was too much.
    is_crowded: bool,
}

impl Numbers {
    /// Digits that are less probable than this get no label.
    #[must_use]
    pub fn new(path: &str, digits: Vec<Digit>, min_confidence: f64) -> Self {
        Self {
            path: path.to_owned(),
            digits,
            min_confidence: min_confidence as f32,
            is_crowded: false,
        }
    }

    /// The same of a picture of which not all was cut apart, where that is so.
    #[must_use]
    pub fn crowded(self, is_crowded: bool) -> Self {
        Self { is_crowded, ..self }
    }

    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &[Digit] {
        &self.digits
    }

    /// Whether a digit of these gets a label.
    #[must_use]
    pub fn is_sure(&self, digit: &Digit) -> bool {
        digit.probability as f32 >= self.min_confidence
    }

    fn label(&self, digit: &Digit) -> Option<usize> {
        self.is_sure(digit).then_some(digit.label)
    }

    /// The digits of every line.
    fn lines(&self) -> Vec<String> {
        let lines = self.digits.chunk_by(|left, right| left.line == right.line);
        lines
            .map(|line| {
                let labels = line.iter().map(|digit| self.label(digit));
                labels
                    .map(|label| label.map_or(UNSURE.to_string(), |label| label.to_string()))
                    .collect()
            })
            .collect()
    }
}

#[derive(Serialize)]
struct JsonNumbers<'a> {
    path: &'a str,
    text: String,
    lines: Vec<String>,
    digits: Vec<JsonDigit<'a>>,
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct JsonDigit<'a> {
    label: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    probability: f32,
    line: usize,
    #[serde(rename = "box")]
    bounds: JsonBounds,
}

#[derive(Serialize)]
struct JsonBounds {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Answer for Numbers {
    /// A row for each digit, and one for a picture without any.
    fn columns(_style: &Style<'_>) -> Vec<Column> {
        let mut columns = vec![
            Column::required("path", Kind::Text),
            Column::required("text", Kind::Text),
        ];
        let places = ["line", "place", "label"];
        columns.extend(places.map(|name| Column::optional(name, Kind::Integer)));
        columns.push(Column::optional("probability", Kind::Number));
        let edges = ["left", "top", "width", "height"];
        columns.extend(edges.map(|name| Column::optional(name, Kind::Integer)));
        columns.push(Column::optional("note", Kind::Text));
        columns
    }

    fn rows(&self, style: &Style<'_>) -> Vec<Vec<Cell<'_>>> {
        let text = self.lines().join(" ");
        let begin = || vec![Cell::text(&self.path), Cell::Text(text.clone().into())];
        if self.digits.is_empty() {
            let mut cells = begin();
            cells.resize(Self::columns(style).len() - 1, Cell::Null);
            cells.push(Cell::note(self.note().map(Note::name)));
            return vec![cells];
        }
        let row = |(place, digit): (usize, &Digit)| {
            let Bounds {
                left,
                top,
                width,
                height,
            } = digit.bounds;
            let note = (!self.is_sure(digit)).then_some(Note::LowConfidence);
            let note = note.or(self.is_crowded.then_some(Note::TooManyMarks));
            let mut cells = begin();
            cells.push(Cell::count(digit.line));
            cells.push(Cell::count(place));
            cells.push(Cell::label(self.label(digit)));
            cells.push(Cell::probability(Some(digit.probability)));
            cells.extend([left, top, width, height].map(|edge| Cell::count(edge as usize)));
            cells.push(Cell::note(note.map(Note::name)));
            cells
        };
        self.digits.iter().enumerate().map(row).collect()
    }

    fn json(&self, style: &Style<'_>) -> serde_json::Result<String> {
        let digit = |digit: &Digit| JsonDigit {
            label: self.label(digit),
            class: self.label(digit).and_then(|label| style.name(label)),
            probability: digit.probability as f32,
            line: digit.line,
            bounds: JsonBounds {
                left: digit.bounds.left,
                top: digit.bounds.top,
                width: digit.bounds.width,
                height: digit.bounds.height,
            },
        };
        let lines = self.lines();
        serde_json::to_string(&JsonNumbers {
            path: &self.path,
            text: lines.join(" "),
            lines,
            digits: self.digits.iter().map(digit).collect(),
            note: self.note().map(Note::name),
        })
    }

    /// `bill.png: 4071 92 (4 99.10 %, 0 98.20 %, …)`
    fn text(&self, _style: &Style<'_>) -> String {
        let path = printable(&self.path);
        if self.digits.is_empty() {
            return format!("{path}: none, {}\n", Note::NoInk.name());
        }
        let digits = self.digits.iter();
        let digits = digits.map(|digit| {
            let mark = if self.is_sure(digit) { "" } else { "?" };
            format!("{}{mark} {:.2} %", digit.label, 100.0 * digit.probability)
        });
        let digits: Vec<String> = digits.collect();
        let crowded = if self.is_crowded {
            format!(", {}", Note::TooManyMarks.name())
        } else {
            String::new()
        };
        format!(
            "{path}: {} ({}){crowded}\n",
            self.lines().join(" "),
            digits.join(", ")
        )
    }

    fn note(&self) -> Option<Note> {
        if self.digits.is_empty() {
            return Some(Note::NoInk);
        }
        if self.is_crowded {
            return Some(Note::TooManyMarks);
        }
        let is_unsure = !self.digits.iter().all(|digit| self.is_sure(digit));
        is_unsure.then_some(Note::LowConfidence)
    }

    fn numbered_class(&self) -> Option<(u64, usize)> {
        None
    }
}
