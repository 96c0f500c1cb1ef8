#![allow(clippy::unwrap_used)]

mod file;
mod kinds;

use super::*;
use crate::decode::decode;
use file::{File, compressed, flate, grey, stream};
use image::{DynamicImage, GrayImage};

const WIDTH: u32 = 24;
const HEIGHT: u32 = 10;
/// A picture over the whole page, as scanners write it.
const WHOLE: &str = "q 48 0 0 20 0 0 cm /Im0 Do Q";

/// Levels that are another picture however it is turned.
fn drawn() -> GrayImage {
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| image::Luma([(x * 9 + y * 3) as u8]))
}

fn read(file: &[u8], page: usize) -> Result<DynamicImage, String> {
    let limits = DecodeLimits::default();
    let pdf = Pdf::open(file).map_err(|error| error.to_string())?;
    let picture = pdf.page(page, &limits).map_err(|error| error.to_string())?;
    decode(&picture, &limits).map_err(|error| error.to_string())
}

fn refused(file: &File) -> String {
    let error = read(&file.written(), 0).unwrap_err();
    assert!(
        error.ends_with("`pdftoppm -r 300 -png in.pdf page`"),
        "{error}"
    );
    error
}

#[test]
fn every_page_is_read_whatever_lists_it() {
    let mut file = File::default();
    let pictures: Vec<GrayImage> = (0..3)
        .map(|page| {
            let mut picture = drawn();
            picture.put_pixel(page, 0, image::Luma([255]));
            picture
        })
        .collect();
    for picture in &pictures {
        file.add_page(
            &stream(&grey(8, "/Filter /FlateDecode"), &flate(picture)),
            WHOLE,
            "",
        );
    }
    let packed = file.with_objects_packed();
    for bytes in [file.written(), packed] {
        let pdf = Pdf::open(&bytes).unwrap();
        assert_eq!(pdf.num_pages(), 3);
        for (page, picture) in pictures.iter().enumerate() {
            assert_eq!(&read(&bytes, page).unwrap().into_luma8(), picture);
        }
        // The first page, where one is asked for.
        let first = decode(&bytes, &DecodeLimits::default()).unwrap();
        assert_eq!(first.into_luma8(), pictures[0]);
    }
    // A change at the end of the file counts.
    let mut changed = file.written();
    let picture = stream(&grey(8, "/Filter /FlateDecode"), &flate(&pictures[2]));
    changed.extend([b"\n12 0 obj\n", &picture[..], b"\nendobj\n"].concat());
    assert_eq!(read(&changed, 0).unwrap().into_luma8(), pictures[2]);
}

#[test]
fn pages_are_turned_as_they_say() {
    let of = |content: &str, rotate: &str| {
        let mut file = File::default();
        file.add_page(
            &stream(&grey(8, "/Filter /FlateDecode"), &flate(&drawn())),
            content,
            rotate,
        );
        read(&file.written(), 0).unwrap()
    };
    let upright = DynamicImage::ImageLuma8(drawn());
    assert_eq!(of(WHOLE, "/Rotate 0"), upright);
    assert_eq!(of(WHOLE, "/Rotate 90"), upright.rotate90());
    assert_eq!(of(WHOLE, "/Rotate 180"), upright.rotate180());
    assert_eq!(of(WHOLE, "/Rotate -90"), upright.rotate270());
    assert_eq!(of("q -48 0 0 20 48 0 cm /Im0 Do Q", ""), upright.fliph());
    assert_eq!(of("q 48 0 0 -20 0 20 cm /Im0 Do Q", ""), upright.flipv());
    // Turned by the matrix, and by the page once more.
    let turned = "1 0 0 1 3 3 cm q 0 -48 20 0 0 48 cm /Im0 Do Q";
    assert_eq!(of(turned, ""), upright.rotate90());
    assert_eq!(of(turned, "/Rotate 270"), upright);
}

#[test]
fn what_is_hidden_does_not_count_and_what_shows_does() {
    let of = |content: &str| {
        let mut file = File::default();
        file.add_page(
            &stream(&grey(8, "/Filter /FlateDecode"), &flate(&drawn())),
            content,
            "",
        );
        file
    };
    for content in [
        "1 1 1 rg 0 0 48 20 re f q 48 0 0 20 0 0 cm /Im0 Do Q",
        "q 48 0 0 20 0 0 cm /Im0 Do Q BT 3 Tr /F1 12 Tf (read by a program) Tj [(a) 3 (b)] TJ ET",
        "q 0 0 48 20 re W n 48 0 0 20 0 0 cm /Im0 Do Q",
        "q 10 0 0 5 0 0 cm /Im0 Do Q",
    ] {
        assert_eq!(
            read(&of(content).written(), 0).unwrap().into_luma8(),
            drawn(),
            "{content}"
        );
    }
    for (content, what) in [
        ("BT (Bill) Tj ET", "without a scanned picture"),
        (
            "q 48 0 0 20 0 0 cm /Im0 Do Q BT (Paid) Tj ET",
            "shows more than",
        ),
        (
            "q 48 0 0 20 0 0 cm /Im0 Do Q 0 0 m 9 9 l S",
            "shows more than",
        ),
        (
            "q 9 0 0 9 0 0 cm /Im0 Do Q q 9 0 0 9 20 0 cm /Im0 Do Q",
            "of several pictures",
        ),
        ("", "without a scanned picture"),
    ] {
        let error = refused(&of(content));
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn a_picture_that_lets_others_through_is_not_the_only_one() {
    let mut file = File::default();
    let picture = stream(&grey(8, "/Filter /FlateDecode"), &flate(&drawn()));
    let both = format!("{WHOLE} {}", WHOLE.replace("Im0", "Im1"));
    file.add_page(&picture, &both, "");
    file.replace("/Im0 12 0 R", "/Im0 12 0 R /Im1 90 0 R");
    let mut opaque = file.clone();
    opaque.add(90, &picture);
    assert_eq!(read(&opaque.written(), 0).unwrap().into_luma8(), drawn());
    let masked = grey(8, "/Filter /FlateDecode /SMask 12 0 R");
    file.add(90, &stream(&masked, &flate(&drawn())));
    assert!(refused(&file).contains("of several pictures"));
}

#[test]
fn a_drawing_may_hold_the_picture() {
    let mut file = File::default();
    let form = stream(
        "/Subtype /Form /Matrix [48 0 0 20 0 0] /Resources << /XObject << /Im0 12 0 R >> >>",
        b"/Im0 Do",
    );
    file.add_page(
        &stream(&grey(8, "/Filter /FlateDecode"), &flate(&drawn())),
        "/Fm Do",
        "",
    );
    file.replace("/XObject << /Im0 12 0 R >>", "/XObject << /Fm 90 0 R >>");
    file.add(90, &form);
    assert_eq!(read(&file.written(), 0).unwrap().into_luma8(), drawn());
    // One that draws itself comes to an end.
    let mut circle = file.clone();
    circle.replace("/Im0 12 0 R", "/Im0 90 0 R");
    assert!(
        refused(&circle).contains("without a scanned picture")
            || refused(&circle).contains("more than")
    );
}

#[test]
fn what_is_not_read_is_named_with_the_way_out() {
    let of = |settings: &str| {
        let mut file = File::default();
        file.add_page(&stream(&grey(8, settings), b"data"), WHOLE, "");
        file
    };
    for (settings, what) in [
        ("/Filter /JBIG2Decode", "packed by JBIG2"),
        ("/Filter /JPXDecode", "packed by JPEG 2000"),
        (
            "/Filter /CCITTFaxDecode /DecodeParms << /K 4 >>",
            "a fax of this kind",
        ),
        ("/Filter /Crypt", "in an unknown way"),
        ("/ColorSpace [/DeviceN []]", "the colours DeviceN"),
    ] {
        let error = refused(&of(settings));
        assert!(error.contains(what), "{error}");
    }
    let mut encrypted = of("");
    encrypted.trailer = "/Encrypt 5 0 R".into();
    assert!(refused(&encrypted).contains("an encrypted PDF file"));
}

#[test]
fn a_damaged_page_costs_one_page_and_a_damaged_file_one_picture() {
    let mut file = File::default();
    for _ in 0..3 {
        file.add_page(
            &stream(&grey(8, "/Filter /FlateDecode"), &flate(&drawn())),
            WHOLE,
            "",
        );
    }
    file.replace("/XObject << /Im0 22 0 R >>", "/XObject << /Im0 99 0 R >>");
    let bytes = file.written();
    assert!(read(&bytes, 0).is_ok() && read(&bytes, 2).is_ok());
    assert!(
        read(&bytes, 1)
            .unwrap_err()
            .contains("without a scanned picture")
    );
    for length in 0..bytes.len() {
        let _ = read(&bytes[..length], 0);
    }
    for bytes in [bytes, file.with_objects_packed()] {
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            for page in 0..3 {
                let _ = read(&damaged, page);
            }
        }
    }
    for bytes in [
        &b"%PDF-1.7\n"[..],
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>",
    ] {
        assert!(read(bytes, 0).unwrap_err().contains("no pages"));
    }
}

#[test]
fn nothing_grows_beyond_its_bounds() {
    // Zeros that unpack to more than all objects may.
    let bomb = compressed(&vec![b' '; 17 << 20]);
    let head = "/Type /ObjStm /N 9 /First 40 /Filter /FlateDecode";
    let mut file = File::default();
    file.add(7, &stream(head, &bomb));
    assert!(
        read(&file.written(), 0)
            .unwrap_err()
            .contains("unpack to more than")
    );
    // A page that is its own list of pages, and brackets without end.
    let circle = b"%PDF-1.7\n1 0 obj << /Pages 2 0 R >> endobj 2 0 obj << /Kids [2 0 R 2 0 R 3 0 R] >> endobj\n\
        3 0 obj << /Type /Page /Parent 3 0 R /Contents 3 0 R >> endobj trailer << /Root 1 0 R >>";
    assert!(read(circle, 0).is_err());
    let brackets = [&b"%PDF-1.7\n1 0 obj "[..], &b"[<<".repeat(200_000)].concat();
    assert!(read(&brackets, 0).is_err());
    let streams = [
        &b"%PDF-1.7\n"[..],
        &b"1 0 obj << >> stream\n".repeat(100_000),
    ]
    .concat();
    assert!(read(&streams, 0).is_err());
    // A picture whose size is not that of its data, and one that unpacks to more than it says.
    let huge = "/Width 40000 /Height 40000 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /FlateDecode";
    let mut file = File::default();
    file.add_page(
        &stream(&format!("/Subtype /Image {huge}"), &flate(&drawn())),
        WHOLE,
        "",
    );
    assert!(
        read(&file.written(), 0)
            .unwrap_err()
            .contains("1600000000 pixels")
    );
    let mut file = File::default();
    file.add_page(
        &stream(
            &grey(8, "/Filter [/ASCIIHexDecode /FlateDecode /FlateDecode]"),
            b"7",
        ),
        WHOLE,
        "",
    );
    assert!(read(&file.written(), 0).is_err());
}
