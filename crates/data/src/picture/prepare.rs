//! A picture of one digit becomes 28×28 pixels, step after step.
//!
//! Owns the order of the steps and their record.

use image::{DynamicImage, GrayImage};
use std::path::Path;

use super::digit_ink::ink_of;
use super::form::{Form, in_mnist_form};
use super::levels::{histogram, spread};
use super::options::{PictureError, PictureOptions};
use super::pieces::Extent;
use super::sharp::{INK_LONGEST, Record};
use super::ways::{self, Noticed, View, Way};
use super::{edges, filled, grey, slant, stroke};
use crate::bilevel::stroke_width;
use crate::decode::{DecodeLimits, decode, read_file};
use crate::finish::finish;
use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// Levels of grey between the darkest and the brightest of a picture that may have light ink on dark, at least.
const LEAST_SPREAD: u8 = 30;

/// Reads and decodes a picture from a file; the content decides on the format, not the name.
///
/// # Errors
/// [`PictureError::Decode`], also for what is over the default limits.
pub fn open(path: &Path) -> Result<DynamicImage, PictureError> {
    let limits = DecodeLimits::default();
    Ok(decode(&read_file(path, &limits)?, &limits)?)
}

/// One step of the preparation.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was done, in a word or two.
    pub name: &'static str,
    /// What came of it.
    pub image: GrayImage,
}

/// The preparation of a picture in one of the ways in which it may be seen, step after step.
#[derive(Debug)]
pub struct Trace {
    /// The steps that were taken, in order.
    pub steps: Vec<Step>,
    /// What came of it.
    pub result: Result<Choice, PictureError>,
}

/// What a picture may show.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// `[IMAGE_PIXELS]`, 0 is paper, 255 full ink.
    pub pixels: Box<[u8; IMAGE_PIXELS]>,
    /// How much less likely it is than other choices, in nats, before a network has seen them.
    pub price: f32,
}

/// What becomes of a picture that is taken for one digit.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// At least one, the likeliest first. Where there are more, a network is to tell which of them looks most
    /// like a digit.
    pub choices: Vec<Choice>,
    /// Whether the picture plainly shows several digits side by side. The choices are of the greatest ink, or of
    /// what is nearest to it.
    pub shows_several: bool,
}

/// Turns a picture into `[IMAGE_PIXELS]` pixels like MNIST's: 0 is paper, 255 is full ink.
///
/// A picture of 28×28 pixels on a black border is taken for an image of MNIST's form and left as
/// it is, to the bit. In any other, ink is parted from paper under whatever light there is, may
/// the ink be dark or light; printed lines, specks and what hangs on the border are left out; and
/// the strokes are brought to MNIST's width, boxed and centred as in MNIST.
///
/// Where a picture may be seen in several ways, this is the likeliest; [`prepare_digit`] has them all.
///
/// # Errors
/// [`PictureError::Empty`] and [`PictureError::NoInk`].
pub fn to_mnist(
    image: &DynamicImage,
    options: PictureOptions,
) -> Result<[u8; IMAGE_PIXELS], PictureError> {
    let prepared = prepare_digit(image, options)?;
    let likeliest = prepared.choices.into_iter().next();
    likeliest
        .map(|choice| *choice.pixels)
        .ok_or(PictureError::NoInk)
}

/// Does what [`to_mnist`] does in all ways in which the picture may be seen, and tells whether there is more than
/// one digit.
///
/// # Errors
/// As [`to_mnist`].
pub fn prepare_digit(
    image: &DynamicImage,
    options: PictureOptions,
) -> Result<Prepared, PictureError> {
    let grey = shades(image)?;
    let mut choices: Vec<Choice> = Vec::new();
    let mut shows_several = None;
    // An image of MNIST's form comes first, to the bit, however much it is in doubt.
    let mut num_first = 0;
    see_all(&grey, |sheet, how| {
        let is_as_it_is = matches!(how, How::AsItIs(_));
        let sight = seen(sheet, how, options, &mut |_, _| {});
        if let Some((choice, several)) = sight.found {
            num_first += usize::from(is_as_it_is);
            shows_several.get_or_insert(several);
            if choices.iter().all(|other| other.pixels != choice.pixels) {
                choices.push(choice);
            }
        }
        sight.noticed
    });
    if choices.is_empty() {
        return Err(PictureError::NoInk);
    }
    choices[num_first..].sort_by(|left, right| left.price.total_cmp(&right.price));
    Ok(Prepared {
        choices,
        shows_several: shows_several.unwrap_or(false),
    })
}

/// Does what [`prepare_digit`] does and keeps every step, in each way in which the picture may be seen: at least one.
#[must_use]
pub fn trace(image: &DynamicImage, options: PictureOptions) -> Vec<Trace> {
    let grey = match shades(image) {
        Ok(grey) => grey,
        Err(error) => {
            return vec![Trace {
                steps: Vec::new(),
                result: Err(error),
            }];
        }
    };
    let mut traces = Vec::new();
    see_all(&grey, |sheet, how| {
        let mut steps = Vec::new();
        let sight = seen(sheet, how, options, &mut |name, image| {
            steps.push(Step {
                name,
                image: image.clone(),
            });
        });
        let result = sight.found.map(|(choice, _)| choice);
        traces.push(Trace {
            steps,
            result: result.ok_or(PictureError::NoInk),
        });
        sight.noticed
    });
    traces
}

fn shades(image: &DynamicImage) -> Result<GrayImage, PictureError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    Ok(grey::shades(image))
}

/// What a picture shows when it is seen in one way.
struct Sight {
    /// `None` where there is no ink. And whether there are several digits.
    found: Option<(Choice, bool)>,
    noticed: Noticed,
}

/// How a picture is seen.
enum How {
    /// As an image of MNIST's form, to the bit.
    AsItIs(Form),
    /// As ink on paper.
    Drawn(Way),
}

/// Sees a picture in every way that is worth a look: the likeliest first, whose outcome says which others are.
fn see_all(grey: &GrayImage, mut see: impl FnMut(&GrayImage, How) -> Noticed) {
    let mut extra = 0.0;
    if let Some(form) = in_mnist_form(grey) {
        let is_certain = form.doubt <= 0.0;
        see(grey, How::AsItIs(form));
        if is_certain {
            return;
        }
        extra = ways::IS_NO_FORM;
    }
    let within = edges::within_rulings(grey, edges::AROUND_ONE);
    // The grain of white paper is nothing that would be strong contrast, were it seen in another way.
    let is_bold = spread(&histogram(grey.as_raw())) >= LEAST_SPREAD;
    let may_be_cut_out = is_bold && within.is_none();
    if may_be_cut_out && filled::is_tiny(grey) {
        for view in [View::Filled, View::FilledTurned] {
            see(grey, How::Drawn(Way::filled(view)));
        }
        return;
    }
    let may_be_stroke = within.as_ref().is_some_and(|within| within.may_be_stroke);
    let first = Way::within_rulings(may_be_stroke).dearer(extra);
    let sheet_within = within.as_ref().map_or(grey, |within| &within.sheet);
    let mut noticed = see(sheet_within, How::Drawn(first));
    noticed.may_be_turned &= is_bold;
    noticed.may_be_filled &= may_be_cut_out;
    let rulings = within.as_ref().map(|within| within.may_be_stroke);
    for way in Way::others(noticed, rulings) {
        let is_with_edges = way.view == View::WithEdges;
        let sheet = if is_with_edges { grey } else { sheet_within };
        see(sheet, How::Drawn(way.dearer(extra)));
    }
}

fn seen(grey: &GrayImage, how: How, options: PictureOptions, record: Record<'_>) -> Sight {
    record("grey", grey);
    let way = match how {
        How::Drawn(way) => way,
        How::AsItIs(form) => {
            let (pixels, price) = (form.pixels, form.doubt);
            return Sight {
                found: Some((Choice { pixels, price }, false)),
                noticed: Noticed::default(),
            };
        }
    };
    let price = way.price;
    let mut noticed = Noticed::default();
    let found = ink_of(grey, way, true, &mut noticed, record);
    let finished = found.and_then(|(ink, several)| {
        let pixels = Box::new(finished(ink, options, record)?);
        Some((Choice { pixels, price }, several))
    });
    noticed.may_be_turned |= finished.is_none();
    Sight {
        found: finished,
        noticed,
    }
}

/// Bilevel ink in MNIST's form.
fn finished(
    mut ink: GrayImage,
    options: PictureOptions,
    record: Record<'_>,
) -> Option<[u8; IMAGE_PIXELS]> {
    let mut longest = INK_LONGEST;
    if options.deskew {
        ink = slant::upright(&ink);
        longest = Extent::of_ink(&ink).map_or(longest, |extent| extent.longest());
        record("upright", &ink);
    }
    let ink = stroke::normalised(&ink, stroke_width(&ink), longest);
    record("strokes", &ink);
    let pixels = finish(&ink)?;
    if let Some(finished) =
        GrayImage::from_raw(IMAGE_SIDE as u32, IMAGE_SIDE as u32, pixels.to_vec())
    {
        record("boxed", &finished);
    }
    Some(pixels)
}

#[cfg(test)]
mod tests;
