//! The ink of a picture of one digit: which of all ink that is, without what is printed, in as much detail as there is.

use image::{GrayImage, imageops};

use super::pieces::{Extent, Piece, Pieces};
use super::sharp::{Record, inked, sharp_ink};
use super::unprinted::unprinted;
use super::ways::{Noticed, View, Way};
use super::{background, filled, grey, ink};

/// Ink smaller than this, in pixels at the working size, is looked at again in more detail.
const SMALL_INK: u32 = 64;

/// Bilevel ink, [`INK_LONGEST`] on its longer side, and whether there are several digits. `None` where there is
/// no ink.
pub(super) fn ink_of(
    grey: &GrayImage,
    way: Way,
    may_zoom: bool,
    noticed: &mut Noticed,
    record: Record<'_>,
) -> Option<(GrayImage, bool)> {
    let mut work = grey::at_working_size(grey);
    let (is_turned, is_filled) = (way.view.is_turned(), way.view.is_filled());
    let lightness = if is_filled {
        background::lightness_by_border(&work)
    } else {
        background::lightness_of_ink(&work)
    };
    if (lightness > 0.0) != is_turned {
        imageops::invert(&mut work);
    }
    if is_filled {
        work = filled::with_paper_around(&work);
    } else {
        noticed.may_be_turned |= background::is_doubtful(lightness);
        // What is noticed in another view is not asked for.
        noticed.may_be_filled |= way.view == View::Usual && filled::may_be_filled(&work);
    }
    record("ink dark", &work);
    let print = inked(&work, background::COARSE_LONGEST, record)?;
    let (inked, pieces) = if matches!(way.view, View::WithLines | View::WithEdges) {
        let pieces = Pieces::of(&ink::above(&print.contrast, print.edge));
        (print, pieces)
    } else {
        let found = unprinted(&print, record);
        noticed.took_lines |= found.took_lines;
        (found.inked, found.pieces)
    };
    let chosen = pieces.of_digit();
    let extent = chosen
        .iter()
        .map(|piece| piece.extent)
        .reduce(Extent::joined)?;
    noticed.may_be_turned |= chosen.iter().any(Piece::is_on_border);
    let mask = pieces.drawn(&chosen);
    record("pieces", &mask);
    let detail = grey.width().max(grey.height()) > work.width().max(work.height());
    if may_zoom && !is_filled && detail && extent.longest() < SMALL_INK {
        let closer = cut_out(grey, &work, extent);
        // Closer, other digits are out of the picture.
        let (sharp, _) = ink_of(&closer, way, false, noticed, record)?;
        return Some((sharp, pieces.are_several()));
    }
    let (sharp, _) = sharp_ink(&inked, &mask, extent, extent.longest() as f32);
    Some((sharp, pieces.are_several()))
}

/// The part of the picture around the ink, in its full detail.
fn cut_out(grey: &GrayImage, work: &GrayImage, extent: Extent) -> GrayImage {
    let scale = f64::from(grey.width()) / f64::from(work.width());
    let margin = extent.longest() / 2;
    let low = |edge: u32| (f64::from(edge.saturating_sub(margin)) * scale) as u32;
    let high = |edge: u32, side: u32| ((f64::from(edge + 1 + margin) * scale) as u32).min(side);
    let (left, top) = (low(extent.left), low(extent.top));
    let (right, bottom) = (
        high(extent.right, grey.width()),
        high(extent.bottom, grey.height()),
    );
    imageops::crop_imm(grey, left, top, right - left, bottom - top).to_image()
}
