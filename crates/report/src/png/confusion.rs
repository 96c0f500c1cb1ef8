//! The confusion matrix as a drawing.

use maud::{Markup, html};

use super::MARGIN;
use crate::colour::{INK, MUTED, TRAINING, VALIDATION};
use crate::matrix::Matrix;
use crate::number;

const CELL: i32 = 44;
/// Left of the cells, for the names of the truths.
const LEFT: i32 = 84;
/// Above the cells, for heading and names of the guesses.
const TOP: i32 = 62;

/// Counts and shares side by side: the size, and what is in the drawing.
pub(super) fn pair(names: &[String], confusion: &[Vec<usize>]) -> Option<((i32, i32), Markup)> {
    let matrix = Matrix::new(names, confusion)?;
    let side = matrix.names().len() as i32 * CELL;
    let half = LEFT + side;
    let size = (2 * half + 3 * MARGIN, TOP + side + 2 * MARGIN);
    let count = |truth, guess| number::compact(matrix.count(truth, guess));
    let share = |truth, guess| number::percent(matrix.share(truth, guess), 1);
    let content = html! {
        (drawing(&matrix, "Images", MARGIN, &count))
        (drawing(&matrix, "Share of each row", half + 2 * MARGIN, &share))
    };
    Some((size, content))
}

fn drawing(matrix: &Matrix, title: &str, x: i32, text: &dyn Fn(usize, usize) -> String) -> Markup {
    let middle = |place: usize| place as i32 * CELL + CELL / 2;
    html! {
        g transform=(format!("translate({x} {MARGIN})")) {
            text x="0" y="14" font-size="15" font-weight="bold" fill=(INK.hex()) { (title) }
            text x=(LEFT) y="36" font-size="11" fill=(MUTED.hex()) { "guess →" }
            text x=(LEFT - 10) y=(TOP - 6) font-size="11" text-anchor="end" fill=(MUTED.hex()) {
                "truth ↓"
            }
            @for (class, name) in matrix.names().iter().enumerate() {
                text x=(LEFT + middle(class)) y=(TOP - 6) font-size="12" text-anchor="middle"
                    fill=(INK.hex()) { (number::shortened(name, 5)) }
                text x=(LEFT - 10) y=(TOP + middle(class) + 4) font-size="12" text-anchor="end"
                    fill=(INK.hex()) { (number::shortened(name, 10)) }
            }
            g transform=(format!("translate({LEFT} {TOP})")) {
                @for truth in 0..matrix.names().len() {
                    @for guess in 0..matrix.names().len() {
                        (cell(matrix, truth, guess, &text(truth, guess)))
                    }
                }
            }
        }
    }
}

fn cell(matrix: &Matrix, truth: usize, guess: usize, text: &str) -> Markup {
    let (x, y) = (guess as i32 * CELL, truth as i32 * CELL);
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
