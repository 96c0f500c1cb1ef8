//! How a picture in a PDF file is laid out.

use image::metadata::Orientation;

/// What the values of a pixel are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Colours {
    /// The lower the darker, or the other way round.
    Grey {
        is_inverted: bool,
    },
    Rgb,
    Cmyk,
    /// Numbers of colours: red, green and blue of each.
    Palette(Vec<[u8; 3]>),
}

impl Colours {
    /// Values a pixel.
    pub(super) fn number(&self) -> u32 {
        match self {
            Self::Grey { .. } | Self::Palette(_) => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }
}

/// How a picture is laid out.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a value.
    pub(super) bits: u32,
    pub(super) colours: Colours,
    pub(super) orientation: Orientation,
}

impl Layout {
    /// Bytes of all rows as they are unpacked.
    pub(super) fn num_bytes(&self) -> u64 {
        let bits = u64::from(self.width) * u64::from(self.colours.number() * self.bits);
        bits.div_ceil(8).saturating_mul(self.height.into())
    }
}
