//! Pictures of many small pictures.

use maud::{Markup, html};

use super::canvas::{Canvas, svg};
use super::{MARGIN, SCALE};
use crate::ReportError;
use crate::colour::{AXIS, INK, MUTED, Rgb};
use crate::content::{Picture, Pixels, Samples, TestResult, WeightSnapshot};
use crate::matrix::class_name;
use crate::number;
use crate::picture::{SIDE, Steps, first_and_last, shown};

/// At most so many misread digits, and so many snapshots.
const MAX_MISREAD: usize = 100;
const MAX_SNAPSHOTS: usize = 8;
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
///
/// # Errors
///
/// Where the picture cannot be drawn.
pub fn misread(test: &TestResult) -> Result<Option<Vec<u8>>, ReportError> {
    let some = shown(&test.misread, MAX_MISREAD);
    let all = number::counted(test.misread.len(), "misread image", "misread images");
    let part = if some.len() < test.misread.len() {
        format!("; {} of them", some.len())
    } else {
        String::new()
    };
    let captions = some.iter().map(|one| {
        let (truth, guess) = (
            class_name(&test.class_names, one.truth),
            class_name(&test.class_names, one.guess),
        );
        format!("{truth} → {guess}, {}", number::percent(one.confidence, 1))
    });
    draw(&[Block::digits(
        Some(format!(
            "{all} of {}{part}: truth → guess, confidence",
            number::count(test.num_images)
        )),
        10,
        some.iter().map(|one| &one.pixels),
        captions.collect(),
    )])
}

/// The first training images, and below them the same under augmentation.
///
/// # Errors
///
/// Where the picture cannot be drawn.
pub fn samples(samples: &Samples) -> Result<Option<Vec<u8>>, ReportError> {
    let block = |heading: &str, pictures: &[Picture]| {
        let captions = pictures
            .iter()
            .map(|picture| picture.label.clone())
            .collect();
        let pixels = pictures.iter().map(|picture| &picture.pixels);
        Block::digits(Some(heading.to_string()), 9, pixels, captions)
    };
    let mut blocks = vec![block("Training images", &samples.plain)];
    if let Some(augmented) = &samples.augmented {
        blocks.push(block("The same, augmented", augmented));
    }
    draw(&blocks)
}

/// The weights of the first layer at each recorded step, blue below 0 and orange above.
///
/// # Errors
///
/// Where the picture cannot be drawn.
pub fn weights(snapshots: &[WeightSnapshot]) -> Result<Option<Vec<u8>>, ReportError> {
    let blocks: Vec<Block> = first_and_last(snapshots, MAX_SNAPSHOTS)
        .into_iter()
        .filter_map(|snapshot| {
            let steps = Steps::new(snapshot)?;
            let largest = number::significant(f64::from(steps.largest), 3);
            let to_rgb =
                |picture: &Vec<u8>| picture.iter().map(|&step| Steps::on_white(step)).collect();
            Some(Block {
                heading: Some(format!(
                    "{}, step {}: ±{largest}",
                    snapshot.layer,
                    number::count(snapshot.step)
                )),
                size: (snapshot.width, snapshot.height),
                zoom: (56 / snapshot.width.max(1)).max(1),
                columns: 16,
                tiles: steps.pictures.iter().map(to_rgb).collect(),
                captions: Vec::new(),
            })
        })
        .collect();
    draw(&blocks)
}
