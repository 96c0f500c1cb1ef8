//! Pictures of one size as the frames of an animation. Taken into tests by its path.
#![allow(dead_code)]

use image::codecs::gif::GifEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, GrayImage};

pub fn gif(frames: &[GrayImage]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for frame in frames {
        let frame = DynamicImage::ImageLuma8(frame.clone()).to_rgba8();
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    file
}

/// Its numbers are of three bytes, least significant byte first.
pub fn webp(frames: &[GrayImage]) -> Vec<u8> {
    let side = |length: u32| (length - 1).to_le_bytes()[..3].to_vec();
    let size_of = |frame: &GrayImage| [side(frame.width()), side(frame.height())].concat();
    let mut chunks = chunk(b"VP8X", &[&[2, 0, 0, 0][..], &size_of(&frames[0])].concat());
    chunks.extend(chunk(b"ANIM", &[0; 6]));
    for frame in frames {
        let colours = DynamicImage::ImageLuma8(frame.clone()).to_rgb8();
        let mut file = Vec::new();
        WebPEncoder::new_lossless(&mut file)
            .encode(
                &colours,
                frame.width(),
                frame.height(),
                ExtendedColorType::Rgb8,
            )
            .unwrap();
        let head = [&[0; 6][..], &size_of(frame), &[9, 0, 0, 2]].concat();
        chunks.extend(chunk(b"ANMF", &[&head[..], &file[12..]].concat()));
    }
    chunk(b"RIFF", &[b"WEBP", &chunks[..]].concat())
}

fn chunk(kind: &[u8], contents: &[u8]) -> Vec<u8> {
    let length = (contents.len() as u32).to_le_bytes();
    let filling = vec![0; contents.len() % 2];
    [kind, &length, contents, &filling].concat()
}
