//! Finds the files of a known set: in a folder that the user named, in the cache, or at a mirror.
//!
//! Owns the order of the places and what is said about each. A place that the user named and that
//! lacks files is an error, and so is a file with wrong contents anywhere: nothing is passed over
//! in silence. What the files must hold is `mnist`'s, how they are fetched `download`'s.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::program_cache;
use crate::classes::are_digits;
use crate::download::{DownloadLimits, Downloader, Progress};
use crate::error::DataError;
use crate::images::{Dataset, LabeledImages};
use crate::mnist::KnownSet;
use crate::set_files::{SetFile, SetFiles, Sum};

/// The environment variable that names a folder with the files of MNIST.
pub const MNIST_DIR: &str = "MNIST_DIR";
/// Said of copies that no published sum speaks of.
const UNVERIFIED: &str = "not checked by sum: packed in another way than the published files";

/// Said of those of a set whose sums are not at hand.
const UNKNOWN: &str = "not checked by sum: none is at hand";

/// Where to look for the files of a set, in this order: `dir`; `mnist_dir_env` (MNIST only);
/// the set's folder in `cache_dir`; the mirrors.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// A folder that the user named; the files must be there.
    pub dir: Option<PathBuf>,
    /// The folder in the environment variable [`MNIST_DIR`]; MNIST's files must be there.
    pub mnist_dir_env: Option<PathBuf>,
    /// The cache, which has a folder for each set; `None` where there is no home folder.
    pub cache_dir: Option<PathBuf>,
    /// Whether downloads are forbidden.
    pub offline: bool,
    /// Mirrors in place of the published ones.
    pub mirrors: Option<Vec<String>>,
    /// Time and size limits of downloads.
    pub limits: DownloadLimits,
}

impl Lookup {
    /// What the environment says: `MNIST_DIR` (unless empty) and the user's cache folder
    /// (`$XDG_CACHE_HOME/digits` or its like).
    #[must_use]
    pub fn from_environment(dir: Option<PathBuf>, offline: bool) -> Self {
        let mnist_dir_env = std::env::var_os(MNIST_DIR).filter(|value| !value.is_empty());
        Self {
            dir,
            mnist_dir_env: mnist_dir_env.map(PathBuf::from),
            cache_dir: program_cache(),
            offline,
            ..Self::default()
        }
    }
}

/// Loads a known set, downloading it into the cache where it is nowhere on disk.
///
/// # Errors
/// [`DataError::MissingFiles`] where a folder that the user named lacks files;
/// [`DataError::Checksum`], [`DataError::Format`] or [`DataError::CountMismatch`] where a file on
/// disk has wrong contents; [`DataError::NotAvailable`] where the set is neither on disk nor to be
/// downloaded.
pub fn load(set: KnownSet, lookup: &Lookup, progress: &dyn Progress) -> Result<Dataset, DataError> {
    load_files(&set.files(), lookup, progress)
}

/// [`load`] for any set in the format of the known ones.
///
/// # Errors
/// As [`load`].
pub fn load_files(
    set: &SetFiles,
    lookup: &Lookup,
    progress: &dyn Progress,
) -> Result<Dataset, DataError> {
    let place = find(set, lookup, progress)?;
    let [train_images, train_labels, test_images, test_labels] = &place.files;
    let train = read_part(
        (&set.train_images, train_images),
        (&set.train_labels, train_labels),
    )?;
    let test = read_part(
        (&set.test_images, test_images),
        (&set.test_labels, test_labels),
    )?;
    let verification = if train.is_verified && test.is_verified {
        "checked against the published sums"
    } else {
        let why = if set.train_images.sum == Sum::Unknown {
            UNKNOWN
        } else {
            UNVERIFIED
        };
        progress.note(&format!("{} in {}: {why}", set.name, place.dir.display()));
        why
    };
    let upright = |images: LabeledImages| {
        if set.is_transposed {
            images.transposed()
        } else {
            images
        }
    };
    Ok(Dataset {
        name: set.name.clone(),
        class_names: set.class_names.clone(),
        train: upright(train.images),
        validation: None,
        test: Some(upright(test.images)),
        origin: format!("{} ({verification})", place.dir.display()),
    })
}

/// A folder and the set's four files in it.
struct Place {
    dir: PathBuf,
    files: [PathBuf; 4],
}

fn find(set: &SetFiles, lookup: &Lookup, progress: &dyn Progress) -> Result<Place, DataError> {
    if let Some(dir) = &lookup.dir {
        return named_place(set, dir, "the data folder");
    }
    let mut tried = Vec::new();
    if set.reads_mnist_dir {
        match &lookup.mnist_dir_env {
            Some(dir) => return named_place(set, dir, MNIST_DIR),
            None => tried.push(format!("{MNIST_DIR} is not set")),
        }
    }
    let unavailable = |tried| DataError::NotAvailable {
        set: set.name.clone(),
        stand_in: are_digits(&set.class_names),
        offline: lookup.offline,
        tried,
    };
    let Some(cache_dir) = &lookup.cache_dir else {
        tried.push("there is no cache folder, because the home folder is unknown".into());
        return Err(unavailable(tried));
    };
    let dir = cache_dir.join(&set.name);
    let missing = missing_files(set, &dir);
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|file| file.name.as_str()).collect();
        tried.push(format!(
            "the cache {} lacks {}",
            dir.display(),
            names.join(", ")
        ));
        if lookup.offline {
            tried.push("downloads are not allowed".into());
            return Err(unavailable(tried));
        }
        let mirrors = lookup.mirrors.as_ref().unwrap_or(&set.mirrors);
        if mirrors.is_empty() && !set.published.is_empty() {
            tried.push(set.published.into());
            return Err(unavailable(tried));
        }
        let mut downloader = Downloader::new(mirrors, &dir, lookup.limits, progress);
        for file in missing {
            if let Err(reasons) = downloader.fetch(file) {
                tried.extend(reasons);
                return Err(unavailable(tried));
            }
        }
    }
    named_place(set, &dir, "the cache")
}

/// A folder that must have all four files.
fn named_place(set: &SetFiles, dir: &Path, named_by: &str) -> Result<Place, DataError> {
    if let [
        Some(train_images),
        Some(train_labels),
        Some(test_images),
        Some(test_labels),
    ] = set.all().map(|file| locate(dir, &file.name))
    {
        let files = [train_images, train_labels, test_images, test_labels];
        return Ok(Place {
            dir: dir.into(),
            files,
        });
    }
    Err(DataError::MissingFiles {
        set: set.name.clone(),
        named_by: named_by.into(),
        dir: dir.into(),
        exists: dir.is_dir(),
        missing: missing_files(set, dir)
            .iter()
            .map(|file| file.name.clone())
            .collect(),
    })
}

fn missing_files<'a>(set: &'a SetFiles, dir: &Path) -> Vec<&'a SetFile> {
    let files = set.all().into_iter();
    files
        .filter(|file| locate(dir, &file.name).is_none())
        .collect()
}

/// The file of that name in `dir`: plain or gzipped, with a dash or, as some unpackers leave it, a
/// dot before `idx`.
fn locate(dir: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replace("-idx", ".idx");
    let names = [
        name.to_owned(),
        format!("{name}.gz"),
        dotted.clone(),
        format!("{dotted}.gz"),
    ];
    names
        .into_iter()
        .map(|name| dir.join(name))
        .find(|path| path.is_file())
}

struct Part {
    images: LabeledImages,
    is_verified: bool,
}

fn read_part(
    (images, images_path): (&SetFile, &Path),
    (labels, labels_path): (&SetFile, &Path),
) -> Result<Part, DataError> {
    let pixels = images.check(&read_bounded(images, images_path)?, images_path)?;
    let classes = labels.check(&read_bounded(labels, labels_path)?, labels_path)?;
    let is_verified = pixels.is_verified && classes.is_verified;
    let images = LabeledImages::paired(pixels.items, classes.items, images_path, labels_path)?;
    Ok(Part {
        images,
        is_verified,
    })
}

fn read_bounded(file: &SetFile, path: &Path) -> Result<Vec<u8>, DataError> {
    let num_bytes = fs::metadata(path)
        .map_err(DataError::io(path, "read"))?
        .len();
    if num_bytes > file.max_stored_bytes() {
        return Err(DataError::Format {
            path: path.into(),
            offset: 0,
            expected: format!("a file of at most {} bytes", file.max_stored_bytes()),
            found: num_bytes.to_string(),
        });
    }
    fs::read(path).map_err(DataError::io(path, "read"))
}

#[cfg(test)]
mod tests;
