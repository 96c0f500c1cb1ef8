//! The steps of a picture's preparation, side by side: as text, and as tiles of a drawing.
//!
//! Pictures are shown as they are, 0 for black. What is too small is enlarged in whole pixels, so that
//! the pixels themselves are seen.

use base::IMAGE_SIDE;
use data::picture::Trace;
use image::GrayImage;
use image::imageops::{self, FilterType};
use report::blocks;
use report::content::{Strip, StripTile};
use std::fmt::Write as _;

/// Height of the tiles of a drawing, in pixels: twelve for each of the network's input.
const DRAWN_HEIGHT: u32 = 12 * IMAGE_SIDE as u32;
/// Height of the tiles on the terminal, in pixels of which two make up a line.
const TEXT_HEIGHT: u32 = IMAGE_SIDE as u32;
/// Tiles are at most so many times as wide as high; what is wider gets lower.
const MAX_ASPECT: u32 = 2;
/// What the last tile is called where it is no step of its own.
const INPUT: &str = "as the network gets it";
/// Between tiles on the terminal, in columns.
const GAP: usize = 2;

/// A picture with what it is.
pub struct Step {
    caption: String,
    image: GrayImage,
}

impl Step {
    /// What it is, and its picture.
    pub(crate) fn parts(&self) -> (&str, &GrayImage) {
        (&self.caption, &self.image)
    }
}

/// All steps; the last one is what the network gets, where it gets anything.
#[must_use]
pub fn of(trace: Trace) -> Vec<Step> {
    let steps = trace.steps.into_iter().map(|step| Step {
        caption: step.name.to_owned(),
        image: step.image,
    });
    let mut steps: Vec<Step> = steps.collect();
    let side = IMAGE_SIDE as u32;
    let result = trace.result.ok().map(|choice| choice.pixels.to_vec());
    let result = result.and_then(|pixels| GrayImage::from_raw(side, side, pixels));
    if let Some(image) = result
        && steps.last().is_none_or(|last| last.image != image)
    {
        let caption = INPUT.to_owned();
        steps.push(Step { caption, image });
    }
    steps
}

/// Lines of tiles that are at most so many columns wide, each with its caption above.
#[must_use]
pub fn to_text(steps: &[Step], columns: usize, colour: bool) -> String {
    let mut text = String::new();
    let mut rest = steps;
    while !rest.is_empty() {
        let mut width = 0;
        let fits = |step: &&Step| {
            width += cell_width(step) + GAP;
            width - GAP <= columns
        };
        // One that is wider than the terminal stands alone.
        let num = rest.iter().take_while(fits).count().max(1);
        let (line, others) = rest.split_at(num);
        add_line(&mut text, line, colour);
        rest = others;
    }
    text
}

fn add_line(text: &mut String, steps: &[Step], colour: bool) {
    let mut lines = vec![String::new(); 1 + TEXT_HEIGHT.div_ceil(2) as usize];
    for step in steps {
        let tile = fitted(&step.image, TEXT_HEIGHT);
        let (width, height) = (tile.width() as usize, tile.height() as usize);
        let cell = cell_width(step) + GAP;
        let _ = write!(lines[0], "{:cell$}", step.caption);
        let blocks = blocks::to_text(tile.as_raw(), width, height, colour);
        let mut blocks = blocks.lines();
        for line in &mut lines[1..] {
            let (block, shown) = blocks.next().map_or(("", 0), |block| (block, width));
            line.push_str(block);
            line.extend(std::iter::repeat_n(' ', cell - shown));
        }
    }
    for line in lines {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
}

fn cell_width(step: &Step) -> usize {
    let (width, _) = fitted_size(&step.image, TEXT_HEIGHT);
    (width as usize).max(step.caption.chars().count())
}

/// Tiles of one height under a heading.
#[must_use]
pub fn to_strip(heading: String, steps: &[Step]) -> Strip {
    let tiles = steps.iter().map(|step| {
        let tile = fitted(&step.image, DRAWN_HEIGHT);
        StripTile {
            caption: step.caption.clone(),
            width: tile.width() as usize,
            pixels: tile.into_raw(),
        }
    });
    Strip {
        heading,
        tiles: tiles.collect(),
    }
}

/// Scaled to this height, or lower where it would be too wide.
fn fitted(image: &GrayImage, height: u32) -> GrayImage {
    let (wide, high) = fitted_size(image, height);
    if wide >= image.width() && high >= image.height() {
        imageops::resize(image, wide, high, FilterType::Nearest)
    } else {
        imageops::thumbnail(image, wide, high)
    }
}

fn fitted_size(image: &GrayImage, height: u32) -> (u32, u32) {
    let (wide, high) = (
        f64::from(image.width().max(1)),
        f64::from(image.height().max(1)),
    );
    let most = f64::from(height * MAX_ASPECT);
    let scale = (f64::from(height) / high).min(most / wide);
    let side = |pixels: f64| ((pixels * scale).round() as u32).max(1);
    (side(wide), side(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::picture::{Choice, PictureError, Step as Traced};
    use image::Luma;

    fn trace(sizes: &[(u32, u32)], result: Result<[u8; 784], PictureError>) -> Trace {
        let result = result.map(|pixels| Choice {
            pixels: Box::new(pixels),
            price: 0.0,
        });
        let steps = sizes.iter().map(|&(width, height)| Traced {
            name: "some step",
            image: GrayImage::from_pixel(width, height, Luma([255])),
        });
        Trace {
            steps: steps.collect(),
            result,
        }
    }

    #[test]
    fn the_last_step_is_what_the_network_gets() {
        let captions =
            |trace| -> Vec<String> { of(trace).into_iter().map(|step| step.caption).collect() };
        assert_eq!(
            captions(trace(&[(9, 9)], Ok([0; 784]))),
            ["some step", INPUT]
        );
        assert_eq!(captions(trace(&[(28, 28)], Ok([255; 784]))), ["some step"]);
        assert_eq!(captions(trace(&[], Ok([1; 784]))), [INPUT]);
        assert_eq!(
            captions(trace(&[(9, 9)], Err(PictureError::NoInk))),
            ["some step"]
        );
    }

    #[test]
    fn tiles_stand_side_by_side_as_far_as_they_fit() {
        let steps = of(trace(&[(300, 300), (1, 100), (1_000, 10)], Ok([0; 784])));
        let text = to_text(&steps, 60, false);
        let lines: Vec<&str> = text.lines().collect();
        // 28 and 9 columns, then 56 alone, then 28.
        assert_eq!(lines.len(), 3 * 16);
        assert_eq!(lines[0], format!("{:30}{}", "some step", "some step"));
        assert_eq!(lines[1], format!("{}  @", "@".repeat(28)));
        assert_eq!(lines[16], "some step");
        assert_eq!(lines[17].len(), 56);
        assert_eq!(lines[18], "");
        assert!(lines.iter().all(|line| line.len() <= 60));
        assert!(to_text(&steps, 5, true).contains("\x1b["));
    }

    #[test]
    fn drawn_tiles_have_one_height_and_whole_pixels() {
        let mut pixels = [0; 784];
        pixels[1] = 200;
        let strip = to_strip("a".into(), &of(trace(&[(3_000, 2_000)], Ok(pixels))));
        let sizes: Vec<(usize, usize)> = strip
            .tiles
            .iter()
            .map(|tile| (tile.width, tile.pixels.len() / tile.width))
            .collect();
        assert_eq!(sizes, [(504, 336), (336, 336)]);
        let last = &strip.tiles[1].pixels;
        assert_eq!(last[11..25], [[0].as_slice(), &[200; 12], &[0]].concat());
    }
}
