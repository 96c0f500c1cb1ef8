//! Pictures to test the preparation of pictures on: digits of MNIST's form, written with another
//! pen, turned, scaled and set on ten kinds of paper, then photographed.
//!
//! For tests and examples only. Owns the kinds of paper and what they look like. Knows nothing of how
//! [`data::picture`] finds the digits again, and shares nothing with it but the tools for bilevel ink.
//!
//! A picture is a pure function of its digits, its paper, the seed and its index.

mod camera;
mod chances;
mod forms;
mod ink;
mod kinds;
mod places;
mod signs;
mod surface;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, ImageFormat, Rgb, RgbImage};
use rand::Rng;
use rand::rngs::ChaCha8Rng;

use base::IMAGE_PIXELS;
use base::random::Purpose;
pub use forms::{Filled, Form, Signs, UnknownForm, fill, rule};
pub use kinds::{Paper, UnknownPaper};
pub use places::{InkBox, Spacing};

/// The JPEG quality of pictures that are not about JPEG.
const GOOD_QUALITY: u8 = 90;
/// The JPEG quality of [`Paper::Jpeg`].
const POOR_QUALITY: u8 = 30;

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
        let placed = places::single(digit, paper, rng);
        Self::finished(placed, paper, rng)
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
        let placed = places::line(digits, spacing, paper, rng);
        Self::finished(placed, paper, rng)
    }

    fn finished(placed: places::Placed, paper: Paper, rng: &mut impl Rng) -> Self {
        let mut scene = surface::with_ink(&placed, paper, rng);
        camera::light(&mut scene, paper, rng);
        camera::expose(&mut scene, paper, rng);
        let level = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        let picture = RgbImage::from_fn(scene.width(), scene.height(), |x, y| {
            Rgb(scene.get_pixel(x, y).0.map(level))
        });
        Self {
            picture,
            boxes: placed.boxes,
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

fn stream(seed: u64, paper: Paper, index: u64) -> ChaCha8Rng {
    base::random::stream(seed, Purpose::Papers, (paper as u64) << 48 | index)
}

#[cfg(test)]
mod tests;
