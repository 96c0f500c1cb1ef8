//! What is said of a picture of many digits: the numbers on it, and each digit's place.

mod json;
mod table;

use super::answer::{Answer, Note, Rows, Style};
use super::cell::{Cell, Column};
use super::doubt::Doubt;
use super::text::printable;
use crate::predict::Digit;
use report::content::Mark;

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

    /// Each digit's box, with what it was read as.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mark = |digit: &Digit| Mark {
            left: digit.bounds.left as usize,
            top: digit.bounds.top as usize,
            width: digit.bounds.width as usize,
            height: digit.bounds.height as usize,
            text: digit.label.to_string(),
            is_sure: self.is_sure(digit),
        };
        self.digits.iter().map(mark).collect()
    }

    /// Whether a digit of these gets a label.
    fn is_sure(&self, digit: &Digit) -> bool {
        digit.probability as f32 >= self.min_confidence
    }

    fn label(&self, digit: &Digit) -> Option<usize> {
        self.is_sure(digit).then_some(digit.label)
    }

    /// The digits of every line, each as `letter` has it.
    fn lines(&self, letter: impl Fn(&Digit) -> Option<usize>) -> Vec<String> {
        let lines = self.digits.chunk_by(|left, right| left.line == right.line);
        lines
            .map(|line| {
                let labels = line.iter().map(&letter);
                labels
                    .map(|label| label.map_or(UNSURE.to_string(), |label| label.to_string()))
                    .collect()
            })
            .collect()
    }

    /// What it reads as, with [`UNSURE`] for digits without a label.
    fn reading(&self) -> String {
        self.lines(|digit| self.label(digit)).join(" ")
    }

    /// The same with the most probable digit everywhere.
    fn guess(&self) -> String {
        self.lines(|digit| Some(digit.label)).join(" ")
    }

    /// That of the least sure digit; none where there are no digits.
    fn probability(&self) -> Option<f64> {
        let all = self.digits.iter().map(|digit| digit.probability);
        all.min_by(f64::total_cmp)
    }

    /// The note of one digit.
    fn note_of(&self, digit: &Digit) -> Option<Note> {
        let note = (!self.is_sure(digit)).then_some(Note::LowConfidence);
        note.or(self.is_crowded.then_some(Note::TooManyMarks))
    }
}

impl Answer for Numbers {
    const USUAL_ROWS: Rows = Rows::Digit;

    /// A row for each digit, and one for a picture without any, or a row for each picture.
    fn columns(style: &Style<'_>) -> Vec<Column> {
        match style.rows {
            Rows::Picture => table::picture_columns(),
            Rows::Digit => table::digit_columns(),
        }
    }

    fn rows(&self, style: &Style<'_>) -> Vec<Vec<Cell<'_>>> {
        match style.rows {
            Rows::Picture => vec![self.picture_row()],
            Rows::Digit => self.digit_rows(),
        }
    }

    fn json(&self, style: &Style<'_>) -> serde_json::Result<Vec<String>> {
        match style.rows {
            Rows::Picture => self.picture_json(style).map(|json| vec![json]),
            Rows::Digit => self.digit_json(style),
        }
    }

    /// `bill.png: 4071 92 (4 99.10 %, 0 98.20 %, …)`, or `bill.png, 31,12 18×30: 4 99.10 %, 9 0.52 %` a digit
    fn text(&self, style: &Style<'_>) -> String {
        let path = printable(&self.path);
        if self.digits.is_empty() {
            return format!("{path}: none, {}\n", Note::NoInk.name());
        }
        let text_of = |digit: &Digit| {
            let mark = if self.is_sure(digit) { "" } else { "?" };
            format!("{}{mark} {:.2} %", digit.label, 100.0 * digit.probability)
        };
        let digits = self.digits.iter();
        if style.rows == Rows::Digit {
            let line = |digit: &Digit| {
                let bounds = digit.bounds;
                let place = format!(
                    "{},{} {}×{}",
                    bounds.left, bounds.top, bounds.width, bounds.height
                );
                let (other, probability) = digit.runner_up;
                let other = format!("{other} {:.2} %", 100.0 * probability);
                let note = self.note_of(digit).map(|note| format!("; {}", note.name()));
                let note = note.unwrap_or_default();
                format!("{path}, {place}: {}, {other}{note}\n", text_of(digit))
            };
            return digits.map(line).collect();
        }
        let digits: Vec<String> = digits.map(text_of).collect();
        let crowded = if self.is_crowded {
            format!(", {}", Note::TooManyMarks.name())
        } else {
            String::new()
        };
        let reading = self.reading();
        format!("{path}: {reading} ({}){crowded}\n", digits.join(", "))
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

    fn doubt(&self, _style: &Style<'_>, min_confidence: f64) -> Option<Doubt> {
        let probability = self.probability();
        let is_unsure = probability.is_some_and(|probability| probability < min_confidence);
        let why = self.note().or(is_unsure.then_some(Note::LowConfidence))?;
        let said = probability.map_or_else(String::new, |probability| {
            format!(
                "{}, the least sure digit {:.1} %",
                self.guess(),
                100.0 * probability
            )
        });
        Some(Doubt {
            why: why.name().to_owned(),
            said,
            guess: self.guess(),
            marks: self.marks(),
        })
    }
}

#[cfg(test)]
mod tests;
