//! The kinds of files that are read.

use super::write::{
    NUM_IMAGES, class_folders, float_tiff, idx_labels, names, npy_columns, npy_images, npy_labels,
    npy_unit_images, packed, pdf, qmnist_labels, table, tar_of, words, zip,
};
use crate::fixture::{csv, digit_png, hub_parquet, idx, label};

/// A kind of file.
pub struct Kind {
    /// What it is called in the table.
    pub name: &'static str,
    /// How it looks in the table.
    pub layout: &'static str,
    /// What is read.
    pub path: &'static str,
    /// The files that it takes.
    pub files: Vec<(String, Vec<u8>)>,
    /// The table of labels for `evaluate PATH`, where it takes one.
    pub labels: Option<&'static str>,
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

#[expect(clippy::too_many_lines, reason = "a list, an entry a kind")]
pub fn kinds() -> Vec<Kind> {
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
        of_files(
            "`.npy`, other forms",
            "numbers of 16, 32 or 64 bits with places, the highest byte first (`>f2`), columns after columns (`fortran_order`)",
            "x_half.npy",
            pair("x_half.npy", npy_columns(), "y_half.npy", npy_labels()),
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
        of_files(
            "class folders of TIFF files",
            "numbers of 1 to 64 bits, whole or with places, palettes",
            "tiffs",
            (0..NUM_IMAGES)
                .map(|index| {
                    (
                        format!("tiffs/{}/{index}.tif", label(index)),
                        float_tiff(index),
                    )
                })
                .collect(),
        ),
        of_files(
            "class folders of pages",
            "PDF files of scanned pages, TIFF files of several, animated GIF and WebP: each page is an image",
            "pages",
            (0..10)
                .map(|digit| {
                    let pages: Vec<usize> = (0..NUM_IMAGES)
                        .filter(|&index| label(index) == digit)
                        .collect();
                    (format!("pages/{digit}/scan.pdf"), pdf(&pages))
                })
                .collect(),
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
