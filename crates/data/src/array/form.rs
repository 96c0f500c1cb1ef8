//! What the shape of an array means: how many images, of which size, with how many colours.

use crate::record::Content;
use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// The smallest side of an image whose pixels stand in one row.
const MIN_FLAT_SIDE: u64 = 8;

/// Images in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) num_images: u64,
    width: u64,
    height: u64,
    /// 1, 3 or 4.
    channels: u64,
    /// Whether an image is one plane after the other, and not pixel after pixel.
    has_planes: bool,
}

impl Form {
    /// What a shape means; `None` where it is none of images.
    pub(super) fn of(shape: &[u64]) -> Option<Self> {
        let form = |num_images, height, width, channels, has_planes| Self {
            num_images,
            width,
            height,
            channels,
            has_planes,
        };
        let is_colours = |channels: u64| channels == 3 || channels == 4;
        let form = match *shape {
            [num, pixels] if pixels == IMAGE_PIXELS as u64 => {
                form(num, IMAGE_SIDE as u64, IMAGE_SIDE as u64, 1, false)
            }
            [height, width] => match pixels_side(width).filter(|_| height != width) {
                Some(side) => form(height, side, side, 1, false),
                None => form(1, height, width, 1, false),
            },
            [height, width, channels] if is_colours(channels) && height > 4 => {
                form(1, height, width, channels, false)
            }
            [num, height, width] => form(num, height, width, 1, false),
            [num, height, width, channels] if channels == 1 || is_colours(channels) => {
                form(num, height, width, channels, false)
            }
            [num, channels, height, width] if channels == 1 || is_colours(channels) => {
                form(num, height, width, channels, true)
            }
            _ => return None,
        };
        (form.width > 0 && form.height > 0).then_some(form)
    }

    /// Pixels of one image.
    pub(super) fn num_pixels(&self) -> u64 {
        self.width.saturating_mul(self.height)
    }

    /// Numbers of one image.
    pub(super) fn num_values(&self) -> u64 {
        self.num_pixels().saturating_mul(self.channels)
    }

    /// One image, of as many bytes as it has numbers: as it is where it is of MNIST's size and grey, else as a
    /// picture that is prepared like any other.
    pub(super) fn content(&self, bytes: Vec<u8>) -> Content {
        let side = IMAGE_SIDE as u64;
        let is_mnist = [self.width, self.height, self.channels] == [side, side, 1];
        match <Box<[u8; IMAGE_PIXELS]>>::try_from(bytes.into_boxed_slice()) {
            Ok(pixels) if is_mnist => Content::Pixels(pixels),
            Ok(pixels) => self.picture(pixels.as_slice()),
            Err(bytes) => self.picture(&bytes),
        }
    }

    /// As a PNM file, which is these bytes behind a short head.
    fn picture(&self, bytes: &[u8]) -> Content {
        let kind = if self.channels == 1 { "P5" } else { "P6" };
        let head = format!("{kind}\n{} {}\n255\n", self.width, self.height);
        let mut file = head.into_bytes();
        match (self.channels, self.has_planes) {
            (1, _) | (3, false) => file.extend_from_slice(bytes),
            (channels, false) => {
                let pixels = bytes.chunks_exact(channels as usize);
                file.extend(pixels.flat_map(|pixel| &pixel[..3]));
            }
            (_, true) => {
                let num_pixels = self.num_pixels() as usize;
                let planes = (0..num_pixels)
                    .flat_map(|pixel| (0..3).map(move |plane| plane * num_pixels + pixel));
                file.extend(planes.map(|place| bytes[place]));
            }
        }
        Content::Picture(file)
    }
}

/// The side of a square image whose pixels stand in one row.
fn pixels_side(num_pixels: u64) -> Option<u64> {
    let side = num_pixels.isqrt();
    (side * side == num_pixels && side >= MIN_FLAT_SIDE).then_some(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_images() {
        let size = |shape: &[u64]| {
            let form = Form::of(shape)?;
            Some((form.num_images, form.height, form.width, form.channels))
        };
        assert_eq!(size(&[60_000, 28, 28]), Some((60_000, 28, 28, 1)));
        assert_eq!(size(&[60_000, 784]), Some((60_000, 28, 28, 1)));
        assert_eq!(size(&[784, 784]), Some((784, 28, 28, 1)));
        assert_eq!(size(&[5, 28, 28, 1]), Some((5, 28, 28, 1)));
        assert_eq!(size(&[5, 1, 28, 28]), Some((5, 28, 28, 1)));
        assert_eq!(size(&[1797, 64]), Some((1797, 8, 8, 1)));
        assert_eq!(size(&[5, 32, 32, 3]), Some((5, 32, 32, 3)));
        assert_eq!(size(&[5, 3, 32, 32]), Some((5, 32, 32, 3)));
        assert_eq!(size(&[40, 60, 3]), Some((1, 40, 60, 3)));
        assert_eq!(size(&[28, 28]), Some((1, 28, 28, 1)));
        assert_eq!(size(&[40, 61]), Some((1, 40, 61, 1)));
        for shape in [&[][..], &[7], &[2, 0, 3], &[1, 2, 3, 5], &[1, 2, 3, 4, 5]] {
            assert_eq!(size(shape), None, "{shape:?}");
        }
    }

    #[test]
    fn colours_come_pixel_after_pixel() {
        let planes = Form::of(&[1, 3, 1, 2]);
        let pixels = Form::of(&[1, 1, 2, 4]);
        let file = |form: Option<Form>, bytes: &[u8]| match form?.content(bytes.to_vec()) {
            Content::Picture(file) => Some(file),
            Content::Pixels(_) => None,
        };
        let expected = Some(b"P6\n2 1\n255\n\x01\x03\x05\x02\x04\x06".to_vec());
        assert_eq!(file(planes, &[1, 2, 3, 4, 5, 6]), expected);
        assert_eq!(file(pixels, &[1, 3, 5, 9, 2, 4, 6, 9]), expected);
    }
}
