//! Ink without what is printed: boxes, combs and grids, lines from border to border, and rows of dots.
//!
//! Owns the order in which these are taken away. What each of them is, is `lines`'s.

use super::ink;
use super::lines::{self, Frame};
use super::pieces::Pieces;
use super::sharp::{Inked, Record};

/// Ink by itself.
pub(super) struct Unprinted {
    pub(super) inked: Inked,
    /// What of it hangs together.
    pub(super) pieces: Pieces,
    /// The frames that it stood in.
    pub(super) frames: Vec<Frame>,
    /// Whether anything was taken away.
    pub(super) took_lines: bool,
}

/// Takes away what is printed. Where nothing else is there, it may be ink: then nothing is taken.
pub(super) fn unprinted(print: &Inked, record: Record<'_>) -> Unprinted {
    let at_edge = Pieces::of(&ink::above(&print.contrast, print.edge));
    let size = print.contrast.dimensions();
    let known = lines::frames(&at_edge).into_iter();
    let (whole, open): (Vec<Frame>, Vec<Frame>) = known.partition(|frame| frame.is_whole(size));
    // Those with paper all round them first: from lines that cross the picture, parts of them are not told.
    let mut frames = lines::whole_frames(&print.contrast, whole, &print.fainter_levels());
    let contrast = if frames.is_empty() {
        print.contrast.clone()
    } else {
        let contrast = lines::without_frames(&print.contrast, &frames, print.edge);
        record("no boxes", &contrast);
        contrast
    };
    let mut took_lines = !frames.is_empty();
    let mut is_as_printed = false;
    let mut inked = if let Some((within, took)) = print.without_lines(contrast) {
        took_lines |= took;
        is_as_printed = !took_lines;
        within
    } else {
        frames.clear();
        took_lines = false;
        print.clone()
    };
    if took_lines {
        record("no lines", &inked.contrast);
    }
    let (mut pieces, cut_off) = if is_as_printed {
        (at_edge, open)
    } else {
        let pieces = lines::pieces_beside(&frames, &inked.contrast, inked.edge);
        let cut_off = lines::frames(&pieces);
        (pieces, cut_off)
    };
    if !cut_off.is_empty() {
        let contrast = lines::without_frames(&inked.contrast, &cut_off, inked.edge);
        let within = lines::pieces_beside(&cut_off, &contrast, inked.edge);
        if !within.of_digit().is_empty() {
            record("no boxes", &contrast);
            (inked.contrast, pieces) = (contrast, within);
            frames.extend(cut_off);
            took_lines = true;
        }
    }
    Unprinted {
        inked,
        pieces: lines::without_dots(pieces),
        frames,
        took_lines,
    }
}
