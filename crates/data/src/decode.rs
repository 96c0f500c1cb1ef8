//! Decodes pictures of any origin, within limits.
//!
//! Owns which formats are known, what one picture may cost in bytes, pixels and memory, and that
//! nothing a file holds is more than an error. Knows no digits: what the picture shows is
//! [`picture`](crate::picture)'s.

mod fax;
mod jpeg;
pub(crate) mod pdf;
mod png;
mod samples;
mod tiff;

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::gif_file::Frames;
use crate::remote::{self, address};
use crate::unpack::{Contents, is_packed};
use crate::webp_file::Chunks;
use base::guarded;
use pdf::{PDF_START, Pdf};

/// The ends of the names of the pictures that are taken from folders and archives.
pub const PICTURE_EXTENSIONS: [&str; 18] = [
    "png", "jpg", "jpeg", "jfif", "jpe", "jif", "bmp", "dib", "tif", "tiff", "webp", "gif", "pbm",
    "pgm", "ppm", "pnm", "pam", "pdf",
];

/// First bytes of TIFF files with places of eight bytes, in both orders of bytes.
const BIG_TIFF: [&[u8]; 2] = [b"II+\0", b"MM\0+"];
/// For faxes of two dimensions and whatever else of TIFF the decoder does not know.
const TIFF_COMMAND: &str = "magick in.tif out.png";

/// Bytes a pixel for turning a decoded picture into a small grey one.
const PREPARING_BYTES_A_PIXEL: u64 = 4;

/// What one picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The largest file, in bytes.
    pub max_file_bytes: u64,
    /// The most pixels, width by height.
    pub max_pixels: u64,
    /// The most memory for decoding and preparing, in bytes.
    pub max_memory_bytes: u64,
}

/// A photo of 50 megapixels passes, and no two of them need be in memory at a time.
impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_file_bytes: 64 << 20,
            max_pixels: 50_000_000,
            max_memory_bytes: 384 << 20,
        }
    }
}

impl DecodeLimits {
    /// The same for a decoder of the crate `image`, which knows the size of what it sets aside on the way.
    pub(crate) fn of_decoder(&self) -> Limits {
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(self.max_memory_bytes);
        limits
    }
}

/// Why a file gives no picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file cannot be opened or read.
    #[error("cannot read the picture: {0}")]
    Io(#[from] io::Error),
    /// Not a picture of a known format, or damaged.
    #[error("cannot decode the picture: {0}")]
    Damaged(#[from] ImageError),
    /// A kind of file that is not read, and how to make one of it that is.
    #[error("cannot decode the picture: {what} is not read; convert it first: `{command}`")]
    Convert {
        /// What it is.
        what: String,
        /// What to type.
        command: &'static str,
    },
    /// A file of pages whose structure is damaged, or out of bounds.
    #[error("cannot decode the picture: {0}")]
    Structure(String),
    /// The file stops in the middle.
    #[error("cannot decode the picture: its data end early")]
    CutOff,
    /// Pixels that are no numbers, where only all of them tell how bright each is.
    #[error("cannot decode the picture: some of its pixels are not numbers (NaN) or infinite")]
    NoNumbers,
    /// The decoder panicked.
    #[error("cannot decode the picture: the decoder failed: {0}")]
    Panic(String),
    /// More than the limit.
    #[error("the picture {verb} {found} {unit}, expected at most {limit}")]
    TooLarge {
        /// "has" or "needs".
        verb: &'static str,
        /// What there is too much of.
        unit: &'static str,
        /// How much there may be.
        limit: u64,
        /// How much there is.
        found: u64,
    },
}

/// A picture, and what came with it.
#[derive(Debug)]
pub struct Decoded<P> {
    /// The picture, the right side up.
    pub picture: DynamicImage,
    /// What was permitted for it; to be kept as long.
    pub permit: P,
    /// What was guessed in reading it, in the same words for all pictures of its kind.
    pub remark: Option<&'static str>,
}

/// Whether the name ends as a picture's does.
#[must_use]
pub fn has_picture_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    PICTURE_EXTENSIONS
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether a file that begins so is a picture of a known format.
pub(crate) fn is_picture_start(bytes: &[u8]) -> bool {
    bytes.starts_with(PDF_START) || format_of(bytes).is_some_and(|format| format.reading_enabled())
}

/// The format of a file that begins so, as far as one is known.
pub(crate) fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    if BIG_TIFF.iter().any(|start| bytes.starts_with(start)) {
        return Some(ImageFormat::Tiff);
    }
    image::guess_format(bytes).ok()
}

/// Reads the file of one picture, unpacked where it is packed.
///
/// # Errors
/// [`DecodeError::Io`], also for what is no file; [`DecodeError::TooLarge`].
pub fn read_file(path: &Path, limits: &DecodeLimits) -> Result<Vec<u8>, DecodeError> {
    // What is more is an error, and not read.
    let at_most = limits.max_file_bytes.saturating_add(1);
    let mut bytes = match address(path) {
        Some(address) => remote::read(address, limits.max_file_bytes)?,
        None => read_here(path, limits)?,
    };
    if is_packed(&bytes) {
        let unpacked = Contents::from_bytes(&bytes, path)
            .and_then(|mut contents| contents.read_up_to(at_most));
        bytes = unpacked.map_err(io::Error::other)?;
        check("has", "bytes", limits.max_file_bytes, bytes.len() as u64)?;
    }
    Ok(bytes)
}

fn read_here(path: &Path, limits: &DecodeLimits) -> Result<Vec<u8>, DecodeError> {
    // Asked before opening: to open a named pipe waits for a writer.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a file").into());
    }
    check("has", "bytes", limits.max_file_bytes, metadata.len())?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // It may have grown since.
    let at_most = limits.max_file_bytes.saturating_add(1);
    File::open(path)?.take(at_most).read_to_end(&mut bytes)?;
    check("has", "bytes", limits.max_file_bytes, bytes.len() as u64)?;
    Ok(bytes)
}

/// Decodes a picture; the content decides on the format. Of several pages or frames, the first is taken.
///
/// # Errors
/// All but [`DecodeError::Io`].
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<DynamicImage, DecodeError> {
    decode_when(bytes, limits, |_| ()).map(|decoded| decoded.picture)
}

/// [`decode`], asking `permit` after the header was read and before memory is set aside for the
/// pixels. It is told how many bytes of memory decoding and preparing will take, and may wait;
/// what it returns is handed out with the picture, to be kept as long.
///
/// # Errors
/// As [`decode`].
pub fn decode_when<P>(
    bytes: &[u8],
    limits: &DecodeLimits,
    permit: impl FnOnce(u64) -> P,
) -> Result<Decoded<P>, DecodeError> {
    check("has", "bytes", limits.max_file_bytes, bytes.len() as u64)?;
    guarded(|| decode_unguarded(bytes, limits, permit)).map_err(DecodeError::Panic)?
}

fn decode_unguarded<P>(
    bytes: &[u8],
    limits: &DecodeLimits,
    permit: impl FnOnce(u64) -> P,
) -> Result<Decoded<P>, DecodeError> {
    let taken_out;
    let bytes = if bytes.starts_with(PDF_START) {
        taken_out = Pdf::open(bytes)?.page(0, limits)?;
        &taken_out
    } else {
        bytes
    };
    let bytes = &png::without_profiles(bytes);
    let format = format_of(bytes);
    if format == Some(ImageFormat::Tiff)
        && let Some(unusual) = tiff::Unusual::of(bytes)
    {
        return unusual.decode(limits, permit);
    }
    let mut reader = ImageReader::new(Cursor::new(bytes));
    if let Some(format) = format {
        reader.set_format(format);
    }
    reader.limits(limits.of_decoder());
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| unread(format, error))?;
    let (width, height) = decoder.dimensions();
    let num_pixels = u64::from(width) * u64::from(height);
    check("has", "pixels", limits.max_pixels, num_pixels)?;
    let num_bytes = memory(bytes, format, num_pixels, decoder.total_bytes());
    check_memory(limits, num_bytes)?;
    if format == Some(ImageFormat::Jpeg) && jpeg::is_cut_off(bytes, num_pixels) {
        return Err(DecodeError::CutOff);
    }
    let permit = permit(num_bytes);
    let orientation = match format {
        Some(ImageFormat::WebP) => webp_orientation(bytes),
        _ => decoder.orientation()?,
    };
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| unread(format, error))?;
    image.apply_orientation(orientation);
    Ok(Decoded {
        picture: image,
        permit,
        remark: None,
    })
}

/// Why a picture of this format is not read: of what is sound and not known, also the way out.
fn unread(format: Option<ImageFormat>, error: ImageError) -> DecodeError {
    match (format, error) {
        (Some(ImageFormat::Tiff), ImageError::Unsupported(error)) => DecodeError::Convert {
            what: format!("a TIFF file of this kind ({error})"),
            command: TIFF_COMMAND,
        },
        (_, error) => error.into(),
    }
}

/// What decoding, and then preparing, will take at most, in bytes: the decoders' own buffers are
/// known from their sources, and all was measured on pictures of 49 megapixels.
fn memory(bytes: &[u8], format: Option<ImageFormat>, num_pixels: u64, num_decoded: u64) -> u64 {
    let beside = match format {
        // All coefficients are kept, of two bytes each.
        Some(ImageFormat::Jpeg) if jpeg::is_progressive(bytes) => num_decoded.saturating_mul(2),
        Some(ImageFormat::Png | ImageFormat::Bmp | ImageFormat::Jpeg) => 0,
        // Its own size may be larger than the canvas that it is cut to.
        Some(ImageFormat::Gif) => gif_frame(bytes).max(num_decoded),
        _ => num_decoded,
    };
    let preparing = num_pixels.saturating_mul(PREPARING_BYTES_A_PIXEL);
    num_decoded.saturating_add(beside.max(preparing))
}

/// Bytes of the first frame of a GIF.
fn gif_frame(bytes: &[u8]) -> u64 {
    let mut frames = Frames::of(Cursor::new(bytes)).into_iter().flatten();
    let (width, height) = frames.next().unwrap_or_default();
    4 * u64::from(width) * u64::from(height)
}

/// Which side of a WebP is up. Its decoder sets aside as much memory as the file says that this takes.
fn webp_orientation(bytes: &[u8]) -> Orientation {
    let exif = Chunks::of(Cursor::new(bytes)).find(|chunk| &chunk.kind == b"EXIF");
    let contents = exif.and_then(|exif| {
        let start = usize::try_from(exif.start).ok()?;
        let length = usize::try_from(exif.length).ok()?;
        bytes.get(start..)?.get(..length)
    });
    let orientation = contents.and_then(Orientation::from_exif_chunk);
    orientation.unwrap_or(Orientation::NoTransforms)
}

fn check_memory(limits: &DecodeLimits, num_bytes: u64) -> Result<(), DecodeError> {
    let limit = limits.max_memory_bytes;
    check("needs", "bytes of memory", limit, num_bytes)
}

fn check(
    verb: &'static str,
    unit: &'static str,
    limit: u64,
    found: u64,
) -> Result<(), DecodeError> {
    if found <= limit {
        return Ok(());
    }
    Err(DecodeError::TooLarge {
        verb,
        unit,
        limit,
        found,
    })
}

#[cfg(test)]
mod tests;
