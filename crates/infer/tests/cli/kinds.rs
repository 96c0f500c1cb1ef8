//! Every kind of file that is read: written, and then read as `train` reads it, by `evaluate` and by `predict`. The
//! table in docs/formats.md is this one.

use crate::fixture::{Fixture, RUN, csv, digit, digit_png, hub_parquet, idx, label, tar};
use data::{SetOptions, read_set};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Images of every kind: two of each digit.
const NUM_IMAGES: usize = 20;
/// Where the table stands.
const DOCUMENT: &str = "../../docs/formats.md";
const MARKS: [&str; 2] = ["<!-- kinds of files -->\n", "<!-- end of the kinds -->\n"];

/// A kind of file.
struct Kind {
    /// What it is called in the table.
    name: &'static str,
    /// How it looks in the table.
    layout: &'static str,
    /// What is read.
    path: &'static str,
    /// The files that it takes.
    files: Vec<(String, Vec<u8>)>,
    /// The table of labels for `evaluate PATH`, where it takes one.
    labels: Option<&'static str>,
}

fn kind(name: &'static str, layout: &'static str, path: &'static str, bytes: Vec<u8>) -> Kind {
    of_files(name, layout, path, vec![(path.to_owned(), bytes)])
}

fn of_files(
    name: &'static str,
    layout: &'static str,
    path: &'static str,
    files: Vec<(String, Vec<u8>)>,
) -> Kind {
    Kind {
        name,
        layout,
        path,
        files,
        labels: None,
    }
}

fn idx_labels() -> Vec<u8> {
    let head = [0x801_u32, NUM_IMAGES as u32]
        .map(u32::to_be_bytes)
        .concat();
    head.into_iter().chain((0..NUM_IMAGES).map(label)).collect()
}

/// QMNIST's labels: eight numbers a row, of which the first is the class.
fn qmnist_labels() -> Vec<u8> {
    let head = [0xc02_u32, NUM_IMAGES as u32, 8];
    let rows = (0..NUM_IMAGES).flat_map(|index| [u32::from(label(index)), 4, 0, 9, 9, 9, 0, 0]);
    head.into_iter()
        .chain(rows)
        .flat_map(u32::to_be_bytes)
        .collect()
}

fn npy(kind: &str, shape: &str, numbers: Vec<u8>) -> Vec<u8> {
    let head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\0".to_vec();
    file.extend((head.len() as u16).to_le_bytes());
    file.extend(head.into_bytes());
    file.extend(numbers);
    file
}

fn npy_images() -> Vec<u8> {
    let pixels = (0..NUM_IMAGES).flat_map(digit).collect();
    npy("|u1", &format!("({NUM_IMAGES}, 28, 28)"), pixels)
}

fn npy_unit_images() -> Vec<u8> {
    let pixels = (0..NUM_IMAGES).flat_map(digit);
    let pixels = pixels.flat_map(|pixel| (f32::from(pixel) / 255.0).to_le_bytes());
    npy("<f4", &format!("({NUM_IMAGES}, 784)"), pixels.collect())
}

fn npy_labels() -> Vec<u8> {
    let labels = (0..NUM_IMAGES).flat_map(|index| i64::from(label(index)).to_le_bytes());
    npy("<i8", &format!("({NUM_IMAGES},)"), labels.collect())
}

/// A ZIP archive whose members are stored as they are.
pub fn zip(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        let size = (bytes.len() as u32).to_le_bytes();
        let mut about = [20, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
        about.extend([sum.sum().to_le_bytes(), size, size].concat());
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0; 2]);
        let offset = (file.len() as u32).to_le_bytes();
        file.extend([&b"PK\x03\x04"[..], &about, name.as_bytes(), bytes].concat());
        directory.extend(
            [
                &b"PK\x01\x02\x14\0"[..],
                &about,
                &[0; 10],
                &offset,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let number = (members.len() as u16).to_le_bytes();
    let (size, offset) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend([&b"PK\x05\x06\0\0\0\0"[..], &number, &number].concat());
    file.extend([size.to_le_bytes(), offset.to_le_bytes()].concat());
    file.extend([0; 2]);
    file
}

/// Pictures in class folders of these names.
fn class_folders(root: &str, class: impl Fn(u8) -> String) -> Vec<(String, Vec<u8>)> {
    let picture = |index: usize| {
        let name = format!("{root}{}/{index}.png", class(label(index)));
        (name, digit_png(index))
    };
    (0..NUM_IMAGES).map(picture).collect()
}

fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    tar(files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone())))
}

fn packed(bytes: &[u8], end: &str) -> Vec<u8> {
    match end {
        "bz2" => {
            let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        "xz" => {
            let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 1);
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        "zst" => zstd::stream::encode_all(bytes, 1).unwrap(),
        _ => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
    }
}

/// A table of pixels whose lines `line` makes of a label and pixels, behind a header.
fn table(header: &str, line: impl Fn(usize, u8, String) -> String, places: usize) -> Vec<u8> {
    let mut text = header.to_owned();
    for index in 0..NUM_IMAGES {
        let pixels = digit(index).map(|pixel| match places {
            0 => pixel.to_string(),
            _ => format!("{:.places$}", f32::from(pixel) / 255.0),
        });
        let _ = writeln!(text, "{}", line(index, label(index), pixels.join(",")));
    }
    text.into_bytes()
}

fn names(first: &str, last: &str) -> String {
    let pixels: Vec<String> = (1..=784).map(|pixel| format!("pixel{pixel}")).collect();
    format!("{first}{}{last}\n", pixels.join(","))
}

fn words(digit: u8) -> String {
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    words[usize::from(digit)].to_owned()
}

#[expect(clippy::too_many_lines, reason = "a list, an entry a kind")]
fn kinds() -> Vec<Kind> {
    let pair = |images: &str, of_images: Vec<u8>, labels: &str, of_labels: Vec<u8>| {
        vec![
            (images.to_owned(), of_images),
            (labels.to_owned(), of_labels),
        ]
    };
    let folders = class_folders("", |digit| digit.to_string());
    let pictures: Vec<(String, Vec<u8>)> = (0..NUM_IMAGES)
        .map(|index| (format!("scans/{index}.png"), digit_png(index)))
        .collect();
    let rows = |separator: &str, end: &str| {
        let row = |index| format!("{index}{end}{separator}{}\n", label(index));
        (0..NUM_IMAGES).map(row).collect::<Vec<String>>().concat()
    };
    let with_table = |name: &str, text: String| {
        [
            pictures.clone(),
            vec![(format!("scans/{name}"), text.into_bytes())],
        ]
        .concat()
    };
    let mut kinds = vec![
        of_files(
            "IDX",
            "`train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, as MNIST's; also `.idx3-ubyte`, upper case",
            "i-images.idx3-ubyte",
            pair(
                "i-images.idx3-ubyte",
                idx(NUM_IMAGES),
                "I-LABELS-IDX1-UBYTE",
                idx_labels(),
            ),
        ),
        of_files(
            "IDX, QMNIST",
            "labels of eight whole numbers, of which the first is the class (`…-labels-idx2-int`)",
            "q-images-idx3-ubyte",
            pair(
                "q-images-idx3-ubyte",
                idx(NUM_IMAGES),
                "q-labels-idx2-int",
                qmnist_labels(),
            ),
        ),
        kind(
            "CSV",
            "a label and 784 pixels a line; the label first, last or where its name stands (`label`, `class`, `target`, `digit`)",
            "last.csv",
            table(
                &names("", ",class"),
                |_, label, pixels| format!("{pixels},{label}"),
                0,
            ),
        ),
        kind(
            "CSV, numbered",
            "a column that counts the rows (`id`, `index`, or no name) is passed over",
            "numbered.csv",
            table(
                &names(",label,", ""),
                |row, label, pixels| format!("{row},{label},{pixels}"),
                0,
            ),
        ),
        kind(
            "CSV, 0 to 1",
            "pixels as numbers with places, from 0 to 1",
            "unit.csv",
            table("", |_, label, pixels| format!("{label},{pixels}"), 4),
        ),
        kind(
            "CSV, other separators",
            "`;` or tabs",
            "semicolons.csv",
            csv(NUM_IMAGES).replace(',', ";").into_bytes(),
        ),
        of_files(
            "`.npy`",
            "`x_train.npy` and `y_train.npy`, `images.npy` and `labels.npy`; whole numbers, 0 to 1 or 0 to 255",
            "x_some.npy",
            pair("x_some.npy", npy_unit_images(), "y_some.npy", npy_labels()),
        ),
        kind(
            "`.npz`",
            "arrays `images` and `labels`; `x_train`, `y_train`, `x_test`, `y_test`, as Keras's; `arr_0` and `arr_1`",
            "set.npz",
            zip(&pair("arr_0.npy", npy_images(), "arr_1.npy", npy_labels())),
        ),
        kind(
            "Parquet",
            "a column `image` of pictures and a column `label`, as on the Hugging Face hub",
            "some.parquet",
            hub_parquet(NUM_IMAGES),
        ),
        of_files(
            "class folders",
            "`FOLDER/7/a.png`, `FOLDER/seven/a.png`, or any other names",
            "folders",
            class_folders("folders/", |digit| {
                if digit > 5 {
                    words(digit)
                } else {
                    digit.to_string()
                }
            }),
        ),
        kind("tar", "of class folders", "folders.tar", tar_of(&folders)),
        kind("zip", "of class folders", "folders.zip", zip(&folders)),
        kind(
            "tar of files",
            "of IDX, CSV, NumPy or Parquet files",
            "files.tar",
            tar_of(&pair(
                "raw/a-images-idx3-ubyte",
                idx(NUM_IMAGES),
                "raw/a-labels-idx1-ubyte",
                idx_labels(),
            )),
        ),
        kind(
            "zip of files",
            "the same",
            "files.zip",
            zip(&pair(
                "raw/a-images-idx3-ubyte.gz",
                packed(&idx(NUM_IMAGES), "gz"),
                "raw/a-labels-idx1-ubyte.gz",
                packed(&idx_labels(), "gz"),
            )),
        ),
    ];
    for (end, name) in [
        ("gz", "a.tar.gz"),
        ("bz2", "a.tar.bz2"),
        ("xz", "a.tar.xz"),
        ("zst", "a.tar.zst"),
    ] {
        kinds.push(kind(
            name,
            "packed; any other file may be as well",
            name,
            packed(&tar_of(&folders), end),
        ));
    }
    kinds.push(Kind {
        labels: Some("scans/labels.csv"),
        ..of_files("table of labels", "`labels.csv` beside pictures: columns `file`, `path`, `filename`, `image` or `id`, and `label`, `class` or `target`; `,`, `;` or tabs; names with or without ending or folder",
            "scans", with_table("labels.csv", format!("Image;Class\n{}", rows(";", ""))))
    });
    kinds.push(Kind {
        labels: Some("scans/names.csv"),
        ..of_files(
            "table of labels, bare",
            "the same without a header",
            "scans/names.csv",
            with_table("names.csv", rows(",", ".png")),
        )
    });
    kinds
}

/// The number of images that a report or rows are about.
fn predicted(fixture: &Fixture, path: &str) -> usize {
    fixture.predict(&["--format", "jsonl", path]).rows(0).len()
}

fn evaluated(fixture: &Fixture, arguments: &[&str]) -> usize {
    let run = fixture.evaluate(&[arguments, &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&run.expect(0)).unwrap();
    report["num_images"].as_u64().unwrap() as usize
}

#[test]
fn every_kind_is_read_alike_by_train_evaluate_and_predict() {
    let mut shown = String::from(
        "| kind | what it is | `train` | `evaluate` | `predict` |\n|---|---|---|---|---|\n",
    );
    for kind in kinds() {
        let fixture = Fixture::new();
        for (name, bytes) in &kind.files {
            fixture.write(name, bytes);
        }
        let set = read_set(&fixture.path(kind.path), &SetOptions::default());
        let set = set.unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        assert_eq!(set.train.len(), NUM_IMAGES, "{}", kind.name);
        let mut counts = [0; 10];
        for &label in set.train.labels() {
            counts[usize::from(label)] += 1;
        }
        assert_eq!(counts, [2; 10], "{}", kind.name);
        // The images are those that were written, in whatever order.
        let expected: Vec<_> = (0..NUM_IMAGES)
            .map(|index| (label(index), digit(index)))
            .collect();
        for index in 0..NUM_IMAGES {
            let found = (set.train.labels()[index], *set.train.image(index).unwrap());
            assert!(expected.contains(&found), "{}, image {index}", kind.name);
        }
        assert_eq!(
            evaluated(&fixture, &["--dataset", kind.path]),
            NUM_IMAGES,
            "{}",
            kind.name
        );
        let is_table = kind.path.ends_with("names.csv");
        let pictures = if is_table { "scans" } else { kind.path };
        let labels = kind
            .labels
            .map(|labels| vec!["--labels", labels])
            .unwrap_or_default();
        assert_eq!(
            evaluated(&fixture, &[&labels[..], &[pictures]].concat()),
            NUM_IMAGES,
            "{}",
            kind.name
        );
        assert_eq!(predicted(&fixture, pictures), NUM_IMAGES, "{}", kind.name);
        let (evaluate, predict) = match kind.labels {
            Some(_) => ("yes, also by `--labels`", "the pictures"),
            None => ("yes", "yes"),
        };
        let _ = writeln!(
            shown,
            "| {} | {} | yes | {evaluate} | {predict} |",
            kind.name, kind.layout
        );
    }
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT)).unwrap();
    let table = document
        .split_once(MARKS[0])
        .and_then(|(_, rest)| rest.split_once(MARKS[1]));
    let (table, _) =
        table.unwrap_or_else(|| panic!("docs/formats.md has no table of kinds:\n{shown}"));
    assert_eq!(table, shown, "docs/formats.md is to have this table");
}

#[test]
fn parts_of_a_set_are_told_by_names_in_any_case() {
    let fixture = Fixture::new();
    for (part, indices) in [("Train", 0..12), ("valid", 12..16), ("TEST", 16..20)] {
        for index in indices {
            fixture.write_digit(&format!("set/{part}/{}/{index}.png", label(index)), index);
        }
    }
    let set = read_set(&fixture.path("set"), &SetOptions::default());
    // The training images have ten classes, so that the others have no new ones.
    let set = set.unwrap();
    assert_eq!(
        (
            set.train.len(),
            set.validation.unwrap().len(),
            set.test.unwrap().len()
        ),
        (12, 4, 4)
    );
    let images = |range: std::ops::Range<usize>| {
        let pixels = range.clone().flat_map(digit).collect();
        npy("|u1", &format!("({}, 28, 28)", range.len()), pixels)
    };
    let labels = |range: std::ops::Range<usize>| {
        let labels = range.clone().map(label).collect();
        npy("|u1", &format!("({},)", range.len()), labels)
    };
    let arrays = [
        ("x_test.npy".to_owned(), images(12..20)),
        ("x_train.npy".to_owned(), images(0..12)),
        ("y_train.npy".to_owned(), labels(0..12)),
        ("y_test.npy".to_owned(), labels(12..20)),
    ];
    fixture.write("mnist.npz", &zip(&arrays));
    let set = read_set(&fixture.path("mnist.npz"), &SetOptions::default()).unwrap();
    assert_eq!((set.train.len(), set.test.unwrap().len()), (12, 8));
    assert_eq!(evaluated(&fixture, &["--dataset", "mnist.npz"]), 8);
    assert_eq!(predicted(&fixture, "mnist.npz"), 20);
}

#[test]
fn what_is_passed_over_and_what_cannot_be_read_is_said() {
    let fixture = Fixture::new();
    fixture.write_digit("mixed/7/a.png", 1);
    fixture.write_digit("mixed/7/b.jfif", 1);
    fixture.write("mixed/7/c.tga", b"\0\0\x02");
    for name in ["d.heic", "e.HEIC"] {
        fixture.write(
            &format!("mixed/7/{name}"),
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        );
    }
    let run = fixture.predict(&["mixed"]);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    let expected = "3 files passed over: 2 .heic, 1 .tga; .heic is a HEIC picture: convert it with \
                    `heif-convert in.heic out.png`";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    let options = SetOptions::default();
    read_set(&fixture.path("mixed"), &options).unwrap();
    assert_eq!(options.remarks.losses(), [expected]);
    for (name, bytes, what) in [
        (
            "a.mat",
            &b"MATLAB 5.0 MAT-file, Platform"[..],
            "a MATLAB file",
        ),
        ("b.h5", b"\x89HDF\r\n\x1a\n\0", "an HDF5 file"),
        ("c.pkl", b"\x80\x04\x95", "a Python pickle"),
        ("d.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive"),
    ] {
        fixture.write(name, bytes);
        for run in [
            fixture.predict(&[name]),
            fixture.evaluate(&["--dataset", name]),
        ] {
            assert_eq!(run.code, 1, "{name}");
            assert!(
                run.stderr.contains(&format!("{name} is {what}")),
                "{}",
                run.stderr
            );
        }
    }
    let spreadsheet = zip(&[("[Content_Types].xml".to_owned(), Vec::new())]);
    fixture.write("e.xlsx", &spreadsheet);
    let run = fixture.predict(&["e.xlsx"]);
    assert!(
        run.stderr.contains("is an Office document"),
        "{}",
        run.stderr
    );
}

#[test]
fn transposed_images_are_turned_as_wanted() {
    let fixture = Fixture::new();
    let transposed: Vec<u8> = (0..NUM_IMAGES)
        .flat_map(|index| {
            let mut image = digit(index);
            data::transpose(&mut image);
            image
        })
        .collect();
    fixture.write("upright.npy", &npy_images());
    fixture.write(
        "turned.npy",
        &npy("|u1", &format!("({NUM_IMAGES}, 28, 28)"), transposed),
    );
    fixture.write("turned_labels.npy", &npy_labels());
    let rows = |arguments: &[&str]| {
        let rows = fixture
            .predict(&[arguments, &["--format", "csv"]].concat())
            .expect(0);
        rows.replace("turned", "upright")
    };
    let upright = rows(&["upright.npy", "--orientation", "upright"]);
    assert_eq!(
        rows(&["turned.npy", "--orientation", "transposed"]),
        upright
    );
    assert_ne!(rows(&["turned.npy", "--orientation", "upright"]), upright);
    let run = fixture.predict(&["upright.npy", "--orientation", "sideways"]);
    assert!(
        run.code == 2 && run.stderr.contains("expected auto, upright or transposed"),
        "{}",
        run.stderr
    );
    // With labels, no model is needed to see it.
    fixture.write(
        "set/images.npy",
        &fs::read(fixture.path("turned.npy")).unwrap(),
    );
    fixture.write("set/labels.npy", &npy_labels());
    let options = SetOptions::default();
    let set = read_set(&fixture.path("set"), &options).unwrap();
    assert_eq!(set.train.image(3), Some(&digit(3)));
    assert!(
        options.remarks.said()[0].contains("transposed, as EMNIST's are"),
        "{:?}",
        options.remarks.said()
    );
    assert!(Path::new(&fixture.path(RUN)).is_dir());
}
