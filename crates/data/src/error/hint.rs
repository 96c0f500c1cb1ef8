//! The ways out of what can go wrong.

use std::io;

use super::DataError;

impl DataError {
    /// The way out, where there is one that users can take.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Checksum { path, .. } => Some(format!(
                "delete {} and get the published file again",
                path.display()
            )),
            Self::MissingFiles { missing, .. } => Some(format!(
                "put {} there (plain or gzipped, with or without .gz), or name another folder",
                if missing.len() == 1 {
                    "the file"
                } else {
                    "the files"
                }
            )),
            Self::NotAvailable {
                set,
                stand_in,
                offline,
                ..
            } => Some(format!(
                "{}pass --data-dir{}{}",
                if set == "mnist" {
                    "set MNIST_DIR, "
                } else {
                    ""
                },
                if *offline {
                    ", allow the download (drop --offline)"
                } else {
                    ""
                },
                if *stand_in {
                    ", or put `fallback = \"synthetic\"` into the recipe's [data]"
                } else {
                    ""
                },
            )),
            Self::TooFewRows { available, .. } => Some(format!(
                "ask for at most {available} rows, or leave the number out for all"
            )),
            Self::CountMismatch { .. } => {
                Some("check that both files belong to the same part of the set".into())
            }
            Self::Layout { .. } => Some(
                "lay it out as FOLDER/CLASS/picture.png, or FOLDER/train/CLASS/… and \
                 FOLDER/test/CLASS/…"
                    .into(),
            ),
            Self::NoSet { .. } => Some(
                "images with labels are CSV files, IDX and NumPy files of images with their labels, Parquet files, tar \
                 and zip archives of class folders, tables of names and labels beside pictures, or folders of any \
                 of these or of class folders (docs/formats.md)"
                    .into(),
            ),
            Self::UnknownClass { .. } => Some(
                "name it as in the training images, or leave it out: a test set need not have all classes".into(),
            ),
            Self::Split { available, .. } => Some(format!(
                "set at most {} images aside",
                available.saturating_sub(1)
            )),
            Self::Format { .. } | Self::Container { .. } => {
                Some("check that it is the right kind of file and was copied whole".into())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => Some(
                "nothing is written over: name another path, or remove what is there".into(),
            ),
            Self::Foreign { way_out, .. } => Some((*way_out).into()),
            Self::Io { .. }
            | Self::UnknownFormat { .. }
            | Self::Record { .. }
            | Self::Picture { .. }
            | Self::UnknownSet { .. } => None,
        }
    }
}
