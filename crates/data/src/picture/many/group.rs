//! Pieces of ink that are taken together.

use super::cluster::SignKind;
use crate::picture::pieces::{Extent, Piece};

/// The pieces of a digit, or of several that touch.
pub(super) struct Group {
    pub(super) pieces: Vec<Piece>,
    pub(super) extent: Extent,
    /// The cell of a frame that it stands in.
    pub(super) cell: Option<Cell>,
    /// From 0 at the top.
    pub(super) line: usize,
    /// The usual height of what stands in the line, in pixels.
    pub(super) line_height: f32,
    /// Ink beside it that may belong to it.
    pub(super) fragments: Vec<Group>,
    /// What it is where it is no part of a digit but a sign beside it.
    pub(super) sign: Option<SignKind>,
    /// Signs beside it, too far away to belong to it.
    pub(super) signs: Vec<(SignKind, Extent)>,
}

/// A cell of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The frame's number, and the cell's in it.
    pub(super) number: (usize, usize),
    /// Its first and last row.
    pub(super) rows: (u32, u32),
}

impl Group {
    /// The first and the last row of the place in its line: those of its cell, where it stands in one.
    pub(super) fn rows(&self) -> (u32, u32) {
        let own = (self.extent.top, self.extent.bottom);
        self.cell.map_or(own, |cell| cell.rows)
    }

    /// Whether two stand in the same cell, or both in none.
    pub(super) fn shares_cell(&self, other: &Self) -> bool {
        self.cell.map(|cell| cell.number) == other.cell.map(|cell| cell.number)
    }

    /// Together with some of its fragments.
    pub(super) fn with<'a>(&self, fragments: impl Iterator<Item = &'a Self>) -> Self {
        let mut whole = Self {
            pieces: self.pieces.clone(),
            fragments: Vec::new(),
            signs: Vec::new(),
            ..*self
        };
        for fragment in fragments {
            whole.extent = whole.extent.joined(fragment.extent);
            whole.pieces.extend_from_slice(&fragment.pieces);
        }
        whole
    }

    /// Whether another one is a part of it.
    pub(super) fn has(&self, part: &Self) -> bool {
        let labels = |group: &Self| group.pieces.first().map(Piece::label);
        let first = labels(part);
        self.pieces.iter().any(|piece| Some(piece.label()) == first)
    }

    /// Pixels of ink.
    pub(super) fn area(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.area).sum()
    }
}
