//! Faxes: TIFF files packed by the one-dimensional code of group 3 (ITU-T T.4), with or without marks between lines, which
//! the decoder of TIFF does not know. How runs are coded is the `fax` crate's.

use super::DecodeError;
use crate::tiff_file::FirstPage;
use fax::decoder::pels;
use fax::maps::{black, white};
use fax::{BitReader as _, ByteReader, Color};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage};
use std::convert::Infallible;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIPS: u16 = 273;
const ROWS_A_STRIP: u16 = 278;
const STRIP_LENGTHS: u16 = 279;
const OPTIONS: u16 = 292;

/// The code of group 3, and the bit of its options for two dimensions, which is not read.
const GROUP_3: u64 = 3;
const TWO_DIMENSIONS: u64 = 1;
/// The same code without marks, each line beginning with a byte.
const RUNS: u64 = 2;
/// The mark between lines is a one behind at least so many zeros; no code has as many.
const ZEROS_OF_A_MARK: u8 = 11;
/// Runs of this length and above are followed by the rest of the run.
const FULL_RUN: u16 = 64;
/// What the last code is looked for in, beyond the end of the data.
const END: [u8; 3] = [0; 3];

/// A fax that is not decoded yet.
pub(super) struct Fax<'a> {
    page: FirstPage<'a>,
    size: (u32, u32),
    num_bytes: u64,
    /// Whether each line begins with a byte.
    is_aligned: bool,
}

impl<'a> Fax<'a> {
    /// Of the first page of a TIFF file; `None` where it is packed in another way.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut page = FirstPage::of(bytes)?;
        let compression = page.number(COMPRESSION)?;
        let is_read = match compression {
            GROUP_3 => page.number(OPTIONS).unwrap_or(0) & TWO_DIMENSIONS == 0,
            compression => compression == RUNS,
        };
        // Runs are counted in so many bits.
        let width = u16::try_from(page.number(WIDTH)?).ok()?;
        let height = u32::try_from(page.number(HEIGHT)?).ok()?;
        let is_read = is_read && page.number(BITS).unwrap_or(1) == 1;
        is_read.then_some(Self {
            page,
            size: (width.into(), height),
            num_bytes: bytes.len() as u64,
            is_aligned: compression == RUNS,
        })
    }

    /// Width and height, in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Which side of it is up.
    pub(super) fn orientation(&mut self) -> Orientation {
        self.page.orientation()
    }

    /// The picture.
    ///
    /// # Errors
    /// Where lines are missing.
    pub(super) fn decode(mut self) -> Result<DynamicImage, DecodeError> {
        let (width, height) = self.size;
        let places = self.page.numbers(STRIPS);
        let lengths = self.page.numbers(STRIP_LENGTHS);
        let rows_a_strip = self.page.number(ROWS_A_STRIP).unwrap_or(u64::from(height));
        let is_reversed = self.page.number(FILL_ORDER) == Some(2);
        let is_inverted = self.page.number(PHOTOMETRIC) == Some(1);
        let num_pixels = width as usize * height as usize;
        let mut pixels = Vec::with_capacity(num_pixels);
        // Strips that lie over each other would be decoded without end.
        let mut left = self.num_bytes;
        for (place, length) in places.into_iter().zip(lengths) {
            let strip = self.page.reader.bytes(place, length, &mut left);
            let strip = strip.map_err(|_| DecodeError::CutOff)?;
            let in_order = |byte: u8| {
                if is_reversed {
                    byte.reverse_bits()
                } else {
                    byte
                }
            };
            let bytes = strip.into_iter().map(in_order).chain(END);
            let mut lines = Lines::new(bytes, width as u16, self.is_aligned);
            let mut rows = 0;
            while rows < rows_a_strip && pixels.len() < num_pixels {
                let Some(line) = lines.next() else { break };
                let line = pels(line, width as u16);
                pixels.extend(line.map(|colour| match (colour, is_inverted) {
                    (Color::White, false) | (Color::Black, true) => u8::MAX,
                    _ => 0,
                }));
                rows += 1;
            }
        }
        let picture = GrayImage::from_raw(width, height, pixels);
        picture
            .map(DynamicImage::ImageLuma8)
            .ok_or(DecodeError::CutOff)
    }
}

/// The lines of a strip.
struct Lines<R> {
    reader: Option<ByteReader<R>>,
    width: u16,
    is_aligned: bool,
    /// Where the colour changes in the line that was read last, beginning with white.
    changes: Vec<u16>,
}

impl<R: Iterator<Item = u8>> Lines<std::iter::Map<R, fn(u8) -> Result<u8, Infallible>>> {
    fn new(bytes: R, width: u16, is_aligned: bool) -> Self {
        let bytes = bytes.map(Ok as fn(u8) -> Result<u8, Infallible>);
        Self {
            reader: ByteReader::new(bytes).ok(),
            width,
            is_aligned,
            changes: Vec::new(),
        }
    }
}

impl<R: Iterator<Item = Result<u8, Infallible>>> Lines<R> {
    /// Where the colour changes in the next line; `None` where there is none, or what is no code.
    fn next(&mut self) -> Option<&[u16]> {
        let reader = self.reader.as_mut()?;
        if self.is_aligned {
            let Ok(()) = reader.consume(reader.bits_to_byte_boundary());
        }
        // Marks, with whatever fills them up; the last line is followed by six.
        while reader.peek(ZEROS_OF_A_MARK) == Some(0) {
            while reader.peek(1)? == 0 {
                let Ok(()) = reader.consume(1);
            }
            let Ok(()) = reader.consume(1);
        }
        self.changes.clear();
        let (mut place, mut colour) = (0_u16, Color::White);
        while place < self.width {
            let mut run = 0_u16;
            loop {
                let part = match colour {
                    Color::White => white::decode(reader)?,
                    Color::Black => black::decode(reader)?,
                };
                run = run.checked_add(part)?;
                if part < FULL_RUN {
                    break;
                }
            }
            place = place.checked_add(run)?;
            self.changes.push(place);
            colour = !colour;
        }
        Some(&self.changes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::decode::{DecodeLimits, decode};
    use fax::maps::EOL;
    use fax::{BitWriter as _, Bits, VecWriter};
    use image::Luma;

    const SIZE: (u32, u32) = (40, 6);

    /// A bar that goes aslant.
    fn drawn() -> GrayImage {
        GrayImage::from_fn(SIZE.0, SIZE.1, |x, y| {
            let is_ink = (10 + y..14 + 2 * y).contains(&x);
            Luma([if is_ink { 0 } else { u8::MAX }])
        })
    }

    /// Its TIFF file; bits of a byte are turned round with a fill order of 2.
    fn tiff(options: u16, fill_order: u16, num_rows: u32) -> Vec<u8> {
        packed(GROUP_3 as u16, options, fill_order, num_rows, &[EOL])
    }

    /// The same in this code, with these marks before each line.
    fn packed(
        compression: u16,
        options: u16,
        fill_order: u16,
        num_rows: u32,
        marks: &[Bits],
    ) -> Vec<u8> {
        let mut writer = VecWriter::new();
        for y in 0..num_rows {
            let start = 10 + y as u16;
            let width = 4 + y as u16;
            let rest = SIZE.0 as u16 - start - width;
            let runs = [
                white::encode(start),
                black::encode(width),
                white::encode(rest),
            ];
            for bits in marks.iter().copied().chain(runs.map(Option::unwrap)) {
                writer.write(bits).unwrap();
            }
            if compression == RUNS as u16 {
                writer.pad();
            }
        }
        let mut data = writer.finish();
        if fill_order == 2 {
            data = data.into_iter().map(u8::reverse_bits).collect();
        }
        let entries = [
            (WIDTH, SIZE.0 as u16),
            (HEIGHT, SIZE.1 as u16),
            (BITS, 1),
            (COMPRESSION, compression),
            (PHOTOMETRIC, 0),
            (FILL_ORDER, fill_order),
            (STRIPS, 8 + 2 + 10 * 12 + 4),
            (ROWS_A_STRIP, SIZE.1 as u16),
            (STRIP_LENGTHS, data.len() as u16),
            (OPTIONS, options),
        ];
        let mut file = b"II*\0\x08\0\0\0\x0a\0".to_vec();
        for (tag, value) in entries {
            for part in [tag, 3, 1, 0, value, 0] {
                file.extend(part.to_le_bytes());
            }
        }
        file.extend([0; 4]);
        file.extend(data);
        file
    }

    #[test]
    fn faxes_are_read_in_both_orders_of_bits() {
        for fill_order in [1, 2] {
            let picture = decode(&tiff(0, fill_order, SIZE.1), &DecodeLimits::default());
            assert_eq!(picture.unwrap().to_luma8(), drawn());
        }
    }

    #[test]
    fn lines_without_marks_are_read() {
        for compression in [GROUP_3, RUNS] {
            let file = packed(compression as u16, 0, 1, SIZE.1, &[]);
            let picture = decode(&file, &DecodeLimits::default());
            assert_eq!(picture.unwrap().to_luma8(), drawn(), "{compression}");
        }
    }

    #[test]
    fn what_is_missing_or_of_another_code_is_an_error() {
        let error = |bytes: &[u8]| {
            decode(bytes, &DecodeLimits::default())
                .unwrap_err()
                .to_string()
        };
        assert!(error(&tiff(0, 1, SIZE.1 - 1)).contains("end early"));
        let two_dimensions = error(&tiff(1, 1, SIZE.1));
        assert!(
            two_dimensions.contains("magick in.tif out.png"),
            "{two_dimensions}"
        );
        let few = DecodeLimits {
            max_pixels: 239,
            ..DecodeLimits::default()
        };
        let error = decode(&tiff(0, 1, SIZE.1), &few).unwrap_err().to_string();
        assert!(error.contains("240 pixels"), "{error}");
    }
}
