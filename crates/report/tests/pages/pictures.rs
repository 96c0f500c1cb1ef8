//! Pictures as PNG.

use report::ReportError;
use report::content::{Addition, RunReport, Samples, Strip, StripTile, WeightSnapshot};
use report::png::{self as pictures, RUN_PICTURES, RunPicture};

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
    let mut kernels = report.clone();
    kernels.snapshots = vec![weights(6, 5, 10)];
    let size = |picture: &RunPicture, report: &RunReport| {
        let drawn = picture.draw(report).unwrap();
        let (width, height, pixels) = decode(&drawn.unwrap());
        assert!(
            pixels.iter().filter(|&&part| part < 200).count() > 500,
            "nearly blank"
        );
        assert_eq!(pixels[..3], [255; 3], "the edge is white");
        (width, height)
    };
    for picture in &RUN_PICTURES {
        let (width, height) = size(picture, &report);
        match picture.file_name {
            "curves.png" => assert_eq!((width, height), (3_040, 680)),
            "samples.png" => assert_eq!(width, 2 * (2 * 20 + 9 * 64)),
            "weights.png" => assert_ne!((width, height), size(picture, &kernels)),
            _ => {}
        }
    }
}

/// The page and the pictures are drawn from one description: what one has, the other has.
#[test]
fn a_picture_is_there_where_its_section_is() {
    let full = full_report(400);
    let sections = ["training", "confusion", "weights", "misread", "samples"];
    let without = |section: &str| {
        let mut report = full.clone();
        match section {
            "training" => report.curves.clear(),
            "weights" => report.snapshots = vec![WeightSnapshot::default()],
            "samples" => report.samples = Some(Samples::default()),
            "misread" => report.test.as_mut().unwrap().misread.clear(),
            _ => report.test.as_mut().unwrap().confusion.clear(),
        }
        report
    };
    for missing in sections {
        let report = without(missing);
        let page = report::html::page(&report);
        for (section, picture) in sections.iter().zip(&RUN_PICTURES) {
            let on_page = page.contains(&format!("<section id=\"{section}\""));
            let drawn = picture.draw(&report).unwrap().is_some();
            assert_eq!((on_page, drawn), (*section != missing, *section != missing));
        }
    }
    for picture in &RUN_PICTURES {
        assert!(picture.draw(&RunReport::default()).unwrap().is_none());
    }
    assert!(pictures::confusion(&[], &[]).unwrap().is_none());
    assert!(pictures::contact_sheet(&[], 3, &[]).unwrap().is_none());
}

#[test]
fn what_is_added_to_the_training_images_is_shown_and_counted() {
    let mut report = full_report(400);
    let samples = report.samples.as_mut().unwrap();
    let without = RUN_PICTURES[4].draw(&full_report(400)).unwrap().unwrap();
    samples.additions = vec![Addition {
        name: "digits drawn again with other pens".to_string(),
        num_images: 27_500,
        pictures: samples.plain.clone(),
    }];
    let with = RUN_PICTURES[4].draw(&report).unwrap().unwrap();
    assert!(decode(&with).1 > decode(&without).1);
    let page = report::html::page(&report);
    assert!(page.contains("Added: 27,500 digits drawn again with other pens"));
    assert!(page.contains("Added training image 8: "));
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
