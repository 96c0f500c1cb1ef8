//! Tests of decoding: every format, cut off at every place, and headers that lie.

#![allow(clippy::unwrap_used)]

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder as _, Luma, imageops};

use super::*;
use crate::zip_file::tests::archives::EXIF;

const FORMATS: [ImageFormat; 7] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::Tiff,
    ImageFormat::WebP,
    ImageFormat::Gif,
    ImageFormat::Pnm,
];

fn picture() -> DynamicImage {
    let level = |x: u32, y: u32| Luma([((x * 37 + y * 91) % 251) as u8]);
    DynamicImage::ImageLuma8(GrayImage::from_fn(40, 30, level))
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = match format {
        // These encoders know no shades of grey.
        ImageFormat::WebP | ImageFormat::Gif => DynamicImage::ImageRgba8(picture().to_rgba8()),
        _ => picture(),
    };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn defaults(bytes: &[u8]) -> Result<DynamicImage, DecodeError> {
    decode(bytes, &DecodeLimits::default())
}

#[test]
fn all_formats_are_known_by_their_content() {
    for format in FORMATS {
        let decoded = defaults(&encoded(format)).unwrap().to_luma8();
        assert_eq!(decoded.dimensions(), (40, 30), "{format:?}");
        if format != ImageFormat::Jpeg {
            assert_eq!(decoded, picture().to_luma8(), "{format:?}");
        }
    }
    for bytes in [&b""[..], b"P", b"not a picture", &[0; 4096]] {
        assert!(matches!(defaults(bytes), Err(DecodeError::Damaged(_))));
    }
}

/// Memory for what stands beside the picture is set aside by the length of the file, not by what it says.
#[test]
fn a_webp_is_turned_as_its_exif_says_where_that_is_there() {
    let picture = picture().to_rgb8();
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut bytes);
    encoder.set_exif_metadata(EXIF.to_vec()).unwrap();
    encoder
        .encode(picture.as_raw(), 40, 30, ExtendedColorType::Rgb8)
        .unwrap();
    let turned = defaults(&bytes).unwrap();
    assert_eq!(turned.to_rgb8(), imageops::rotate270(&picture));
    let length = bytes.len() - EXIF.len() - 4;
    bytes[length..][..4].copy_from_slice(&[0xff; 4]);
    assert_eq!(defaults(&bytes).unwrap().to_rgb8(), picture);
}

#[test]
fn a_picture_that_is_cut_off_is_an_error_wherever_it_is_cut() {
    for format in FORMATS {
        let bytes = encoded(format);
        // A few bytes at the end are check sums and end marks, which not every decoder asks for.
        let longest = bytes.len() - bytes.len() / 8;
        for length in 0..longest {
            let outcome = defaults(&bytes[..length]);
            assert!(outcome.is_err(), "{format:?}, {length} of {}", bytes.len());
        }
        for length in longest..bytes.len() {
            let _ = defaults(&bytes[..length]);
        }
    }
}

#[test]
fn a_jpeg_is_cut_off_until_its_end_mark() {
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes)
        .encode_image(&picture())
        .unwrap();
    assert!(defaults(&bytes).is_ok());
    // What follows the end mark is not the picture's.
    bytes.extend(b"appended");
    assert!(defaults(&bytes).is_ok());
    let end = bytes.len() - b"appended".len();
    assert!(matches!(
        defaults(&bytes[..end - 1]),
        Err(DecodeError::CutOff)
    ));
}

#[test]
fn a_jpeg_of_more_blocks_than_bits_is_cut_off() {
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes)
        .encode_image(&picture())
        .unwrap();
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]);
    let size = frame.unwrap() + 5;
    bytes[size..size + 4].copy_from_slice(&[2_000_u16, 2_000].map(u16::to_be_bytes).concat());
    assert!(matches!(defaults(&bytes), Err(DecodeError::CutOff)));
    // The least that a block can take: a picture of one colour passes.
    let mut blank = Vec::new();
    let white = DynamicImage::ImageLuma8(GrayImage::from_pixel(999, 777, Luma([255])));
    JpegEncoder::new(&mut blank).encode_image(&white).unwrap();
    assert!(defaults(&blank).is_ok());
}

/// One flipped bit may give another picture or an error, but no panic gets out.
#[test]
fn flipped_bits_do_no_harm() {
    for format in FORMATS {
        let bytes = encoded(format);
        for place in 0..bytes.len().min(600) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            let _ = defaults(&damaged);
        }
    }
}

/// The header of a PNG of this size, and nothing of its pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut sum = flate2::Crc::new();
    sum.update(&chunk);
    bytes.extend(13_u32.to_be_bytes());
    bytes.extend(chunk);
    bytes.extend(sum.sum().to_be_bytes());
    bytes.extend(*b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    bytes
}

#[test]
fn limits_are_told_with_what_was_found() {
    let error = |bytes: &[u8], limits| decode(bytes, &limits).unwrap_err().to_string();
    let defaults = DecodeLimits::default();
    assert_eq!(
        error(&png_header(50_000, 50_000), defaults),
        "the picture has 2500000000 pixels, expected at most 50000000"
    );
    let limits = DecodeLimits {
        max_memory_bytes: 1 << 20,
        ..defaults
    };
    assert_eq!(
        error(&png_header(1_000, 1_000), limits),
        "the picture needs 7000000 bytes of memory, expected at most 1048576"
    );
    let limits = DecodeLimits {
        max_file_bytes: 9,
        ..defaults
    };
    assert_eq!(
        error(b"0123456789", limits),
        "the picture has 10 bytes, expected at most 9"
    );
}

#[test]
fn memory_is_asked_for_before_it_is_taken() {
    let bytes = encoded(ImageFormat::Png);
    let decoded = decode_when(&bytes, &DecodeLimits::default(), |asked| asked).unwrap();
    assert_eq!(decoded.picture, picture());
    assert_eq!(decoded.permit, 40 * 30 * (1 + PREPARING_BYTES_A_PIXEL));
}

#[test]
fn a_panic_is_an_error() {
    let bytes = encoded(ImageFormat::Png);
    let panicking = |_| panic!("no such block");
    let error = decode_when::<()>(&bytes, &DecodeLimits::default(), panicking).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot decode the picture: the decoder failed: no such block"
    );
}

#[test]
fn files_are_read_up_to_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    std::fs::write(&path, [7; 10]).unwrap();
    let limits = |max_file_bytes| DecodeLimits {
        max_file_bytes,
        ..DecodeLimits::default()
    };
    assert_eq!(read_file(&path, &limits(10)).unwrap(), [7; 10]);
    assert!(matches!(
        read_file(&path, &limits(9)),
        Err(DecodeError::TooLarge { found: 10, .. })
    ));
    assert!(matches!(
        read_file(folder.path(), &limits(9)),
        Err(DecodeError::Io(_))
    ));
}

#[test]
fn names_of_pictures() {
    for name in ["a.png", "b.JPeg", "c/d.e.tiff"] {
        assert!(has_picture_name(name), "{name}");
    }
    for name in ["png", "a.png.txt", "a.", ""] {
        assert!(!has_picture_name(name), "{name}");
    }
}

/// A TIFF file of one pixel of four bytes, packed in this way.
fn tiff(compression: u16, bits: u16) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0\x08\0".to_vec();
    let entries = [
        (256, 1),
        (257, 1),
        (258, bits),
        (259, compression),
        (262, 1),
        (273, 110),
        (278, 1),
        (279, bits.div_ceil(8)),
    ];
    for (tag, value) in entries {
        for part in [tag, 3, 1, 0, value, 0_u16] {
            file.extend(part.to_le_bytes());
        }
    }
    file.extend([0; 8]);
    file
}

#[test]
fn what_is_sound_and_not_read_is_named_with_the_way_out() {
    assert!(defaults(&tiff(1, 8)).is_ok());
    let error = |bytes: &[u8]| defaults(bytes).unwrap_err().to_string();
    let error = error(&tiff(34_712, 8));
    assert!(error.contains("a TIFF file of this kind"), "{error}");
    assert!(
        error.ends_with("convert it first: `magick in.tif out.png`"),
        "{error}"
    );
}
