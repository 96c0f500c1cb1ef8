//! Writes sets in the formats that [`crate::read_set`] reads.
//!
//! Owns which files a set becomes; each format has its own module. Whatever is written is there whole or not at all,
//! and nothing that was there before is replaced.

mod csv;
mod folders;
mod idx;
mod parquet;
mod png;

use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::DataError;
use crate::images::{Dataset, LabeledImages};
use base::files::{Existing, WholeFile};

/// The parts of a set in the names of files and folders.
const TRAIN: &str = "train";
const TEST: &str = "test";

/// A format that sets are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetFormat {
    /// Tables of a label and 784 pixels a line, as Kaggle has them.
    Csv,
    /// Folders of PNGs, one a class, in `train` and `test`. Images come back class after class.
    Png,
    /// MNIST's own four files.
    Idx,
    /// Parquet files as on the Hugging Face hub.
    Parquet,
}

impl SetFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Png, Self::Idx, Self::Parquet];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Png => "png",
            Self::Idx => "idx",
            Self::Parquet => "parquet",
        }
    }

    /// How the names of its single files may end; none where a set is always a folder.
    fn file_ends(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &[".csv", ".csv.gz"],
            Self::Parquet => &[".parquet"],
            Self::Png | Self::Idx => &[],
        }
    }
}

impl fmt::Display for SetFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for SetFormat {
    type Err = DataError;

    fn from_str(name: &str) -> Result<Self, DataError> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| DataError::UnknownFormat { name: name.into() })
    }
}

/// Writes a set, and returns the files or the folder that it became.
///
/// CSV and Parquet become the file `out` where that is named as one (`.csv`, `.csv.gz`, `.parquet`), with the test
/// images in a file beside it: `test` in the place of `train` in its name, or `-test` behind it. Everything else is a
/// folder, which must be new or empty.
///
/// # Errors
/// [`DataError::Io`], also where something is there already.
pub fn write_set(set: &Dataset, format: SetFormat, out: &Path) -> Result<Vec<PathBuf>, DataError> {
    let test = set.test.as_ref().filter(|test| !test.is_empty());
    if let Some(end) = file_end(format, out) {
        let mut parts = vec![(&set.train, out.to_path_buf())];
        parts.extend(test.map(|test| (test, test_beside(out, end))));
        if let Some((_, path)) = parts.iter().find(|(_, path)| path.exists()) {
            return Err(exists(path));
        }
        for (images, path) in &parts {
            write_images(images, &set.class_names, format, path)?;
        }
        return Ok(parts.into_iter().map(|(_, path)| path).collect());
    }
    let parts: Vec<(&str, &LabeledImages)> = [(TRAIN, Some(&set.train)), (TEST, test)]
        .into_iter()
        .filter_map(|(name, images)| Some((name, images?)))
        .collect();
    in_new_folder(out, |folder| {
        for &(name, images) in &parts {
            match format {
                SetFormat::Png => folders::write(images, &set.class_names, &folder.join(name))?,
                SetFormat::Idx => idx::write(images, name == TEST, folder)?,
                SetFormat::Csv | SetFormat::Parquet => {
                    let path = folder.join(format!("{name}.{format}"));
                    write_images(images, &set.class_names, format, &path)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(vec![out.to_path_buf()])
}

/// Writes images into one file, which must not be there yet.
///
/// # Errors
/// [`DataError::Io`], also where a format has no single files of images and labels.
pub fn write_images(
    images: &LabeledImages,
    class_names: &[String],
    format: SetFormat,
    path: &Path,
) -> Result<(), DataError> {
    let mut file = WholeFile::create(path).map_err(DataError::io(path, "write"))?;
    let written = match format {
        SetFormat::Csv if path.extension().is_some_and(|end| end == "gz") => {
            csv::write_gzipped(images, &mut file)
        }
        SetFormat::Csv => csv::write(images, &mut file),
        SetFormat::Parquet => parquet::write(images, class_names, &mut file),
        SetFormat::Png | SetFormat::Idx => Err(io::Error::other(format!(
            "a set of {format} files is a folder"
        ))),
    };
    written
        .and_then(|()| file.flush())
        .and_then(|()| file.finish(Existing::Keep))
        .map_err(DataError::io(path, "write"))
}

/// The end of a name that makes it one of a file of this format.
fn file_end(format: SetFormat, path: &Path) -> Option<&'static str> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let mut ends = format.file_ends().iter().copied();
    ends.find(|end| name.ends_with(end))
}

/// Where the test images of a set go, of which the others go to `out`.
fn test_beside(out: &Path, end: &str) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let stem = &name[..name.len() - end.len()];
    let end = &name[name.len() - end.len()..];
    let stem = if stem.contains(TRAIN) {
        stem.replacen(TRAIN, TEST, 1)
    } else {
        format!("{stem}-{TEST}")
    };
    out.with_file_name(format!("{stem}{end}"))
}

/// Fills a folder that is to be `out`, and puts it there once it is whole.
fn in_new_folder(
    out: &Path,
    fill: impl FnOnce(&Path) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let failed = || DataError::io(out, "write");
    let is_taken = match out.read_dir() {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if is_taken {
        return Err(exists(out));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(base::files::SCRATCH_PREFIX);
    // Temporary folders are for their owner alone; this one becomes a folder like any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let parent = base::files::parent(out);
    let scratch = builder.tempdir_in(parent).map_err(failed())?;
    fill(scratch.path())?;
    std::fs::rename(scratch.path(), out).map_err(failed())?;
    // It is no scratch any more.
    let _ = scratch.keep();
    base::files::sync_folder(parent).map_err(failed())
}

fn exists(path: &Path) -> DataError {
    DataError::Io {
        path: path.into(),
        action: "write",
        source: io::ErrorKind::AlreadyExists.into(),
    }
}

#[cfg(test)]
mod tests;
