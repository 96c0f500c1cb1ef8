//! Writes numbers on paper as picture files, to try the reading of many digits on.
//!
//! `paper_strings FOLDER KIND COUNT LENGTH apart|touching SEED [test|train|validation]` writes
//! `FOLDER/INDEX.png` (or `.jpg`) and `FOLDER/labels.csv` with the columns file and label. The digits
//! are MNIST's where `MNIST_DIR` names a folder with them, else drawn ones.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use base::IMAGE_PIXELS;
use papers::{Paper, Sheet, Spacing};
use rayon::prelude::*;

mod digits;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, kind, count, length, spacing, seed, rest @ ..] = &arguments[..] else {
        return Err(
            "expected FOLDER KIND COUNT LENGTH apart|touching SEED [test|train|validation]".into(),
        );
    };
    let (paper, count, length, seed): (Paper, usize, usize, u64) = (
        kind.parse()?,
        count.parse()?,
        length.parse()?,
        seed.parse()?,
    );
    let spacing = match spacing.as_str() {
        "apart" => Spacing::Apart,
        "touching" => Spacing::Touching,
        _ => return Err("expected apart or touching".into()),
    };
    let part = rest.first().map_or("test", String::as_str);
    let images = digits::images(part, count * length)?;
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    let written: Result<Vec<String>, String> = (0..count)
        .into_par_iter()
        .map(|index| {
            let chosen: Vec<usize> = (0..length)
                .map(|place| digits::spread(index * length + place, paper, seed, images.len()))
                .collect();
            let glyphs: Option<Vec<&[u8; IMAGE_PIXELS]>> =
                chosen.iter().map(|&place| images.image(place)).collect();
            let glyphs = glyphs.ok_or("no such image")?;
            let sheet = Sheet::of_line(&glyphs, spacing, paper, seed, index as u64);
            let (bytes, extension) = sheet.encode().map_err(|error| error.to_string())?;
            let file = format!("{index:05}.{extension}");
            std::fs::write(folder.join(&file), bytes).map_err(|error| error.to_string())?;
            let text: String = chosen
                .iter()
                .map(|&place| images.labels()[place].to_string())
                .collect();
            Ok(format!("{file},{text}"))
        })
        .collect();
    let mut table = String::from("file,label\n");
    for line in written? {
        writeln!(table, "{line}")?;
    }
    std::fs::write(folder.join("labels.csv"), table)?;
    Ok(())
}
