//! Every way in which a picture may be packed.

use super::file::{File, compressed, grey, stream};
use super::{HEIGHT, WHOLE, WIDTH, drawn, read};
use crate::decode::pdf::write::turned_jpeg;
use fax::encoder::Encoder;
use fax::maps::{black, white};
use fax::{BitWriter as _, Color, VecWriter};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use std::io::Cursor;

fn page(settings: &str, data: &[u8]) -> DynamicImage {
    let mut file = File::default();
    file.add_page(&stream(settings, data), WHOLE, "");
    read(&file.written(), 0).unwrap_or_else(|error| panic!("{settings}: {error}"))
}

/// Levels as whole numbers of so many bits, and the picture that these make.
fn of_bits(bits: u32) -> (Vec<u8>, GrayImage) {
    let most = (1_u32 << bits) - 1;
    let numbers: Vec<u32> = drawn()
        .as_raw()
        .iter()
        .map(|&level| u32::from(level) * most / 255)
        .collect();
    let rows = numbers.chunks(WIDTH as usize).flat_map(|row| {
        row.chunks(8 / bits as usize)
            .map(|part| part.iter().fold(0, |byte, number| byte << bits | number) as u8)
            .collect::<Vec<u8>>()
    });
    let levels = numbers
        .iter()
        .map(|number| (number * 255 / most) as u8)
        .collect();
    (
        rows.collect(),
        GrayImage::from_raw(WIDTH, HEIGHT, levels).unwrap(),
    )
}

/// Rows as PNG has them: each the difference to the one above it.
fn with_filters(rows: &[u8], row: usize) -> Vec<u8> {
    let mut above = vec![0; row];
    let mut filtered = Vec::new();
    for row in rows.chunks(row) {
        filtered.push(2);
        filtered.extend(
            row.iter()
                .zip(&above)
                .map(|(byte, above): (&u8, &u8)| byte.wrapping_sub(*above)),
        );
        above = row.to_vec();
    }
    filtered
}

#[test]
fn grey_and_palettes_of_every_depth_are_read_packed_or_not() {
    for bits in [1, 2, 4, 8] {
        let (rows, expected) = of_bits(bits);
        let filtered = with_filters(&rows, rows.len() / HEIGHT as usize);
        let settings = format!("/Predictor 15 /Columns {WIDTH} /BitsPerComponent {bits}");
        let of_rows = format!("/Filter /FlateDecode /DecodeParms << {settings} >>");
        let ways = [
            (String::new(), rows.clone()),
            ("/Filter /FlateDecode".into(), compressed(&rows)),
            (of_rows, compressed(&filtered)),
            (
                "/Filter [/ASCIIHexDecode /FlateDecode]".into(),
                hexadecimal(&compressed(&rows)),
            ),
            ("/Filter /RunLengthDecode".into(), runs(&rows)),
        ];
        for (way, data) in ways {
            let found = page(&grey(bits, &way), &data).into_luma8();
            assert_eq!(found, expected, "{bits} bits, {way}");
            let inverted = page(&grey(bits, &format!("/Decode [1 0] {way}")), &data).into_luma8();
            let mut turned = expected.clone();
            image::imageops::invert(&mut turned);
            assert_eq!(inverted, turned, "{bits} bits, {way}");
            // Colours that are the same shades, the darkest last.
            let most = (1_u32 << bits) - 1;
            let shades = (0..=most).map(|number| 255 - (number * 255 / most) as u8);
            let table: String = shades
                .map(|shade| format!("{shade:02x}").repeat(3))
                .collect();
            let colours = format!("/ColorSpace [/Indexed /DeviceRGB {most} <{table}>]");
            let found = page(&grey(bits, &format!("{colours} {way}")), &data).into_luma8();
            assert_eq!(found, turned, "{bits} bits, palette, {way}");
        }
    }
}

#[test]
fn colours_and_wide_numbers_are_read() {
    let colours = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        image::Rgb([(x * 9) as u8, (y * 20) as u8, 7])
    });
    let rgb = "/ColorSpace /DeviceRGB /Filter /FlateDecode";
    let plain = page(&grey(8, rgb), &compressed(&colours)).into_rgb8();
    assert_eq!(plain, colours);
    let columns = format!("/Colors 3 /Columns {WIDTH}");
    let filtered = with_filters(&colours, 3 * WIDTH as usize);
    let png = format!("{rgb} /DecodeParms << /Predictor 12 {columns} >>");
    assert_eq!(
        page(&grey(8, &png), &compressed(&filtered)).into_rgb8(),
        colours
    );
    let mut differences = colours.as_raw().clone();
    for row in differences.chunks_mut(3 * WIDTH as usize) {
        for place in (3..row.len()).rev() {
            row[place] = row[place].wrapping_sub(row[place - 3]);
        }
    }
    let tiff = format!("{rgb} /DecodeParms [<< /Predictor 2 {columns} >>]");
    assert_eq!(
        page(&grey(8, &tiff), &compressed(&differences)).into_rgb8(),
        colours
    );
    // Black ink alone, of four.
    let inks: Vec<u8> = drawn()
        .as_raw()
        .iter()
        .flat_map(|level| [0, 0, 0, 255 - level])
        .collect();
    let cmyk = page(&grey(8, "/ColorSpace /DeviceCMYK"), &inks).into_luma8();
    let distance = |(a, b): (&u8, &u8)| a.abs_diff(*b);
    assert!(
        cmyk.as_raw()
            .iter()
            .zip(drawn().as_raw())
            .map(distance)
            .max()
            < Some(3)
    );
    let wide: Vec<u8> = drawn()
        .as_raw()
        .iter()
        .flat_map(|&level| [level, level])
        .collect();
    assert_eq!(page(&grey(16, ""), &wide).into_luma8(), drawn());
    let ink = grey(8, "/ColorSpace [/Separation /Black /DeviceGray 3 0 R]");
    let inverted: Vec<u8> = drawn().as_raw().iter().map(|level| 255 - level).collect();
    assert_eq!(page(&ink, &inverted).into_luma8(), drawn());
}

#[test]
fn photos_are_read() {
    let mut photo = Cursor::new(Vec::new());
    drawn().write_to(&mut photo, ImageFormat::Jpeg).unwrap();
    let photo = photo.into_inner();
    let expected = image::load_from_memory(&photo).unwrap();
    let settings = grey(8, "/Filter /DCTDecode");
    assert_eq!(page(&settings, &photo), expected);
    let twice = grey(8, "/Filter [/FlateDecode /DCTDecode]");
    assert_eq!(page(&twice, &compressed(&photo)), expected);
    let mut file = File::default();
    file.add_page(&stream(&settings, &photo), WHOLE, "/Rotate 90");
    assert_eq!(read(&file.written(), 0).unwrap(), expected.rotate90());
    // What the camera said does not count, with a page that is turned or not.
    let turned = turned_jpeg(photo, Orientation::Rotate180);
    assert_eq!(page(&settings, &turned), expected);
    let mut file = File::default();
    file.add_page(&stream(&settings, &turned), WHOLE, "/Rotate 270");
    assert_eq!(read(&file.written(), 0).unwrap(), expected.rotate270());
}

/// Where there is ink: two bars that go aslant.
fn ink(x: u32, y: u32) -> bool {
    (2 + y..6 + y).contains(&x) || (15..17 + y / 2).contains(&x)
}

#[test]
fn faxes_are_read() {
    let expected = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        image::Luma([if ink(x, y) { 0 } else { 255 }])
    });
    let mut inverted = expected.clone();
    image::imageops::invert(&mut inverted);
    let mut encoder = Encoder::new(VecWriter::new());
    for y in 0..HEIGHT {
        let colour = |x| {
            if ink(x, y) {
                Color::Black
            } else {
                Color::White
            }
        };
        encoder
            .encode_line((0..WIDTH).map(colour), WIDTH as u16)
            .unwrap();
    }
    let two_dimensions = encoder.finish().unwrap().finish();
    let mut writer = VecWriter::new();
    for y in 0..HEIGHT {
        let (mut x, mut colour) = (0, Color::White);
        while x < WIDTH {
            let is_black = colour == Color::Black;
            let run = (x..WIDTH).take_while(|&x| ink(x, y) == is_black).count();
            let bits = if is_black {
                black::encode(run as u16)
            } else {
                white::encode(run as u16)
            };
            writer.write(bits.unwrap()).unwrap();
            (x, colour) = (x + run as u32, !colour);
        }
    }
    for (kind, data) in [(-1, two_dimensions), (0, writer.finish())] {
        let of = |others: &str, outside: &str| {
            let settings = format!("/K {kind} /Columns {WIDTH} /Rows {HEIGHT} {others}");
            let settings =
                format!("/Filter /CCITTFaxDecode /DecodeParms << {settings} >> {outside}");
            page(&grey(1, &settings), &data).into_luma8()
        };
        assert_eq!(of("", ""), expected, "K {kind}");
        assert_eq!(of("/BlackIs1 true", ""), inverted, "K {kind}");
        assert_eq!(of("/BlackIs1 true", "/Decode [1 0]"), expected, "K {kind}");
        assert_eq!(of("", "/ImageMask true"), expected, "K {kind}");
    }
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    (digits.concat() + ">").into_bytes()
}

/// Stretches of at most 128 bytes as they are.
fn runs(bytes: &[u8]) -> Vec<u8> {
    let parts = bytes
        .chunks(128)
        .map(|part| [&[part.len() as u8 - 1], part].concat());
    [parts.collect::<Vec<_>>().concat(), vec![128]].concat()
}
