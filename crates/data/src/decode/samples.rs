//! TIFF files of pixels that the decoder of TIFF does not know: numbers of 32 and 64 bits, whole, signed or with places,
//! grey of 2 and 4 bits, palettes, grey with further values beside it.
//!
//! That decoder unpacks them all the same: it is told that a row is so many grey bytes. What these bytes mean is this
//! module's, and how large numbers become grey.

use super::DecodeError;
use crate::element::Element;
use crate::tiff_file::FirstPage;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};

mod differences;
mod range;

use range::Range;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const SAMPLES: u16 = 277;
const PLANES: u16 = 284;
const PREDICTOR: u16 = 317;
const PALETTE: u16 = 320;
const TILE_WIDTH: u16 = 322;
const FORMAT: u16 = 339;
/// What would contradict that pixels are grey bytes: the colours, the alpha channel, the format of numbers.
const CONTRADICTING: [u16; 3] = [PALETTE, 338, FORMAT];
/// Of no meaning to the decoder: what is to be left out is called so.
const WITHOUT_MEANING: u64 = 65_000;
/// Ways to pack that say nothing of the depth: none, LZW, deflate (in both numbers), `PackBits`, zstd.
const PACKED_BYTES: [u64; 6] = [1, 5, 8, 32_773, 32_946, 50_000];
/// Values a pixel.
const MAX_SAMPLES: u64 = 16;
/// The type of a number of four bytes, and how many there are.
const LONG: u64 = 4;

/// What the values of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    /// The first is its brightness, the lower the darker, or the other way round.
    Grey { is_inverted: bool },
    /// The first three are red, green and blue.
    Rgb,
    /// The number of a colour.
    Palette,
}

/// A picture whose bytes are not unpacked yet.
pub(super) struct Samples<'a> {
    bytes: &'a [u8],
    page: FirstPage<'a>,
    width: usize,
    height: usize,
    /// Bits of a value.
    bits: usize,
    /// Values of a pixel.
    num_values: usize,
    /// What a value is, of 8 bits and more.
    element: Element,
    colours: Colours,
    predictor: u64,
    /// Pixels a row of a tile, or of the picture where it has none.
    tile_width: usize,
}

impl<'a> Samples<'a> {
    /// Of the first page of a TIFF file; `None` where the decoder of TIFF reads it, or this one does not.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut page = FirstPage::of(bytes)?;
        let mut number = |tag, otherwise| page.number(tag).unwrap_or(otherwise);
        let (width, height) = (number(WIDTH, 0), number(HEIGHT, 0));
        let num_values = number(SAMPLES, 1);
        let (photometric, format) = (number(PHOTOMETRIC, 1), number(FORMAT, 1));
        let predictor = number(PREDICTOR, 1);
        let tile_width = number(TILE_WIDTH, width);
        let is_packed_bytes = PACKED_BYTES.contains(&number(COMPRESSION, 1));
        let is_in_planes = num_values > 1 && number(PLANES, 1) != 1;
        let all_bits = page.numbers(BITS);
        let bits = *all_bits.first()?;
        let is_even = all_bits.iter().all(|&other| other == bits);
        if !is_packed_bytes || is_in_planes || !is_even || !(1..=MAX_SAMPLES).contains(&num_values)
        {
            return None;
        }
        let colours = match (photometric, num_values) {
            (0 | 1, _) => Colours::Grey {
                is_inverted: photometric == 0,
            },
            (2, 3..) => Colours::Rgb,
            (3, 1) => Colours::Palette,
            _ => return None,
        };
        let is_grey = matches!(colours, Colours::Grey { .. });
        let is_known = match (bits, format) {
            (1, 1) => num_values == 1 && is_grey,
            (8 | 16, 1) if is_grey => num_values == 1,
            (8 | 16, 1) => colours == Colours::Rgb && num_values <= 4,
            _ => false,
        };
        let is_split = bits < 8 && (num_values > 1 || predictor != 1);
        if is_known || is_split || (colours == Colours::Palette && bits > 8) {
            return None;
        }
        let size = |number: u64| usize::try_from(u32::try_from(number).ok()?).ok();
        Some(Self {
            bytes,
            width: size(width)?,
            height: size(height)?,
            bits: usize::try_from(bits).ok()?,
            num_values: usize::try_from(num_values).ok()?,
            element: element(bits, format)?,
            colours,
            predictor: (1..=3).contains(&predictor).then_some(predictor)?,
            tile_width: size(tile_width).filter(|&width| width > 0)?,
            page,
        })
    }

    /// Width and height, in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }

    /// Which side of it is up.
    pub(super) fn orientation(&mut self) -> Orientation {
        self.page.orientation()
    }

    /// Bytes of so many pixels of a row.
    fn row_bytes(&self, num_pixels: usize) -> usize {
        num_pixels
            .saturating_mul(self.num_values)
            .saturating_mul(self.bits)
            .div_ceil(8)
    }

    /// Bytes of a row, its last tile whole.
    fn full_row_bytes(&self) -> usize {
        let num_tiles = self.width.div_ceil(self.tile_width);
        self.row_bytes(self.tile_width).saturating_mul(num_tiles)
    }

    /// Memory for unpacking it, in bytes: twice what is unpacked, the file once more, and the picture.
    pub(super) fn memory(&self) -> u64 {
        let unpacked = (self.full_row_bytes() as u64).saturating_mul(self.height as u64);
        let picture = self.width as u64 * self.height as u64 * 3;
        let others = picture.saturating_add(self.bytes.len() as u64);
        unpacked.saturating_mul(2).saturating_add(others)
    }

    /// The same file, said to be grey bytes without differences. `None` where a row has more than four bytes can say.
    pub(super) fn as_bytes(&self) -> Option<Vec<u8>> {
        let form = self.page.reader.form;
        let width = u32::try_from(self.full_row_bytes()).ok()?;
        let tile_width = u32::try_from(self.row_bytes(self.tile_width)).ok()?;
        let mut file = self.bytes.to_vec();
        let first = usize::try_from(self.page.place).ok()? + form.count();
        for (index, entry) in self.page.directory.iter().enumerate() {
            let value = match entry.tag {
                WIDTH => width,
                TILE_WIDTH => tile_width,
                BITS => 8,
                PHOTOMETRIC | SAMPLES | PREDICTOR => 1,
                tag if CONTRADICTING.contains(&tag) => 0,
                _ => continue,
            };
            let tag = if CONTRADICTING.contains(&entry.tag) {
                WITHOUT_MEANING
            } else {
                entry.tag.into()
            };
            let mut written = Vec::with_capacity(form.entry());
            for (number, num_bytes) in [
                (tag, 2),
                (LONG, 2),
                (1, form.word()),
                (value.into(), LONG as usize),
            ] {
                form.write(&mut written, number, num_bytes);
            }
            let place = first + index * form.entry();
            file.get_mut(place..place + written.len())?
                .copy_from_slice(&written);
        }
        Some(file)
    }

    /// The picture that unpacked bytes make, and what is to be said of it.
    ///
    /// # Errors
    /// Where there are too few bytes, or numbers that are none.
    pub(super) fn picture(
        mut self,
        mut unpacked: Vec<u8>,
    ) -> Result<(DynamicImage, Option<&'static str>), DecodeError> {
        let row_bytes = self.full_row_bytes();
        if row_bytes == 0 || unpacked.len() < row_bytes.saturating_mul(self.height) {
            return Err(DecodeError::CutOff);
        }
        let mut is_big_endian = !self.page.reader.form.is_little_endian;
        differences::undo(
            &mut unpacked,
            self.row_bytes(self.tile_width),
            self.predictor,
            (self.num_values, self.bits / 8),
            is_big_endian,
        );
        // With the differences of numbers with places comes their order.
        is_big_endian |= self.predictor == differences::OF_PLACES;
        let palette = self.page.numbers(PALETTE);
        let told = Range::told(&self.page);
        let rows = || unpacked.chunks_exact(row_bytes).take(self.height);
        let range = match (self.colours, told) {
            (Colours::Palette, _) => Range::of_type(self.bits as u16),
            (_, Some(told)) => told,
            _ if self.bits <= 16 && !self.element.is_signed() => Range::of_type(self.bits as u16),
            _ => {
                let all = rows().flat_map(|row| self.values(row, is_big_endian));
                Range::seen(all, self.element.has_places()).ok_or(DecodeError::NoNumbers)?
            }
        };
        let (width, height) = self.size();
        let is_grey = matches!(self.colours, Colours::Grey { .. });
        let num_pixels = self.width.saturating_mul(self.height);
        let mut pixels = Vec::with_capacity(num_pixels.saturating_mul(if is_grey { 1 } else { 3 }));
        let mut pixel = vec![0.0; self.num_values];
        for row in rows() {
            let mut values = self.values(row, is_big_endian);
            for _ in 0..self.width {
                for (of_pixel, value) in pixel.iter_mut().zip(&mut values) {
                    *of_pixel = value;
                }
                match self.colours {
                    Colours::Grey { is_inverted } => {
                        let level = range.level(pixel[0]);
                        pixels.push(if is_inverted { u8::MAX - level } else { level });
                    }
                    Colours::Rgb => {
                        pixels.extend(pixel[..3].iter().map(|&value| range.level(value)));
                    }
                    Colours::Palette => pixels.extend(colour(&palette, pixel[0] as usize)),
                }
            }
        }
        let picture = if is_grey {
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
        } else {
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
        };
        let picture = picture.ok_or(DecodeError::CutOff)?;
        Ok((picture, range.remark()))
    }

    /// The values of a row, those of a pixel side by side.
    fn values<'b>(&self, row: &'b [u8], is_big_endian: bool) -> Box<dyn Iterator<Item = f64> + 'b> {
        let number = self.width * self.num_values;
        if self.bits >= 8 {
            return Box::new(self.element.values(row, is_big_endian).take(number));
        }
        let bits = self.bits;
        let of_byte = move |byte: &u8| {
            let byte = *byte;
            let places = (0..8 / bits).rev();
            places.map(move |place| f64::from(byte >> (place * bits) & ((1 << bits) - 1)))
        };
        Box::new(row.iter().flat_map(of_byte).take(number))
    }
}

/// What a value is; of fewer than 8 bits, a whole number.
fn element(bits: u64, format: u64) -> Option<Element> {
    Some(match (bits, format) {
        (1 | 2 | 4 | 8, 1) => Element::U8,
        (16, 1) => Element::U16,
        (32, 1) => Element::U32,
        (64, 1) => Element::U64,
        (8, 2) => Element::I8,
        (16, 2) => Element::I16,
        (32, 2) => Element::I32,
        (64, 2) => Element::I64,
        (16, 3) => Element::F16,
        (32, 3) => Element::F32,
        (64, 3) => Element::F64,
        _ => return None,
    })
}

/// A colour of a palette, which has all reds before all greens and blues, in 16 bits each; black where it has none.
fn colour(palette: &[u64], index: usize) -> [u8; 3] {
    let number = palette.len() / 3;
    [0, 1, 2].map(|part| {
        let value = palette.get(part * number + index.min(number.saturating_sub(1)));
        value.map_or(0, |value| (value >> 8) as u8)
    })
}

#[cfg(test)]
mod tests;
