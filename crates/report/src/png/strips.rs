//! Pictures of any sizes side by side, strip below strip.

use maud::html;

use super::canvas::{Canvas, svg};
use super::{MARGIN, SCALE};
use crate::ReportError;
use crate::colour::{AXIS, INK, MUTED};
use crate::content::{Strip, StripTile};

/// Height of a heading and of a caption, in pixels before scaling.
const HEADING: usize = 24;
const CAPTION: usize = 18;
/// About the widths of a letter of a heading and of a caption.
const HEADING_LETTER: usize = 8;
const CAPTION_LETTER: usize = 7;
/// Between tiles and between strips, in pixels before scaling.
const GAP: usize = 10;

/// Strips below each other. `None` without a tile.
///
/// # Errors
///
/// Where the picture would be too large or cannot be drawn.
pub fn strips(strips: &[Strip]) -> Result<Option<Vec<u8>>, ReportError> {
    if strips.iter().all(|strip| strip.tiles.is_empty()) {
        return Ok(None);
    }
    let width = strips.iter().map(width).max().unwrap_or(0) + 2 * MARGIN;
    let height = strips.iter().map(height).sum::<usize>() + 2 * MARGIN;
    let mut canvas = Canvas::new(width * SCALE, height * SCALE)?;
    let mut texts = Vec::new();
    let mut top = MARGIN;
    for strip in strips {
        texts.push(html! {
            text x=(MARGIN) y=(top + 14) font-size="13" font-weight="bold" fill=(INK.hex()) {
                (strip.heading)
            }
        });
        let mut left = MARGIN;
        let row = top + HEADING;
        for tile in &strip.tiles {
            let (cell, (wide, high)) = (cell_width(tile), size(tile));
            // A caption that is wider than its tile has it in its middle.
            let x = left + (cell - wide) / 2;
            let colours: Vec<_> = tile.pixels.iter().map(|&level| [level; 3]).collect();
            canvas.blit(&colours, tile.width.max(1), (x * SCALE, row * SCALE), 1);
            texts.push(html! {
                rect x=(x) y=(row) width=(wide) height=(high)
                    fill="none" stroke=(AXIS.hex()) stroke-width="0.5" {}
                text x=(left + cell / 2) y=(row + high + 13) font-size="11"
                    text-anchor="middle" fill=(MUTED.hex()) { (tile.caption) }
            });
            left += cell + GAP;
        }
        top += self::height(strip);
    }
    let content = html! { @for text in &texts { (text) } };
    canvas.draw(&svg((width, height), &content), SCALE)?;
    canvas.into_png().map(Some)
}

/// Width and height of a tile, in pixels before scaling.
fn size(tile: &StripTile) -> (usize, usize) {
    let width = tile.width.max(1);
    let height = tile.pixels.len().div_ceil(width);
    (width.div_ceil(SCALE), height.div_ceil(SCALE))
}

fn cell_width(tile: &StripTile) -> usize {
    let caption = tile.caption.chars().count() * CAPTION_LETTER;
    size(tile).0.max(caption)
}

fn width(strip: &Strip) -> usize {
    let tiles: usize = strip.tiles.iter().map(|tile| cell_width(tile) + GAP).sum();
    tiles.max(strip.heading.chars().count() * HEADING_LETTER)
}

fn height(strip: &Strip) -> usize {
    let tallest = strip.tiles.iter().map(|tile| size(tile).1).max();
    HEADING + tallest.unwrap_or(0) + CAPTION + GAP
}
