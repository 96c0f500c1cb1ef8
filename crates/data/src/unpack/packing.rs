//! The ways in which contents may be packed, each known by its first bytes.
//!
//! Owns the choice of a reader for each and the bound on its memory: what a file says of the memory it
//! needs is believed up to [`MAX_WINDOW_BYTES`] only.

use std::io::{self, BufRead, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// First bytes of bzip2 contents: the mark, the block size and the start of a block, or the end of an empty file.
const BZIP2_MARK: &[u8] = b"BZh";
const BZIP2_BLOCKS: [&[u8]; 2] = [b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"];
const XZ_MARK: &[u8] = b"\xfd7zXZ\0";
const ZSTD_MARK: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const GZIP_MARK: &[u8] = &[0x1f, 0x8b];
/// The most memory that a decoder sets aside for what it looks back at; the strongest common settings of xz and
/// zstd take 65 MiB and 128 MiB.
const MAX_WINDOW_BYTES: u64 = 1 << MAX_WINDOW_BITS;
const MAX_WINDOW_BITS: u32 = 27;

/// How contents are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    /// How many first bytes tell.
    pub(crate) const NUM_BYTES: usize = 10;

    /// By the first bytes.
    pub(crate) fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(GZIP_MARK) {
            Some(Self::Gzip)
        } else if start.starts_with(XZ_MARK) {
            Some(Self::Xz)
        } else if start.starts_with(ZSTD_MARK) {
            Some(Self::Zstd)
        } else {
            let block = start.strip_prefix(BZIP2_MARK)?.get(1..)?;
            let is_block = BZIP2_BLOCKS.iter().any(|mark| block.starts_with(mark));
            is_block.then_some(Self::Bzip2)
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    /// A reader of what is packed; of several streams one after the other, of all.
    pub(crate) fn unpacked<'a>(
        self,
        packed: impl BufRead + Send + 'a,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
            Self::Xz => {
                let stream = Stream::new_stream_decoder(MAX_WINDOW_BYTES, CONCATENATED)?;
                Box::new(XzDecoder::new_stream(packed, stream))
            }
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
                decoder.window_log_max(MAX_WINDOW_BITS)?;
                Box::new(decoder)
            }
        })
    }
}
