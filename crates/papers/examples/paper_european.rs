//! Writes 1s with a long flag and crossed 7s as picture files: digits of MNIST's form with one more stroke.
//!
//! `paper_european FOLDER COUNT SEED [test|train|validation]` writes `FOLDER/DIGIT/INDEX.png`, dark on light. The digits
//! are MNIST's where `MNIST_DIR` names a folder with them, else drawn ones.

use std::error::Error;
use std::path::Path;

use base::random::{Purpose, stream};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use image::{GrayImage, imageops};
use papers::rule;
use rand::{Rng, RngExt as _};

mod digits;

/// Pixels of a picture for each of the digit's.
const SCALE: u32 = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, seed, rest @ ..] = &arguments[..] else {
        return Err("expected FOLDER COUNT SEED [test|train|validation]".into());
    };
    let (count, seed): (usize, u64) = (count.parse()?, seed.parse()?);
    let part = rest.first().map_or("test", String::as_str);
    // One in ten is a 1, and one a 7: with room to spare.
    let images = digits::images(part, (8 * count).min(10_000))?;
    for digit in [1, 7] {
        let folder = Path::new(folder).join(digit.to_string());
        std::fs::create_dir_all(&folder)?;
        let ours = (0..images.len()).filter(|&index| images.labels()[index] == digit);
        for index in ours.take(count.div_ceil(2)) {
            let rng = &mut stream(seed, Purpose::Papers, 1 << 61 | index as u64);
            let image = images.image(index).ok_or("no such image")?;
            let picture = with_stroke(image, digit, rng);
            picture.save(folder.join(format!("{index:05}.png")))?;
        }
    }
    Ok(())
}

/// A 1 with a flag from its top to the lower left, or a 7 with a bar through its leg.
fn with_stroke(image: &[u8; IMAGE_PIXELS], digit: u8, rng: &mut impl Rng) -> GrayImage {
    let side = IMAGE_SIDE as u32;
    let small = GrayImage::from_raw(side, side, image.to_vec()).unwrap_or_default();
    // Room for the flag.
    let mut sheet = GrayImage::new(2 * side, 2 * side);
    imageops::replace(&mut sheet, &small, i64::from(side / 2), i64::from(side / 2));
    let enlarged = 2 * side * SCALE;
    let mut sheet = imageops::resize(&sheet, enlarged, enlarged, imageops::FilterType::CatmullRom);
    let rows: Vec<(f32, f32)> = (0..enlarged)
        .filter_map(|y| {
            let mut marks = (0..enlarged).filter(|&x| sheet.get_pixel(x, y).0[0] > 127);
            let last = marks.next_back()?;
            let first = marks.next().unwrap_or(last);
            Some((y as f32, 0.5 * (first + last) as f32))
        })
        .collect();
    let height = rows.len() as f32;
    let at = |part: f32| rows[((part * height) as usize).min(rows.len() - 1)];
    let mut between = |low: f32, high: f32| low + (high - low) * rng.random::<f32>();
    let (from, to) = if digit == 1 {
        let top = at(0.04);
        let (left, down) = (between(0.3, 0.65), between(0.35, 0.85));
        (
            (top.1, top.0),
            (top.1 - left * height, top.0 + down * height),
        )
    } else {
        let leg = at(between(0.48, 0.62));
        let (left, right) = (between(0.18, 0.32), between(0.18, 0.32));
        let rise = between(-0.04, 0.08);
        (
            (leg.1 - left * height, leg.0 + rise * height),
            (leg.1 + right * height, leg.0 - rise * height),
        )
    };
    rule(&mut sheet, from, to, between(0.08, 0.13) * height);
    imageops::invert(&mut sheet);
    sheet
}
