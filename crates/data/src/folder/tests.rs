#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::TempDir;

use super::*;

/// A folder with 28×28 pictures of one grey each, by path and grey.
fn folder(pictures: &[(&str, u8)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, grey) in pictures {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        GrayImage::from_pixel(28, 28, Luma([*grey]))
            .save(path)
            .unwrap();
    }
    folder
}

fn read(folder: &TempDir) -> Result<Dataset, DataError> {
    read_folder(folder.path(), &|_| Err("not 28×28".into()))
}

/// The first pixel of every image.
fn greys(images: &LabeledImages) -> Vec<u8> {
    images
        .pixels()
        .chunks(IMAGE_PIXELS)
        .map(|image| image[0])
        .collect()
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
    for (train, test) in SPLIT_NAMES {
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
    expect(&empty, ": expected 1 to 10 class folders, found none");
    fs::create_dir(empty.path().join("5")).unwrap();
    expect(&empty, "5: expected PNG or JPEG pictures, found none");
    let names: Vec<String> = (0..11).map(|class| format!("class{class}/a.png")).collect();
    let many: Vec<(&str, u8)> = names.iter().map(|name| (name.as_str(), 0)).collect();
    expect(&folder(&many), ": expected 1 to 10 class folders, found 11");
    let missing = read_folder(Path::new("no-such-folder"), &|_| Err(String::new())).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("cannot read no-such-folder: "),
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
fn other_sizes_and_transparent_pictures_are_converted() {
    let folder = folder(&[("0/a.png", 1)]);
    RgbImage::from_pixel(40, 20, Rgb([9, 9, 9]))
        .save(folder.path().join("0/b.jpg"))
        .unwrap();
    let clear = RgbaImage::from_pixel(28, 28, Rgba([5, 5, 5, 254]));
    clear.save(folder.path().join("0/c.png")).unwrap();
    let opaque = RgbaImage::from_pixel(28, 28, Rgba([6, 6, 6, 255]));
    opaque.save(folder.path().join("0/d.png")).unwrap();
    let num_converted = AtomicUsize::new(0);
    let convert = |picture: &DynamicImage| {
        num_converted.fetch_add(1, Ordering::Relaxed);
        Ok([picture.width() as u8; IMAGE_PIXELS])
    };
    let dataset = read_folder(folder.path(), &convert).unwrap();
    assert_eq!(greys(&dataset.train), [1, 40, 28, 6]);
    assert_eq!(num_converted.into_inner(), 2);
    let error = read(&folder).unwrap_err().to_string();
    assert!(error.ends_with("b.jpg: not 28×28"), "{error}");
}

#[test]
fn a_picture_too_wide_is_refused() {
    let folder = folder(&[("0/a.png", 1)]);
    GrayImage::new(MAX_SIDE_PIXELS + 1, 1)
        .save(folder.path().join("0/b.png"))
        .unwrap();
    let error = read_folder(folder.path(), &|_| Ok([0; IMAGE_PIXELS])).unwrap_err();
    assert!(matches!(error, DataError::Picture { .. }), "{error:?}");
}
