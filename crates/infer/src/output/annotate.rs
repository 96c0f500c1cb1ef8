//! Pictures with what was found on them drawn in.

use super::numbers::Numbers;
use crate::error::Error;
use crate::prepare::{Decoder, Image, PictureFolder};
use crate::stages::Stages;
use image::DynamicImage;
use report::content::Mark;
use report::png;

/// Larger pictures are drawn so large, in pixels.
const MAX_LONGEST: u32 = 4096;

/// Writes the image's picture with a box around each digit, and what it was read as; nothing where the
/// image comes from no picture.
///
/// # Errors
///
/// Where it cannot be drawn or written.
pub fn write_annotated(
    folder: &PictureFolder,
    image: &Image,
    numbers: &Numbers,
    decoder: &Decoder,
) -> Result<(), Error> {
    let Some(file) = &image.file else {
        return Ok(());
    };
    let stages = Stages::default();
    let drawn = decoder.with_picture(file, &stages, |picture| drawn(picture, numbers));
    let drawn = drawn.flatten();
    let drawn = drawn.map_err(|reason| Error::Picture(format!("{}: {reason}", image.path)))?;
    folder
        .write_png(image.number, &image.path, &drawn)
        .map_err(Error::Picture)
}

/// A PNG of the picture with the boxes.
fn drawn(picture: &DynamicImage, numbers: &Numbers) -> Result<Vec<u8>, String> {
    let longest = picture.width().max(picture.height());
    let is_large = longest > MAX_LONGEST;
    let colours = if is_large {
        picture.thumbnail(MAX_LONGEST, MAX_LONGEST).into_rgb8()
    } else {
        picture.to_rgb8()
    };
    let scaled = |pixels: usize| {
        let drawn = u64::from(longest.min(MAX_LONGEST));
        (pixels as u64 * drawn / u64::from(longest.max(1))) as usize
    };
    let marks = numbers.marks().into_iter().map(|mark| Mark {
        left: scaled(mark.left),
        top: scaled(mark.top),
        width: scaled(mark.width),
        height: scaled(mark.height),
        ..mark
    });
    let marks: Vec<Mark> = marks.collect();
    let size = (colours.width() as usize, colours.height() as usize);
    png::annotated(colours.as_raw(), size, &marks).map_err(|error| error.to_string())
}
