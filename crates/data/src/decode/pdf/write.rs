//! Writes the files of pictures that were taken out: data as they are, behind heads of JPEG, TIFF and PNG.

use super::layout::{Colours, Layout};
use image::metadata::Orientation;

const JPEG_START: [u8; 2] = [0xff, 0xd8];
/// The segment of cameras, and what it begins with.
const APP1: u8 = 0xe1;
const EXIF_START: &[u8] = b"Exif\0\0";
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Types of numbers of TIFF, of two bytes and of four.
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A JPEG file that says which side is up, and that alone: what the camera said of it does not count in a PDF file.
pub(super) fn turned_jpeg(file: Vec<u8>, orientation: Orientation) -> Vec<u8> {
    let Some(mut rest) = file.strip_prefix(&JPEG_START) else {
        return file;
    };
    let mut turned = JPEG_START.to_vec();
    if orientation != Orientation::NoTransforms {
        let exif = [EXIF_START, &exif(orientation)[..]].concat();
        turned.extend([0xff, APP1]);
        turned.extend((exif.len() as u16 + 2).to_be_bytes());
        turned.extend(exif);
    }
    while let [0xff, kind, high, low, contents @ ..] = rest
        // Of programs, and comments; what comes behind is the picture.
        && matches!(kind, 0xe0..=0xef | 0xfe)
    {
        let length = usize::from(u16::from_be_bytes([*high, *low])) + 2;
        let is_exif = *kind == APP1 && contents.starts_with(EXIF_START);
        let Some((segment, behind)) = rest.split_at_checked(length) else {
            break;
        };
        if !is_exif {
            turned.extend(segment);
        }
        rest = behind;
    }
    turned.extend(rest);
    turned
}

/// What says which side is up, as photos have it: a TIFF file without a picture.
fn exif(orientation: Orientation) -> Vec<u8> {
    let entries = [(274, SHORT, vec![orientation.to_exif().into()])];
    directory(b"MM\0*\0\0\0\x08".to_vec(), &entries)
}

/// A TIFF file up to its end, with a directory of these entries: tag, type, values.
fn directory(mut file: Vec<u8>, entries: &[(u16, u16, Vec<u32>)]) -> Vec<u8> {
    let values = |kind: u16, values: &[u32]| -> Vec<u8> {
        let bytes = values.iter().map(|value| value.to_be_bytes());
        let from = if kind == SHORT { 2 } else { 0 };
        bytes
            .flat_map(|bytes| bytes.into_iter().skip(from))
            .collect()
    };
    let mut outside = file.len() + 2 + 12 * entries.len() + 4;
    file.extend((entries.len() as u16).to_be_bytes());
    let mut behind = Vec::new();
    for (tag, kind, numbers) in entries {
        let bytes = values(*kind, numbers);
        file.extend([tag.to_be_bytes(), kind.to_be_bytes()].concat());
        file.extend((numbers.len() as u32).to_be_bytes());
        if bytes.len() > 4 {
            file.extend((outside as u32).to_be_bytes());
            outside += bytes.len();
            behind.extend(bytes);
        } else {
            file.extend(&bytes);
            file.resize(file.len() + 4 - bytes.len(), 0);
        }
    }
    file.extend([0; 4]);
    file.extend(behind);
    file
}

/// A TIFF file of data that are packed in one of its ways.
pub(super) fn tiff(layout: &Layout, compression: u32, data: &[u8]) -> Vec<u8> {
    let number = layout.colours.number();
    let photometric = match layout.colours {
        Colours::Grey { is_inverted } => u32::from(!is_inverted),
        Colours::Rgb => 2,
        Colours::Palette(_) => 3,
        Colours::Cmyk => 5,
    };
    let mut entries = vec![
        (256, LONG, vec![layout.width]),
        (257, LONG, vec![layout.height]),
        (258, SHORT, vec![layout.bits; number as usize]),
        (259, SHORT, vec![compression]),
        (262, SHORT, vec![photometric]),
        (273, LONG, vec![8]),
        (274, SHORT, vec![layout.orientation.to_exif().into()]),
        (277, SHORT, vec![number]),
        (278, LONG, vec![layout.height]),
        (279, LONG, vec![data.len() as u32]),
    ];
    if let Colours::Palette(colours) = &layout.colours {
        let part = |part: usize| {
            let values = colours
                .iter()
                .map(move |colour| u32::from(colour[part]) * 0x101);
            values.chain(std::iter::repeat(0)).take(1 << layout.bits)
        };
        entries.push((320, SHORT, [0, 1, 2].into_iter().flat_map(part).collect()));
    }
    let mut file = b"MM\0*".to_vec();
    // The directory stands at an even place.
    let filling = data.len() % 2;
    file.extend(((8 + data.len() + filling) as u32).to_be_bytes());
    file.extend(data);
    file.resize(file.len() + filling, 0);
    directory(file, &entries)
}

/// Whether PNG has pixels like these.
pub(super) fn may_be_png(layout: &Layout) -> bool {
    match layout.colours {
        Colours::Grey { is_inverted } => !is_inverted || layout.bits <= 8,
        Colours::Rgb => layout.bits >= 8,
        Colours::Palette(_) => layout.bits <= 8,
        Colours::Cmyk => false,
    }
}

/// A PNG file of data that are packed as it packs them.
pub(super) fn png(layout: &Layout, data: &[u8]) -> Vec<u8> {
    let shades = 1_u32 << layout.bits.min(8);
    let (kind, palette) = match &layout.colours {
        Colours::Grey { is_inverted: false } => (0, Vec::new()),
        Colours::Grey { .. } => {
            let shade = |number: u32| [255 - (number * 255 / (shades - 1)) as u8; 3];
            (3, (0..shades).map(shade).collect())
        }
        Colours::Palette(colours) => {
            // Every number has a colour.
            let all = colours.iter().copied().chain(std::iter::repeat([0; 3]));
            (3, all.take(shades as usize).collect())
        }
        _ => (2, Vec::new()),
    };
    let size = [layout.width, layout.height].map(u32::to_be_bytes).concat();
    let head = [&size[..], &[layout.bits as u8, kind, 0, 0, 0]].concat();
    let mut file = PNG_START.to_vec();
    chunk(&mut file, b"IHDR", &head);
    if !palette.is_empty() {
        chunk(&mut file, b"PLTE", palette.as_flattened());
    }
    if layout.orientation != Orientation::NoTransforms {
        chunk(&mut file, b"eXIf", &exif(layout.orientation));
    }
    chunk(&mut file, b"IDAT", data);
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8], contents: &[u8]) {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(contents);
    file.extend((contents.len() as u32).to_be_bytes());
    file.extend([kind, contents].concat());
    file.extend(sum.sum().to_be_bytes());
}
