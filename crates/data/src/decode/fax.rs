//! Faxes: TIFF files packed by the one-dimensional code of group 3 (ITU-T T.4), which the decoder of TIFF does not know.
//! How runs are coded is the `fax` crate's.

use super::DecodeError;
use crate::tiff_file::{Directory, Reader, directory, pages};
use fax::Color;
use fax::decoder::{decode_g3, pels};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage};
use std::io::Cursor;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIPS: u16 = 273;
const ORIENTATION: u16 = 274;
const ROWS_A_STRIP: u16 = 278;
const STRIP_LENGTHS: u16 = 279;
const OPTIONS: u16 = 292;

/// The code of group 3, and the bit of its options for two dimensions, which is not read.
const GROUP_3: u64 = 3;
const TWO_DIMENSIONS: u64 = 1;
/// Six ends of a line end a page; few files have them.
const END: [u8; 9] = [0x00, 0x10, 0x01, 0x00, 0x10, 0x01, 0x00, 0x10, 0x01];

/// A fax that is not decoded yet.
pub(super) struct Fax<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    directory: Directory,
    size: (u32, u32),
    num_bytes: u64,
}

impl<'a> Fax<'a> {
    /// Of the first page of a TIFF file; `None` where it is packed in another way.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(Cursor::new(bytes), bytes.len() as u64)?;
        let place = *pages(&mut reader.file)?.first()?;
        let (directory, _) = directory(&mut reader.file, reader.form, place).ok()?;
        let mut fax = Self {
            reader,
            directory,
            size: (0, 0),
            num_bytes: bytes.len() as u64,
        };
        let is_read = fax.number(COMPRESSION) == Some(GROUP_3)
            && fax.number(BITS).unwrap_or(1) == 1
            && fax.number(OPTIONS).unwrap_or(0) & TWO_DIMENSIONS == 0;
        // Runs are counted in so many bits.
        let width = u16::try_from(fax.number(WIDTH)?).ok()?;
        fax.size = (width.into(), u32::try_from(fax.number(HEIGHT)?).ok()?);
        is_read.then_some(fax)
    }

    /// Width and height, in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Which side of it is up.
    pub(super) fn orientation(&mut self) -> Orientation {
        let number = self
            .number(ORIENTATION)
            .and_then(|number| u8::try_from(number).ok());
        let orientation = number.and_then(Orientation::from_exif);
        orientation.unwrap_or(Orientation::NoTransforms)
    }

    /// The picture.
    ///
    /// # Errors
    /// Where lines are missing.
    pub(super) fn decode(mut self) -> Result<DynamicImage, DecodeError> {
        let (width, height) = self.size;
        let (places, lengths) = (self.numbers(STRIPS), self.numbers(STRIP_LENGTHS));
        let rows_a_strip = self.number(ROWS_A_STRIP).unwrap_or(u64::from(height));
        let is_reversed = self.number(FILL_ORDER) == Some(2);
        let is_inverted = self.number(PHOTOMETRIC) == Some(1);
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        // Strips that lie over each other would be decoded without end.
        let mut left = self.num_bytes;
        for (place, length) in places.into_iter().zip(lengths) {
            let strip = self.reader.bytes(place, length, &mut left);
            let strip = strip.map_err(|_| DecodeError::CutOff)?;
            let in_order = |byte: u8| {
                if is_reversed {
                    byte.reverse_bits()
                } else {
                    byte
                }
            };
            let bytes = strip.into_iter().map(in_order).chain(END);
            let (full, mut rows) = (pixels.capacity(), 0);
            // Whether the end was found says nothing: what counts are the lines.
            let _ = decode_g3(bytes, |line| {
                if rows < rows_a_strip && pixels.len() + (width as usize) <= full {
                    let line = pels(line, width as u16);
                    pixels.extend(line.map(|colour| match (colour, is_inverted) {
                        (Color::White, false) | (Color::Black, true) => u8::MAX,
                        _ => 0,
                    }));
                    rows += 1;
                }
            });
        }
        let picture = GrayImage::from_raw(width, height, pixels);
        picture
            .map(DynamicImage::ImageLuma8)
            .ok_or(DecodeError::CutOff)
    }

    fn number(&mut self, tag: u16) -> Option<u64> {
        self.numbers(tag).first().copied()
    }

    fn numbers(&mut self, tag: u16) -> Vec<u64> {
        let Some(entry) = self.directory.iter().find(|entry| entry.tag == tag) else {
            return Vec::new();
        };
        let mut left = u64::MAX;
        let values = self.reader.values(entry, &mut left);
        values.map_or_else(|_| Vec::new(), |values| self.reader.numbers(entry, &values))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::decode::{DecodeLimits, decode};
    use fax::maps::{EOL, black, white};
    use fax::{BitWriter as _, VecWriter};
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
            for bits in [EOL].into_iter().chain(runs.map(Option::unwrap)) {
                writer.write(bits).unwrap();
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
            (COMPRESSION, 3),
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
