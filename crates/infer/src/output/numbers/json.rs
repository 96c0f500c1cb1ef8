//! Numbers as JSON.

use super::Numbers;
use crate::output::answer::{Answer as _, Note, Style};
use crate::predict::Digit;
use data::picture::Bounds;
use serde::Serialize;

#[derive(Serialize)]
struct JsonNumbers<'a> {
    path: &'a str,
    text: String,
    lines: Vec<String>,
    digits: Vec<JsonDigit<'a>>,
    signs: Vec<JsonSign>,
    note: Option<&'static str>,
}

/// An object a digit; every one has the same keys, which are null where a picture has none.
#[derive(Serialize)]
struct JsonRow<'a> {
    path: &'a str,
    text: &'a str,
    place: Option<usize>,
    #[serde(flatten)]
    digit: JsonDigit<'a>,
    note: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct JsonDigit<'a> {
    label: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    probability: Option<f32>,
    line: Option<usize>,
    #[serde(rename = "box")]
    bounds: Option<JsonBounds>,
    /// The most probable class, also where it is no label, and the next one.
    guess: Option<usize>,
    runner_up: Option<JsonClass>,
}

#[derive(Serialize)]
struct JsonSign {
    sign: char,
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

#[derive(Serialize)]
struct JsonClass {
    label: usize,
    probability: f32,
}

impl JsonBounds {
    fn of(bounds: Bounds) -> Self {
        let Bounds {
            left,
            top,
            width,
            height,
        } = bounds;
        Self {
            left,
            top,
            width,
            height,
        }
    }
}

impl Numbers {
    pub(super) fn picture_json(&self, style: &Style<'_>) -> serde_json::Result<String> {
        let lines = self.lines();
        let digits = self
            .reading
            .digits
            .iter()
            .map(|digit| self.json_digit(digit, style));
        let signs = self.reading.signs.iter().map(|sign| JsonSign {
            sign: sign.kind.letter(),
            line: sign.line,
            bounds: JsonBounds::of(sign.bounds),
        });
        serde_json::to_string(&JsonNumbers {
            path: &self.path,
            text: lines.join(" "),
            lines,
            digits: digits.collect(),
            signs: signs.collect(),
            note: self.note().map(Note::name),
        })
    }

    /// An object for each digit, and one for a picture without any.
    pub(super) fn digit_json(&self, style: &Style<'_>) -> serde_json::Result<Vec<String>> {
        let text = self.text_read();
        let row = |place, digit, note: Option<Note>| {
            serde_json::to_string(&JsonRow {
                path: &self.path,
                text: &text,
                place,
                digit,
                note: note.map(Note::name),
            })
        };
        if self.reading.digits.is_empty() {
            return Ok(vec![row(None, JsonDigit::default(), self.note())?]);
        }
        let digits = self.reading.digits.iter().enumerate();
        digits
            .map(|(place, digit)| {
                let json = self.json_digit(digit, style);
                row(Some(place), json, self.note_of(digit))
            })
            .collect()
    }

    fn json_digit<'a>(&self, digit: &Digit, style: &Style<'a>) -> JsonDigit<'a> {
        let label = self.label(digit);
        let (other, probability) = digit.runner_up;
        JsonDigit {
            label,
            class: label.and_then(|label| style.name(label)),
            probability: Some(digit.probability as f32),
            line: Some(digit.line),
            bounds: Some(JsonBounds::of(digit.bounds)),
            guess: Some(digit.label),
            runner_up: Some(JsonClass {
                label: other,
                probability: probability as f32,
            }),
        }
    }
}
