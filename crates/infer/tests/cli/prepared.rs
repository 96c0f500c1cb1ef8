//! `infer predict --save-preprocessed`.

use crate::fixture::{Fixture, RUN, digit, digit_png, tar};
use base::IMAGE_SIDE;
use image::{GrayImage, Luma, imageops};
use std::fs;
use std::io::Write as _;
use std::time::Duration;

fn names(fixture: &Fixture, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(fixture.path(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn every_picture_is_kept_as_the_network_saw_it() {
    let fixture = Fixture::new();
    fixture.write_digit("a/7.png", 0);
    fixture.write("torn.png", b"no picture");
    fixture.write_digit("b/7.png", 1);
    let members = [("m/7.png", digit_png(2)), ("m/8.png", digit_png(3))];
    fixture.write("many.tar", &tar(members.into_iter()));
    let side = IMAGE_SIDE as u32;
    let large = GrayImage::from_raw(side, side, digit(0).to_vec()).unwrap();
    let mut large = imageops::resize(&large, 300, 300, imageops::FilterType::Triangle);
    imageops::invert(&mut large);
    large.save(fixture.path("large.png")).unwrap();
    // This one may be seen in several ways: what is kept is what the network chose.
    let framed = GrayImage::from_fn(300, 300, |x, y| {
        let is_frame = x < 4 || y < 4 || x > 295 || y > 295;
        if is_frame {
            Luma([20])
        } else {
            *large.get_pixel(x, y)
        }
    });
    framed.save(fixture.path("framed.png")).unwrap();

    let arguments = ["--format", "jsonl", "--save-preprocessed", "seen/by"];
    let inputs = ["a", "torn.png", "b", "many.tar", "large.png", "framed.png"];
    let rows = fixture.predict(&[&arguments[..], &inputs].concat()).rows(3);
    assert_eq!(
        names(&fixture, "seen/by"),
        [
            "0000000_7.png",
            "0000002_7.png",
            "0000003_7.png",
            "0000004_8.png",
            "0000005_large.png",
            "0000006_framed.png"
        ]
    );
    for (name, index) in [
        ("0000000_7.png", 0),
        ("0000002_7.png", 1),
        ("0000004_8.png", 3),
    ] {
        let kept = image::open(fixture.path("seen/by").join(name)).unwrap();
        assert_eq!(kept.color(), image::ColorType::L8);
        assert_eq!(kept.to_luma8().as_raw().as_slice(), digit(index), "{name}");
    }
    // What was kept is taken for what it is: the same answers to the last digit.
    let again = fixture.predict(&["--format", "jsonl", "seen/by"]).rows(0);
    assert_eq!(rows.len(), again.len());
    for (row, again) in rows.iter().zip(&again) {
        assert_eq!(row["top"], again["top"]);
    }
}

#[test]
fn a_folder_with_files_in_it_is_refused() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    fixture.write("seen/0000000_a.png", b"mine");
    let arguments = ["--save-preprocessed", "seen", "-o", "rows.txt", "a.png"];
    let run = fixture.predict(&arguments);
    for said in [
        "error: seen: expected an empty folder",
        "hint: name a new folder",
    ] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    run.expect(1);
    assert_eq!(
        fs::read(fixture.path("seen/0000000_a.png")).unwrap(),
        b"mine"
    );
    assert!(!fixture.path("rows.txt").exists());
}

#[test]
fn a_folder_that_is_read_is_refused() {
    let fixture = Fixture::new();
    fixture.write_digit("scans/a.png", 0);
    let run = fixture.predict(&["--save-preprocessed", "scans/seen", "scans/../scans"]);
    let said = "error: scans/seen: lies in scans/../scans, which is read";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    run.expect(1);
    let run = fixture.predict(&["--save-preprocessed", "seen", "scans", "scans/a.png"]);
    run.expect(0);
    assert_eq!(names(&fixture, "seen"), ["0000000_a.png", "0000001_a.png"]);
}

#[test]
fn a_folder_that_goes_away_ends_the_job() {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 0);
    let mut child = fixture.start(&[
        "predict",
        "--model",
        RUN,
        "--device",
        "cpu",
        "--save-preprocessed",
        "seen",
        "-o",
        "rows.txt",
        "-",
    ]);
    // As many as are read at a time: once their pictures lie there, the folder is in use.
    let mut list = child.stdin.take().unwrap();
    list.write_all(&b"a.png\n".repeat(4)).unwrap();
    while !fixture.path("seen/0000003_a.png").exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_dir_all(fixture.path("seen")).unwrap();
    list.write_all(b"a.png\n").unwrap();
    drop(list);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("error: seen/0000004_a.png: cannot be written: "),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(!fixture.path("rows.txt").exists());
}
