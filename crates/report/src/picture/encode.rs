//! Pixels to PNG bytes.

use std::borrow::Cow;

use crate::ReportError;
use crate::colour::Rgb;

/// What a byte of pixels means.
pub(crate) enum Pixels8<'a> {
    /// One byte a pixel, 0 black.
    Grey(&'a [u8]),
    /// Three bytes a pixel.
    Colour(&'a [u8]),
    /// One byte a pixel, a place in the table of colours and opacities.
    Indexed(&'a [u8], &'a [(Rgb, u8)]),
}

/// A PNG of `width`×`height` pixels, row by row.
pub(crate) fn encode(
    pixels: &Pixels8,
    (width, height): (usize, usize),
) -> Result<Vec<u8>, ReportError> {
    let failed = |source| ReportError::Png {
        width,
        height,
        source,
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let data = match pixels {
        Pixels8::Grey(data) => {
            encoder.set_color(png::ColorType::Grayscale);
            data
        }
        Pixels8::Colour(data) => {
            encoder.set_color(png::ColorType::Rgb);
            data
        }
        Pixels8::Indexed(data, table) => {
            encoder.set_color(png::ColorType::Indexed);
            // Neighbours in the table are no neighbours in colour: no filter would help.
            encoder.set_filter(png::Filter::NoFilter);
            let colours: Vec<u8> = table.iter().flat_map(|(rgb, _)| *rgb).collect();
            let opacities: Vec<u8> = table.iter().map(|(_, opacity)| *opacity).collect();
            encoder.set_palette(Cow::Owned(colours));
            encoder.set_trns(Cow::Owned(opacities));
            data
        }
    };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(data).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
