//! What the fuzz targets begin with: small files of drawn digits, in fuzz/seeds. `WRITE_FUZZ_SEEDS=1` writes them anew.

use super::readers;
use super::{digits, gzipped, pictures, tar_of};
use base::files::Existing;
use data::{SetFormat, write_images, write_set};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::fs;
use std::io::Write as _;
use std::path::Path;

pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds");
/// A larger one is not worth its place.
const MOST_BYTES: usize = 20_000;

/// Every target with its seeds, each with a name.
fn all() -> Vec<(&'static str, String, Vec<u8>)> {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let set = digits();
    let table = |name: &str, format| {
        let path = at(name);
        write_images(set.test.as_ref().unwrap(), &set.class_names, format, &path).unwrap();
        fs::read(path).unwrap()
    };
    write_set(&set, SetFormat::Idx, &at("idx")).unwrap();
    write_set(&set, SetFormat::Png, &at("png")).unwrap();
    let images = fs::read(at("idx/t10k-images-idx3-ubyte.gz"));
    let images = images.or_else(|_| fs::read(at("idx/t10k-images-idx3-ubyte")));
    let archive = tar_of(&at("png").join("test"));
    let csv = table("a.csv", SetFormat::Csv);
    let mut seeds = vec![
        ("idx", "digits".to_owned(), images.unwrap()),
        ("gzip", "csv".to_owned(), gzipped(&csv)),
        ("csv", "digits".to_owned(), csv),
        (
            "parquet",
            "digits".to_owned(),
            table("a.parquet", SetFormat::Parquet),
        ),
        ("tar", "digits".to_owned(), archive),
    ];
    base::files::write_sealed(&at("sealed"), &[("weights", b"weights")], Existing::Keep).unwrap();
    let seal = fs::read(at("sealed/seal.txt")).unwrap();
    seeds.push(("seal", "weights".to_owned(), seal));
    for (name, is_packed) in [("packed", true), ("plain", false)] {
        seeds.push(("pdf", name.to_owned(), scan(set.train.pixels(), is_packed)));
    }
    for (format, bytes) in pictures() {
        let name = format!("{format:?}").to_lowercase();
        seeds.push(("picture_of_one", name.clone(), bytes.clone()));
        seeds.push(("picture_of_many", name, bytes));
    }
    seeds.retain(|(_, _, bytes)| bytes.len() <= MOST_BYTES);
    seeds
}

/// A PDF file of two pages, each with an image of these; its objects packed together, or not.
fn scan(pixels: &[u8], is_packed: bool) -> Vec<u8> {
    let stream = |number: usize, head: &str, data: &[u8]| {
        let head = format!(
            "{number} 0 obj << {head} /Length {} >> stream\n",
            data.len()
        );
        [head.as_bytes(), data, b"\nendstream endobj\n"].concat()
    };
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut objects = vec![(1, "<< /Pages 2 0 R >>".to_owned())];
    objects.push((2, "<< /Kids [10 0 R 20 0 R] /Rotate 90 >>".to_owned()));
    for (page, image) in [10, 20].into_iter().zip(pixels.chunks(base::IMAGE_PIXELS)) {
        let [content, picture] = [page + 1, page + 2];
        let resources = format!("/Resources << /XObject << /I {picture} 0 R >> >>");
        let head = format!("<< /Type /Page /Parent 2 0 R /Contents {content} 0 R {resources} >>");
        objects.push((page, head));
        file.extend(stream(content, "", b"q 9 0 0 9 0 0 cm /I Do Q"));
        let size =
            "/Subtype /Image /Width 28 /Height 28 /BitsPerComponent 8 /ColorSpace /DeviceGray";
        file.extend(stream(
            picture,
            &format!("{size} /Filter /FlateDecode"),
            &deflated(image),
        ));
    }
    if is_packed {
        let (mut places, mut values) = (String::new(), String::new());
        for (number, value) in &objects {
            places = format!("{places}{number} {} ", values.len());
            values = format!("{values}{value} ");
        }
        let head = format!(
            "/Type /ObjStm /N 4 /First {} /Filter /FlateDecode",
            places.len()
        );
        file.extend(stream(30, &head, &deflated((places + &values).as_bytes())));
        file.extend(stream(31, "/Type /XRef /Root 1 0 R", b""));
    } else {
        let objects = objects
            .iter()
            .map(|(number, value)| format!("{number} 0 obj {value} endobj\n"));
        file.extend((objects.collect::<String>() + "trailer << /Root 1 0 R >>\n").into_bytes());
    }
    file
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// The targets can begin: their seeds are there and are read.
#[test]
fn seeds_of_the_fuzz_targets_are_read() {
    let seeds = Path::new(FOLDER);
    if std::env::var_os("WRITE_FUZZ_SEEDS").is_some() {
        for (target, name, bytes) in all() {
            fs::create_dir_all(seeds.join(target)).unwrap();
            fs::write(seeds.join(target).join(name), bytes).unwrap();
        }
    }
    let place = tempfile::tempdir().unwrap();
    for (target, name) in [
        ("idx", "a-images-idx3-ubyte"),
        ("gzip", "a.csv.gz"),
        ("csv", "a.csv"),
        ("parquet", "a.parquet"),
        ("tar", "a.tar"),
        ("seal", "seal.txt"),
        ("pdf", "a.pdf"),
        ("picture_of_one", "a"),
        ("picture_of_many", "a"),
    ] {
        let found = super::files_in(&seeds.join(target));
        assert!(!found.is_empty(), "{target} has no seeds");
        for seed in found {
            let bytes = fs::read(&seed).unwrap();
            let path = place.path().join(name);
            let is_read = match target {
                "picture_of_one" | "picture_of_many" => readers::picture(&bytes).is_some(),
                // The first as a picture, and both pages.
                "pdf" => readers::pages(place.path(), name, &bytes) == 3,
                "seal" => {
                    fs::write(&path, &bytes).unwrap();
                    fs::write(place.path().join("weights"), "weights").unwrap();
                    base::files::read_sealed(place.path(), 99).is_ok()
                }
                _ => {
                    fs::write(&path, &bytes).unwrap();
                    readers::records(&path) > 0
                }
            };
            assert!(is_read, "{} is not read", seed.display());
        }
    }
}
