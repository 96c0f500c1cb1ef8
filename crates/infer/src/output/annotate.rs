//! Pictures with what was found on them drawn in.

use super::numbers::Numbers;
use crate::error::Error;
use crate::prepare::{Image, PictureFolder};
use data::DecodeLimits;
use data::decode::decode;
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
    limits: DecodeLimits,
) -> Result<(), Error> {
    let Some(file) = &image.file else {
        return Ok(());
    };
    let failed = |reason: String| Error::Picture(format!("{}: {reason}", image.path));
    let picture = decode(file, &limits).map_err(|error| failed(error.to_string()))?;
    let longest = picture.width().max(picture.height());
    let is_large = longest > MAX_LONGEST;
    let picture = if is_large {
        picture.thumbnail(MAX_LONGEST, MAX_LONGEST)
    } else {
        picture
    };
    let scaled = |pixels: u32| {
        let pixels = u64::from(pixels);
        let drawn = u64::from(longest.min(MAX_LONGEST));
        (pixels * drawn / u64::from(longest.max(1))) as usize
    };
    let marks: Vec<Mark> = numbers
        .digits()
        .iter()
        .map(|digit| Mark {
            left: scaled(digit.bounds.left),
            top: scaled(digit.bounds.top),
            width: scaled(digit.bounds.width),
            height: scaled(digit.bounds.height),
            text: digit.label.to_string(),
            is_sure: numbers.is_sure(digit),
        })
        .collect();
    let colours = picture.to_rgb8();
    let size = (colours.width() as usize, colours.height() as usize);
    let drawn = png::annotated(colours.as_raw(), size, &marks);
    let drawn = drawn.map_err(|error| failed(error.to_string()))?;
    folder
        .write_png(image.number, &image.path, &drawn)
        .map_err(Error::Picture)
}
