//! Tables as Kaggle has them: `label,pixel0,…,pixel783`, and a line an image.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::images::LabeledImages;
use base::IMAGE_PIXELS;

pub(super) fn write_gzipped(images: &LabeledImages, out: &mut impl Write) -> io::Result<()> {
    let mut packed = GzEncoder::new(out, Compression::default());
    write(images, &mut packed)?;
    packed.finish()?;
    Ok(())
}

pub(super) fn write(images: &LabeledImages, out: &mut impl Write) -> io::Result<()> {
    let mut line = String::from("label");
    for pixel in 0..IMAGE_PIXELS {
        line.push_str(",pixel");
        line.push_str(&pixel.to_string());
    }
    line.push('\n');
    out.write_all(line.as_bytes())?;
    let numbers: Vec<String> = (0..=u8::MAX).map(|level| format!(",{level}")).collect();
    for (image, label) in images
        .pixels()
        .chunks_exact(IMAGE_PIXELS)
        .zip(images.labels())
    {
        line.clear();
        line.push_str(&label.to_string());
        for &pixel in image {
            line.push_str(&numbers[usize::from(pixel)]);
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}
