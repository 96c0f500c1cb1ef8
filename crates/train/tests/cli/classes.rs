//! Sets of other classes than ten digits: how many outputs the network gets, what the classes are called, and what is
//! refused because it holds for digits alone.

use super::runs::json;
use super::{outcome, succeeds, train, workplace};
use serde_json::{Value, json as value};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const SIDE: usize = 28;

/// A class as an image: a square whose place and size tell the class, and whose ink tells the images of it apart.
fn image(class: usize, number: usize) -> Vec<u8> {
    let (left, top, side) = (4 * (class % 6), 4 * (class / 6 % 6), 4 + class / 36 * 3);
    let ink = 255 - (number % 50) as u8;
    let is_ink = |pixel: usize| {
        let (x, y) = (pixel % SIDE, pixel / SIDE);
        (left..left + side).contains(&x) && (top..top + side).contains(&y)
    };
    (0..SIDE * SIDE)
        .map(|pixel| ink * u8::from(is_ink(pixel)))
        .collect()
}

/// Pictures of shapes in folders named `capybara`, `cat` and `dog`.
fn write_folders(folder: &Path) {
    for (class, name) in ["dog", "cat", "capybara"].iter().enumerate() {
        fs::create_dir_all(folder.join(name)).unwrap();
        for number in 0..20 {
            // A bar that lies, one that stands, and a thick one.
            let (wide, high) = [(20, 4), (4, 20), (14, 14)][class];
            let (left, top) = (2 + number % 5, 2 + number / 5);
            let mut picture = image::GrayImage::from_pixel(40, 40, image::Luma([255]));
            for y in top..top + high {
                for x in left..left + wide {
                    picture.put_pixel(x as u32, y as u32, image::Luma([0]));
                }
            }
            let path = folder.join(name).join(format!("{number}.png"));
            picture.save(path).unwrap();
        }
    }
}

/// The classes of a run's manifest, of its summary and of the last column of its predictions, and its test accuracy.
fn names_and_accuracy(run: &Path) -> (Vec<Value>, f64) {
    let manifest = json(&run.join("model/manifest.json"));
    let names = manifest["class_names"].as_array().unwrap().clone();
    let summary = json(&run.join("summary.json"));
    let classes = summary["test"]["classes"].as_array().unwrap().iter();
    let tested: Vec<Value> = classes.map(|class| class["name"].clone()).collect();
    assert_eq!(tested, names);
    assert_eq!(
        summary["test"]["confusion"].as_array().unwrap().len(),
        names.len()
    );
    (names, summary["test"]["accuracy"].as_f64().unwrap())
}

#[test]
fn three_classes_are_named_by_their_folders() {
    let place = workplace();
    let place = place.path();
    write_folders(&place.join("animals"));
    let always = ["tiny.toml", "--device", "cpu", "--data", "animals"];
    let more = [
        "--set",
        "data.validation=10",
        "--epochs",
        "15",
        "--out",
        "run",
    ];
    succeeds(place, &[&always[..], &more].concat());
    let run = place.join("run");
    let (names, accuracy) = names_and_accuracy(&run);
    assert_eq!(names, ["capybara", "cat", "dog"].map(Value::from));
    assert!(accuracy > 0.8, "{accuracy}");
    let manifest = json(&run.join("model/manifest.json"));
    let num_parameters = 784 * 32 + 32 + 32 * 3 + 3;
    assert_eq!(manifest["weights"]["num_parameters"], num_parameters);
    assert!(manifest["temperature"].is_number());
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("capybara"));

    // It goes on, is compared with others of its classes, and no digits can be made of it.
    succeeds(place, &["--resume", "run", "--epochs", "16"]);
    let begun = ["--init", "run", "--out", "on"];
    succeeds(
        place,
        &[&always[..], &["--set", "data.validation=10"], &begun].concat(),
    );
    let (code, stdout, stderr) = outcome(&mut train(place, &["compare", "run", "on"]));
    assert!(
        code == 0 && !stderr.contains("other classes"),
        "{stdout}{stderr}"
    );
    let (code, _, stderr) = outcome(&mut train(place, &["tiny.toml", "--init", "run"]));
    let expected = "run tells 3 classes apart, and synthetic has 10";
    assert!(code == 2 && stderr.contains(expected), "{stderr}");
}

#[test]
fn runs_of_other_classes_are_compared_without_their_matrices() {
    let place = workplace();
    let place = place.path();
    write_folders(&place.join("animals"));
    let more = [
        "--data",
        "animals",
        "--set",
        "data.validation=10",
        "--out",
        "animals-run",
    ];
    succeeds(
        place,
        &[&["tiny.toml", "--device", "cpu"][..], &more].concat(),
    );
    succeeds(
        place,
        &["tiny.toml", "--device", "cpu", "--out", "digits-run"],
    );
    let (code, _, stderr) = outcome(&mut train(place, &["compare", "animals-run", "digits-run"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("digits-run was tested on other classes"),
        "{stderr}"
    );
}

#[test]
fn what_holds_for_digits_alone_is_refused_by_name() {
    let place = workplace();
    let place = place.path();
    write_folders(&place.join("animals"));
    let always = [
        "tiny.toml",
        "--data",
        "animals",
        "--set",
        "data.validation=10",
    ];
    let additions = [
        "--set",
        "additions.pens=0.5",
        "--set",
        "additions.european=0.1",
    ];
    let (code, _, stderr) = outcome(&mut train(place, &[&always[..], &additions].concat()));
    let expected = "additions.pens, additions.european: these are made for digits, and the classes of animals are others";
    assert!(code == 2 && stderr.contains(expected), "{stderr}");
    let way_out = "--set additions.pens=0 --set additions.european=0";
    assert!(stderr.contains(way_out), "{stderr}");
    // Drawn digits stand in for no letters.
    let letters = [
        "tiny.toml",
        "--data",
        "emnist-letters",
        "--set",
        "data.fallback=synthetic",
    ];
    let (code, _, stderr) = outcome(&mut train(place, &letters));
    assert!(
        code == 2 && stderr.contains("cannot be \"synthetic\" with emnist-letters"),
        "{stderr}"
    );
    for name in ["cat", "dog"] {
        fs::remove_dir_all(place.join("animals").join(name)).unwrap();
    }
    let (code, _, stderr) = outcome(&mut train(place, &always));
    let expected = "animals has one class, `capybara`: there is nothing to tell apart";
    assert!(code == 1 && stderr.contains(expected), "{stderr}");
}

#[test]
fn numbers_of_files_without_names_are_the_classes_names() {
    let place = workplace();
    let place = place.path();
    let mut rows = String::new();
    for index in 0..47 * 8 {
        let (class, number) = (index % 47, index / 47);
        write!(rows, "{class}").unwrap();
        for pixel in image(class, number) {
            write!(rows, ",{pixel}").unwrap();
        }
        rows.push('\n');
    }
    fs::write(place.join("signs.csv"), rows).unwrap();
    let arguments = [
        "tiny.toml",
        "--device",
        "cpu",
        "--data",
        "signs.csv",
        "--out",
        "run",
    ];
    let more = ["--set", "data.validation=47", "--epochs", "60"];
    let (code, stdout, stderr) = outcome(&mut train(place, &[&arguments[..], &more].concat()));
    assert_eq!(code, 0, "{stderr}");
    // A table of 47 columns is none for terminals.
    assert!(
        stdout.contains("mistakes") && !stdout.contains("truth |"),
        "{stdout}"
    );
    let run = place.join("run");
    let (names, accuracy) = names_and_accuracy(&run);
    let expected: Vec<Value> = (0..47).map(|class| value!(class.to_string())).collect();
    assert_eq!(names, expected);
    assert!(accuracy > 0.8, "{accuracy}");
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("class=\"matrix dense\""));
}

#[test]
fn labels_that_are_numbers_may_be_said_to_be_fewer_than_ten() {
    let place = workplace();
    let place = place.path();
    let mut rows = String::new();
    for index in 0..60 {
        let pixels = image(index % 2, index / 2).into_iter();
        let pixels: Vec<String> = pixels.map(|pixel| pixel.to_string()).collect();
        writeln!(rows, "{},{}", index % 2, pixels.join(",")).unwrap();
    }
    fs::write(place.join("two.csv"), rows).unwrap();
    let always = [
        "tiny.toml",
        "--data",
        "two.csv",
        "--set",
        "data.validation=10",
    ];
    let run = |more: &[&str]| outcome(&mut train(place, &[&always[..], more].concat()));
    let (code, _, stderr) = run(&["--out", "digits"]);
    assert_eq!(
        (code, names_and_accuracy(&place.join("digits")).0.len()),
        (0, 10),
        "{stderr}"
    );
    let (code, _, stderr) = run(&["--set", "data.classes=2", "--out", "two"]);
    assert_eq!(code, 0, "{stderr}");
    let (names, accuracy) = names_and_accuracy(&place.join("two"));
    assert!(
        names == ["0", "1"].map(Value::from) && accuracy > 0.9,
        "{accuracy}"
    );
    for (wrong, message) in [
        ("1", "must be between 2 and 256"),
        ("257", "must be between 2 and 256"),
    ] {
        let (code, _, stderr) = run(&["--set", &format!("data.classes={wrong}")]);
        assert!(code == 2 && stderr.contains(message), "{stderr}");
    }
    write_folders(&place.join("animals"));
    let arguments = ["tiny.toml", "--data", "animals", "--set", "data.classes=4"];
    let (code, _, stderr) = outcome(&mut train(place, &arguments));
    assert!(
        code == 2 && stderr.contains("animals names 3 classes: capybara, cat, dog"),
        "{stderr}"
    );
}

/// Files as EMNIST has them: x and y exchanged, letters numbered from 1, as many as the older edition has.
fn write_letters(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let word = |number: usize| (number as u32).to_be_bytes();
    for (part, num_images) in [("train", 88_800), ("test", 14_800)] {
        let heads = [word(0x803), word(num_images), word(SIDE), word(SIDE)];
        let mut images = heads.concat();
        let mut labels = [word(0x801), word(num_images)].concat();
        let shapes: Vec<Vec<u8>> = (0..26).map(|class| image(class, 0)).collect();
        for index in 0..num_images {
            let upright = &shapes[index % 26];
            images
                .extend((0..SIDE * SIDE).map(|pixel| upright[pixel % SIDE * SIDE + pixel / SIDE]));
            labels.push((index % 26 + 1) as u8);
        }
        let name = |kind: &str| folder.join(format!("emnist-letters-{part}-{kind}-ubyte"));
        fs::write(name("images-idx3"), images).unwrap();
        fs::write(name("labels-idx1"), labels).unwrap();
    }
}

#[test]
fn the_letters_of_emnist_are_a_known_set() {
    let place = workplace();
    let place = place.path();
    write_letters(&place.join("letters"));
    let data = ["--data", "emnist-letters", "--data-dir", "letters"];
    let more = [
        "--set",
        "training.steps=300",
        "--epochs",
        "1",
        "--out",
        "run",
    ];
    succeeds(
        place,
        &[&["tiny.toml", "--device", "cpu"][..], &data, &more].concat(),
    );
    let (names, accuracy) = names_and_accuracy(&place.join("run"));
    let expected: Vec<Value> = ('A'..='Z')
        .map(|letter| value!(letter.to_string()))
        .collect();
    assert_eq!(names, expected);
    assert!(accuracy > 0.9, "{accuracy}");
    // A label that is no letter is named with its place.
    let labels = place.join("letters/emnist-letters-test-labels-idx1-ubyte");
    let mut bytes = fs::read(&labels).unwrap();
    bytes[9] = 0;
    fs::write(&labels, bytes).unwrap();
    let (code, _, stderr) = outcome(&mut train(place, &[&["tiny.toml"][..], &data].concat()));
    assert!(
        code == 1 && stderr.contains("expected a label from 1 to 26, found 0"),
        "{stderr}"
    );
}
