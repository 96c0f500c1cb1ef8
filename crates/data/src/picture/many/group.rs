//! Pieces of ink that are taken together.

use crate::picture::pieces::{Extent, Piece};

/// The pieces of a digit, or of several that touch.
pub(super) struct Group {
    pub(super) pieces: Vec<Piece>,
    pub(super) extent: Extent,
    /// From 0 at the top.
    pub(super) line: usize,
    /// The usual height of what stands in the line, in pixels.
    pub(super) line_height: f32,
    /// Ink beside it that may belong to it.
    pub(super) fragments: Vec<Group>,
}

impl Group {
    /// Together with some of its fragments.
    pub(super) fn with<'a>(&self, fragments: impl Iterator<Item = &'a Self>) -> Self {
        let mut whole = Self {
            pieces: self.pieces.clone(),
            fragments: Vec::new(),
            ..*self
        };
        for fragment in fragments {
            whole.extent = whole.extent.joined(fragment.extent);
            whole.pieces.extend_from_slice(&fragment.pieces);
        }
        whole
    }

    /// Pixels of ink.
    pub(super) fn area(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.area).sum()
    }
}
