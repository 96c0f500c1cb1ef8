//! Pictures of many small pictures.

use maud::{Markup, html};

use super::canvas::{Canvas, svg};
use super::{MARGIN, SCALE};
use crate::ReportError;
use crate::colour::{AXIS, INK, MUTED, Rgb};
use crate::content::{Pixels, Samples, TestResult, WeightSnapshot};
use crate::figures::{self, MisreadGallery};
use crate::number;
use crate::picture::{SIDE, Steps};

/// Height of a heading and of a caption, in pixels before scaling.
const HEADING: usize = 30;
const CAPTION: usize = 16;
/// About the width of a letter of a caption.
const LETTER: usize = 6;
/// Between tiles, in pixels before scaling.
const GAP: usize = 8;

/// Tiles of one size under one heading.
struct Block {
    heading: Option<String>,
    /// Width and height of a tile in its own pixels.
    size: (usize, usize),
    /// Pixels (before scaling) for each pixel of a tile.
    zoom: usize,
    columns: usize,
    tiles: Vec<Vec<Rgb>>,
    /// One for each tile, or none at all.
    captions: Vec<String>,
}

impl Block {
    fn digits<'a>(
        heading: Option<String>,
        columns: usize,
        pictures: impl Iterator<Item = &'a Pixels>,
        captions: Vec<String>,
    ) -> Self {
        Self {
            heading,
            size: (SIDE, SIDE),
            zoom: 2,
            columns: columns.max(1),
            tiles: pictures
                .map(|pixels| pixels.map(|ink| [255 - ink; 3]).to_vec())
                .collect(),
            captions,
        }
    }

    /// From one tile to the next, to the right and downwards.
    fn pitch(&self) -> (usize, usize) {
        let caption = if self.captions.is_empty() { 0 } else { CAPTION };
        let letters = self.captions.iter().map(|text| text.chars().count()).max();
        let width = (self.size.0 * self.zoom).max(letters.unwrap_or(0) * LETTER);
        (width + GAP, self.size.1 * self.zoom + caption + GAP)
    }

    fn heading_height(&self) -> usize {
        if self.heading.is_some() { HEADING } else { 0 }
    }

    fn height(&self) -> usize {
        self.heading_height() + self.tiles.len().div_ceil(self.columns) * self.pitch().1
    }

    fn width(&self) -> usize {
        let heading = self
            .heading
            .as_ref()
            .map_or(0, |text| text.chars().count() * 8);
        (self.tiles.len().min(self.columns) * self.pitch().0).max(heading)
    }

    /// Upper left corner of a tile within the block.
    fn corner(&self, place: usize) -> (usize, usize) {
        let (right, down) = self.pitch();
        // A caption that is wider than its tile has it in its middle.
        let indent = (right - GAP - self.size.0 * self.zoom) / 2;
        (
            place % self.columns * right + indent,
            self.heading_height() + place / self.columns * down,
        )
    }

    fn text(&self, top: usize) -> Markup {
        let edge = MARGIN;
        html! {
            @if let Some(heading) = &self.heading {
                text x=(edge) y=(top + 15) font-size="13" font-weight="bold" fill=(INK.hex()) {
                    (heading)
                }
            }
            @for place in 0..self.tiles.len() {
                @let (x, y) = self.corner(place);
                @let (width, height) = (self.size.0 * self.zoom, self.size.1 * self.zoom);
                rect x=(edge + x) y=(top + y) width=(width) height=(height)
                    fill="none" stroke=(AXIS.hex()) stroke-width="0.5" {}
                @if let Some(caption) = self.captions.get(place) {
                    text x=(edge + x + width / 2) y=(top + y + height + 12) font-size="10"
                        text-anchor="middle" fill=(MUTED.hex()) { (caption) }
                }
            }
        }
    }
}

/// Blocks below each other; `None` without a tile.
fn draw(blocks: &[Block]) -> Result<Option<Vec<u8>>, ReportError> {
    if blocks.iter().all(|block| block.tiles.is_empty()) {
        return Ok(None);
    }
    let edge = MARGIN;
    let width = blocks.iter().map(Block::width).max().unwrap_or(0) + 2 * edge;
    let height = blocks
        .iter()
        .map(|block| block.height() + GAP)
        .sum::<usize>()
        + 2 * edge;
    let mut canvas = Canvas::new(width * SCALE, height * SCALE)?;
    let mut top = edge;
    let mut texts = Vec::new();
    for block in blocks {
        for (place, tile) in block.tiles.iter().enumerate() {
            let (x, y) = block.corner(place);
            let corner = ((edge + x) * SCALE, (top + y) * SCALE);
            canvas.blit(tile, block.size.0, corner, block.zoom * SCALE);
        }
        texts.push(block.text(top));
        top += block.height() + GAP;
    }
    let content = html! { @for text in &texts { (text) } };
    canvas.draw(&svg((width, height), &content), SCALE)?;
    canvas.into_png().map(Some)
}

/// Digits in rows of `columns`, each with its caption (`captions` may be empty). `None` without
/// pictures.
///
/// # Errors
///
/// Where the picture would be too large or cannot be drawn.
pub fn contact_sheet(
    pictures: &[Pixels],
    columns: usize,
    captions: &[String],
) -> Result<Option<Vec<u8>>, ReportError> {
    let captions = captions.iter().take(pictures.len()).cloned().collect();
    draw(&[Block::digits(None, columns, pictures.iter(), captions)])
}

/// The misread test images, worst first, with truth, guess and confidence.
pub(super) fn misread(test: &TestResult) -> Result<Option<Vec<u8>>, ReportError> {
    let Some(gallery) = MisreadGallery::new(test) else {
        return Ok(None);
    };
    let all = number::counted(gallery.num_misread, "misread image", "misread images");
    let part = gallery.num_shown();
    let part = part.map_or_else(String::new, |shown| format!("; {shown} of them"));
    let heading = format!(
        "{all} of {}{part}: truth → guess, confidence",
        number::count(test.num_images)
    );
    let captions = gallery
        .tiles
        .iter()
        .map(|tile| format!("{} → {}, {}", tile.truth, tile.guess, tile.confidence))
        .collect();
    draw(&[Block::digits(Some(heading), 10, gallery.pixels(), captions)])
}

/// Training images: plain, augmented, added.
pub(super) fn samples(samples: &Samples) -> Result<Option<Vec<u8>>, ReportError> {
    let blocks: Vec<Block> = figures::samples(samples)
        .into_iter()
        .map(|group| {
            let captions = group.pictures.iter().map(|picture| picture.label.clone());
            let captions = captions.collect();
            let pixels = group.pictures.iter().map(|picture| &picture.pixels);
            Block::digits(Some(group.heading), 9, pixels, captions)
        })
        .collect();
    draw(&blocks)
}

/// The weights of the first layer at some of the recorded steps, blue below 0 and orange above.
///
/// # Errors
///
/// Where the picture cannot be drawn.
pub fn weights(snapshots: &[WeightSnapshot]) -> Result<Option<Vec<u8>>, ReportError> {
    let to_rgb = |picture: &Vec<u8>| picture.iter().map(|&step| Steps::on_white(step)).collect();
    let blocks: Vec<Block> = figures::weights(snapshots)
        .into_iter()
        .map(|group| {
            let (snapshot, largest) = (group.snapshot, &group.largest);
            Block {
                heading: Some(format!("{}, {}: ±{largest}", group.heading, snapshot.layer)),
                size: (snapshot.width, snapshot.height),
                zoom: (56 / snapshot.width.max(1)).max(1),
                columns: 16,
                tiles: group.steps.pictures.iter().map(to_rgb).collect(),
                captions: Vec::new(),
            }
        })
        .collect();
    draw(&blocks)
}
