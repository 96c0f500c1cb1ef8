//! The frames of GIF and WebP, one after the other, since each is drawn over the one before it.

use super::Stream;
use crate::decode::DecodeLimits;
use crate::tiff_file::Source;
use image::codecs::gif::GifDecoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::error::{LimitError, LimitErrorKind};
use image::{
    AnimationDecoder as _, DynamicImage, Frame, ImageDecoder, ImageError, ImageFormat, ImageResult,
};
use std::io::SeekFrom;

/// The canvas, the frame over it, and the picture that is handed on, of four bytes a pixel each.
const BYTES_A_PIXEL: u64 = 3 * 4;

/// Each frame with all that is below it, as a PNG.
pub(super) fn frames(
    mut file: impl Source + 'static,
    format: ImageFormat,
    limits: &DecodeLimits,
) -> Stream {
    let rewound = file.seek(SeekFrom::Start(0)).map_err(ImageError::from);
    let frames = rewound.and_then(|_| {
        Ok(match format {
            ImageFormat::Gif => within(GifDecoder::new(file)?, limits)?.into_frames(),
            _ => within(WebPDecoder::new(file)?, limits)?.into_frames(),
        })
    });
    match frames {
        Ok(frames) => {
            Box::new(frames.map(|frame| frame.and_then(png).map_err(|error| error.to_string())))
        }
        Err(error) => Box::new(std::iter::once(Err(error.to_string()))),
    }
}

/// The decoder, unless its canvas is larger than a picture may be; a frame that is larger is an error when its turn
/// comes.
fn within<D: ImageDecoder>(mut decoder: D, limits: &DecodeLimits) -> ImageResult<D> {
    decoder.set_limits(limits.of_decoder())?;
    let (width, height) = decoder.dimensions();
    let num_pixels = u64::from(width) * u64::from(height);
    let is_within = num_pixels <= limits.max_pixels
        && num_pixels.saturating_mul(BYTES_A_PIXEL) <= limits.max_memory_bytes;
    if is_within {
        Ok(decoder)
    } else {
        let kind = LimitErrorKind::DimensionError;
        Err(ImageError::Limits(LimitError::from_kind(kind)))
    }
}

fn png(frame: Frame) -> ImageResult<Vec<u8>> {
    let picture = DynamicImage::ImageRgba8(frame.into_buffer());
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::NoFilter);
    picture.write_with_encoder(encoder)?;
    Ok(bytes)
}
