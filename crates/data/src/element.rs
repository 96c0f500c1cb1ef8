//! The types of numbers that arrays hold.

use std::fmt;

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl Element {
    /// Bytes of one.
    pub(crate) fn num_bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Whether numbers of this type may have places behind the point.
    pub(crate) fn has_places(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }

    /// Whether numbers of this type may be below zero.
    pub(crate) fn is_signed(self) -> bool {
        let is_signed = matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64);
        is_signed || self.has_places()
    }

    /// The numbers in these bytes; pixels and labels are small enough for all to be exact.
    pub(crate) fn values(
        self,
        bytes: &[u8],
        is_big_endian: bool,
    ) -> impl Iterator<Item = f64> + '_ {
        bytes.chunks_exact(self.num_bytes()).map(move |chunk| {
            let mut word = [0; 8];
            if is_big_endian {
                for (place, &byte) in word.iter_mut().zip(chunk.iter().rev()) {
                    *place = byte;
                }
            } else {
                word[..chunk.len()].copy_from_slice(chunk);
            }
            self.value(word)
        })
    }

    /// Of the bytes of a number, the lowest first.
    fn value(self, word: [u8; 8]) -> f64 {
        let bits = u64::from_le_bytes(word);
        match self {
            Self::Bool => f64::from(u8::from(bits != 0)),
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => bits as f64,
            Self::I8 => f64::from(bits as i8),
            Self::I16 => f64::from(bits as i16),
            Self::I32 => f64::from(bits as i32),
            #[expect(
                clippy::cast_possible_wrap,
                reason = "the bits are those of a signed number"
            )]
            Self::I64 => bits as i64 as f64,
            Self::F16 => half(bits as u16),
            Self::F32 => f64::from(f32::from_bits(bits as u32)),
            Self::F64 => f64::from_bits(bits),
        }
    }
}

/// The value of a float of 16 bits: a sign, five bits of exponent, ten of the fraction.
fn half(bits: u16) -> f64 {
    let places = bits & 0x3ff;
    let fraction = f64::from(places) / 1024.0;
    let size = match i32::from(bits >> 10 & 0x1f) {
        0 => fraction * 2.0_f64.powi(-14),
        0x1f if places == 0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1.0 + fraction) * 2.0_f64.powi(exponent - 15),
    };
    if bits >> 15 == 0 { size } else { -size }
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        })
    }
}
