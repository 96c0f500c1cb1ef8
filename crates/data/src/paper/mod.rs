//! Pictures to test the preparation of pictures on: digits of MNIST's form, written with another
//! pen, turned, scaled and set on ten kinds of paper, then photographed.
//!
//! Owns the kinds of paper and what they look like. Knows nothing of how [`crate::picture`] finds
//! the digits again, and shares no code with it.
//!
//! A picture is a pure function of its digits, its paper, the seed and its index.

mod camera;
mod ink;
mod layout;
mod surface;

use std::fmt;
use std::io::Cursor;
use std::str::FromStr;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, ImageFormat, Rgb, Rgb32FImage, RgbImage};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, StandardNormal};

use base::IMAGE_PIXELS;
pub use layout::{InkBox, Spacing};

/// The JPEG quality of pictures that are not about JPEG.
const GOOD_QUALITY: u8 = 90;
/// The JPEG quality of [`Paper::Jpeg`].
const POOR_QUALITY: u8 = 30;

/// A kind of paper, with the light and the camera that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    /// White and clean, as scanned or drawn on a screen; three in ten are white on black.
    White,
    /// Grey, with grey ink on it.
    Grey,
    /// White, in light that falls off, with the shadow of a hand.
    Shadow,
    /// Squared in blue.
    Squared,
    /// Ruled, some with a margin line.
    Ruled,
    /// Brown packing paper with fibres.
    Kraft,
    /// A blackboard with chalk and smears.
    Blackboard,
    /// A telephone's picture in poor light: noise, blur, dark corners, a tint.
    Phone,
    /// JPEG of quality 30.
    Jpeg,
    /// 16×16 pixels in all; half of them light on dark.
    Tiny,
}

impl Paper {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::White,
        Self::Grey,
        Self::Shadow,
        Self::Squared,
        Self::Ruled,
        Self::Kraft,
        Self::Blackboard,
        Self::Phone,
        Self::Jpeg,
        Self::Tiny,
    ];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Grey => "grey",
            Self::Shadow => "shadow",
            Self::Squared => "squared",
            Self::Ruled => "ruled",
            Self::Kraft => "kraft",
            Self::Blackboard => "blackboard",
            Self::Phone => "phone",
            Self::Jpeg => "jpeg",
            Self::Tiny => "tiny",
        }
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No kind of paper has this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "no paper `{0}`: expected one of white, grey, shadow, squared, ruled, kraft, blackboard, phone, jpeg, tiny"
)]
pub struct UnknownPaper(String);

impl FromStr for Paper {
    type Err = UnknownPaper;

    fn from_str(name: &str) -> Result<Self, UnknownPaper> {
        let mut kinds = Self::ALL.into_iter();
        kinds
            .find(|paper| paper.name() == name)
            .ok_or_else(|| UnknownPaper(name.into()))
    }
}

/// A picture of digits on paper.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The picture before it is encoded.
    pub picture: RgbImage,
    /// Where the digits are, from left to right.
    pub boxes: Vec<InkBox>,
    paper: Paper,
}

impl Sheet {
    /// One digit, `[IMAGE_PIXELS]` of MNIST's form, somewhere on the paper; 16×16 pixels for
    /// [`Paper::Tiny`], else 64 to 400 on a side.
    #[must_use]
    pub fn of_digit(digit: &[u8; IMAGE_PIXELS], paper: Paper, seed: u64, index: u64) -> Self {
        let rng = &mut stream(seed, paper, index);
        let layout = layout::single(digit, paper, rng);
        Self::finished(layout, paper, rng)
    }

    /// A line of digits, each 40 to 80 pixels high, or 14 for [`Paper::Tiny`].
    #[must_use]
    pub fn of_line(
        digits: &[&[u8; IMAGE_PIXELS]],
        spacing: Spacing,
        paper: Paper,
        seed: u64,
        index: u64,
    ) -> Self {
        let rng = &mut stream(seed, paper, index);
        let layout = layout::line(digits, spacing, paper, rng);
        Self::finished(layout, paper, rng)
    }

    fn finished(layout: layout::Layout, paper: Paper, rng: &mut impl Rng) -> Self {
        let mut scene = surface::with_ink(&layout, paper, rng);
        camera::light(&mut scene, paper, rng);
        camera::expose(&mut scene, paper, rng);
        let level = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        let picture = RgbImage::from_fn(scene.width(), scene.height(), |x, y| {
            Rgb(scene.get_pixel(x, y).0.map(level))
        });
        Self {
            picture,
            boxes: layout.boxes,
            paper,
        }
    }

    /// The picture as a file, JPEG for photographs and PNG for the rest, with its extension.
    ///
    /// # Errors
    /// Where the encoder refuses.
    pub fn encode(&self) -> Result<(Vec<u8>, &'static str), ImageError> {
        let mut bytes = Cursor::new(Vec::new());
        let quality = match self.paper {
            Paper::Jpeg => POOR_QUALITY,
            Paper::Shadow | Paper::Kraft | Paper::Blackboard | Paper::Phone => GOOD_QUALITY,
            Paper::White | Paper::Grey | Paper::Squared | Paper::Ruled | Paper::Tiny => {
                self.picture.write_to(&mut bytes, ImageFormat::Png)?;
                return Ok((bytes.into_inner(), "png"));
            }
        };
        self.picture
            .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
        Ok((bytes.into_inner(), "jpg"))
    }
}

/// Colours of 0 to 255, not yet rounded.
type Scene = Rgb32FImage;

fn stream(seed: u64, paper: Paper, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((paper as u64) << 48 | index);
    rng
}

/// Uniform from `low` to `high`.
fn between(rng: &mut impl Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.random::<f32>()
}

/// True so many times in one.
fn chance(rng: &mut impl Rng, probability: f32) -> bool {
    rng.random::<f32>() < probability
}

/// Normal of mean 0 and deviation 1.
fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

#[cfg(test)]
mod tests;
