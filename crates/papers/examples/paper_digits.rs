//! Writes digits on paper as picture files, to try the preparation of pictures on.
//!
//! `paper_digits FOLDER KIND COUNT SEED [test|train|validation]` writes `FOLDER/LABEL/INDEX.png` (or `.jpg`),
//! a folder of class folders that both programs read. The digits are MNIST's where `MNIST_DIR`
//! names a folder with them, else drawn ones.

use std::error::Error;
use std::path::Path;

use base::IMAGE_PIXELS;
use data::LabeledImages;
use papers::{Paper, Sheet};
use rayon::prelude::*;

mod digits;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, kind, count, seed, part) = match &arguments[..] {
        [folder, kind, count, seed] => (folder, kind, count, seed, "test"),
        [folder, kind, count, seed, part] => (folder, kind, count, seed, part.as_str()),
        _ => return Err("expected FOLDER KIND COUNT SEED [test|train|validation]".into()),
    };
    let (paper, count, seed): (Paper, usize, u64) = (kind.parse()?, count.parse()?, seed.parse()?);
    let images = digits::images(part, count)?;
    let folder = Path::new(folder);
    for label in 0..base::NUM_DIGITS {
        std::fs::create_dir_all(folder.join(label.to_string()))?;
    }
    (0..count.min(images.len()))
        .into_par_iter()
        .try_for_each(|index| {
            write(folder, &images, paper, seed, index).map_err(|error| error.to_string())
        })?;
    Ok(())
}

fn write(
    folder: &Path,
    images: &LabeledImages,
    paper: Paper,
    seed: u64,
    index: usize,
) -> Result<(), Box<dyn Error>> {
    let chosen = digits::spread(index, paper, seed, images.len());
    let digit: &[u8; IMAGE_PIXELS] = images.image(chosen).ok_or("no such image")?;
    let label = images.labels().get(chosen).ok_or("no such label")?;
    let (bytes, extension) = Sheet::of_digit(digit, paper, seed, index as u64).encode()?;
    let file = folder.join(format!("{label}/{index:05}.{extension}"));
    std::fs::write(file, bytes)?;
    Ok(())
}
