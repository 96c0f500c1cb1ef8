#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::Range;

use image::{DynamicImage, GrayImage, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::TempDir;

use super::*;
use crate::images::{Dataset, digit_names};
use crate::sample::Rows;
use crate::set::{SetOptions, read_set};
use crate::synthetic::{SyntheticSplit, draw_digit};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use image::Frame;
use image::codecs::gif::GifEncoder;

const SIDE: u32 = IMAGE_SIDE as u32;
/// The columns and the rows of the blob.
const BLOB: Range<u32> = 10..18;
/// The columns and the rows of the blob where it was boxed and centred.
const BOXED: Range<u32> = 5..25;

/// A square of one grey on black paper of 28×28 pixels.
fn blob(range: &Range<u32>, grey: u8) -> GrayImage {
    GrayImage::from_fn(SIDE, SIDE, |x, y| {
        Luma([if range.contains(&x) && range.contains(&y) {
            grey
        } else {
            0
        }])
    })
}

/// A folder with a blob in each picture, by path and grey.
fn folder(pictures: &[(&str, u8)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, grey) in pictures {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        blob(&BLOB, *grey).save(path).unwrap();
    }
    folder
}

fn read(folder: &TempDir) -> Result<Dataset, DataError> {
    read_set(folder.path(), &SetOptions::default())
}

/// The grey of the blob in every image; each must be as it was written, to the bit.
fn greys(images: &LabeledImages) -> Vec<u8> {
    let grey = |image: &[u8]| {
        let grey = image[IMAGE_PIXELS / 2 + IMAGE_SIDE / 2];
        assert_eq!(image, blob(&BLOB, grey).as_raw());
        grey
    };
    images.pixels().chunks(IMAGE_PIXELS).map(grey).collect()
}

#[test]
fn digits_keep_their_label_and_pictures_come_in_natural_order() {
    let folder = folder(&[
        ("7/10.png", 10),
        ("7/9.png", 9),
        ("7/01.png", 2),
        ("7/1.png", 1),
        ("3/a.PNG", 30),
    ]);
    fs::write(folder.path().join("3/.hidden.png"), "no picture").unwrap();
    fs::write(folder.path().join("3/notes.txt"), "no picture").unwrap();
    fs::write(folder.path().join("readme.md"), "no class").unwrap();
    let dataset = read(&folder).unwrap();
    assert_eq!(dataset.class_names, digit_names());
    assert_eq!(dataset.train.labels(), [3, 7, 7, 7, 7]);
    assert_eq!(greys(&dataset.train), [30, 2, 1, 9, 10]);
    assert!(dataset.test.is_none());
    assert_eq!(dataset.origin, folder.path().display().to_string());
}

#[test]
fn names_that_differ_only_in_blanks_have_an_order_too() {
    let (first, second) = (Path::new("class/a b.png"), Path::new("class/ab.png"));
    assert_eq!(natural_order(first, second), std::cmp::Ordering::Less);
    assert_eq!(natural_order(second, first), std::cmp::Ordering::Greater);
}

#[test]
fn other_names_are_sorted_and_numbered() {
    let folder = folder(&[("shape10/a.png", 10), ("shape2/a.png", 2), ("arc/a.png", 1)]);
    let dataset = read(&folder).unwrap();
    assert_eq!(dataset.class_names, ["arc", "shape2", "shape10"]);
    assert_eq!(dataset.train.labels(), [0, 1, 2]);
    assert_eq!(greys(&dataset.train), [1, 2, 10]);
}

#[test]
fn train_and_test_folders_are_the_split() {
    let parts = [
        ("train", "test"),
        ("training", "testing"),
        ("TRAIN", "Test"),
    ];
    for (train, test) in parts {
        let paths = [
            format!("{train}/b/1.png"),
            format!("{train}/a/1.png"),
            format!("{test}/b/1.png"),
        ];
        let dataset = read(&folder(&[(&paths[0], 1), (&paths[1], 2), (&paths[2], 3)])).unwrap();
        assert_eq!(dataset.class_names, ["a", "b"]);
        assert_eq!(
            (dataset.train.labels(), greys(&dataset.train)),
            (&[0, 1][..], vec![2, 1])
        );
        let test = dataset.test.unwrap();
        assert_eq!((test.labels(), greys(&test)), (&[1][..], vec![3]));
    }
}

#[test]
fn a_test_class_that_training_lacks_is_an_error() {
    let error = read(&folder(&[("train/a/1.png", 1), ("test/c/1.png", 2)])).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("test: expected the classes to train on (a), found `c`"),
        "{error}"
    );
}

#[test]
fn folders_without_classes_or_pictures_are_errors() {
    let empty = tempfile::tempdir().unwrap();
    let expect = |folder: &TempDir, end: &str| {
        let error = read(folder).unwrap_err();
        assert!(error.to_string().ends_with(end), "{error}");
        assert!(error.hint().unwrap().contains("CLASS/picture.png"));
    };
    expect(&empty, ": expected 1 to 256 class folders, found none");
    fs::create_dir(empty.path().join("5")).unwrap();
    expect(&empty, "5: expected pictures, found none");
    let names: Vec<String> = (0..257)
        .map(|class| format!("class{class}/a.png"))
        .collect();
    let many: Vec<(&str, u8)> = names.iter().map(|name| (name.as_str(), 0)).collect();
    expect(
        &folder(&many),
        ": expected 1 to 256 class folders, found 257",
    );
    let missing = read_set(Path::new("no-such-folder"), &SetOptions::default()).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("cannot open no-such-folder: "),
        "{missing}"
    );
}

#[test]
fn the_first_unreadable_picture_is_named() {
    let folder = folder(&[("0/a.png", 1), ("1/z.png", 1)]);
    for name in ["0/b.png", "1/a.png"] {
        fs::write(folder.path().join(name), "not a picture").unwrap();
    }
    for _ in 0..5 {
        let error = read(&folder).unwrap_err();
        assert!(
            matches!(&error, DataError::Picture { path, .. } if path.ends_with("0/b.png")),
            "{error}"
        );
    }
}

#[test]
fn opaque_pictures_of_the_right_size_stay_and_all_others_are_boxed() {
    let folder = folder(&[("0/a.png", 1)]);
    let save = |name: &str, picture: DynamicImage| {
        picture.save(folder.path().join(name)).unwrap();
    };
    let opaque = RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let grey = blob(&BLOB, 6).get_pixel(x, y).0[0];
        Rgba([grey, grey, grey, 255])
    });
    save("0/b.png", opaque.into());
    // A whole block of the JPEG, so that no ringing blurs its edges.
    let wide = RgbImage::from_fn(40, 20, |x, y| {
        let is_ink = (16..24).contains(&x) && (8..16).contains(&y);
        Rgb(if is_ink { [20; 3] } else { [200; 3] })
    });
    save("0/c.jpg", wide.into());
    let clear = image::ImageBuffer::from_fn(SIDE, SIDE, |x, y| {
        LumaA([0, blob(&BLOB, 254).get_pixel(x, y).0[0]])
    });
    save("0/d.png", DynamicImage::ImageLumaA8(clear));
    let images = read(&folder).unwrap().train;
    let boxed = blob(&BOXED, 255);
    let expected = [&blob(&BLOB, 1), &blob(&BLOB, 6), &boxed, &boxed];
    for (index, expected) in expected.into_iter().enumerate() {
        assert_eq!(
            images.image(index).unwrap().as_slice(),
            expected.as_raw(),
            "{index}"
        );
    }
}

#[test]
fn dark_on_light_reads_like_light_on_dark() {
    let folder = tempfile::tempdir().unwrap();
    for label in 0..10 {
        let pixels = draw_digit(7, SyntheticSplit::Train, u64::from(label), label);
        let mut picture = GrayImage::from_raw(SIDE, SIDE, pixels.to_vec()).unwrap();
        let class = folder.path().join(label.to_string());
        fs::create_dir(&class).unwrap();
        picture.save(class.join("light-on-dark.png")).unwrap();
        image::imageops::invert(&mut picture);
        picture.save(class.join("dark-on-light.png")).unwrap();
    }
    let images = read(&folder).unwrap().train;
    assert_eq!(images.len(), 20);
    for (label, pair) in images.pixels().chunks(2 * IMAGE_PIXELS).enumerate() {
        let (dark_on_light, light_on_dark) = pair.split_at(IMAGE_PIXELS);
        let drawn = draw_digit(7, SyntheticSplit::Train, label as u64, label as u8);
        assert_eq!(light_on_dark, drawn);
        let pixels = dark_on_light.iter().zip(light_on_dark);
        let sum: u32 = pixels.map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        // On average, two levels of grey of 255.
        assert!(sum < 2 * IMAGE_PIXELS as u32, "digit {label}: {sum}");
    }
}

#[test]
fn a_blank_picture_is_named() {
    let error = read(&folder(&[("0/a.png", 1), ("0/b.png", 0)])).unwrap_err();
    let expected = format!("b.png: {}", crate::picture::PictureError::NoInk);
    assert!(error.to_string().ends_with(&expected), "{error}");
}

#[test]
fn pictures_that_cannot_be_used_are_left_out_where_that_is_wanted() {
    let folder = folder(&[
        ("0/a.png", 1),
        ("0/b.png", 0),
        ("1/deep/z.png", 2),
        ("val/2/x.png", 9),
    ]);
    fs::write(folder.path().join("1/c.png"), "not a picture").unwrap();
    fs::write(folder.path().join("1/d.png"), b"\0\0\0\x18ftypheic").unwrap();
    fs::create_dir(folder.path().join("__MACOSX")).unwrap();
    fs::remove_dir_all(folder.path().join("val")).unwrap();
    let options = SetOptions {
        skips_unusable: true,
        ..SetOptions::default()
    };
    let set = read_set(folder.path(), &options).unwrap();
    assert_eq!(
        (set.train.labels(), greys(&set.train)),
        (&[0, 1][..], vec![1, 2])
    );
    assert_eq!(options.remarks.num_left_out(), 3);
    let losses = options.remarks.losses().join("\n");
    assert!(losses.contains("it is a HEIC picture"), "{losses}");
    assert!(
        losses.ends_with("3 images could not be used: left out"),
        "{losses}"
    );
    assert!(read(&folder).is_err(), "and else it is an error");
}

#[test]
fn images_for_validation_are_read_where_there_are_some() {
    let folder = folder(&[
        ("train/a/1.png", 1),
        ("Valid/a/1.png", 2),
        ("other/a/1.png", 3),
    ]);
    let options = SetOptions::default();
    let set = read_set(folder.path(), &options).unwrap();
    assert_eq!(greys(&set.validation.unwrap()), [2]);
    assert_eq!((greys(&set.train), set.test), (vec![1], None));
    assert!(
        options.remarks.said()[0].contains("other is passed over"),
        "{:?}",
        options.remarks.said()
    );
}

/// A PDF file whose pages are blobs of these greys, as they are.
fn pdf(greys: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut kids = String::new();
    for (number, &grey) in greys
        .iter()
        .enumerate()
        .map(|(place, grey)| (10 * place + 10, grey))
    {
        let [content, picture] = [number + 1, number + 2];
        file.extend(
            format!(
                "{number} 0 obj << /Type /Page /Contents {content} 0 R \
                 /Resources << /XObject << /I {picture} 0 R >> >> >> endobj\n\
                 {content} 0 obj << /Length 5 >> stream\n/I Do\nendstream endobj\n\
                 {picture} 0 obj << /Subtype /Image /Width 28 /Height 28 /BitsPerComponent 8 /Length 784 >> stream\n"
            )
            .into_bytes(),
        );
        file.extend(blob(&BLOB, grey).as_raw());
        file.extend(b"\nendstream endobj\n");
        kids = format!("{kids}{number} 0 R ");
    }
    file.extend(
        format!("2 0 obj << /Kids [{kids}] >> endobj\n1 0 obj << /Pages 2 0 R >> endobj\n")
            .into_bytes(),
    );
    file.extend(b"trailer << /Root 1 0 R >>");
    file
}

#[test]
fn every_page_of_a_picture_is_an_image() {
    let folder = folder(&[("0/a.png", 10), ("1/c.png", 60)]);
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for grey in [20, 30] {
        let frame = DynamicImage::ImageLuma8(blob(&BLOB, grey)).to_rgba8();
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    let at = |name: &str| folder.path().join(name);
    fs::write(at("0/b.gif"), gif).unwrap();
    fs::write(at("1/b.pdf"), pdf(&[40, 50, 55])).unwrap();
    fs::write(at("1/d.pdf"), pdf(&[70])).unwrap();
    let options = SetOptions::default();
    let set = read_set(folder.path(), &options).unwrap();
    assert_eq!(set.train.labels(), [0, 0, 0, 1, 1, 1, 1, 1]);
    assert_eq!(greys(&set.train), [10, 20, 30, 40, 50, 55, 60, 70]);
    assert_eq!(
        options.remarks.said(),
        ["2 files have several pages, 5 in all: each page is an image"]
    );
    // Some of all pages, each as often as any other image.
    let rows = Rows {
        number: Some(5),
        seed: 3,
    };
    let options = SetOptions {
        rows,
        ..SetOptions::default()
    };
    let some = read_set(folder.path(), &options).unwrap().train;
    assert_eq!(some.len(), 5);
    let all = greys(&set.train);
    let places: Vec<_> = greys(&some)
        .iter()
        .map(|grey| all.iter().position(|other| other == grey))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    // A page that cannot be used is named, or left out by itself.
    let mut damaged = pdf(&[40, 50, 55]);
    let picture = damaged
        .windows(7)
        .position(|text| text == b"/I 22 0")
        .unwrap();
    damaged[picture + 3] = b'9';
    fs::write(at("1/b.pdf"), damaged).unwrap();
    let error = read(&folder).unwrap_err().to_string();
    assert!(
        error.contains("b.pdf#1: ") && error.contains("pdftoppm"),
        "{error}"
    );
    let options = SetOptions {
        skips_unusable: true,
        ..SetOptions::default()
    };
    let set = read_set(folder.path(), &options).unwrap();
    assert_eq!(greys(&set.train), [10, 20, 30, 40, 55, 60, 70]);
    assert_eq!(options.remarks.num_left_out(), 1);
}
