//! How many pages a file has: its structure is walked, nothing of it is decoded.

use super::START_BYTES;
use crate::decode::format_of;
use crate::gif_file::Frames;
use crate::tiff_file::{MAX_PAGES, Source, pages};
use crate::webp_file::Chunks;
use image::ImageFormat;
use std::io::Read as _;

/// Format and number of pages of a file that has at least two.
pub(super) fn of(file: &mut dyn Source) -> Option<(ImageFormat, usize)> {
    let mut start = Vec::new();
    file.rewind().ok()?;
    (&mut *file)
        .take(START_BYTES as u64)
        .read_to_end(&mut start)
        .ok()?;
    let format = format_of(&start)?;
    file.rewind().ok()?;
    let num_pages = match format {
        ImageFormat::Tiff => pages(file)?.len(),
        ImageFormat::Gif => Frames::of(file).ok()?.take(MAX_PAGES).count(),
        ImageFormat::WebP => {
            let frames = Chunks::of(file).filter(|chunk| &chunk.kind == b"ANMF");
            frames.take(MAX_PAGES).count()
        }
        _ => return None,
    };
    (num_pages > 1).then_some((format, num_pages))
}
