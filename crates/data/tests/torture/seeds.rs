//! What the fuzz targets begin with: small files of drawn digits, in fuzz/seeds. `WRITE_FUZZ_SEEDS=1` writes them anew.

use super::readers;
use super::{digits, gzipped, pictures, tar_of};
use base::files::Existing;
use data::{SetFormat, write_images, write_set};
use std::fs;
use std::path::Path;

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds");
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
    for (format, bytes) in pictures() {
        let name = format!("{format:?}").to_lowercase();
        seeds.push(("picture_of_one", name.clone(), bytes.clone()));
        seeds.push(("picture_of_many", name, bytes));
    }
    seeds.retain(|(_, _, bytes)| bytes.len() <= MOST_BYTES);
    seeds
}

/// The targets can begin: their seeds are there and are read.
#[test]
fn seeds_of_the_fuzz_targets_are_read() {
    let seeds = Path::new(SEEDS);
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
