//! `infer show`.

use crate::fixture::{Fixture, RUN, digit, idx};
use image::{DynamicImage, GrayImage, Luma, imageops};
use std::fs;

/// A dark digit on light paper with an even border, 200×160 pixels.
fn photo(fixture: &Fixture, name: &str) {
    let side = base::IMAGE_SIDE as u32;
    let digit = digit(0).to_vec();
    let digit = GrayImage::from_raw(side, side, digit).unwrap();
    let mut digit = imageops::resize(&digit, 140, 140, imageops::FilterType::Triangle);
    imageops::invert(&mut digit);
    let mut paper = GrayImage::from_pixel(200, 160, Luma([255]));
    imageops::overlay(&mut paper, &digit, 30, 10);
    DynamicImage::from(paper).save(fixture.path(name)).unwrap();
}

#[test]
fn steps_on_the_terminal_and_as_a_picture() {
    let fixture = Fixture::new();
    photo(&fixture, "photo.png");
    let run = fixture.infer(&["show", "photo.png", "--out", "steps.png"]);
    assert!(run.stderr.contains("wrote steps.png"), "{}", run.stderr);
    let text = run.expect(0);
    for step in [
        "photo.png: ",
        "grey",
        "contrast",
        "pieces",
        "strokes",
        "boxed",
    ] {
        assert!(text.contains(step), "{step}: {text}");
    }
    assert!(!text.contains('\x1b') && text.contains('@'), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let picture = image::open(fixture.path("steps.png")).unwrap();
    assert!(
        picture.width() > 5 * 336 && picture.height() > 336,
        "{picture:?}"
    );
}

#[test]
fn a_model_says_what_predict_says() {
    let fixture = Fixture::new();
    photo(&fixture, "photo.png");
    let predicted = fixture.predict(&["photo.png"]).expect(0);
    let run = fixture.infer(&["show", "--model", RUN, "--device", "cpu", "photo.png"]);
    let shown = run.expect(0);
    assert_eq!(shown.lines().next(), predicted.lines().next());
}

#[test]
fn files_of_many_and_pictures_without_ink_are_shown_too() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(1));
    let blank = GrayImage::from_pixel(50, 50, Luma([240]));
    DynamicImage::from(blank)
        .save(fixture.path("blank.png"))
        .unwrap();
    let run = fixture.infer(&["show", "digits", "blank.png", "absent.png"]);
    assert!(run.stderr.contains("absent.png: "), "{}", run.stderr);
    let text = run.expect(3);
    assert!(
        text.contains("digits#0: ") && text.contains("as the network gets it"),
        "{text}"
    );
    assert!(text.contains("blank.png: no ink found"), "{text}");
}

#[test]
fn what_cannot_be_drawn_is_said_and_leaves_no_file() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(25));
    let run = fixture.infer(&["show", "digits", "--out", "steps.png"]);
    assert!(
        run.stderr.contains("steps.png: at most 24 pictures"),
        "{}",
        run.stderr
    );
    run.expect(1);
    assert!(!fixture.path("steps.png").exists());
    let run = fixture.infer(&["show", "absent.png", "--out", "steps.png"]);
    assert!(
        run.stderr.contains("nothing could be shown"),
        "{}",
        run.stderr
    );
    run.expect(1);
    assert_eq!(fs::read_dir(fixture.path("")).unwrap().count(), 2);
    let run = fixture.infer(&["show", "digits", "--device", "cpu"]);
    assert!(
        run.code == 2 && run.stderr.contains("--model"),
        "{}",
        run.stderr
    );
}
