//! Numbers as rows of CSV and Parquet.

use super::Numbers;
use crate::output::answer::{Answer as _, Note};
use crate::output::cell::{Cell, Column, Kind};
use crate::predict::Digit;
use data::picture::Bounds;

/// Of a row a digit. What comes last is there too where there is no label.
pub(super) fn digit_columns() -> Vec<Column> {
    let mut columns = vec![
        Column::required("path", Kind::Text),
        Column::required("text", Kind::Text),
    ];
    let places = ["line", "place", "label"];
    columns.extend(places.map(|name| Column::optional(name, Kind::Integer)));
    columns.push(Column::optional("probability", Kind::Number));
    let numbers = ["left", "top", "width", "height", "guess", "label_2"];
    columns.extend(numbers.map(|name| Column::optional(name, Kind::Integer)));
    columns.push(Column::optional("probability_2", Kind::Number));
    columns.push(Column::optional("note", Kind::Text));
    columns
}

/// Of a row a picture.
pub(super) fn picture_columns() -> Vec<Column> {
    vec![
        Column::required("path", Kind::Text),
        Column::required("text", Kind::Text),
        Column::required("guess", Kind::Text),
        Column::optional("probability", Kind::Number),
        Column::optional("note", Kind::Text),
    ]
}

impl Numbers {
    pub(super) fn picture_row(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(&self.path),
            Cell::Text(self.text_read().into()),
            Cell::Text(self.guess().into()),
            Cell::probability(self.probability()),
            Cell::note(self.note().map(Note::name)),
        ]
    }

    pub(super) fn digit_rows(&self) -> Vec<Vec<Cell<'_>>> {
        let text = self.text_read();
        let begin = || vec![Cell::text(&self.path), Cell::Text(text.clone().into())];
        if self.reading.digits.is_empty() {
            let mut cells = begin();
            cells.resize(digit_columns().len() - 1, Cell::Null);
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
            let mut cells = begin();
            cells.push(Cell::count(digit.line));
            cells.push(Cell::count(place));
            cells.push(Cell::label(self.label(digit)));
            cells.push(Cell::probability(Some(digit.probability)));
            cells.extend([left, top, width, height].map(|edge| Cell::count(edge as usize)));
            cells.push(Cell::count(digit.label));
            cells.push(Cell::count(digit.runner_up.0));
            cells.push(Cell::probability(Some(digit.runner_up.1)));
            cells.push(Cell::note(self.note_of(digit).map(Note::name)));
            cells
        };
        self.reading.digits.iter().enumerate().map(row).collect()
    }
}
