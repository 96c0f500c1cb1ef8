//! Pictures of several pages: a row a page, wherever the file lies.

use crate::animation::gif;
use crate::fixture::{Fixture, digit, digit_png, paths, tar};
use base::IMAGE_SIDE;
use image::{GrayImage, ImageFormat, imageops};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;

/// A drawn digit on white paper.
fn page(index: usize) -> GrayImage {
    let side = IMAGE_SIDE as u32;
    let mut page = GrayImage::from_raw(side, side, digit(index).to_vec()).unwrap();
    imageops::invert(&mut page);
    imageops::resize(&page, 90, 90, imageops::FilterType::Triangle)
}

/// A TIFF file of these pages: the file of each, its places moved behind the one before it.
fn tiff(pages: &[GrayImage]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut link = 4;
    for page in pages {
        let mut bytes = Cursor::new(Vec::new());
        page.write_to(&mut bytes, ImageFormat::Tiff).unwrap();
        let mut bytes = bytes.into_inner();
        let shift = all.len() as u32;
        let read =
            |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let directory = read(&bytes, 4) as usize;
        let num_entries = usize::from(u16::from_le_bytes([bytes[directory], bytes[directory + 1]]));
        for entry in (0..num_entries).map(|number| directory + 2 + 12 * number) {
            let kind = u16::from_le_bytes([bytes[entry + 2], bytes[entry + 3]]);
            let tag = u16::from_le_bytes([bytes[entry], bytes[entry + 1]]);
            let size = match kind {
                3 => 2,
                4 => 4,
                5 => 8,
                _ => 1,
            } * read(&bytes, entry + 4);
            if size > 4 || tag == 273 {
                let place = read(&bytes, entry + 8) + shift;
                bytes[entry + 8..entry + 12].copy_from_slice(&place.to_le_bytes());
                if size > 4 && tag == 273 {
                    let strips = (place - shift) as usize;
                    for strip in (0..size as usize / 4).map(|number| strips + 4 * number) {
                        let place = read(&bytes, strip) + shift;
                        bytes[strip..strip + 4].copy_from_slice(&place.to_le_bytes());
                    }
                }
            }
        }
        let first = shift + directory as u32;
        all.extend(bytes);
        all[link..link + 4].copy_from_slice(&first.to_le_bytes());
        link = first as usize + 2 + 12 * num_entries;
    }
    all
}

/// The classes of every row, with their probabilities.
fn tops(rows: &[Value]) -> Vec<&Value> {
    rows.iter().map(|row| &row["top"]).collect()
}

/// The three pages, one by one and together.
fn fixture() -> (Fixture, [&'static str; 4]) {
    let fixture = Fixture::new();
    let pages: Vec<GrayImage> = (0..3).map(page).collect();
    fs::create_dir(fixture.path("one")).unwrap();
    for (number, page) in pages.iter().enumerate() {
        page.save(fixture.path(&format!("one/{number}.png")))
            .unwrap();
    }
    fixture.write("scan.tif", &tiff(&pages));
    fixture.write("moving.gif", &gif(&pages));
    fixture.write("misnamed.png", &tiff(&pages));
    let members = [("a.tiff", tiff(&pages)), ("b.png", digit_png(4))];
    fixture.write("scans.tar", &tar(members.into_iter()));
    (fixture, ["one", "scan.tif", "moving.gif", "scans.tar"])
}

#[test]
fn every_page_has_a_row() {
    let (fixture, [one, tiff, gif, archive]) = fixture();
    let predict = |input: &str, code| fixture.predict(&["--format", "jsonl", input]).rows(code);
    let expected = predict(one, 0);
    let rows = predict(tiff, 0);
    assert_eq!(paths(&rows), ["scan.tif#0", "scan.tif#1", "scan.tif#2"]);
    assert_eq!(tops(&rows), tops(&expected));
    let rows = predict(gif, 0);
    assert_eq!(paths(&rows)[2], "moving.gif#2");
    assert_eq!(rows.len(), 3);
    let rows = predict(archive, 0);
    let names = [
        "scans.tar#a.tiff#0",
        "scans.tar#a.tiff#1",
        "scans.tar#a.tiff#2",
        "scans.tar#b.png",
    ];
    assert_eq!(paths(&rows), names);
    assert_eq!(tops(&rows)[..3], tops(&expected));
    // Pages have numbers among all inputs.
    let rows = fixture.predict(&["--format", "jsonl", "--skip", "2", tiff, gif]);
    assert_eq!(paths(&rows.rows(0))[0], "scan.tif#2");
}

#[test]
fn no_page_is_left_out_in_silence() {
    let (fixture, _) = fixture();
    let run = fixture.predict(&["misnamed.png"]);
    let said = "misnamed.png: it has 3 pages, which are read of files named .tif";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    run.expect(1);
}

#[test]
fn pages_of_many_digits_are_read_drawn_and_measured() {
    let (fixture, [_, tiff, ..]) = fixture();
    let arguments = [
        "--digits",
        "many",
        "--format",
        "jsonl",
        "--annotate",
        "seen",
        tiff,
    ];
    let rows = fixture.predict(&arguments).rows(0);
    assert_eq!(rows.len(), 3);
    let names = fs::read_dir(fixture.path("seen")).unwrap();
    assert_eq!(names.count(), 3);
    let mut labels = "file,label\n".to_owned();
    for number in 0..3 {
        let _ = writeln!(labels, "scan.tif#{number},{number}");
    }
    fixture.write("labels.csv", labels.as_bytes());
    let arguments = ["--format", "json", "--labels", "labels.csv", tiff];
    let report: Value = serde_json::from_str(&fixture.evaluate(&arguments).expect(0)).unwrap();
    assert_eq!(report["num_images"], 3, "{report}");
    let shown = fixture.infer(&["show", tiff]).expect(0);
    assert!(shown.contains("scan.tif#2: "), "{shown}");
}
