//! A folder for pictures of a run: as the network sees them, or with what was found on them.
//!
//! Owns the folder and the names in it. Files are written one picture at a time, so that nothing piles
//! up in memory.

use crate::error::Error;
use base::files::{Lock, is_scratch};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use data::decode::has_picture_name;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, ImageError};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The most letters of a picture's own name that are kept.
const MAX_NAME: usize = 80;

/// A folder that was empty, for the pictures of one run; no other program writes to it meanwhile.
#[derive(Debug)]
pub struct PictureFolder {
    path: PathBuf,
    _lock: Lock,
}

impl PictureFolder {
    /// Makes the folder, where it is not there, for pictures out of `inputs`.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, or has something in it: what a former run wrote must neither be lost nor
    /// be taken for this one's. Where another program writes to it. And where it lies in a folder of the inputs, which would be read with what
    /// is written meanwhile.
    pub fn create(folder: PathBuf, inputs: &[PathBuf]) -> Result<Self, Error> {
        let cannot_be_made = |source| Error::MakeFolder {
            path: folder.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(cannot_be_made)?;
        let lock = Lock::of_folder(&folder).map_err(|error| Error::of_lock(&folder, error))?;
        for entry in fs::read_dir(&folder).map_err(cannot_be_made)? {
            if !is_scratch(&entry.map_err(cannot_be_made)?.file_name()) {
                return Err(Error::FolderNotEmpty { path: folder });
            }
        }
        let lies_in = |input: &&PathBuf| match (folder.canonicalize(), input.canonicalize()) {
            (Ok(folder), Ok(input)) => folder.starts_with(input),
            _ => false,
        };
        if let Some(input) = inputs.iter().find(lies_in) {
            let (path, input) = (folder, input.clone());
            return Err(Error::FolderIsRead { path, input });
        }
        Ok(Self {
            path: folder,
            _lock: lock,
        })
    }

    /// Writes one as a PNG of 28×28 shades of grey, named by its number and its own name.
    ///
    /// # Errors
    ///
    /// Says what could not be written, and why.
    pub fn write(
        &self,
        number: u64,
        name: &str,
        pixels: &[u8; IMAGE_PIXELS],
    ) -> Result<(), String> {
        let png = png(pixels).map_err(|error| format!("{name}: {error}"))?;
        self.write_png(number, name, &png)
    }

    /// Writes the bytes of a PNG under such a name.
    ///
    /// # Errors
    ///
    /// Says what could not be written, and why.
    pub fn write_png(&self, number: u64, name: &str, png: &[u8]) -> Result<(), String> {
        let path = self.path.join(format!("{number:07}_{}.png", stem(name)));
        let written = File::create_new(&path).and_then(|mut file| file.write_all(png));
        written.map_err(|error| format!("{}: cannot be written: {error}", path.display()))
    }
}

/// The bytes of a PNG of 28×28 shades of grey.
pub(crate) fn png(pixels: &[u8; IMAGE_PIXELS]) -> Result<Vec<u8>, ImageError> {
    let side = IMAGE_SIDE as u32;
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::NoFilter)
        .write_image(pixels, side, side, ExtendedColorType::L8)?;
    Ok(bytes)
}

/// The last part of a picture's name, without what says its format, in letters that every file system
/// takes.
fn stem(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    // The number in a file of many is kept, a member's file is not.
    let last = match last.split_once('#') {
        Some((_, member)) if has_picture_name(member) => member,
        _ => last,
    };
    let stem = if has_picture_name(last) {
        Path::new(last).file_stem().unwrap_or_default()
    } else {
        last.as_ref()
    };
    let plain = |letter: char| {
        let is_plain = letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if is_plain { letter } else { '_' }
    };
    let letters = stem.to_string_lossy();
    letters.chars().take(MAX_NAME).map(plain).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_come_from_the_pictures() {
        for (name, expected) in [
            ("scans/a b.PNG", "a_b"),
            ("x.tar#7/seven.png", "seven"),
            ("x.tar#seven.png", "seven"),
            ("more/x.parquet#12", "x.parquet_12"),
            ("t10k-images-idx3-ubyte.gz#0", "t10k-images-idx3-ubyte.gz_0"),
            ("\u{1b}[2J*.gif", "__2J_"),
            ("vier_é.jpg", "vier_é"),
            ("..", ".."),
        ] {
            assert_eq!(stem(name), expected);
        }
        assert_eq!(stem(&"long".repeat(100)).len(), MAX_NAME);
    }

    #[test]
    fn pixels_are_kept_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let prepared = PictureFolder::create(path.clone(), &[]).unwrap();
        let pixels: [u8; IMAGE_PIXELS] = std::array::from_fn(|place| (place * 31 % 256) as u8);
        prepared.write(3, "x/7.jpg", &pixels).unwrap();
        let picture = image::open(path.join("0000003_7.png")).unwrap();
        assert_eq!(picture.color(), image::ColorType::L8);
        assert_eq!(picture.to_luma8().as_raw().as_slice(), pixels);
        let again = prepared.write(3, "y/7.png", &pixels).unwrap_err();
        assert!(
            again.contains("0000003_7.png: cannot be written"),
            "{again}"
        );
        let refused = PictureFolder::create(path.clone(), &[]).unwrap_err();
        assert!(matches!(refused, Error::InUse { .. }), "{refused}");
        drop(prepared);
        let refused = PictureFolder::create(path, &[]).unwrap_err().to_string();
        assert!(refused.contains("expected an empty folder"), "{refused}");
    }
}
