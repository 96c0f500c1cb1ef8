//! The structure of GIF files: blocks, some of which are frames.
//!
//! Owns what is read of it; knows nothing of how pixels are packed.

use std::io::{self, Read, Seek};

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
/// Bytes of a file's header, and of the head of an image in it.
const HEADER: usize = 13;
const IMAGE_HEAD: usize = 9;
/// In the flags of both: whether a table of colours follows, and how large it is.
const HAS_COLOURS: u8 = 0x80;
const COLOUR_BITS: u8 = 0x07;

/// The frames of a file, each by its width and height, up to where the file ends or is damaged.
pub(crate) struct Frames<F> {
    file: F,
}

impl<F: Read + Seek> Frames<F> {
    /// Of a file that stands at its first byte.
    pub(crate) fn of(mut file: F) -> io::Result<Self> {
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        skip(&mut file, colour_bytes(header[10]))?;
        Ok(Self { file })
    }

    fn read_next(&mut self) -> io::Result<Option<(u16, u16)>> {
        loop {
            match byte(&mut self.file)? {
                IMAGE => {
                    let mut head = [0; IMAGE_HEAD];
                    self.file.read_exact(&mut head)?;
                    let [_, _, _, _, wide, width, high, height, flags] = head;
                    // And the size of its codes.
                    skip(&mut self.file, colour_bytes(flags) + 1)?;
                    // Cut off in its data, it is a frame all the same, and the last one.
                    let _ = self.skip_data();
                    let size = |low, high| u16::from_le_bytes([low, high]);
                    return Ok(Some((size(wide, width), size(high, height))));
                }
                EXTENSION => {
                    byte(&mut self.file)?;
                    self.skip_data()?;
                }
                _ => return Ok(None),
            }
        }
    }

    /// Goes on behind the data of a block, which are in pieces of at most 255 bytes.
    fn skip_data(&mut self) -> io::Result<()> {
        loop {
            match byte(&mut self.file)? {
                0 => return Ok(()),
                length => skip(&mut self.file, length.into())?,
            }
        }
    }
}

impl<F: Read + Seek> Iterator for Frames<F> {
    type Item = (u16, u16);

    fn next(&mut self) -> Option<(u16, u16)> {
        self.read_next().ok().flatten()
    }
}

/// Of the table of colours that these flags tell of.
fn colour_bytes(flags: u8) -> i64 {
    if flags & HAS_COLOURS == 0 {
        0
    } else {
        3 << ((flags & COLOUR_BITS) + 1)
    }
}

fn byte(file: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn skip(file: &mut impl Seek, num_bytes: i64) -> io::Result<()> {
    file.seek_relative(num_bytes)
}
