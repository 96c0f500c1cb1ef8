//! Writes digits into forms as picture files, to try the reading of forms on.
//!
//! `paper_forms FOLDER FORM COUNT SEED [test|train|validation]` writes `FOLDER/INDEX.png` and `FOLDER/labels.csv` with
//! the columns file and label. The digits are MNIST's where `MNIST_DIR` names a folder with them, else drawn ones.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use base::IMAGE_PIXELS;
use papers::{Form, fill};
use rayon::prelude::*;

mod digits;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, kind, count, seed, rest @ ..] = &arguments[..] else {
        return Err("expected FOLDER FORM COUNT SEED [test|train|validation]".into());
    };
    let (form, count, seed): (Form, usize, u64) = (kind.parse()?, count.parse()?, seed.parse()?);
    let part = rest.first().map_or("test", String::as_str);
    let (least, most) = form.num_digits();
    let images = digits::images(part, count * most)?;
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    let written: Result<Vec<String>, String> = (0..count)
        .into_par_iter()
        .map(|index| {
            let length = least + (index * 31 + seed as usize) % (most - least + 1);
            let number = |place: usize| (index * most + place) * 7919 + seed as usize * 104_729;
            let chosen: Vec<usize> = (0..length)
                .map(|place| number(place) % images.len())
                .collect();
            let glyphs: Option<Vec<&[u8; IMAGE_PIXELS]>> =
                chosen.iter().map(|&place| images.image(place)).collect();
            let filled = fill(&glyphs.ok_or("no such image")?, form, seed, index as u64);
            let file = format!("{index:05}.png");
            let saved = filled.picture.save(folder.join(&file));
            saved.map_err(|error| error.to_string())?;
            let text: String = chosen
                .iter()
                .map(|&place| images.labels()[place].to_string())
                .collect();
            Ok(format!("{file},\"{}\"", filled.signs.around(&text)))
        })
        .collect();
    let mut table = String::from("file,label\n");
    for line in written? {
        writeln!(table, "{line}")?;
    }
    std::fs::write(folder.join("labels.csv"), table)?;
    Ok(())
}
