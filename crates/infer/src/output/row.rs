//! What is said of a picture of one digit: its classes in order of probability, and whether it gets a
//! label.

use super::answer::{Answer, Note, Rows, Style};
use super::cell::{Cell, Column, Kind};
use super::doubt::Doubt;
use super::text::printable;
use serde::Serialize;

/// The classes of one picture, most probable first; none where it shows no ink.
pub struct Row {
    /// From 1; 0 where nobody asks for it.
    number: u64,
    path: String,
    pub(super) ranked: Vec<(usize, f64)>,
    note: Option<Note>,
}

impl Row {
    /// The `top_k` most probable classes; of equally probable ones, the first.
    #[must_use]
    pub fn new(path: &str, probabilities: &[f64], top_k: usize) -> Self {
        let mut ranked: Vec<(usize, f64)> = probabilities.iter().copied().enumerate().collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1));
        ranked.truncate(top_k.max(1));
        Self {
            number: 0,
            path: path.to_owned(),
            ranked,
            note: None,
        }
    }

    /// Of a picture that shows no ink.
    #[must_use]
    pub fn without_ink(path: &str) -> Self {
        Self {
            number: 0,
            path: path.to_owned(),
            ranked: Vec::new(),
            note: Some(Note::NoInk),
        }
    }

    /// Of the picture with this place among all inputs, from 0.
    #[must_use]
    pub fn at_place(mut self, place: u64) -> Self {
        self.number = place + 1;
        self
    }

    /// Without a label where the most probable class is less probable than this, in the precision of
    /// what is written.
    #[must_use]
    pub fn unless_below(mut self, min_confidence: f64) -> Self {
        let best = self.ranked.first();
        if best.is_some_and(|&(_, probability)| (probability as f32) < min_confidence as f32) {
            self.note = Some(Note::LowConfidence);
        }
        self
    }

    /// Of a picture that plainly shows several digits; why there is no label, where there is none, is said rather
    /// than that.
    #[must_use]
    pub fn among_several(mut self) -> Self {
        self.note.get_or_insert(Note::SeveralDigits);
        self
    }

    /// The class and the probability at a rank, from 0. There is no class where the picture gets none,
    /// and nothing at all where it shows no ink.
    pub(crate) fn at(&self, rank: usize) -> (Option<usize>, Option<f64>) {
        let Some(&(label, probability)) = self.ranked.get(rank) else {
            return (None, None);
        };
        let is_given = rank > 0 || !self.note.is_some_and(Note::withholds_label);
        (is_given.then_some(label), Some(probability))
    }

    /// The classes with their probabilities, for people: `7 (98.12 %), 1 (1.20 %)`.
    #[must_use]
    pub fn classes_text(&self, names: Option<&[String]>) -> String {
        let classes = self.ranked.iter().map(|&(label, probability)| {
            let name = names.and_then(|names| names.get(label));
            let name = name.map(|name| format!(" {name}")).unwrap_or_default();
            format!("{label}{name} ({:.2} %)", 100.0 * probability)
        });
        classes.collect::<Vec<_>>().join(", ")
    }
}

/// Every row has the same keys, so that whoever reads a few of them knows the types of all.
#[derive(Serialize)]
struct JsonRow<'a> {
    path: &'a str,
    label: Option<usize>,
    #[serde(skip_serializing_if = "Class::is_left_out")]
    class: Class<'a>,
    probability: Option<f32>,
    top: Vec<JsonClass<'a>>,
    note: Option<&'static str>,
}

/// The name of a class.
#[derive(Serialize)]
#[serde(untagged)]
enum Class<'a> {
    /// The digits have no others.
    LeftOut,
    /// Null without a label.
    Named(Option<&'a str>),
}

impl Class<'_> {
    fn is_left_out(&self) -> bool {
        matches!(self, Self::LeftOut)
    }
}

/// Probabilities are as precise as the network's own numbers.
#[derive(Serialize)]
struct JsonClass<'a> {
    label: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    probability: f32,
}

impl Answer for Row {
    const USUAL_ROWS: Rows = Rows::Picture;

    /// Path, and label, class (where there are names) and probability for each rank, numbered from the
    /// second; last, the note.
    fn columns(style: &Style<'_>) -> Vec<Column> {
        let mut columns = vec![Column::required("path", Kind::Text)];
        for rank in 1..=style.num_ranks {
            let suffix = if rank == 1 {
                String::new()
            } else {
                format!("_{rank}")
            };
            columns.push(Column::optional(format!("label{suffix}"), Kind::Integer));
            if style.names.is_some() {
                columns.push(Column::optional(format!("class{suffix}"), Kind::Text));
            }
            columns.push(Column::optional(
                format!("probability{suffix}"),
                Kind::Number,
            ));
        }
        columns.push(Column::optional("note", Kind::Text));
        columns
    }

    fn rows(&self, style: &Style<'_>) -> Vec<Vec<Cell<'_>>> {
        let mut cells = vec![Cell::text(&self.path)];
        for rank in 0..style.num_ranks {
            let (label, probability) = self.at(rank);
            cells.push(Cell::label(label));
            if style.names.is_some() {
                let name = label.and_then(|label| style.name(label));
                cells.push(name.map_or(Cell::Null, |name| Cell::Text(name.to_owned().into())));
            }
            cells.push(Cell::probability(probability));
        }
        cells.push(Cell::note(self.note.map(Note::name)));
        vec![cells]
    }

    fn json(&self, style: &Style<'_>) -> serde_json::Result<Vec<String>> {
        let (label, probability) = self.at(0);
        let class = |&(label, probability): &(usize, f64)| JsonClass {
            label,
            class: style.name(label),
            probability: probability as f32,
        };
        let row = serde_json::to_string(&JsonRow {
            path: &self.path,
            label,
            class: if style.names.is_some() {
                Class::Named(label.and_then(|label| style.name(label)))
            } else {
                Class::LeftOut
            },
            probability: probability.map(|probability| probability as f32),
            top: self.ranked.iter().map(class).collect(),
            note: self.note.map(Note::name),
        });
        row.map(|row| vec![row])
    }

    /// `seven.png: 7 (98.12 %), 1 (1.20 %)`
    fn text(&self, style: &Style<'_>) -> String {
        let path = printable(&self.path);
        let classes = self.classes_text(style.names);
        match self.note {
            None => format!("{path}: {classes}\n"),
            Some(note) if !note.withholds_label() => {
                format!("{path}: {classes}; {}\n", note.name())
            }
            Some(note) if classes.is_empty() => format!("{path}: none, {}\n", note.name()),
            Some(note) => format!("{path}: none, {}: {classes}\n", note.name()),
        }
    }

    fn note(&self) -> Option<Note> {
        self.note
    }

    /// The most probable class, also below the least confidence; 0 without ink, where none is.
    fn numbered_class(&self) -> Option<(u64, usize)> {
        let class = self.ranked.first().map_or(0, |&(label, _)| label);
        Some((self.number, class))
    }

    fn doubt(&self, style: &Style<'_>, min_confidence: f64) -> Option<Doubt> {
        let best = self.ranked.first();
        let is_unsure = best.is_some_and(|&(_, probability)| probability < min_confidence);
        let why = self.note.or(is_unsure.then_some(Note::LowConfidence))?;
        let guess = best.map(|&(label, _)| match style.name(label) {
            Some(name) => name.to_owned(),
            None => label.to_string(),
        });
        Some(Doubt {
            why: why.name().to_owned(),
            said: self.classes_text(style.names),
            guess: guess.unwrap_or_default(),
            marks: Vec::new(),
        })
    }
}
