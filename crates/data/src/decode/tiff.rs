//! TIFF files that the decoder of TIFF does not know: faxes, and pixels of other depths.

use super::fax::Fax;
use super::samples::Samples;
use super::{
    DecodeError, DecodeLimits, Decoded, PREPARING_BYTES_A_PIXEL, check, check_memory,
    decode_unguarded,
};

/// A file of such a kind, not decoded yet.
pub(super) enum Unusual<'a> {
    Fax(Fax<'a>),
    Samples(Samples<'a>),
}

impl<'a> Unusual<'a> {
    /// `None` where the decoder of TIFF is to read it, or to say why not.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        Samples::of(bytes)
            .map(Self::Samples)
            .or_else(|| Fax::of(bytes).map(Self::Fax))
    }

    /// The picture, within limits; `permit` as for any other.
    ///
    /// # Errors
    /// As of any other picture.
    pub(super) fn decode<P>(
        mut self,
        limits: &DecodeLimits,
        permit: impl FnOnce(u64) -> P,
    ) -> Result<Decoded<P>, DecodeError> {
        let (width, height) = match &self {
            Self::Fax(fax) => fax.size(),
            Self::Samples(samples) => samples.size(),
        };
        let num_pixels = u64::from(width) * u64::from(height);
        check("has", "pixels", limits.max_pixels, num_pixels)?;
        let unpacking = match &self {
            Self::Fax(_) => num_pixels,
            Self::Samples(samples) => samples.memory(),
        };
        let preparing = num_pixels.saturating_mul(PREPARING_BYTES_A_PIXEL);
        let num_bytes = unpacking.saturating_add(preparing);
        check_memory(limits, num_bytes)?;
        let permit = permit(num_bytes);
        let orientation = match &mut self {
            Self::Fax(fax) => fax.orientation(),
            Self::Samples(samples) => samples.orientation(),
        };
        let (mut picture, remark) = match self {
            Self::Fax(fax) => (fax.decode()?, None),
            Self::Samples(samples) => {
                let bytes = samples.as_bytes().ok_or(DecodeError::CutOff)?;
                // Its pixels are bytes of the picture's, whose number is known to be within bounds.
                let of_bytes = DecodeLimits {
                    max_pixels: u64::MAX,
                    ..*limits
                };
                let unpacked = decode_unguarded(&bytes, &of_bytes, already_permitted)?;
                samples.picture(unpacked.picture.into_luma8().into_raw())?
            }
        };
        picture.apply_orientation(orientation);
        Ok(Decoded {
            picture,
            permit,
            remark,
        })
    }
}

/// A function of its own and no closure: that would be another one at every level of decoding within decoding.
fn already_permitted(_: u64) {}
