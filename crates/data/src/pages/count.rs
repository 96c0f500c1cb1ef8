//! How many pages a file has: its structure is walked, nothing of it is decoded.

use super::START_BYTES;
use crate::decode::format_of;
use crate::gif_file::Frames;
use crate::tiff_file::{MAX_PAGES, Source, pages};
use image::ImageFormat;
use std::io::{self, Read as _, SeekFrom};

/// Format and number of pages of a file that has at least two.
pub(super) fn of(file: &mut dyn Source) -> Option<(ImageFormat, usize)> {
    let mut start = Vec::new();
    file.rewind().ok()?;
    (&mut *file)
        .take(START_BYTES as u64)
        .read_to_end(&mut start)
        .ok()?;
    let format = format_of(&start)?;
    let num_pages = match format {
        ImageFormat::Tiff => pages(file)?.len(),
        ImageFormat::Gif => Frames::of(file).ok()?.take(MAX_PAGES).count(),
        ImageFormat::WebP => webp_frames(file),
        _ => return None,
    };
    (num_pages > 1).then_some((format, num_pages))
}

/// Up to the end, or up to where the file is damaged.
fn webp_frames(file: &mut dyn Source) -> usize {
    let mut num_frames = 0;
    let _ = count_webp_frames(file, &mut num_frames);
    num_frames
}

fn count_webp_frames(file: &mut dyn Source, num_frames: &mut usize) -> io::Result<()> {
    // RIFF, its length, WEBP.
    file.seek(SeekFrom::Start(12))?;
    while *num_frames < MAX_PAGES {
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [kind @ .., a, b, c, d] = head;
        if &kind == b"ANMF" {
            *num_frames += 1;
        }
        let length = i64::from(u32::from_le_bytes([a, b, c, d]));
        file.seek(SeekFrom::Current(length + length % 2))?;
    }
    Ok(())
}
