//! Pictures as PNG.

use report::content::{Samples, Strip, StripTile, TestResult, WeightSnapshot};
use report::{ReportError, png as pictures};

use crate::fixture::{full_report, weights};

/// Width, height and bytes of RGB.
fn decode(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (info.width, info.height, pixels)
}

#[test]
fn every_part_of_a_run_has_a_picture() {
    let report = full_report(400);
    let test = report.test.unwrap();
    let pictures = [
        pictures::curves(&report.curves),
        pictures::confusion(&test.class_names, &test.confusion),
        pictures::misread(&test),
        pictures::samples(report.samples.as_ref().unwrap()),
        pictures::weights(&report.snapshots),
        pictures::weights(&[weights(6, 5, 10)]),
    ];
    let sizes = pictures.map(|picture| {
        let (width, height, pixels) = decode(&picture.unwrap().unwrap());
        assert!(
            pixels.iter().filter(|&&part| part < 200).count() > 500,
            "nearly blank"
        );
        assert_eq!(pixels[..3], [255; 3], "the edge is white");
        (width, height)
    });
    assert_eq!(sizes[0], (3_040, 680));
    assert_eq!(sizes[3].0, 2 * (2 * 20 + 9 * 64));
}

#[test]
fn without_contents_there_is_no_picture() {
    assert!(pictures::curves(&[]).unwrap().is_none());
    assert!(pictures::confusion(&[], &[]).unwrap().is_none());
    assert!(pictures::misread(&TestResult::default()).unwrap().is_none());
    assert!(pictures::samples(&Samples::default()).unwrap().is_none());
    assert!(
        pictures::weights(&[WeightSnapshot::default()])
            .unwrap()
            .is_none()
    );
    assert!(pictures::contact_sheet(&[], 3, &[]).unwrap().is_none());
}

#[test]
fn a_contact_sheet_has_its_columns() {
    let mut ink = [0; 784];
    ink[0] = 255;
    let sheet = pictures::contact_sheet(&[ink; 5], 2, &[]).unwrap().unwrap();
    let (width, height, pixels) = decode(&sheet);
    assert_eq!((width, height), (2 * (2 * 64 + 40), 2 * (3 * 64 + 8 + 40)));
    let dark = |x: usize, y: usize| pixels[(y * width as usize + x) * 3] < 10;
    assert!(dark(42, 42) && dark(42 + 128, 42) && dark(42, 42 + 128));
    assert!(!dark(48, 48) && !dark(42 + 128, 42 + 256));

    let captions = ["a caption that is wider".to_string()];
    let captioned = pictures::contact_sheet(&[ink; 5], 2, &captions)
        .unwrap()
        .unwrap();
    assert!(decode(&captioned).0 > width);
    let one_column = pictures::contact_sheet(&[ink; 3], 0, &[]).unwrap().unwrap();
    assert_eq!(decode(&one_column).0, 2 * (64 + 40));
    let error = pictures::contact_sheet(&vec![ink; 10_000], 100, &[]).unwrap_err();
    assert!(matches!(error, ReportError::TooLarge { .. }) && error.hint().is_some());
}

#[test]
fn tiles_of_a_strip_stand_side_by_side_pixel_for_pixel() {
    assert!(pictures::strips(&[Strip::default()]).unwrap().is_none());
    let tile = |width: usize, level: u8| StripTile {
        caption: "a".to_string(),
        width,
        pixels: vec![level; width * 60],
    };
    let strip = |tiles| Strip {
        heading: "two".to_string(),
        tiles,
    };
    let both = [
        strip(vec![tile(40, 10), tile(100, 90)]),
        strip(vec![tile(40, 50)]),
    ];
    let (width, height, pixels) = decode(&pictures::strips(&both).unwrap().unwrap());
    assert_eq!(
        (width, height),
        (
            2 * (20 + 10 + 50 + 10 + 40),
            2 * (40 + 2 * (24 + 30 + 18 + 10))
        )
    );
    let level = |x: usize, y: usize| pixels[(y * width as usize + x) * 3];
    assert_eq!(level(40 + 20, 88 + 30), 10);
    assert_eq!(level(40 + 60 + 50, 88 + 30), 90);
    assert_eq!(level(40 + 20, 88 + 164 + 30), 50);
    assert_eq!(level(40 + 60 + 50, 88 + 164 + 30), 255);
}
