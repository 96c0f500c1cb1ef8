//! Images as numbers in JSON: lists of pixels, or of rows of pixels.

use base::{IMAGE_PIXELS, IMAGE_SIDE};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;

/// Images, `[num_images * IMAGE_PIXELS]`, 0 paper to 255 ink.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pixels(pub(super) Vec<u8>);

const EXPECTED: &str = "lists of 28 or 784 whole numbers from 0 (paper) to 255 (ink)";

impl<'de> Deserialize<'de> for Pixels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut pixels = Vec::new();
        Fill(&mut pixels).deserialize(deserializer)?;
        if pixels.len() % IMAGE_PIXELS != 0 {
            let found = pixels.len();
            let message = format!("expected 784 pixels an image, found {found} in all");
            return Err(D::Error::custom(message));
        }
        Ok(Self(pixels))
    }
}

/// Adds the pixels of a list to those there are.
struct Fill<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    /// Whether it was one pixel.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_u64<E: Error>(self, pixel: u64) -> Result<bool, E> {
        let pixel = u8::try_from(pixel);
        let refuse = |_| E::custom(format!("expected {EXPECTED}, found a larger number"));
        self.0.push(pixel.map_err(refuse)?);
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let (mut num_pixels, mut num_lists) = (0, 0);
        while let Some(is_pixel) = list.next_element_seed(Fill(self.0))? {
            *(if is_pixel {
                &mut num_pixels
            } else {
                &mut num_lists
            }) += 1;
        }
        let is_row = num_pixels == IMAGE_SIDE || num_pixels == IMAGE_PIXELS;
        if num_pixels > 0 && (num_lists > 0 || !is_row) {
            let message = format!("expected {EXPECTED}, found a list of {num_pixels}");
            return Err(A::Error::custom(message));
        }
        Ok(false)
    }
}

/// Values of any shape, taken as [`Pixels`] whatever the lists are: the shape is said beside them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FlatPixels(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for FlatPixels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Flat<'a>(&'a mut Vec<u8>);

        impl<'de> DeserializeSeed<'de> for Flat<'_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }

        impl<'de> Visitor<'de> for Flat<'_> {
            type Value = ();

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("whole numbers from 0 (paper) to 255 (ink)")
            }

            fn visit_u64<E: Error>(self, pixel: u64) -> Result<(), E> {
                Fill(self.0).visit_u64(pixel).map(drop)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
                while list.next_element_seed(Flat(self.0))?.is_some() {}
                Ok(())
            }
        }

        let mut pixels = Vec::new();
        Flat(&mut pixels).deserialize(deserializer)?;
        Ok(Self(pixels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<usize, String> {
        let pixels: Result<Pixels, _> = serde_json::from_value(value);
        pixels
            .map(|pixels| pixels.0.len() / IMAGE_PIXELS)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn rows_and_flat_lists_are_images() {
        let (row, flat) = (vec![7; IMAGE_SIDE], vec![255; IMAGE_PIXELS]);
        assert_eq!(read(json!([])), Ok(0));
        assert_eq!(read(json!(flat)), Ok(1));
        assert_eq!(read(json!([flat, flat])), Ok(2));
        assert_eq!(read(json!(vec![row.clone(); IMAGE_SIDE])), Ok(1));
        assert_eq!(read(json!([vec![row.clone(); IMAGE_SIDE], flat])), Ok(2));
        let flat: Result<FlatPixels, _> = serde_json::from_value(json!([[1, 2], [3]]));
        assert_eq!(flat.ok(), Some(FlatPixels(vec![1, 2, 3])));
    }

    #[test]
    fn what_is_no_image_is_named() {
        for wrong in [
            json!([256]),
            json!([-1]),
            json!([0.5]),
            json!("0"),
            json!([1, 2, 3]),
            json!([vec![0; IMAGE_PIXELS - 1], vec![0; IMAGE_PIXELS + 1]]),
            json!(vec![vec![0; IMAGE_SIDE]; 27]),
            json!([vec![0; IMAGE_PIXELS], 0]),
        ] {
            let message = read(wrong.clone()).err().unwrap_or_default();
            assert!(message.contains("expected"), "{wrong}: {message}");
        }
    }
}
