//! Files that are nearly what they should be, for every reader of images: nothing panics, nothing hangs, and memory stays
//! bounded. `TORTURE_FILES` says how many of each.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../animation/mod.rs"]
mod animation;
#[path = "../archive/mod.rs"]
mod archives;
mod largest;
#[path = "../../../base/tests/mutation/mod.rs"]
mod mutation;
mod readers;
mod seeds;
mod tiff;

use archives::{EXIF, Method, archive, head};
use data::picture::{PictureOptions, find_digits, to_mnist};
use data::synthetic::{SyntheticConfig, draw};
use data::{Dataset, SetFormat, read_set, write_images, write_set};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, ImageFormat, ImageResult, RgbImage,
    imageops,
};
use mutation::{Mutator, count, in_time, peak_megabytes};
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

/// What the process may have had at most, in megabytes: the pages of Parquet may be of 128.
const MOST_MEMORY: u64 = 700;
/// What may be asked for at once, whether it is used or not: where there is less, the program ends. The decoder of TIFF
/// asks for as much for a list of values.
const MOST_AT_ONCE: u64 = 256;

fn digits() -> Dataset {
    draw(&SyntheticConfig {
        num_train: 12,
        num_test: 4,
        seed: 1,
    })
}

/// Makes the sums in a file right again, so that what comes behind them is read.
type Repair = fn(Vec<u8>) -> Vec<u8>;

fn unrepaired(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

/// Of every chunk of a PNG, as far as there are chunks.
fn with_png_sums(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut place = 8;
    while let Some(length) = bytes.get(place..place + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let end = place + 8 + length;
        if length > bytes.len() || end + 4 > bytes.len() {
            break;
        }
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[place + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.sum().to_be_bytes());
        place = end + 4;
    }
    bytes
}

/// Of every block of a tar archive that may be a header.
fn with_tar_sums(mut bytes: Vec<u8>) -> Vec<u8> {
    for block in bytes.chunks_exact_mut(512) {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    bytes
}

/// Reads variants of one file of a set.
fn torture(kind: &str, set: &Path, file: &Path, repair: Repair) {
    let whole = fs::read(file).unwrap();
    torture_content(kind, set, file, (whole.clone(), repair));
    fs::write(file, whole).unwrap();
}

/// The same where a file is made of other bytes, variants of which are read.
fn torture_content(
    kind: &str,
    set: &Path,
    file: &Path,
    (whole, file_of): (Vec<u8>, impl Fn(Vec<u8>) -> Vec<u8>),
) {
    fs::write(file, file_of(whole.clone())).unwrap();
    readers::set(set).unwrap();
    let mutator = Mutator::new(kind.len() as u64);
    try_variants(kind, &whole, mutator, |changed| {
        fs::write(file, file_of(changed)).unwrap();
        readers::set(set).is_ok()
    });
}

/// Reads variants of some bytes; how many could be read.
fn try_variants(
    kind: &str,
    whole: &[u8],
    mut mutator: Mutator,
    is_read: impl Fn(Vec<u8>) -> bool,
) -> usize {
    let mut num_read = 0;
    for number in 0..count() {
        let changed = mutator.mutated(whole);
        let what = format!("{kind}, variant {number}");
        num_read += usize::from(in_time(&what, || is_read(changed)));
    }
    report(kind, num_read);
    num_read
}

/// Says how many variants of a kind there were, and checks what memory they took.
fn report(kind: &str, num_read: usize) {
    let memory = peak_megabytes().unwrap_or(0);
    let (at_once, count) = (largest::megabytes(), count());
    println!(
        "{kind}: {count} variants, {num_read} read, {memory} MB in use, {at_once} MB asked for at once"
    );
    assert!(memory <= MOST_MEMORY, "{kind}: {memory} MB");
    assert!(at_once <= MOST_AT_ONCE, "{kind}: {at_once} MB at once");
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A tar archive of class folders.
fn tar_of(folder: &Path) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all("digits", folder).unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn sets_of_every_format() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let set = digits();
    for (name, format) in [
        ("a.csv", SetFormat::Csv),
        ("a.csv.gz", SetFormat::Csv),
        ("a.parquet", SetFormat::Parquet),
    ] {
        write_images(&set.train, &set.class_names, format, &at(name)).unwrap();
        torture(name, &at(name), &at(name), unrepaired);
    }
    write_set(&set, SetFormat::Idx, &at("idx")).unwrap();
    for file in files_in(&at("idx")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        torture(&name, &at("idx"), &file, unrepaired);
    }
    write_set(&set, SetFormat::Png, &at("pictures")).unwrap();
    let archive = tar_of(&at("pictures").join("train"));
    fs::write(at("a.tar"), &archive).unwrap();
    torture("a.tar", &at("a.tar"), &at("a.tar"), unrepaired);
    let name = "a.tar with right sums";
    torture(name, &at("a.tar"), &at("a.tar"), with_tar_sums);
    fs::write(at("a.tar.gz"), gzipped(&archive)).unwrap();
    torture("a.tar.gz", &at("a.tar.gz"), &at("a.tar.gz"), unrepaired);
}

/// Zip archives of pictures, with right sums of their members or without, and of arrays.
#[test]
fn zip_archives() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let set = digits();
    write_set(&set, SetFormat::Png, &at("pictures")).unwrap();
    let mut members = Vec::new();
    for class in files_in(&at("pictures").join("train")) {
        for picture in files_in(&class) {
            let name = picture.strip_prefix(place.path()).unwrap().to_owned();
            members.push((name.display().to_string(), fs::read(picture).unwrap()));
        }
    }
    let archive_of = |first: Option<Vec<u8>>, method| {
        let members = members.iter().map(|(name, bytes)| (&name[..], &bytes[..]));
        let mut members: Vec<(&str, &[u8])> = members.collect();
        if let Some(first) = &first {
            members[0].1 = first;
        }
        archive(&members, method)
    };
    let zip = at("a.zip");
    for (name, method) in [("stored", Method::Stored), ("packed", Method::Deflated)] {
        fs::write(&zip, archive_of(None, method)).unwrap();
        torture(&format!("a.zip, {name}"), &zip, &zip, unrepaired);
    }
    let first = members[0].1.clone();
    let file_of = |first| archive_of(Some(first), Method::Deflated);
    torture_content("a.zip with right sums", &zip, &zip, (first, file_of));

    let (pixels, labels) = (set.train.pixels(), set.train.labels());
    let images = [&head("|u1", &[labels.len(), 28, 28])[..], pixels].concat();
    let labels: Vec<u8> = labels
        .iter()
        .flat_map(|&label| i64::from(label).to_le_bytes())
        .collect();
    let labels = [&head("<i8", &[labels.len() / 8])[..], &labels].concat();
    let set = at("a.npz");
    let file_of = |images: Vec<u8>| {
        let arrays = [("x_train.npy", &images[..]), ("y_train.npy", &labels)];
        archive(&arrays, Method::Deflated)
    };
    torture_content("images of a.npz", &set, &set, (images.clone(), file_of));
    let file_of = |labels: Vec<u8>| {
        let arrays = [("x_train.npy", &images[..]), ("y_train.npy", &labels)];
        archive(&arrays, Method::Stored)
    };
    torture_content("labels of a.npz", &set, &set, (labels.clone(), file_of));
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Each byte of a gzipped file counts, but for what gzip does not sum up: its header, and what comes behind.
#[test]
fn changed_bytes_of_a_gzipped_archive_are_never_taken_for_whole() {
    const HEADER: usize = 10;
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let set = digits();
    write_set(&set, SetFormat::Png, &at("pictures")).unwrap();
    let archive = gzipped(&tar_of(&at("pictures").join("train")));
    let path = at("a.tar.gz");
    fs::write(&path, &archive).unwrap();
    let whole = read_set(&path, &readers::options()).unwrap();
    let step = (archive.len() / count()).max(1);
    for place in (HEADER..archive.len()).step_by(step) {
        let mut changed = archive.clone();
        changed[place] ^= 1;
        fs::write(&path, changed).unwrap();
        let found = read_set(&path, &readers::options());
        // Bits that only pad are not of the contents.
        let is_same = found
            .as_ref()
            .is_ok_and(|found| found.sha256() == whole.sha256());
        assert!(found.is_err() || is_same, "byte {place}");
    }
    for length in (0..archive.len()).step_by(step) {
        fs::write(&path, &archive[..length]).unwrap();
        assert!(
            read_set(&path, &readers::options()).is_err(),
            "{length} bytes"
        );
    }
}

/// Some digits beside each other, as pictures of every format.
fn pictures() -> Vec<(ImageFormat, Vec<u8>)> {
    let set = digits();
    let mut page = GrayImage::from_pixel(160, 60, image::Luma([230]));
    for (place, image) in (0..4_i64).zip(set.train.pixels().chunks_exact(784)) {
        let digit = GrayImage::from_raw(28, 28, image.iter().map(|ink| 255 - ink).collect());
        imageops::overlay(&mut page, &digit.unwrap(), 10 + 36 * place, 12);
    }
    let page = DynamicImage::ImageLuma8(page).to_rgb8();
    let encoded = ImageFormat::all().filter_map(|format| {
        format.reading_enabled().then_some(())?;
        let mut bytes = Vec::new();
        let file = &mut bytes;
        let written = match format {
            ImageFormat::Jpeg => write_with_exif(JpegEncoder::new(file), &page),
            ImageFormat::Png => write_with_exif(PngEncoder::new(file), &page),
            ImageFormat::WebP => write_with_exif(WebPEncoder::new_lossless(file), &page),
            format => page.write_to(&mut Cursor::new(file), format),
        };
        written.ok().map(|()| (format, bytes))
    });
    encoded.collect()
}

/// As cameras and phones write it: with what stands beside a picture, the orientation in it.
fn write_with_exif(mut encoder: impl ImageEncoder, page: &RgbImage) -> ImageResult<()> {
    encoder.set_exif_metadata(EXIF.to_vec()).unwrap();
    encoder.write_image(
        page.as_raw(),
        page.width(),
        page.height(),
        ExtendedColorType::Rgb8,
    )
}

#[test]
fn pictures_of_one_digit_and_of_many() {
    let options = PictureOptions::default();
    let pictures = pictures();
    assert!(pictures.len() >= 4, "{} formats", pictures.len());
    for (format, whole) in pictures {
        let repair = if format == ImageFormat::Png {
            with_png_sums
        } else {
            unrepaired
        };
        let mut mutator = Mutator::new(whole.len() as u64);
        let mut num_decoded = 0;
        for number in 0..count() {
            let changed = repair(mutator.mutated(&whole));
            let what = format!("{format:?}, variant {number}");
            let Some(picture) = in_time(&what, || readers::picture(&changed)) else {
                continue;
            };
            num_decoded += 1;
            let _ = in_time(&what, || to_mnist(&picture, options));
            if readers::is_small(&picture) && num_decoded % 8 == 1 {
                let _ = in_time(&what, || find_digits(&picture, options));
            }
        }
        report(&format!("{format:?}"), num_decoded);
    }
}

/// Scans, pictures of several frames, and those that our own readers read.
#[test]
fn files_of_pages() {
    let place = tempfile::tempdir().unwrap();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for scan in files_in(Path::new(seeds::FOLDER).join("pdf").as_path()) {
        files.push((format!("{}.pdf", files.len()), fs::read(scan).unwrap()));
    }
    for (name, tiff) in tiff::all() {
        files.push((name.into(), tiff));
    }
    files.push(("a.gif".into(), animation::gif(&frames())));
    files.push(("a.webp".into(), animation::webp(&frames())));
    for (name, whole) in files {
        let num_pages = readers::pages(place.path(), &name, &whole);
        assert!(num_pages > 0, "{name}");
        let mutator = Mutator::new(whole.len() as u64);
        let num_read = try_variants(&name, &whole, mutator, |changed| {
            readers::pages(place.path(), &name, &changed) > 0
        });
        assert!(num_read > 0, "{name}");
    }
}

/// Digits one after the other.
fn frames() -> Vec<GrayImage> {
    let set = digits().test.unwrap();
    let images = set.pixels().chunks_exact(784);
    images
        .map(|image| GrayImage::from_raw(28, 28, image.to_vec()).unwrap())
        .collect()
}
