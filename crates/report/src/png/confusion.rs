//! The confusion matrix as a drawing.

use maud::{Markup, html};

use super::MARGIN;
use crate::colour::{INK, MUTED, TRAINING, VALIDATION};
use crate::matrix::Matrix;
use crate::number;

const CELL: usize = 44;
/// Names have at most so many letters, of about so many pixels.
const MAX_LETTERS: usize = 14;
const LETTER: usize = 7;

/// Where the cells begin.
struct Frame {
    /// Left of them, for the names of the truths.
    left: usize,
    /// Above them, for heading and names of the guesses.
    top: usize,
    /// Whether the names of the guesses need more room than a cell has.
    is_slanted: bool,
}

impl Frame {
    fn new(names: &[String]) -> Self {
        let longest = names.iter().map(|name| name.chars().count()).max();
        let letters = longest.unwrap_or(1).min(MAX_LETTERS);
        let is_slanted = letters > 4;
        let head = if is_slanted {
            letters * LETTER * 3 / 4
        } else {
            12
        };
        Self {
            left: 20 + (letters * LETTER).max(38),
            top: 50 + head,
            is_slanted,
        }
    }
}

/// Counts and shares beside each other: the size, and what is in the drawing.
pub(super) fn pair(names: &[String], confusion: &[Vec<usize>]) -> Option<((usize, usize), Markup)> {
    let matrix = Matrix::new(names, confusion)?;
    let frame = Frame::new(matrix.names());
    let cells = matrix.names().len() * CELL;
    // The last of the slanted names reaches beyond its column.
    let overhang = if frame.is_slanted { 3 * MARGIN } else { MARGIN };
    let pitch = frame.left + cells + overhang;
    let size = (2 * pitch + MARGIN, frame.top + cells + 2 * MARGIN);
    let count = |truth, guess| number::compact(matrix.count(truth, guess));
    let share = |truth, guess| number::percent(matrix.share(truth, guess), 1);
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
    let Frame { left, top, .. } = frame;
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
                (names(frame, class * CELL + CELL / 2, &number::shortened(name, MAX_LETTERS)))
            }
            g transform=(format!("translate({left} {top})")) {
                @for truth in 0..matrix.names().len() {
                    @for guess in 0..matrix.names().len() {
                        (cell(matrix, truth, guess, &text(truth, guess)))
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
    html! {
        text x=(x) y=(y) font-size="12" text-anchor=(anchor) transform=(turn) fill=(INK.hex()) {
            (name)
        }
        text x=(frame.left - 10) y=(frame.top + middle + 4) font-size="12" text-anchor="end"
            fill=(INK.hex()) { (name) }
    }
}

fn cell(matrix: &Matrix, truth: usize, guess: usize, text: &str) -> Markup {
    let (x, y) = (guess * CELL, truth * CELL);
    let colour = if truth == guess { VALIDATION } else { TRAINING };
    let empty = matrix.count(truth, guess) == 0;
    let size = if text.len() > 4 { 10 } else { 12 };
    html! {
        rect x=(x + 1) y=(y + 1) width=(CELL - 2) height=(CELL - 2) rx="3" fill="#F4F5F6" {}
        rect x=(x + 1) y=(y + 1) width=(CELL - 2) height=(CELL - 2) rx="3" fill=(colour.hex())
            fill-opacity=(format!("{:.3}", matrix.strength(truth, guess))) {}
        text x=(x + CELL / 2) y=(y + CELL / 2 + 4) font-size=(size) text-anchor="middle"
            fill=(if empty { "#B4BAC2".to_string() } else { INK.hex() }) {
            (if empty { "·" } else { text })
        }
    }
}
