//! TIFF files of kinds that our own readers read: faxes, numbers of 32 bits, palettes, several pages.

use super::digits;

const SHORT: u16 = 3;
const LONG: u16 = 4;
const SIDE: u32 = 28;

/// Each with its name.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let set = digits();
    let digit = &set.train.pixels()[..784];
    let floats: Vec<u8> = digit
        .iter()
        .flat_map(|&pixel| f32::from(pixel).to_le_bytes())
        .collect();
    let halves = digit.as_chunks().0;
    let halves: Vec<u8> = halves
        .iter()
        .map(|[one, other]| one & 0xf0 | other >> 4)
        .collect();
    let colours: Vec<u32> = (0..48).map(|level| level % 16 * 4369).collect();
    // 28 white pixels, and a line of it.
    let lines = [0b0011_0000; SIDE as usize];
    let grey = page(&[(258, vec![8]), (259, vec![1]), (262, vec![1])], digit);
    vec![
        (
            "floats.tiff",
            file(&[page(
                &[
                    (258, vec![32]),
                    (259, vec![1]),
                    (262, vec![1]),
                    (339, vec![3]),
                ],
                &floats,
            )]),
        ),
        (
            "palette.tiff",
            file(&[page(
                &[
                    (258, vec![4]),
                    (259, vec![1]),
                    (262, vec![3]),
                    (320, colours),
                ],
                &halves,
            )]),
        ),
        (
            "fax.tiff",
            file(&[page(
                &[(258, vec![1]), (259, vec![2]), (262, vec![0])],
                &lines,
            )]),
        ),
        ("pages.tiff", file(&[grey.clone(), grey.clone(), grey])),
    ]
}

/// The entries of a page's directory, and its pixels.
type Page<'a> = (Vec<(u16, Vec<u32>)>, &'a [u8]);

fn page<'a>(entries: &[(u16, Vec<u32>)], pixels: &'a [u8]) -> Page<'a> {
    let mut entries = entries.to_vec();
    let length = u32::try_from(pixels.len()).unwrap();
    // Width, height, where the pixels are (told when that is known), values a pixel, rows and bytes of the strip.
    entries.extend(
        [
            (256, SIDE),
            (257, SIDE),
            (273, 0),
            (277, 1),
            (278, SIDE),
            (279, length),
        ]
        .map(|(tag, value)| (tag, vec![value])),
    );
    entries.sort();
    (entries, pixels)
}

/// Pages one after the other: pixels, values that are too long for their entry, directory.
fn file(pages: &[Page<'_>]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    let place = |file: &Vec<u8>| u32::try_from(file.len()).unwrap().to_le_bytes();
    for (entries, pixels) in pages {
        let start = u32::try_from(file.len()).unwrap();
        file.extend(*pixels);
        let mut directory = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
        for (tag, values) in entries {
            let is_long = matches!(tag, 273 | 279);
            let value = |value: &u32| {
                let bytes = value.to_le_bytes();
                bytes[..if is_long { 4 } else { 2 }].to_vec()
            };
            let values: Vec<u32> = if *tag == 273 {
                vec![start]
            } else {
                values.clone()
            };
            let mut bytes: Vec<u8> = values.iter().flat_map(value).collect();
            if bytes.len() > 4 {
                let outside = place(&file);
                file.extend(bytes);
                bytes = outside.to_vec();
            }
            bytes.resize(4, 0);
            directory.extend(tag.to_le_bytes());
            directory.extend(if is_long { LONG } else { SHORT }.to_le_bytes());
            directory.extend(u32::try_from(values.len()).unwrap().to_le_bytes());
            directory.extend(bytes);
        }
        let next = place(&file);
        file[link..][..4].copy_from_slice(&next);
        file.extend(directory);
        link = file.len();
        file.extend([0; 4]);
    }
    file
}
