//! How many pages a file has: its structure is walked, nothing of it is decoded.

use super::START_BYTES;
use crate::decode::format_of;
use crate::tiff_file::{MAX_PAGES, Source, pages};
use image::ImageFormat;
use std::io::{self, Read as _, SeekFrom};

/// The blocks of GIF.
const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
/// Bytes of a GIF's header, and of the head of an image in it.
const GIF_HEADER: usize = 13;
const IMAGE_HEAD: usize = 9;
/// In the flags of both: whether a table of colours follows, and how large it is.
const HAS_COLOURS: u8 = 0x80;
const COLOUR_BITS: u8 = 0x07;

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
        ImageFormat::Gif => counted(file, gif_frames)?,
        ImageFormat::WebP => counted(file, webp_frames)?,
        _ => return None,
    };
    (num_pages > 1).then_some((format, num_pages))
}

/// What was counted up to the end, or up to where the file is damaged.
fn counted(
    file: &mut dyn Source,
    count: fn(&mut dyn Source, &mut usize) -> io::Result<()>,
) -> Option<usize> {
    file.rewind().ok()?;
    let mut num_frames = 0;
    let _ = count(file, &mut num_frames);
    Some(num_frames.min(MAX_PAGES))
}

fn gif_frames(file: &mut dyn Source, num_frames: &mut usize) -> io::Result<()> {
    let mut header = [0; GIF_HEADER];
    file.read_exact(&mut header)?;
    skip(file, colour_bytes(header[10]))?;
    while *num_frames < MAX_PAGES {
        match byte(file)? {
            IMAGE => {
                let mut head = [0; IMAGE_HEAD];
                file.read_exact(&mut head)?;
                // And the size of its codes.
                skip(file, colour_bytes(head[8]) + 1)?;
                *num_frames += 1;
            }
            EXTENSION => {
                byte(file)?;
            }
            _ => break,
        }
        loop {
            match byte(file)? {
                0 => break,
                length => skip(file, length.into())?,
            }
        }
    }
    Ok(())
}

/// Of the table of colours that these flags tell of.
fn colour_bytes(flags: u8) -> i64 {
    if flags & HAS_COLOURS == 0 {
        0
    } else {
        3 << ((flags & COLOUR_BITS) + 1)
    }
}

fn webp_frames(file: &mut dyn Source, num_frames: &mut usize) -> io::Result<()> {
    // RIFF, its length, WEBP.
    skip(file, 12)?;
    while *num_frames < MAX_PAGES {
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [kind @ .., a, b, c, d] = head;
        if &kind == b"ANMF" {
            *num_frames += 1;
        }
        let length = i64::from(u32::from_le_bytes([a, b, c, d]));
        skip(file, length + length % 2)?;
    }
    Ok(())
}

fn byte(file: &mut dyn Source) -> io::Result<u8> {
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn skip(file: &mut dyn Source, num_bytes: i64) -> io::Result<()> {
    file.seek(SeekFrom::Current(num_bytes)).map(drop)
}
