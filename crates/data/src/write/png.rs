//! One image as a PNG.

use std::io::{self, Cursor};

use image::{GrayImage, ImageFormat};

use base::IMAGE_SIDE;

/// An image as the bytes of a PNG.
pub(super) fn png(image: &[u8]) -> io::Result<Vec<u8>> {
    let side = IMAGE_SIDE as u32;
    let picture = GrayImage::from_raw(side, side, image.to_vec());
    let picture = picture.ok_or_else(|| io::Error::other("an image of another size"))?;
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}
