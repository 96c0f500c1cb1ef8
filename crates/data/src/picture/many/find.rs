//! The digits of a picture, found and made ready to be read.
//!
//! Owns the order of the steps.

use std::cell::Cell;

use image::{DynamicImage, GrayImage, imageops};

use super::cluster::{Bounds, Cluster, Part, Sign, Variant};
use super::clusters;
use super::cutter::Cutter;
use super::group::Group;
use super::lean::lean;
use super::placement::Placement;
use crate::picture::form::in_mnist_form;
use crate::picture::options::{PictureError, PictureOptions};
use crate::picture::pieces::{Extent, Pieces};
use crate::picture::sharp::{INK_LONGEST, Inked, inked, sharp_ink};
use crate::picture::unprinted::{Unprinted, unprinted};
use crate::picture::{background, edges, grey};

/// Parts that are looked at in a picture, at most, for each million of its pixels, and for a small one.
const PARTS_A_MEGAPIXEL: f64 = 4_000.0;
const LEAST_PARTS: f64 = 2_000.0;

/// Pixels of enlarged ink that are looked at in a picture, for each of its own, and at most in a small one. A usual
/// digit has seven thousand.
const ENLARGED_A_PIXEL: f64 = 20.0;
const LEAST_ENLARGED: f64 = 1e7;
/// Ink longer than so many heights of its line, or of a larger area than so many squares of that height, is of no line
/// of that height.
const LONGEST_IN_LINE: f32 = 40.0;
const LARGEST_IN_LINE: f32 = 60.0;

/// Two groups no farther apart than this, and together no wider and no higher, in heights of their line, may be one
/// digit whose strokes do not meet.
const CLOSE: f32 = 0.2;
const WIDEST_DIGIT: f32 = 1.2;
const HIGHEST_DIGIT: f32 = 1.5;

/// Of up to so many fragments beside a digit, each is also taken for its only one.
const MAX_FRAGMENTS_ALONE: usize = 3;

/// Finds the digits of a picture, in reading order: line after line, from left to right.
///
/// A picture in MNIST's form is one digit, to the bit.
///
/// # Errors
/// [`PictureError::Empty`], [`PictureError::NoInk`] and [`PictureError::TooManyMarks`].
pub fn find_digits(
    image: &DynamicImage,
    options: PictureOptions,
) -> Result<Vec<Cluster>, PictureError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    let grey = grey::shades(image);
    if let Some(form) = in_mnist_form(&grey) {
        return Ok(vec![Cluster::of_digit(*form.pixels)]);
    }
    let sheet = grey::at_size_of_many(&grey);
    let placement = Placement::new(f64::from(width) / f64::from(sheet.width()));
    let (ink, placement) = found(&sheet, placement).ok_or(PictureError::NoInk)?;
    let groups = clusters::groups(&ink.pieces, &ink.frames, options)?;
    let megapixels = f64::from(width) * f64::from(height) / 1e6;
    let num_parts = (PARTS_A_MEGAPIXEL * megapixels).max(LEAST_PARTS);
    let sheet = Sheet {
        inked: &ink.inked,
        pieces: &ink.pieces,
        placement,
        options,
        num_parts_left: Cell::new(num_parts as usize),
        num_pixels_left: Cell::new((ENLARGED_A_PIXEL * 1e6 * megapixels).max(LEAST_ENLARGED)),
    };
    let found = groups
        .iter()
        .filter_map(|group| Some((group, sheet.cluster(group)?)));
    let (groups, mut clusters): (Vec<&Group>, Vec<Cluster>) = found.unzip();
    for (cluster, neighbours) in clusters.iter_mut().zip(groups.windows(2)) {
        cluster.with_next = sheet.as_one_digit(neighbours[0], neighbours[1]);
    }
    if clusters.is_empty() {
        return Err(PictureError::NoInk);
    }
    Ok(clusters)
}

/// The ink of a sheet, which is set upright where its lines lean, and where it is then. `None` where there is none.
fn found(sheet: &GrayImage, placement: Placement) -> Option<(Unprinted, Placement)> {
    let print = print(sheet)?;
    let level = unprinted(&print, &mut |_, _| {});
    // Frames know their own angle, and the digits in their cells stand at any height.
    let is_framed = !level.frames.is_empty();
    let degrees = if is_framed { 0.0 } else { lean(&level.pieces) };
    if degrees == 0.0 {
        return Some((level, placement));
    }
    // Not the sheet is turned but its ink: the light on the paper is told within the edges that the sheet has.
    let (contrast, placement) = placement.upright(&print.contrast, degrees);
    let upright = unprinted(&print.with_contrast(contrast), &mut |_, _| {});
    Some((upright, placement))
}

/// All that is on a sheet, ink or printed.
fn print(sheet: &GrayImage) -> Option<Inked> {
    let (width, height) = sheet.dimensions();
    let work = dark_ink(sheet);
    let stretched = background::COARSE_LONGEST * width.max(height) / width.min(height).max(1);
    let coarse_longest = stretched.min(4 * background::COARSE_LONGEST);
    inked(&work, coarse_longest, &mut |_, _| {})
}

/// Turned round where ink is light, whatever is ruled along the edges.
fn dark_ink(sheet: &GrayImage) -> GrayImage {
    let within = edges::within_rulings(sheet, edges::AROUND_MANY);
    let mut work = sheet.clone();
    if background::is_ink_light(within.as_ref().map_or(sheet, |within| &within.sheet)) {
        imageops::invert(&mut work);
    }
    work
}

/// The ink of a picture.
struct Sheet<'a> {
    inked: &'a Inked,
    pieces: &'a Pieces,
    /// Where it is on the picture.
    placement: Placement,
    options: PictureOptions,
    /// Parts that may still be looked at.
    num_parts_left: Cell<usize>,
    /// Pixels of enlarged ink that may still be looked at.
    num_pixels_left: Cell<f64>,
}

impl Sheet<'_> {
    /// `None` where nothing is left of it.
    fn cluster(&self, group: &Group) -> Option<Cluster> {
        let fragments = &group.fragments[..];
        let mut choices: Vec<&[Group]> = vec![&[]];
        if !fragments.is_empty() {
            choices.push(fragments);
        }
        if (2..=MAX_FRAGMENTS_ALONE).contains(&fragments.len()) {
            choices.extend(fragments.chunks(1));
        }
        let all = group.with(fragments.iter()).area();
        let variant = |choice: &[Group]| {
            let whole = group.with(choice.iter());
            let left_out = (all - whole.area()) as f32 / all as f32;
            let mut signs = group.signs.clone();
            let mut num_taken_signs = 0;
            for fragment in fragments {
                match fragment.sign {
                    Some(_) if whole.has(fragment) => num_taken_signs += 1,
                    Some(kind) => signs.push((kind, fragment.extent)),
                    None => {}
                }
            }
            let signs = signs.into_iter().map(|(kind, extent)| Sign {
                kind,
                line: group.line,
                bounds: self.placement.bounds(extent.edges()),
            });
            let (num_cuts, parts) = self.cut(&whole)?;
            Some(Variant {
                num_cuts,
                parts,
                left_out,
                signs: signs.collect(),
                num_taken_signs,
            })
        };
        let variants: Vec<Variant> = choices.into_iter().filter_map(variant).collect();
        (!variants.is_empty()).then_some(Cluster {
            line: group.line,
            variants,
            is_uncut: self.num_parts_left.get() == 0,
            is_in_cell: group.cell.is_some(),
            sign: group.sign,
            with_next: None,
        })
    }

    /// The ink of two groups that may be strokes of one digit.
    fn as_one_digit(&self, group: &Group, next: &Group) -> Option<Part> {
        let height = group.line_height;
        let joined = group.extent.joined(next.extent);
        let may_be = group.line == next.line
            && group.signs.is_empty()
            && group.sign.is_none()
            && next.sign.is_none()
            && group.shares_cell(next)
            && group.extent.gap(&next.extent) as f32 <= CLOSE * height
            && joined.width() as f32 <= WIDEST_DIGIT * height
            && joined.height() as f32 <= HIGHEST_DIGIT * height;
        let left = self.num_parts_left.get();
        if !may_be || left == 0 {
            return None;
        }
        self.num_parts_left.set(left - 1);
        let whole = group.with([next].into_iter());
        let (ink, enlarged) = self.enlarged(&whole);
        let cutter = Cutter::uncut(ink, INK_LONGEST);
        self.part(&cutter, (0, 1), &whole, enlarged)
    }

    /// What lies between two cuts of a group, or a cut and an end.
    fn part(
        &self,
        cutter: &Cutter,
        (from, to): (usize, usize),
        group: &Group,
        enlarged: (f32, u32),
    ) -> Option<Part> {
        let cutting = cutter.part(from, to)?;
        Some(Part {
            from,
            to,
            bounds: self.bounds(group, enlarged, cutting.extent),
            relative_size: cutting.relative_size,
            pixels: Box::new(cutter.finished(&cutting, self.options)?),
        })
    }

    /// The number of places where it may be cut, and all parts that may be digits; `None` where there are none.
    fn cut(&self, group: &Group) -> Option<(usize, Vec<Part>)> {
        let (ink, enlarged) = self.enlarged(group);
        // A part of ink that is higher than a line takes so much longer to look at.
        let cost = 1 + (ink.height() / (2 * INK_LONGEST)) as usize;
        let cutter = Cutter::new(ink, INK_LONGEST);
        let ends = cutter.num_cuts() + 1;
        let choices = (0..ends).flat_map(|from| (from + 1..=ends).map(move |to| (from, to)));
        let choices = choices.filter(|&(from, to)| !cutter.is_far_too_wide(from, to));
        let parts: Vec<Part> = choices
            .filter_map(|(from, to)| {
                // The whole is always looked at.
                let is_whole = (from, to) == (0, ends);
                let left = self.num_parts_left.get();
                self.num_parts_left.set(left.saturating_sub(cost));
                if left == 0 && !is_whole {
                    return None;
                }
                self.part(&cutter, (from, to), group, enlarged)
            })
            .collect();
        (!parts.is_empty()).then_some((cutter.num_cuts(), parts))
    }

    /// What is taken for the height of a group's line: more than that, where the ink would become too large. Where
    /// there was too much ink in all, no more of it is cut.
    fn size(&self, group: &Group) -> f32 {
        let extent = group.extent;
        let area = extent.width() as f32 * extent.height() as f32;
        let size = group
            .line_height
            .max(extent.longest() as f32 / LONGEST_IN_LINE)
            .max((area / LARGEST_IN_LINE).sqrt());
        let enlarged = f64::from(area) * (f64::from(INK_LONGEST) / f64::from(size)).powi(2);
        let left = self.num_pixels_left.get();
        if enlarged <= left {
            self.num_pixels_left.set(left - enlarged);
            return size;
        }
        self.num_parts_left.set(0);
        size.max(area.sqrt())
    }

    /// Sharp ink, [`INK_LONGEST`] for the height of the line, that height as it was, and the margin before that.
    fn enlarged(&self, group: &Group) -> (GrayImage, (f32, u32)) {
        let extent = group.extent;
        let mask = self.pieces.drawn_within(&group.pieces, extent);
        let size = self.size(group);
        let inked = self.inked.part(extent);
        let whole = Extent::of_picture(extent.width(), extent.height());
        let (ink, margin) = sharp_ink(&inked, &mask, whole, size);
        (ink, (size, margin))
    }

    /// Of a part of enlarged ink.
    fn bounds(&self, group: &Group, (size, margin): (f32, u32), part: Extent) -> Bounds {
        let shrink = f64::from(size) / f64::from(INK_LONGEST);
        let place = |corner: u32, at: u32| {
            (f64::from(corner) + f64::from(at) * shrink - f64::from(margin)).max(0.0)
        };
        let (corner, right, bottom) = (group.extent, part.right + 1, part.bottom + 1);
        self.placement.bounds([
            place(corner.left, part.left),
            place(corner.top, part.top),
            place(corner.left, right),
            place(corner.top, bottom),
        ])
    }
}
