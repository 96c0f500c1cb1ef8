//! The confusion matrix as a drawing.

use maud::{Markup, html};

use super::MARGIN;
use crate::colour::{INK, MUTED, TRAINING, VALIDATION};
use crate::matrix::Matrix;
use crate::number;

/// Side of a cell, and of one among many, in pixels.
const CELL: usize = 44;
const DENSE_CELL: usize = 26;
/// From so many classes on cells are smaller still, and have colours alone.
const MANY: usize = 51;
const BARE_CELL: usize = 12;
/// Names have at most so many letters, of about so many pixels.
const MAX_LETTERS: usize = 14;
const LETTER: usize = 7;

/// Where the cells begin.
struct Frame {
    /// Left of them, for the names of the truths.
    left: usize,
    /// Above them, for heading and names of the guesses.
    top: usize,
    /// Side of a cell.
    cell: usize,
    /// Whether the names of the guesses need more room than a cell has.
    is_slanted: bool,
}

impl Frame {
    fn new(matrix: &Matrix) -> Self {
        let names = matrix.names();
        let cell = match names.len() {
            MANY.. => BARE_CELL,
            _ if matrix.is_dense() => DENSE_CELL,
            _ => CELL,
        };
        let longest = names.iter().map(|name| name.chars().count()).max();
        let letters = longest.unwrap_or(1).min(MAX_LETTERS);
        let is_slanted = letters * LETTER > cell.max(28);
        let head = if is_slanted {
            letters * LETTER * 3 / 4
        } else {
            12
        };
        Self {
            left: 20 + (letters * LETTER).max(38),
            top: 50 + head,
            cell,
            is_slanted,
        }
    }
}

/// Counts and shares beside each other: the size, and what is in the drawing.
pub(super) fn pair(names: &[String], confusion: &[Vec<usize>]) -> Option<((usize, usize), Markup)> {
    let matrix = Matrix::new(names, confusion).filter(Matrix::can_be_drawn)?;
    let frame = Frame::new(&matrix);
    let cells = matrix.names().len() * frame.cell;
    // The last of the slanted names reaches beyond its column.
    let overhang = if frame.is_slanted { 3 * MARGIN } else { MARGIN };
    let pitch = frame.left + cells + overhang;
    let size = (2 * pitch + MARGIN, frame.top + cells + 2 * MARGIN);
    let count = |truth, guess| number::compact(matrix.count(truth, guess));
    let decimals = usize::from(!matrix.is_dense());
    let share = |truth, guess| number::percent(matrix.share(truth, guess), decimals);
    let content = html! {
        (drawing(&matrix, &frame, ("Images", MARGIN), &count))
        (drawing(&matrix, &frame, ("Share of each row", pitch + MARGIN), &share))
    };
    Some((size, content))
}

fn drawing(
    matrix: &Matrix,
    frame: &Frame,
    (title, x): (&str, usize),
    text: &dyn Fn(usize, usize) -> String,
) -> Markup {
    let Frame {
        left,
        top,
        cell: side,
        ..
    } = frame;
    html! {
        g transform=(format!("translate({x} {MARGIN})")) {
            text x="0" y="14" font-size="15" font-weight="bold" fill=(INK.hex()) { (title) }
            text x=(left - 10) y=(top - 22) font-size="11" text-anchor="end" fill=(MUTED.hex()) {
                "guess →"
            }
            text x=(left - 10) y=(top - 7) font-size="11" text-anchor="end" fill=(MUTED.hex()) {
                "truth ↓"
            }
            @for (class, name) in matrix.names().iter().enumerate() {
                (names(frame, class * side + side / 2, &number::shortened(name, MAX_LETTERS)))
            }
            g transform=(format!("translate({left} {top})")) {
                @for truth in 0..matrix.names().len() {
                    @for guess in 0..matrix.names().len() {
                        (cell(matrix, frame.cell, (truth, guess), &text(truth, guess)))
                    }
                }
            }
        }
    }
}

/// The name of a class above its column and left of its row, whose middle is `middle`.
fn names(frame: &Frame, middle: usize, name: &str) -> Markup {
    let (x, y) = (frame.left + middle, frame.top - 7);
    let (anchor, turn) = if frame.is_slanted {
        ("start", format!("rotate(-45 {x} {y})"))
    } else {
        ("middle", String::new())
    };
    let size = frame.cell.min(12);
    html! {
        text x=(x) y=(y) font-size=(size) text-anchor=(anchor) transform=(turn) fill=(INK.hex()) {
            (name)
        }
        text x=(frame.left - 10) y=(frame.top + middle + 4) font-size=(size) text-anchor="end"
            fill=(INK.hex()) { (name) }
    }
}

/// A cell of `side` pixels; the smallest have no text.
fn cell(matrix: &Matrix, side: usize, (truth, guess): (usize, usize), text: &str) -> Markup {
    let (x, y) = (guess * side, truth * side);
    let colour = if truth == guess { VALIDATION } else { TRAINING };
    let empty = matrix.count(truth, guess) == 0;
    let letters = match (side, text.len()) {
        (CELL, 0..=4) => 12,
        (CELL, _) => 10,
        _ => 9,
    };
    html! {
        rect x=(x + 1) y=(y + 1) width=(side - 2) height=(side - 2) rx="3" fill="#F4F5F6" {}
        rect x=(x + 1) y=(y + 1) width=(side - 2) height=(side - 2) rx="3" fill=(colour.hex())
            fill-opacity=(format!("{:.3}", matrix.strength(truth, guess))) {}
        @if side > BARE_CELL {
            text x=(x + side / 2) y=(y + side / 2 + 4) font-size=(letters) text-anchor="middle"
                fill=(if empty { "#B4BAC2".to_string() } else { INK.hex() }) {
                (if empty { "·" } else { text })
            }
        }
    }
}
