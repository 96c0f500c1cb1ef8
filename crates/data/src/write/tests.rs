#![allow(clippy::unwrap_used)]

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::mnist::KnownSet;
use crate::set::{SetOptions, read_set};
use crate::synthetic::{SyntheticConfig, draw};

fn digits() -> Dataset {
    draw(&SyntheticConfig {
        num_train: 30,
        num_test: 10,
        seed: 2,
    })
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn files_beside_each_other_are_the_parts() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, beside) in [
        ("train.csv", "test.csv"),
        ("digits.csv.gz", "digits-test.csv.gz"),
        ("train-0.parquet", "test-0.parquet"),
    ] {
        let format = if name.contains("csv") {
            SetFormat::Csv
        } else {
            SetFormat::Parquet
        };
        let written = write_set(&digits(), format, &at(name)).unwrap();
        assert_eq!(written, [at(name), at(beside)]);
        let options = SetOptions {
            test: Some(at(beside)),
            ..SetOptions::default()
        };
        let found = read_set(&at(name), &options).unwrap();
        assert_eq!(found.sha256(), digits().sha256(), "{name}");
    }
    let text = fs::read_to_string(at("train.csv")).unwrap();
    assert!(text.starts_with("label,pixel0,pixel1,") && text.lines().count() == 31);
}

#[test]
fn nothing_is_written_over_and_nothing_half_written_stays() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("test.csv"), "mine").unwrap();
    let error = write_set(&digits(), SetFormat::Csv, &at("train.csv")).unwrap_err();
    assert!(error.to_string().contains("test.csv"), "{error}");
    assert!(error.hint().unwrap().contains("nothing is written over"));
    assert_eq!(names(folder.path()), ["test.csv"]);
    for format in SetFormat::ALL {
        assert!(write_set(&digits(), format, folder.path()).is_err());
        fs::create_dir(at("empty")).unwrap();
        write_set(&digits(), format, &at("empty")).unwrap();
        assert!(!names(&at("empty")).is_empty());
        fs::remove_dir_all(at("empty")).unwrap();
    }
    assert_eq!(names(folder.path()), ["test.csv"]);
}

#[test]
fn names_of_classes_come_back_and_lead_nowhere() {
    let folder = TempDir::new().unwrap();
    let set = Dataset {
        class_names: KnownSet::FashionMnist.class_names(),
        ..digits()
    };
    write_set(&set, SetFormat::Parquet, &folder.path().join("x")).unwrap();
    let found = read_set(&folder.path().join("x"), &SetOptions::default()).unwrap();
    assert_eq!(found.class_names, set.class_names);
    assert_eq!(found.sha256(), set.sha256());
    write_set(&set, SetFormat::Png, &folder.path().join("y")).unwrap();
    assert!(names(&folder.path().join("y/train")).contains(&"T-shirt-top".to_owned()));
}

#[test]
fn the_four_files_have_mnists_names() {
    let folder = TempDir::new().unwrap();
    write_set(&digits(), SetFormat::Idx, &folder.path().join("idx")).unwrap();
    let expected = [
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
    ];
    assert_eq!(names(&folder.path().join("idx")), expected);
    assert!("jpeg".parse::<SetFormat>().is_err());
    assert_eq!("idx".parse::<SetFormat>().unwrap(), SetFormat::Idx);
}
