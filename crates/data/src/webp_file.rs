//! The structure of WebP files: chunks, one after the other.
//!
//! Owns what is read of it; knows nothing of how pixels are packed.

use std::io::{self, Read, Seek};

/// RIFF, its length, WEBP.
const HEADER: u64 = 12;
/// Kind and length of a chunk, in bytes.
const HEAD: usize = 8;

/// Where a chunk of a file is said to be.
pub(crate) struct Chunk {
    pub(crate) kind: [u8; 4],
    /// Where its contents begin, and how many bytes they have; the file may end before.
    pub(crate) start: u64,
    pub(crate) length: u64,
}

/// The chunks of a file, up to where it ends.
pub(crate) struct Chunks<F> {
    file: F,
    /// Where the file is read, and how far on the next chunk is.
    place: u64,
    before_next: u64,
}

impl<F: Read + Seek> Chunks<F> {
    /// Of a file that stands at its first byte.
    pub(crate) fn of(file: F) -> Self {
        Self {
            file,
            place: 0,
            before_next: HEADER,
        }
    }

    fn read_next(&mut self) -> io::Result<Chunk> {
        let mut head = [0; HEAD];
        self.file.seek_relative(self.before_next.cast_signed())?;
        self.file.read_exact(&mut head)?;
        let [kind @ .., a, b, c, d] = head;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        let start = self.place + self.before_next + HEAD as u64;
        (self.place, self.before_next) = (start, length + length % 2);
        Ok(Chunk {
            kind,
            start,
            length,
        })
    }
}

impl<F: Read + Seek> Iterator for Chunks<F> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        self.read_next().ok()
    }
}
