//! Pictures of many digits: where they are, and how ink that touches may be cut apart.
//!
//! Owns finding the digits and their order. Which cuts are right is for a network to say: every
//! part that a digit may be is made ready for it.

mod clusters;
mod cutter;
mod fragments;
mod seams;

use image::{DynamicImage, GrayImage};

use super::pieces::{self, Extent, Pieces};
use super::{
    INK_LONGEST, Inked, PictureError, PictureOptions, background, grey, in_mnist_form, ink, inked,
    sharp_ink,
};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use clusters::Group;
pub(crate) use cutter::{Cutter, Cutting};

/// Of up to so many fragments beside a digit, each is also taken for its only one.
const MAX_FRAGMENTS_ALONE: usize = 3;

/// A rectangle in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Pixels left of it.
    pub left: u32,
    /// Pixels above it.
    pub top: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Ink that hangs together: a digit, or several that touch.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The line of writing that it stands in, from 0 at the top.
    pub line: usize,
    /// The ink with and without what may be dirt beside it; at least one.
    pub variants: Vec<Variant>,
}

/// Ink that is taken together, and how it may be cut.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Places where it may be cut, from left to right.
    pub num_cuts: usize,
    /// All that may be a digit.
    pub parts: Vec<Part>,
    /// Ink that is left out as dirt, in parts of all.
    pub left_out: f32,
}

/// What lies between two cuts, or a cut and an end.
#[derive(Clone, Debug)]
pub struct Part {
    /// The cut on its left: 0 is the left end, 1 the first of [`Variant::num_cuts`].
    pub from: usize,
    /// The cut on its right: the right end is one more than there are cuts.
    pub to: usize,
    /// Where it is.
    pub bounds: Bounds,
    /// Its width and height, in heights of its line.
    pub relative_size: (f32, f32),
    /// `[IMAGE_PIXELS]` in MNIST's form, as [`to_mnist`](super::to_mnist) makes it.
    pub pixels: Box<[u8; IMAGE_PIXELS]>,
}

/// Finds the digits of a picture, in reading order: line after line, from left to right.
///
/// A picture in MNIST's form is one digit, to the bit.
///
/// # Errors
/// [`PictureError::Empty`] and [`PictureError::NoInk`].
pub fn find_digits(
    image: &DynamicImage,
    options: PictureOptions,
) -> Result<Vec<Cluster>, PictureError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    let grey = grey::shades(image);
    if let Some(pixels) = in_mnist_form(&grey) {
        return Ok(vec![Cluster::of_digit(pixels)]);
    }
    let (work, _) = background::with_dark_ink(grey::at_size_of_many(&grey));
    let stretched = background::COARSE_LONGEST * width.max(height) / width.min(height);
    let coarse_longest = stretched.min(4 * background::COARSE_LONGEST);
    let inked = inked(&work, coarse_longest, &mut |_, _| {}).ok_or(PictureError::NoInk)?;
    let pieces = Pieces::of(&ink::above(&inked.contrast, inked.edge));
    let scale = f64::from(width) / f64::from(work.width());
    let groups = clusters::groups(&pieces);
    let sheet = Sheet {
        inked: &inked,
        pieces: &pieces,
        scale,
        options,
    };
    let clusters: Vec<Cluster> = groups
        .iter()
        .filter_map(|group| sheet.cluster(group))
        .collect();
    if clusters.is_empty() {
        return Err(PictureError::NoInk);
    }
    Ok(clusters)
}

impl Cluster {
    /// A digit in MNIST's form, `[IMAGE_PIXELS]`.
    #[must_use]
    pub fn of_digit(pixels: [u8; IMAGE_PIXELS]) -> Self {
        let bounds = Bounds {
            left: 0,
            top: 0,
            width: IMAGE_SIDE as u32,
            height: IMAGE_SIDE as u32,
        };
        Self {
            line: 0,
            variants: vec![Variant {
                num_cuts: 0,
                parts: vec![Part {
                    from: 0,
                    to: 1,
                    bounds,
                    relative_size: (1.0, 1.0),
                    pixels: Box::new(pixels),
                }],
                left_out: 0.0,
            }],
        }
    }

    /// All that may be a digit, in the order of the variants.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.variants.iter().flat_map(|variant| &variant.parts)
    }
}

/// The ink of a picture.
struct Sheet<'a> {
    inked: &'a Inked,
    pieces: &'a Pieces,
    /// Pixels of the picture in one of the working size.
    scale: f64,
    options: PictureOptions,
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
            self.variant(&whole, left_out)
        };
        let variants: Vec<Variant> = choices.into_iter().filter_map(variant).collect();
        (!variants.is_empty()).then_some(Cluster {
            line: group.line,
            variants,
        })
    }

    fn variant(&self, group: &Group, left_out: f32) -> Option<Variant> {
        let mask = self.pieces.drawn_within(&group.pieces, group.extent);
        let (ink, margin) = self.enlarged(group, &mask);
        let cutter = Cutter::new(ink, INK_LONGEST);
        let ends = cutter.num_cuts() + 1;
        let choices = (0..ends).flat_map(|from| (from + 1..=ends).map(move |to| (from, to)));
        let parts: Vec<Part> = choices
            .filter_map(|(from, to)| {
                let cutting = cutter.part(from, to)?;
                Some(Part {
                    from,
                    to,
                    bounds: self.bounds(group, margin, cutting.extent),
                    relative_size: cutting.relative_size,
                    pixels: Box::new(cutter.finished(&cutting, self.options)?),
                })
            })
            .collect();
        (!parts.is_empty()).then_some(Variant {
            num_cuts: cutter.num_cuts(),
            parts,
            left_out,
        })
    }

    /// Sharp ink, [`INK_LONGEST`] for the height of the line, and its margin before that.
    fn enlarged(&self, group: &Group, mask: &GrayImage) -> (GrayImage, u32) {
        let extent = group.extent;
        let inked = Inked {
            contrast: pieces::cut(&self.inked.contrast, extent, 0),
            edge: self.inked.edge,
        };
        let whole = Extent::of_picture(extent.width(), extent.height());
        sharp_ink(&inked, mask, whole, group.line_height)
    }

    /// Of a part of enlarged ink.
    fn bounds(&self, group: &Group, margin: u32, part: Extent) -> Bounds {
        let shrink = f64::from(group.line_height) / f64::from(INK_LONGEST);
        let place = |corner: u32, at: u32| {
            let at = f64::from(corner) + f64::from(at) * shrink - f64::from(margin);
            at.max(0.0) * self.scale
        };
        let (corner, right, bottom) = (group.extent, part.right + 1, part.bottom + 1);
        let left = place(corner.left, part.left).floor() as u32;
        let top = place(corner.top, part.top).floor() as u32;
        Bounds {
            left,
            top,
            width: place(corner.left, right).ceil() as u32 - left,
            height: place(corner.top, bottom).ceil() as u32 - top,
        }
    }
}

#[cfg(test)]
mod tests;
