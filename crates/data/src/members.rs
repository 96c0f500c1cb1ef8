//! What the members of archives are, whatever packs them: pictures, files of many images, and what is passed over.
//!
//! Owns [`Spill`]: files of many images are written to a temporary folder and read from there, since their labels may
//! come before or behind them. The walk through an archive is its reader's.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::decode::has_picture_name;
use crate::error::DataError;
use crate::pairs::{Role, Stem};
use crate::reading::{Reading, Stream};
use crate::record::{Part, Record};
use crate::source::{Source, holds_images_or_labels};
use crate::unpack::check_unpacked;

/// The most files of many images that are taken out of an archive.
const MAX_FILES: usize = 256;

/// What a member is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture,
    /// A file of many images, or of labels.
    OfMany,
    /// Hidden, or what a Mac leaves in archives.
    Hidden,
    Other,
}

/// What a member is.
pub(crate) fn kind(name: &str) -> Kind {
    let is_hidden =
        |part: &str| part == "__MACOSX" || part.starts_with('.') && part.len() > 1 && part != "..";
    let file = name.rsplit('/').next().unwrap_or(name);
    if name.split('/').any(is_hidden) || matches!(file, "Thumbs.db" | "desktop.ini") {
        Kind::Hidden
    } else if has_picture_name(file) {
        Kind::Picture
    } else if holds_images_or_labels(file) {
        Kind::OfMany
    } else {
        Kind::Other
    }
}

/// Files of many images, taken out of an archive.
pub(crate) struct Spill {
    archive: PathBuf,
    reading: Reading,
    folder: Option<TempDir>,
    names: Vec<String>,
    num_bytes: u64,
}

impl Spill {
    /// Of an archive, with none yet.
    pub(crate) fn new(archive: &Path, reading: &Reading) -> Self {
        Self {
            archive: archive.into(),
            reading: reading.clone(),
            folder: None,
            names: Vec::new(),
            num_bytes: 0,
        }
    }

    /// Takes a member; all together may have as many bytes as may be unpacked of a file.
    pub(crate) fn take(&mut self, name: &str, member: impl Read) -> Result<(), DataError> {
        if self.names.len() == MAX_FILES {
            self.reading.remarks.pass_over_member(name);
            return Ok(());
        }
        let archive = self.archive.clone();
        let failed = || DataError::io(&archive, "unpack");
        if self.folder.is_none() {
            self.folder = Some(TempDir::new().map_err(failed())?);
        }
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        // No member is written elsewhere, whatever its name is.
        let flat = name.replace(['/', '\\', ':'], "-");
        let mut file = File::create(folder.path().join(&flat)).map_err(failed())?;
        let rest = (crate::unpack::MAX_UNPACKED_BYTES + 1).saturating_sub(self.num_bytes);
        let copied = io::copy(&mut member.take(rest), &mut file);
        self.num_bytes += copied.map_err(|error| DataError::Container {
            path: archive.clone(),
            place: format!("member {name}"),
            reason: error.to_string(),
        })?;
        check_unpacked(&archive, self.num_bytes)?;
        self.names.push(flat);
        Ok(())
    }

    /// The images of all that were taken, named `ARCHIVE#FILE#INDEX`.
    pub(crate) fn into_records(self) -> Result<Stream, DataError> {
        let Some(folder) = self.folder else {
            return Ok(Box::new(std::iter::empty()));
        };
        let mut names = self.names;
        names.sort_by(|left, right| base::natural_order(left, right));
        let mut streams: Vec<Stream> = Vec::new();
        for name in &names {
            let path = folder.path().join(name);
            let renamed = |error: DataError| DataError::Container {
                path: self.archive.clone(),
                place: format!("member {name}"),
                reason: error.to_string().replace(&path.display().to_string(), name),
            };
            if Stem::of(name).role == Some(Role::Labels) {
                continue;
            }
            let source = Source::of(&path).map_err(renamed)?;
            let is_other_table = source == Some(Source::Csv) && !Source::is_table_of_images(&path);
            let records = if is_other_table {
                None
            } else {
                (self.reading.open)(&path, &self.reading).map_err(renamed)?
            };
            let Some(records) = records else {
                self.reading.remarks.pass_over_member(name);
                continue;
            };
            let (from, to) = (
                path.display().to_string(),
                format!("{}#{name}", self.archive.display()),
            );
            let part = Part::of_name(name);
            streams.push(Box::new(records.map(move |record| {
                let record = record.map_err(|error| error.renamed(&from, &to))?;
                let part = if record.part == Part::Unknown {
                    part
                } else {
                    record.part
                };
                Ok(Record {
                    name: record.name.replacen(&from, &to, 1),
                    part,
                    ..record
                })
            })));
        }
        let mut streams = streams.into_iter().flatten();
        // The folder goes with the last of its files.
        Ok(Box::new(std::iter::from_fn(move || {
            let _held = &folder;
            streams.next()
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_by_their_names() {
        assert_eq!(kind("a/7/x.PNG"), Kind::Picture);
        assert_eq!(kind("__MACOSX/a/._x.png"), Kind::Hidden);
        assert_eq!(kind("a/.DS_Store"), Kind::Hidden);
        assert_eq!(kind("./a/x.png"), Kind::Picture);
        assert_eq!(kind("raw/t10k-images.idx3-ubyte.gz"), Kind::OfMany);
        assert_eq!(kind("raw/t10k-labels-idx1-ubyte"), Kind::OfMany);
        assert_eq!(kind("train.csv"), Kind::OfMany);
        assert_eq!(kind("more.zip"), Kind::Other);
        assert_eq!(kind("readme.txt"), Kind::Other);
    }
}
