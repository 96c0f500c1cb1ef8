//! Files that are no pictures, or say that they are other ones: each must be one named error.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use std::io::{Cursor, Write as _};

/// A name and bytes.
pub type File = (String, Vec<u8>);

pub const FORMATS: [(ImageFormat, &str); 7] = [
    (ImageFormat::Png, "png"),
    (ImageFormat::Jpeg, "jpg"),
    (ImageFormat::Bmp, "bmp"),
    (ImageFormat::Tiff, "tiff"),
    (ImageFormat::WebP, "webp"),
    (ImageFormat::Gif, "gif"),
    (ImageFormat::Pnm, "pgm"),
];

/// All of them.
pub fn all() -> Vec<File> {
    let all = [cut_off(), empty(), noise(), pngs(), lies(), strangers()];
    all.into_iter().flatten().collect()
}

/// A picture in a format.
pub fn encoded(picture: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let picture = DynamicImage::ImageLuma8(picture.clone());
    let picture = match format {
        // These encoders know no shades of grey.
        ImageFormat::WebP | ImageFormat::Gif => DynamicImage::ImageRgba8(picture.to_rgba8()),
        _ => picture,
    };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn sound(format: ImageFormat) -> Vec<u8> {
    let level = |x: u32, y: u32| Luma([((x * 37 + y * 91) % 251) as u8]);
    encoded(&GrayImage::from_fn(50, 40, level), format)
}

/// Every format, cut off after the first eleventh, two elevenths …
fn cut_off() -> Vec<File> {
    let mut files = Vec::new();
    for (format, extension) in FORMATS {
        let bytes = sound(format);
        for eleventh in 1..=9 {
            let length = bytes.len() * eleventh / 11;
            let name = format!("cut_off_{eleventh}.{extension}");
            files.push((name, bytes[..length].to_vec()));
        }
    }
    files
}

fn empty() -> Vec<File> {
    let extensions = data::decode::PICTURE_EXTENSIONS.iter();
    let name = |extension| (format!("empty.{extension}"), Vec::new());
    extensions.map(name).collect()
}

/// The first bytes of every format, and then noise.
fn noise() -> Vec<File> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let mut files = Vec::new();
    for (format, extension) in FORMATS {
        let start = &sound(format)[..12];
        for number in 0..6 {
            let mut bytes = start.to_vec();
            bytes.extend((0..200 << number).map(|_| next()));
            files.push((format!("noise_{number}.{extension}"), bytes));
        }
    }
    files
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind, data].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&body);
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], &body, &sum.sum().to_be_bytes()].concat()
}

/// A PNG of shades of grey with so many bits, whose pixels are what `num_packed` zeros give.
fn png(width: u32, height: u32, bits: u8, num_packed: usize, extra: &[u8]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([bits, 0, 0, 0, 0]);
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(*b"IHDR", &header),
        extra.to_vec(),
        chunk(*b"IDAT", &zeros(num_packed)),
        chunk(*b"IEND", b""),
    ]
    .concat()
}

/// So many zeros, packed a thousand times.
fn zeros(num_bytes: usize) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for start in (0..num_bytes).step_by(1 << 16) {
        let length = (num_bytes - start).min(1 << 16);
        packed.write_all(&vec![0; length]).unwrap();
    }
    packed.finish().unwrap()
}

/// Lies about size and contents.
fn pngs() -> Vec<File> {
    let named = |name: &str, bytes| (format!("png_{name}.png"), bytes);
    let mut wrong_sum = sound(ImageFormat::Png);
    wrong_sum[20] ^= 1;
    let mut endless = sound(ImageFormat::Png);
    endless[33..37].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
    vec![
        named("huge", png(50_000, 50_000, 8, 100, b"")),
        named("huge_bits", png(50_000, 50_000, 1, 100, b"")),
        named("largest", png(0x7fff_ffff, 0x7fff_ffff, 16, 100, b"")),
        named("negative", png(u32::MAX, u32::MAX, 8, 100, b"")),
        named("no_width", png(0, 28, 8, 100, b"")),
        named("no_height", png(28, 0, 8, 100, b"")),
        named("bits", png(28, 28, 5, 28 * 29, b"")),
        named("too_few_rows", png(28, 28, 8, 20 * 29, b"")),
        named("wrong_sum", wrong_sum),
        named("endless_chunk", endless),
    ]
}

/// Sound pictures without ink, some of which would take much memory.
pub fn blank() -> Vec<File> {
    let named = |name: &str, bytes| (format!("blank_{name}.png"), bytes);
    let much = [&b"name\0\0"[..], &zeros(100 << 20)].concat();
    let [text, profile] = [*b"zTXt", *b"iCCP"].map(|kind| chunk(kind, &much));
    vec![
        named("small", png(28, 28, 8, 28 * 29, b"")),
        named("one_pixel", png(1, 1, 8, 2, b"")),
        // Within the limits, all of one colour, and packed into 48 kB.
        named("bomb", png(7_000, 7_000, 8, 7_000 * 7_001, b"")),
        named("text_bomb", png(28, 28, 8, 28 * 29, &text)),
        named("profile_bomb", png(28, 28, 8, 28 * 29, &profile)),
    ]
}

/// A sound file with some bytes replaced.
fn changed(format: ImageFormat, place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut all = sound(format);
    all[place..place + bytes.len()].copy_from_slice(bytes);
    all
}

/// Headers of the other formats that say what is not so.
fn lies() -> Vec<File> {
    use ImageFormat::{Bmp, Gif, Jpeg, Tiff, WebP};
    let (huge, least) = (0x7fff_ffff_u32.to_le_bytes(), 0x8000_0000_u32.to_le_bytes());
    let start_of_frame = |jpeg: &[u8]| jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]);
    let jpeg_size = start_of_frame(&sound(Jpeg)).unwrap() + 5;
    let mut files = vec![
        ("bmp_wide.bmp", changed(Bmp, 18, &huge)),
        ("bmp_high.bmp", changed(Bmp, 22, &huge)),
        ("bmp_lowest.bmp", changed(Bmp, 22, &least)),
        ("bmp_bits.bmp", changed(Bmp, 28, &[7])),
        ("bmp_packing.bmp", changed(Bmp, 30, &[99])),
        ("bmp_header.bmp", changed(Bmp, 14, &[3])),
        ("bmp_offset.bmp", changed(Bmp, 10, &huge)),
        ("jpeg_largest.jpg", changed(Jpeg, jpeg_size, &[0xff; 4])),
        (
            "jpeg_larger.jpg",
            changed(Jpeg, jpeg_size, &[0x10, 0, 0x10, 0]),
        ),
        ("jpeg_empty.jpg", changed(Jpeg, jpeg_size, &[0; 4])),
        ("jpeg_bits.jpg", changed(Jpeg, jpeg_size - 1, &[13])),
        ("jpeg_colours.jpg", changed(Jpeg, jpeg_size + 4, &[9])),
        ("gif_empty.gif", changed(Gif, 6, &[0; 4])),
        ("tiff_nowhere.tiff", changed(Tiff, 4, &huge)),
        ("tiff_itself.tiff", changed(Tiff, 4, &[0; 4])),
        ("webp_kin.webp", changed(WebP, 8, b"WAVE")),
        ("webp_kind.webp", changed(WebP, 12, b"VP9 ")),
        ("webp_size.webp", changed(WebP, 21, &[0xff; 4])),
    ];
    let tiff = |entries: &[(u16, u16, u32, u32)]| {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        [bytes, vec![0; 64]].concat()
    };
    let grey = [(258, 3, 1, 8), (262, 3, 1, 1), (259, 3, 1, 1)];
    let sized = |side| [&[(256, 4, 1, side), (257, 4, 1, side)], &grey[..]].concat();
    let strips = |count| [sized(1_000), vec![(273, 4, count, 8), (279, 4, count, 8)]].concat();
    files.push(("tiff_huge.tiff", tiff(&sized(100_000))));
    files.push(("tiff_strips.tiff", tiff(&strips(u32::MAX))));
    files.push(("tiff_many_strips.tiff", tiff(&strips(100_000_000))));
    files.push(("tiff_nothing.tiff", tiff(&[])));
    for (name, text) in [
        ("pnm_huge.pgm", "P5 100000 100000 255\n"),
        ("pnm_overflow.ppm", "P6 4294967295 4294967295 65535\n"),
        ("pnm_beyond.pgm", "P5 99999999999999999999 1 255\n"),
        ("pnm_short.pgm", "P5 28 28 255\nfew"),
        ("pnm_wide.pbm", "P4 7000 7000\n"),
        ("pnm_white.pgm", "P5 28 28 0\n"),
        ("pnm_negative.pgm", "P5 -28 28 255\n"),
        ("pnm_words.pgm", "P2 3 1 255 one two three"),
        ("pnm_pam.pnm", "P7\nWIDTH 9\nENDHDR\n"),
        ("pnm_comment.pgm", "P5 # and so on, and so on"),
    ] {
        files.push((name, text.as_bytes().to_vec()));
    }
    let files = files.into_iter();
    files
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}

/// Other kinds of files under the names of pictures, and odd names.
fn strangers() -> Vec<File> {
    let text = "no picture ".repeat(500);
    let page = b"<!DOCTYPE html><img src=7.png>".to_vec();
    let program = b"\x7fELF\x02\x01\x01".repeat(100);
    let picture = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
    let files = [
        ("text.png", text.clone().into_bytes()),
        ("page.gif", page),
        ("program.jpg", program),
        ("drawing.webp", picture),
        ("zeros.tiff", vec![0; 1 << 20]),
        ("ones.bmp", vec![0xff; 1 << 20]),
        ("archive.png", b"PK\x03\x04".repeat(64)),
        ("document.jpeg", b"%PDF-1.7\n%".repeat(64)),
        ("packed.png", b"\x1f\x8b\x08\0".repeat(64)),
        ("table.jpg", b"file,label\na,1\n".repeat(64)),
        ("esc\x1b[2J.png", text.clone().into_bytes()),
        ("no_ending", text.into_bytes()),
    ];
    let files = files.into_iter();
    files
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}
