//! What is said of a picture of many digits: the numbers on it, and each digit's place.

mod json;
mod table;

use super::answer::{Answer, Note, Rows, Style};
use super::cell::{Cell, Column};
use super::doubt::Doubt;
use super::text::printable;
use crate::predict::{Digit, Fit, Reading};
use data::picture::Bounds;
use report::content::Mark;

/// Stands for a digit that gets no label.
const UNSURE: char = '?';

/// The digits of one picture, in reading order, and the signs beside them.
pub struct Numbers {
    path: String,
    reading: Reading,
    /// In the precision of what is written.
    min_confidence: f32,
    /// Whether not all of it was cut apart: there was too much.
    is_crowded: bool,
}

impl Numbers {
    /// Digits that are less probable than this get no label.
    #[must_use]
    pub fn new(path: &str, reading: Reading, min_confidence: f64) -> Self {
        Self {
            path: path.to_owned(),
            reading,
            min_confidence: min_confidence as f32,
            is_crowded: false,
        }
    }

    /// The same of a picture of which not all was cut apart, where that is so.
    #[must_use]
    pub fn crowded(self, is_crowded: bool) -> Self {
        Self { is_crowded, ..self }
    }

    /// The box of each digit and sign, with what it was read as.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mark = |bounds: Bounds, letter: char, is_sure: bool| Mark {
            left: bounds.left as usize,
            top: bounds.top as usize,
            width: bounds.width as usize,
            height: bounds.height as usize,
            text: letter.to_string(),
            is_sure,
        };
        let digits = self.reading.digits.iter();
        let digits = digits.map(|digit| mark(digit.bounds, digit.letter(), self.is_sure(digit)));
        let signs = self.reading.signs.iter();
        let signs = signs.map(|sign| mark(sign.bounds, sign.kind.letter(), true));
        digits.chain(signs).collect()
    }

    /// Whether a digit of these gets a label.
    fn is_sure(&self, digit: &Digit) -> bool {
        digit.probability as f32 >= self.min_confidence
    }

    fn label(&self, digit: &Digit) -> Option<usize> {
        self.is_sure(digit).then_some(digit.label)
    }

    /// The text of every line, with [`UNSURE`] for digits without a label.
    fn lines(&self) -> Vec<String> {
        self.reading.lines(|digit| {
            if self.is_sure(digit) {
                digit.letter()
            } else {
                UNSURE
            }
        })
    }

    /// What it reads as: its lines.
    fn text_read(&self) -> String {
        self.lines().join(" ")
    }

    /// The same with the most probable digit everywhere.
    fn guess(&self) -> String {
        self.reading.text()
    }

    /// That of the least sure digit; none where there are no digits.
    fn probability(&self) -> Option<f64> {
        let all = self.reading.digits.iter().map(|digit| digit.probability);
        all.min_by(f64::total_cmp)
    }

    /// What is to be known of the whole picture, first of all.
    fn note_of_all(&self) -> Option<Note> {
        if self.is_crowded {
            return Some(Note::TooManyMarks);
        }
        (self.reading.fit == Fit::OtherLength).then_some(Note::OtherLength)
    }

    /// The note of one digit.
    fn note_of(&self, digit: &Digit) -> Option<Note> {
        let note = (!self.is_sure(digit)).then_some(Note::LowConfidence);
        note.or(self.note_of_all())
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
        if self.reading.digits.is_empty() {
            return format!("{path}: none, {}\n", Note::NoInk.name());
        }
        let text_of = |digit: &Digit| {
            let mark = if self.is_sure(digit) { "" } else { "?" };
            format!("{}{mark} {:.2} %", digit.label, 100.0 * digit.probability)
        };
        let digits = self.reading.digits.iter();
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
        let note = self.note_of_all().map(|note| format!(", {}", note.name()));
        let note = note.unwrap_or_default();
        let reading = self.text_read();
        format!("{path}: {reading} ({}){note}\n", digits.join(", "))
    }

    fn note(&self) -> Option<Note> {
        if self.reading.digits.is_empty() {
            return Some(Note::NoInk);
        }
        if let Some(note) = self.note_of_all() {
            return Some(note);
        }
        let is_unsure = !self.reading.digits.iter().all(|digit| self.is_sure(digit));
        let note = is_unsure.then_some(Note::LowConfidence);
        let has_others = self.reading.has_others() || self.reading.fit == Fit::LeavesMarks;
        note.or(has_others.then_some(Note::OtherMarks))
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
