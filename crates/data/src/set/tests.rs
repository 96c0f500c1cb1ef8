#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write as _;

use tempfile::TempDir;

use super::*;
use crate::synthetic::{SyntheticConfig, draw};
use crate::write::{SetFormat, write_set};

fn digits() -> Dataset {
    draw(&SyntheticConfig {
        num_train: 60,
        num_test: 20,
        seed: 4,
    })
}

/// A set of one class a name: of the first, the second and so on.
fn only(set: &Dataset, labels: &[u8]) -> Dataset {
    let chosen = |images: &LabeledImages| {
        let is_wanted = |&index: &usize| labels.contains(&images.labels()[index]);
        images.select(&(0..images.len()).filter(is_wanted).collect::<Vec<_>>())
    };
    Dataset {
        train: chosen(&set.train),
        test: None,
        ..set.clone()
    }
}

/// In the order in which folders of classes are read.
fn by_class(images: &LabeledImages) -> LabeledImages {
    let mut order: Vec<usize> = (0..images.len()).collect();
    order.sort_by_key(|&index| images.labels()[index]);
    images.select(&order)
}

/// In an order that does not depend on that of the files of an archive.
fn in_any_order(images: &LabeledImages) -> Vec<(u8, &[u8])> {
    let pixels = images.pixels().chunks_exact(base::IMAGE_PIXELS);
    let mut pairs: Vec<(u8, &[u8])> = images.labels().iter().copied().zip(pixels).collect();
    pairs.sort_unstable();
    pairs
}

/// A tar archive of what is in a folder, under a name of its own.
fn packed(folder: &Path, archive: &Path) {
    let mut tar = tar::Builder::new(fs::File::create(archive).unwrap());
    tar.append_dir_all("digits", folder).unwrap();
    tar.finish().unwrap();
}

fn read(path: &Path) -> Dataset {
    read_set(path, &SetOptions::default()).unwrap()
}

#[test]
fn every_format_reads_the_same_images_and_labels() {
    let folder = TempDir::new().unwrap();
    let set = digits();
    let at = |name: &str| folder.path().join(name);
    for format in SetFormat::ALL {
        write_set(&set, format, &at(format.name())).unwrap();
        let found = read(&at(format.name()));
        let (train, test) = if format == SetFormat::Png {
            (by_class(&set.train), by_class(set.test.as_ref().unwrap()))
        } else {
            (set.train.clone(), set.test.clone().unwrap())
        };
        assert_eq!(found.class_names, set.class_names, "{format}");
        assert_eq!(found.train.sha256(), train.sha256(), "{format}");
        assert_eq!(found.test.unwrap().sha256(), test.sha256(), "{format}");
    }
    packed(&at("png"), &at("digits.tar"));
    let (archive, folders) = (read(&at("digits.tar")), read(&at("png")));
    let is_same = |left, right| in_any_order(left) == in_any_order(right);
    assert!(is_same(&archive.train, &folders.train));
    assert!(is_same(&archive.test.unwrap(), &folders.test.unwrap()));
    assert_eq!(archive.name, "digits");
}

#[test]
fn packed_files_are_read_as_plain_ones() {
    let folder = TempDir::new().unwrap();
    let set = only(&digits(), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let at = |name: &str| folder.path().join(name);
    write_set(&set, SetFormat::Csv, &at("x.csv")).unwrap();
    write_set(&set, SetFormat::Csv, &at("y.csv.gz")).unwrap();
    write_set(&set, SetFormat::Parquet, &at("x.parquet")).unwrap();
    let bytes = fs::read(at("x.parquet")).unwrap();
    let file = fs::File::create(at("anything")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(&bytes).unwrap();
    gzip.finish().unwrap();
    for name in ["x.csv", "y.csv.gz", "x.parquet", "anything"] {
        let found = read(&at(name));
        assert_eq!(found.sha256(), set.sha256(), "{name}");
        assert!(found.test.is_none());
    }
}

#[test]
fn test_images_have_the_labels_of_the_training_images() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let with_names = |names: &[&str], set: Dataset| Dataset {
        class_names: names.iter().map(|&name| name.to_owned()).collect(),
        ..set
    };
    let names = ["arc", "bar", "cup"];
    let train = with_names(&names, only(&digits(), &[0, 1, 2]));
    write_set(&train, SetFormat::Png, &at("train")).unwrap();
    // Without the first class: numbered by themselves, the others would be shifted.
    let test = with_names(&names, only(&digits(), &[1, 2]));
    write_set(&test, SetFormat::Png, &at("test")).unwrap();
    packed(&at("test"), &at("test.tar"));
    // What has no test images of its own is written as the part `train`.
    for path in ["test/train", "test.tar"] {
        let options = SetOptions {
            test: Some(at(path)),
            ..SetOptions::default()
        };
        let found = read_set(&at("train/train"), &options).unwrap();
        assert_eq!(found.class_names, names);
        let read = found.test.unwrap();
        assert!(in_any_order(&read) == in_any_order(&test.train), "{path}");
    }
    let strange = with_names(&["arc", "bar", "dot"], only(&digits(), &[1, 2]));
    write_set(&strange, SetFormat::Png, &at("strange")).unwrap();
    let options = SetOptions {
        test: Some(at("strange/train")),
        ..SetOptions::default()
    };
    let error = read_set(&at("train/train"), &options).unwrap_err();
    let expected = "expected the classes to train on (arc, bar, cup), found `dot`";
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn a_number_for_a_label_must_be_of_a_class_that_there_is() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_set(&only(&digits(), &[1, 2]), SetFormat::Csv, &at("test.csv")).unwrap();
    let two = ["arc".to_owned(), "bar".to_owned()];
    let error = read_test_images(&at("test.csv"), &two, &SetOptions::default()).unwrap_err();
    assert!(
        error.to_string().ends_with("(arc, bar), found `2`"),
        "{error}"
    );
}

#[test]
fn only_the_images_to_train_on_are_sampled() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let set = digits();
    for format in SetFormat::ALL {
        let out = at(format.name());
        write_set(&set, format, &out).unwrap();
        let rows = Rows {
            number: Some(25),
            seed: 1,
        };
        let options = SetOptions {
            rows,
            ..SetOptions::default()
        };
        let found = read_set(&out, &options).unwrap();
        assert_eq!(
            (found.train.len(), found.test.unwrap().len()),
            (25, 20),
            "{format}"
        );
    }
    let options = SetOptions {
        rows: Rows {
            number: Some(25),
            seed: 1,
        },
        test: Some(at("csv/test.csv")),
        ..SetOptions::default()
    };
    let found = read_set(&at("csv/train.csv"), &options).unwrap();
    assert_eq!((found.train.len(), found.test.unwrap().len()), (25, 20));
    let more = Rows {
        number: Some(61),
        seed: 1,
    };
    for format in SetFormat::ALL {
        let options = SetOptions {
            rows: more,
            ..SetOptions::default()
        };
        let error = read_set(&at(format.name()), &options).unwrap_err();
        assert!(
            matches!(error, DataError::TooFewRows { available: 60, .. }),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_set_is_said_to_be_none() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_set(&digits(), SetFormat::Idx, &at("idx")).unwrap();
    fs::remove_file(at("idx/train-labels-idx1-ubyte")).unwrap();
    let error = |name: &str| {
        read_set(&at(name), &SetOptions::default())
            .unwrap_err()
            .to_string()
    };
    let message = error("idx/train-images-idx3-ubyte");
    assert!(message.contains("no label"), "{message}");
    image::GrayImage::new(3, 3).save(at("one.png")).unwrap();
    assert!(error("one.png").ends_with("expected images with labels, found a picture"));
    fs::write(at("empty.tar"), [0; 1024]).unwrap();
    assert!(error("empty.tar").ends_with("expected images, found none"));
    fs::write(at("notes.txt"), "one\ntwo\n").unwrap();
    assert!(error("notes.txt").contains("line 2: expected 785 fields"));
    assert!(read_set(&at("absent"), &SetOptions::default()).is_err());
}
